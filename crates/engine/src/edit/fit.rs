//! The lines of an answer at the indentation of their place, once it is known how the answer's first line is to be read.

use firesteel_prompt::{Reindent, indent::indent};

/// How wide a tab is taken to be where an answer has spaces.
const TAB: usize = 4;

/// How the lines of an answer are indented.
#[derive(Debug)]
pub(super) struct Fit {
    reindent: Reindent,
    /// The indentation of the first line in the file, while it is not known what the model makes of it.
    first: Option<String>,
    /// The first line is not where the old one is: the second shows whether all of them lack the same.
    held: Vec<String>,
}

impl Fit {
    /// For lines of which it is known how deep the model puts them.
    pub(super) fn known(reindent: Reindent) -> Self {
        Self {
            reindent,
            first: None,
            held: Vec::new(),
        }
    }

    /// For lines the first of which has to stand at `first`.
    pub(super) fn unknown(reindent: Reindent, first: String) -> Self {
        Self {
            first: Some(first),
            ..Self::known(reindent)
        }
    }

    /// Takes in a line; returns those that are known by it.
    pub(super) fn line(&mut self, line: &str, old: &[String]) -> Vec<String> {
        let Some(first) = self.first.clone() else {
            return vec![self.reindent.line(line)];
        };
        let is_blank = line.trim().is_empty();
        if self.held.is_empty() && (is_blank || indent(line) == first) {
            if !is_blank {
                self.first = None;
            }
            return vec![self.reindent.line(line)];
        }
        self.held.push(line.to_owned());
        if self.held.len() == 1 || is_blank {
            return Vec::new();
        }
        let second = old.iter().filter(|line| !line.trim().is_empty()).nth(1);
        let is_second = second.is_some_and(|second| width(second) == width(line));
        if is_second && !indent(line).is_empty() {
            // Only the first line lost its indentation, as text does that is pasted behind a cursor.
            self.held[0] = format!("{first}{}", self.held[0].trim_start());
        }
        self.rest()
    }

    /// The lines that still waited.
    pub(super) fn rest(&mut self) -> Vec<String> {
        let held = std::mem::take(&mut self.held);
        if let (Some(line), Some(first)) = (held.first(), self.first.take()) {
            self.reindent.begin_at(indent(line), &first);
        }
        held.iter().map(|line| self.reindent.line(line)).collect()
    }
}

fn width(line: &str) -> usize {
    let chars = indent(line).chars();
    chars.map(|c| if c == '\t' { TAB } else { 1 }).sum()
}
