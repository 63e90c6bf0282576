//! The answer of a model as it streams in: cut at the stops, with the user's own tokens whole again.

use crate::formats::tokens::Tokens;
use crate::hole::held_back;

/// Takes an answer piece by piece.
#[derive(Debug, Default)]
pub struct Output {
    stops: Vec<String>,
    tokens: Tokens,
    /// What has come and may be the beginning of a stop or of a broken token.
    held: String,
    ended: bool,
}

impl Output {
    pub(crate) fn new(stops: Vec<String>, tokens: Tokens) -> Self {
        Output {
            stops,
            tokens,
            ..Output::default()
        }
    }

    /// For a server that applies the model's tokens itself: only these stops are looked for.
    pub fn with_stops(stops: Vec<String>) -> Self {
        Self::new(stops, Tokens::default())
    }

    /// Takes more; gives what is certain.
    pub fn push(&mut self, text: &str) -> String {
        if self.ended {
            return String::new();
        }
        self.held.push_str(text);
        // Before anything is made whole: a token that the user wrote is no stop.
        let stop = self
            .stops
            .iter()
            .filter_map(|stop| self.held.find(stop.as_str()))
            .min();
        if let Some(stop) = stop {
            self.held.truncate(stop);
            self.ended = true;
            return self.finish();
        }
        let keep = held_back(&self.held, &self.stops).max(self.tokens.held_back(&self.held));
        let rest = self.held.split_off(self.held.len() - keep);
        let given = std::mem::replace(&mut self.held, rest);
        self.tokens.whole(&given).into_owned()
    }

    /// The answer is over; gives what was held back.
    pub fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        self.tokens.whole(&held).into_owned()
    }

    /// Whether a stop has been found.
    pub fn has_ended(&self) -> bool {
        self.ended
    }
}
