//! What one request is answered with, as data.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// What one request is answered with.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reply {
    /// The whole text.
    pub text: String,
    /// Characters in one delta; four are about a token.
    pub delta_chars: usize,
    /// The wait before the response is created: the server's queue.
    pub queue_ms: u64,
    /// The wait before the first delta.
    pub ttft_ms: u64,
    /// Deltas in a second; as fast as it goes when absent.
    pub rate: Option<f64>,
    /// After how many deltas it waits, until this file exists: so a test in another process decides when it goes on.
    pub hold: Option<(usize, PathBuf)>,
    /// Events before the response is created, such as rate limits.
    pub before: Vec<Value>,
    /// What goes wrong, and after how many deltas.
    pub fault: Option<(usize, Fault)>,
    /// How it ends, if nothing goes wrong.
    pub end: End,
    /// Tokens of the prompt that are said to come from a cache.
    pub cached_tokens: u64,
}

/// What goes wrong in the middle of a response.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A frame that is begun and never ended, and then a TCP reset.
    Reset,
    /// The TCP connection ends without a close frame.
    Drop,
    /// A close frame with this code.
    Close(u16),
    /// A binary frame; the response goes on.
    Binary,
    /// A text frame that is not JSON; the response goes on.
    Broken,
    /// An event of an unknown type; the response goes on.
    Unknown,
    /// A delta that belongs to another response; the response goes on.
    Stale,
    /// No more events of this response, while pings are answered.
    Hang,
    /// Not a byte more, and nothing read either: what sleep or a change of network does.
    Freeze,
}

/// How a response ends.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// `response.completed`.
    #[default]
    Completed,
    /// `response.incomplete` for this reason.
    Incomplete(String),
    /// `response.failed`.
    Failed {
        /// The code.
        code: String,
        /// The words.
        message: String,
    },
    /// An `error` event: this frame, as it stands.
    Error(Value),
}

impl Default for Reply {
    fn default() -> Self {
        Reply {
            text: String::new(),
            delta_chars: 4,
            queue_ms: 0,
            ttft_ms: 0,
            rate: None,
            hold: None,
            before: Vec::new(),
            fault: None,
            end: End::Completed,
            cached_tokens: 0,
        }
    }
}

impl Reply {
    /// A text, at once.
    pub fn text(text: impl Into<String>) -> Self {
        Reply {
            text: text.into(),
            ..Reply::default()
        }
    }

    /// An `error` event in place of a response.
    pub fn error(frame: Value) -> Self {
        Reply {
            end: End::Error(frame),
            ..Reply::default()
        }
    }

    /// A `response.failed`.
    pub fn failed(code: &str, message: &str) -> Self {
        let end = End::Failed {
            code: code.to_owned(),
            message: message.to_owned(),
        };
        Reply {
            end,
            ..Reply::default()
        }
    }

    /// Waits before the first delta.
    #[must_use]
    pub fn ttft(mut self, wait: Duration) -> Self {
        self.ttft_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Writes so many deltas in a second.
    #[must_use]
    pub fn rate(mut self, deltas: f64) -> Self {
        self.rate = Some(deltas);
        self
    }

    /// Puts so many characters in a delta.
    #[must_use]
    pub fn delta_chars(mut self, characters: usize) -> Self {
        self.delta_chars = characters;
        self
    }

    /// Sends an event before the response is created.
    #[must_use]
    pub fn before(mut self, event: Value) -> Self {
        self.before.push(event);
        self
    }

    /// Does this after so many deltas.
    #[must_use]
    pub fn fault(mut self, after: usize, fault: Fault) -> Self {
        self.fault = Some((after, fault));
        self
    }

    /// Ends so.
    #[must_use]
    pub fn end(mut self, end: End) -> Self {
        self.end = end;
        self
    }
}
