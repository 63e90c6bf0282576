//! Figures with their names, printed as a table or as JSON.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// The figures of one bench, in order.
#[derive(Default)]
pub(super) struct Table(Vec<(String, Value, Option<Target>)>);

/// What a figure is to be.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// Not more than this.
    AtMost(f64),
    /// Not less than this.
    AtLeast(f64),
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Target::AtMost(most) => value <= most,
            Target::AtLeast(least) => value >= least,
        }
    }

    fn shown(self, value: f64) -> String {
        let verdict = if self.is_met(value) { "met" } else { "missed" };
        match self {
            Target::AtMost(most) => format!("<= {most}: {verdict}"),
            Target::AtLeast(least) => format!(">= {least}: {verdict}"),
        }
    }

    fn json(self, value: f64) -> Value {
        let (name, bound) = match self {
            Target::AtMost(most) => ("at_most", most),
            Target::AtLeast(least) => ("at_least", least),
        };
        json!({name: bound, "met": self.is_met(value)})
    }
}

impl Table {
    /// Adds a figure; `name` carries its unit.
    pub(super) fn add(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.push((name.into(), value.into(), None));
    }

    /// Adds a figure that has a target.
    pub(super) fn aim(&mut self, name: impl Into<String>, value: f64, target: Target) {
        let value = round(value);
        self.0.push((name.into(), value.into(), Some(target)));
    }

    /// Adds the median and the p99 of samples, in milliseconds.
    pub(super) fn add_percentiles(&mut self, name: &str, samples: &[Duration]) {
        self.add(format!("{name}_ms_p50"), round(millis(samples, 0.50)));
        self.add(format!("{name}_ms_p99"), round(millis(samples, 0.99)));
    }

    #[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
    pub(super) fn print(self, as_json: bool) {
        let aimed = |(name, value, target): &(String, Value, Option<Target>)| {
            let judged = target.as_ref()?.json(value.as_f64()?);
            Some((name.clone(), judged))
        };
        let targets: Map<String, Value> = self.0.iter().filter_map(aimed).collect();
        if as_json {
            let figures = self.0.into_iter();
            let mut object: Map<_, _> = figures.map(|(name, value, _)| (name, value)).collect();
            if !targets.is_empty() {
                object.insert("targets".to_owned(), Value::Object(targets));
            }
            println!("{}", json!(object));
            return;
        }
        match targets.is_empty() {
            true => println!("| figure | value |\n|-|-|"),
            false => println!("| figure | value | target |\n|-|-|-|"),
        }
        for (name, value, target) in self.0 {
            let target = target.zip(value.as_f64());
            match target.map(|(target, value)| target.shown(value)) {
                Some(target) => println!("| {name} | {value} | {target} |"),
                None if targets.is_empty() => println!("| {name} | {value} |"),
                None => println!("| {name} | {value} | |"),
            }
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
