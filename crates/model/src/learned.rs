//! What endpoints have taught, remembered for as long as the process lives: fields that they refuse, whether they fill
//! in the middle, how much their models see and how many bytes a token has.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

/// Bytes of code in a token before an endpoint has told: careful, for what is too long is refused.
const BYTES_PER_TOKEN: f64 = 3.0;
/// What a rate can be; beyond, somebody counts something else.
const RATES: std::ops::RangeInclusive<f64> = 1.5..=6.0;
/// Prompts below this say too little of the rate.
const MIN_TOKENS: u64 = 64;
/// How much a newer measure weighs.
const WEIGHT: f64 = 0.25;
/// The least text before the cursor, in bytes.
const MIN_BEFORE: usize = 256;
/// The smallest window that is still worth a question.
const MIN_WINDOW: u32 = 256;

static PROCESS: LazyLock<Learnings> = LazyLock::new(Learnings::new);

/// What is known of all endpoints. Clones share it.
#[derive(Clone)]
pub struct Learnings(Arc<Mutex<HashMap<(String, String), Learned>>>);

/// What one model of one endpoint has taught. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Learned(Arc<Mutex<Facts>>);

/// The facts themselves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// Fields that are left out.
    pub(crate) dropped: BTreeSet<String>,
    /// What the limit of tokens is called there.
    pub(crate) max_tokens_field: Option<String>,
    /// The model that is asked where none is named.
    pub(crate) name: Option<String>,
    /// Whether the server fills in the middle by itself: by `/infill`, `suffix` or an insert template.
    pub(crate) inserts: Option<bool>,
    /// Whether it is llama.cpp behind a general wire, so that `/infill` is there.
    pub(crate) infill: Option<bool>,
    /// Whether there is no route for raw completions, so that a hole is asked for by chat.
    pub(crate) no_completions: bool,
    /// Slots of llama.cpp: requests that it serves at once, each with the prompt of the one before.
    pub(crate) slots: Option<u32>,
    /// Tokens that the model sees, as the server says.
    pub(crate) window: Option<u32>,
    /// The same after it has refused a prompt as too long.
    pub(crate) shrunk: Option<u32>,
    /// Bytes before the cursor that llama.cpp reads; what is before them it cuts off.
    pub(crate) before: Option<usize>,
    rate: Option<f64>,
    /// Whether the server has been asked what it can do.
    pub(crate) asked: bool,
}

impl Learnings {
    /// Nothing yet.
    pub fn new() -> Self {
        Learnings(Arc::default())
    }

    pub(crate) fn of(&self, url: &str, model: &str) -> Learned {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry((url.to_owned(), model.to_owned()))
            .or_default()
            .clone()
    }
}

impl Default for Learnings {
    /// The process's own.
    fn default() -> Self {
        PROCESS.clone()
    }
}

impl fmt::Debug for Learnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Learnings")
    }
}

impl Learned {
    pub(crate) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Facts {
    /// Bytes of a token, as far as it is known.
    pub(crate) fn rate(&self) -> f64 {
        self.rate.unwrap_or(BYTES_PER_TOKEN)
    }

    /// Takes what a usage report says.
    pub(crate) fn measure(&mut self, bytes: usize, tokens: u64) {
        if tokens < MIN_TOKENS {
            return;
        }
        let rate = bytes as f64 / tokens as f64;
        if RATES.contains(&rate) {
            let old = self.rate.unwrap_or(rate);
            self.rate = Some(old + (rate - old) * WEIGHT);
        }
    }

    /// The server has read only these bytes before the cursor. Elsewhere they may be more tokens.
    pub(crate) fn shorten(&mut self, read: usize) {
        let room = (read - read / 8).max(MIN_BEFORE);
        self.before = Some(self.before.map_or(room, |before| before.min(room)));
    }

    /// The server has refused `tokens` as too many, or did not say how many it takes.
    pub(crate) fn shrink(&mut self, told: Option<u32>, sent: u32) {
        let before = self.shrunk.or(self.window).unwrap_or(u32::MAX);
        // What the server says is believed once; if it was not enough, what was sent is halved.
        let window = match told {
            Some(told) if told < before => told,
            _ => before.min(sent) / 2,
        };
        self.shrunk = Some(window.max(MIN_WINDOW));
    }

    /// Tokens that a prompt and its answer may have together.
    pub(crate) fn tokens(&self, preset: Option<u32>) -> Option<u32> {
        [self.shrunk, self.window.or(preset)]
            .into_iter()
            .flatten()
            .min()
    }
}
