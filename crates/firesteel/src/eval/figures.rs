//! Adds up how suggestions compare with what was written, and says it as a table or as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use firesteel_local::eval::{continues, similarity};
use serde::Serialize;

use super::measured::Log;

/// Reasons that are named of those why nothing was suggested.
const REASONS: usize = 3;

/// The running sums of one setup.
#[derive(Debug, Default)]
pub(super) struct Tally {
    within: Counts,
    start: Counts,
    block: Counts,
    shown: usize,
    right: usize,
    first_shown: Vec<Duration>,
    characters: usize,
    keys: usize,
    typing_requests: usize,
}

#[derive(Debug, Default)]
struct Counts {
    asked: usize,
    shown: usize,
    exact: usize,
    similarity: f64,
}

/// Where the cursor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// Within the line.
    Within,
    /// At its start.
    Start,
}

/// What was really written behind the cursor.
pub(super) struct Truth {
    /// The rest of the line.
    pub(super) line: String,
    /// The rest of what was written at that time, where that is a block of some lines.
    pub(super) block: Option<String>,
    /// All that comes behind the cursor in the end.
    pub(super) all: String,
}

/// The figures of one setup. Shares are in percent; a place where nothing is shown is not exact.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    within: Share,
    start: Share,
    block: Share,
    shown: f64,
    precision: f64,
    keystrokes_saved: f64,
    requests: usize,
    requests_per_keystroke: f64,
    first_shown_ms: Percentiles,
    first_token_ms: Percentiles,
    whole_text_ms: Percentiles,
    input_tokens: u64,
    output_tokens: u64,
    errors: BTreeMap<&'static str, usize>,
    nothing_shown: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Serialize)]
struct Share {
    places: usize,
    shown: f64,
    exact: f64,
    similarity: f64,
}

#[derive(Debug, Serialize)]
struct Percentiles {
    p50: f64,
    p95: f64,
}

impl Tally {
    /// Judges what was shown at a place, and after how long; nothing is an empty text.
    pub(super) fn place(
        &mut self,
        cursor: Cursor,
        text: &str,
        took: Option<Duration>,
        truth: &Truth,
    ) {
        let line = text.lines().next().unwrap_or_default();
        match cursor {
            Cursor::Within => self.within.add(line, &truth.line),
            Cursor::Start => self.start.add(line, &truth.line),
        }
        if let Some(block) = &truth.block {
            self.block.add(text, block);
        }
        if !text.is_empty() {
            self.shown += 1;
            self.right += usize::from(continues(&truth.all, text));
        }
        self.first_shown.extend(took);
    }

    /// Notes a line that was typed: how long it is, how many keys it took, and how many requests.
    pub(super) fn typed(&mut self, characters: usize, keys: usize, requests: usize) {
        self.characters += characters;
        self.keys += keys;
        self.typing_requests += requests;
    }

    /// The figures.
    pub(super) fn figures(&self, log: &Log, nothing_shown: BTreeMap<&'static str, u64>) -> Figures {
        let places = self.within.asked + self.start.asked;
        let saved = self.characters as f64 - self.keys as f64;
        let requests = self.typing_requests as f64 / self.keys.max(1) as f64;
        Figures {
            within: self.within.share(),
            start: self.start.share(),
            block: self.block.share(),
            shown: percent(self.shown as f64, places),
            precision: percent(self.right as f64, self.shown),
            keystrokes_saved: percent(saved, self.characters),
            requests: log.requests,
            requests_per_keystroke: (requests * 100.0).round() / 100.0,
            first_shown_ms: Percentiles::of(&self.first_shown),
            first_token_ms: Percentiles::of(&log.first),
            whole_text_ms: Percentiles::of(&log.whole),
            input_tokens: log.input_tokens,
            output_tokens: log.output_tokens,
            errors: log.errors.clone(),
            nothing_shown,
        }
    }
}

impl Counts {
    fn add(&mut self, text: &str, truth: &str) {
        let (text, truth) = (text.trim_end(), truth.trim_end());
        self.asked += 1;
        self.shown += usize::from(!text.is_empty());
        self.exact += usize::from(text == truth);
        self.similarity += similarity(text, truth);
    }

    fn share(&self) -> Share {
        Share {
            places: self.asked,
            shown: percent(self.shown as f64, self.asked),
            exact: percent(self.exact as f64, self.asked),
            similarity: percent(self.similarity, self.asked),
        }
    }
}

impl Share {
    fn cell(&self) -> String {
        let Self {
            exact,
            similarity,
            shown,
            ..
        } = self;
        format!("{exact:.0} / {similarity:.0} / {shown:.0}")
    }
}

impl Percentiles {
    fn of(samples: &[Duration]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort();
        let last = sorted.len().saturating_sub(1) as f64;
        let at = |share: f64| {
            let sample = sorted.get((last * share).round() as usize);
            one_digit(sample.copied().unwrap_or_default().as_secs_f64() * 1e3)
        };
        Self {
            p50: at(0.5),
            p95: at(0.95),
        }
    }

    fn cell(&self) -> String {
        format!("{:.1} / {:.1}", self.p50, self.p95)
    }
}

impl Figures {
    /// The rows of the table: what each figure is, and its value.
    fn rows(&self) -> [(&'static str, String); 12] {
        let tokens = format!("{}, {}", self.input_tokens, self.output_tokens);
        let requests = format!("{:.2}", self.requests_per_keystroke);
        [
            ("within a line (1)", self.within.cell()),
            ("from its start (1)", self.start.cell()),
            ("whole blocks (1)", self.block.cell()),
            ("places with a text", format!("{:.1} %", self.shown)),
            ("texts that are right", format!("{:.1} %", self.precision)),
            (
                "keystrokes saved",
                format!("{:.1} %", self.keystrokes_saved),
            ),
            ("requests a keystroke", requests),
            ("ms to ghost text (2)", self.first_shown_ms.cell()),
            ("ms to a token (2)", self.first_token_ms.cell()),
            ("ms to the whole (2)", self.whole_text_ms.cell()),
            ("requests", self.requests.to_string()),
            ("tokens read, written", tokens),
        ]
    }

    /// Why nothing was shown, and what failed.
    fn reasons(&self, setup: &str) -> String {
        let mut counts: Vec<_> = self.nothing_shown.iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let counts = counts.into_iter().take(REASONS);
        let counts = counts.map(|(reason, count)| format!("{reason} {count}"));
        let errors = self.errors.iter();
        let errors = errors.map(|(error, count)| format!("requests that ended {error} {count}"));
        let reasons: Vec<_> = counts.chain(errors).collect();
        match reasons.is_empty() {
            true => String::new(),
            false => format!("{setup}: nothing shown: {}\n", reasons.join(", ")),
        }
    }
}

/// The figures of several setups side by side.
pub(super) fn table(setups: &[(&str, Figures)]) -> String {
    let row = |name: &str, cells: &mut dyn Iterator<Item = String>| {
        let cells: String = cells.map(|cell| format!("{cell:>19}")).collect();
        format!("{name:<22}{cells}\n")
    };
    let mut table = row("", &mut setups.iter().map(|(name, _)| (*name).to_owned()));
    let columns: Vec<_> = setups.iter().map(|(_, figures)| figures.rows()).collect();
    let names = columns.first().into_iter().flatten();
    for (index, (name, _)) in names.enumerate() {
        table += &row(
            name,
            &mut columns.iter().map(|column| column[index].1.clone()),
        );
    }
    table += "(1) exact / similar / shown, in percent of the places (2) median / 95th\n";
    for (name, figures) in setups {
        table += &figures.reasons(name);
    }
    table
}

fn percent(part: f64, all: usize) -> f64 {
    one_digit(100.0 * part / all.max(1) as f64)
}

fn one_digit(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
