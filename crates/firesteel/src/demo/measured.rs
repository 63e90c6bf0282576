//! What the demo measured, and what each figure is to be held against.

use std::time::Duration;

use serde_json::Value;

/// What the user felt.
#[derive(Default)]
pub(super) struct Measured {
    ghost: Vec<Duration>,
    pub(super) next_edit: Vec<Duration>,
    pub(super) first_edit: Option<Duration>,
    pub(super) hover: Option<Duration>,
    /// Keys that were typed, and characters that came by Tab.
    pub(super) keys: usize,
    pub(super) accepted: usize,
}

impl Measured {
    /// Notes a ghost text that came so long after its key.
    pub(super) fn shown(&mut self, after: Duration) {
        self.ghost.push(after);
    }

    /// A row for each figure that there is: its name, its value, and what a user knows of that size.
    pub(super) fn rows(&self, status: &Value) -> Vec<[String; 3]> {
        let mut rows = Vec::new();
        let mut row = |name: &str, value: Option<String>, against: &str| {
            if let Some(value) = value {
                rows.push([name.to_owned(), value, against.to_owned()]);
            }
        };
        row(
            "key to ghost text",
            median(&self.ghost).map(millis),
            "a screen draws every 16.7 ms",
        );
        row(
            "key to the next edit",
            median(&self.next_edit).map(millis),
            "a key held down repeats every 33 ms",
        );
        row(
            "action to its first line",
            self.first_edit.map(millis),
            "you notice a wait from 100 ms",
        );
        row(
            "hover",
            self.hover.map(millis),
            "the pointer rests 300 ms before it",
        );
        let total = self.keys + self.accepted;
        let share = (total > 0).then(|| format!("{} %", self.accepted * 100 / total.max(1)));
        row(
            "typed by Tab",
            share,
            &format!("{} of {total} characters", self.accepted),
        );
        let sent = status["outside"]["bytes_sent"].as_u64().unwrap_or(0);
        row("sent over the network", Some(format!("{sent} bytes")), "");
        rows
    }
}

fn median(samples: &[Duration]) -> Option<Duration> {
    let mut samples = samples.to_vec();
    samples.sort();
    samples.get(samples.len() / 2).copied()
}

/// A time as the demo says it.
pub(super) fn millis(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1e3;
    match millis < 10.0 {
        true => format!("{millis:.1} ms"),
        false => format!("{millis:.0} ms"),
    }
}
