//! Figures with their names, printed as a table or as JSON.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// The figures of one bench, in order.
#[derive(Default)]
pub(super) struct Table(Vec<(String, Value)>);

impl Table {
    /// Adds a figure; `name` carries its unit.
    pub(super) fn add(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.push((name.into(), value.into()));
    }

    /// Adds the median and the p99 of samples, in milliseconds.
    pub(super) fn add_percentiles(&mut self, name: &str, samples: &[Duration]) {
        self.add(format!("{name}_ms_p50"), round(millis(samples, 0.50)));
        self.add(format!("{name}_ms_p99"), round(millis(samples, 0.99)));
    }

    #[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
    pub(super) fn print(self, as_json: bool) {
        if as_json {
            let object: Map<String, Value> = self.0.into_iter().collect();
            println!("{}", json!(object));
            return;
        }
        println!("| figure | value |\n|-|-|");
        for (name, value) in self.0 {
            println!("| {name} | {value} |");
        }
    }
}

/// A percentile of samples, in milliseconds; zero without samples.
pub(super) fn millis(samples: &[Duration], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort();
    let last = sorted.len().saturating_sub(1);
    let index = (last as f64 * share).round() as usize;
    sorted
        .get(index)
        .map_or(0.0, |sample| sample.as_secs_f64() * 1e3)
}

/// Three digits after the point are more than a shared machine repeats.
pub(super) fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
