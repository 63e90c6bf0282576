//! What comes back from a model, how requests end, and how the account stands.

use std::time::{Duration, Instant};

use crate::failure::{Error, Wait};

/// What comes back, in order: `Started`, any number of `Text`, and `Done` or an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The model has begun.
    Started {
        /// The response's id, where there is one.
        id: String,
    },
    /// More text: all that has come since the last look.
    Text(String),
    /// The end.
    Done {
        /// What it used, where the model says so.
        usage: Option<Usage>,
        /// Whether it ended at the limit of tokens.
        truncated: bool,
    },
}

/// Tokens that an answer used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens read.
    pub input_tokens: u64,
    /// Those of them that the server had in its cache.
    pub cached_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
}

/// What a request is for, which decides who goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A keystroke waits for it.
    Inline,
    /// A code action, which shows its progress.
    Edit,
    /// An explanation for a hover that may come: nobody waits for it.
    Hover,
}

impl Priority {
    /// All of them, the first served first.
    pub const ALL: [Priority; 3] = [Priority::Inline, Priority::Edit, Priority::Hover];

    /// The name in status lines and tables.
    pub fn name(self) -> &'static str {
        match self {
            Priority::Inline => "inline",
            Priority::Edit => "edit",
            Priority::Hover => "hover",
        }
    }

    /// Its place in [`Priority::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// The model had said all.
    Completed,
    /// The model reached the limit of tokens.
    Limit,
    /// The reader had enough of it.
    Enough,
    /// A newer request took its place.
    Superseded,
    /// The reader lost interest.
    Cancelled,
    /// A wait was too long.
    TimedOut(Wait),
    /// The connection was lost, or there was none.
    Lost,
    /// The server refused the request.
    Refused,
    /// The key was not accepted.
    Unauthorized,
    /// The server asked for a pause.
    RateLimited,
    /// The account's quota is used up, or does not hold for this model.
    Quota,
    /// The server had too much to do.
    Overloaded,
    /// The server loaded the model.
    Starting,
    /// The prompt was too long for the model.
    TooLong,
    /// The response failed on the server's side.
    Failed,
    /// The server cut the response short.
    CutShort,
    /// Too many requests waited.
    Busy,
    /// The reader did not take the text.
    Unread,
    /// The client was shut down.
    ShutDown,
}

impl End {
    /// The name in status lines and tables; it does not change.
    pub fn name(self) -> &'static str {
        match self {
            End::Completed => "completed",
            End::Limit => "limit",
            End::Enough => "enough",
            End::Superseded => "superseded",
            End::Cancelled => "cancelled",
            End::TimedOut(Wait::Connect) => "timeout_connect",
            End::TimedOut(Wait::Send) => "timeout_send",
            End::TimedOut(Wait::FirstEvent) => "timeout_first_event",
            End::TimedOut(Wait::NextEvent) => "timeout_next_event",
            End::TimedOut(Wait::Turn) => "timeout_turn",
            End::Lost => "connection_lost",
            End::Refused => "refused",
            End::Unauthorized => "unauthorized",
            End::RateLimited => "rate_limited",
            End::Quota => "quota",
            End::Overloaded => "overloaded",
            End::Starting => "starting",
            End::TooLong => "too_long",
            End::Failed => "failed",
            End::CutShort => "cut_short",
            End::Busy => "busy",
            End::Unread => "unread",
            End::ShutDown => "shut_down",
        }
    }
}

impl From<&Error> for End {
    fn from(error: &Error) -> Self {
        match error {
            Error::Disconnected { .. } => End::Lost,
            Error::Timeout(wait) => End::TimedOut(*wait),
            Error::Refused { .. } => End::Refused,
            Error::RateLimited { .. } => End::RateLimited,
            Error::Quota { .. } => End::Quota,
            Error::Auth { .. } => End::Unauthorized,
            Error::Overloaded { .. } => End::Overloaded,
            Error::Starting { .. } => End::Starting,
            Error::ContextLength => End::TooLong,
            Error::Failed { .. } => End::Failed,
            Error::CutShort { .. } => End::CutShort,
            Error::Busy => End::Busy,
            Error::Unread => End::Unread,
            Error::ShutDown => End::ShutDown,
        }
    }
}

/// How the account stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quota {
    /// The plan, such as `pro`.
    pub plan: Option<String>,
    /// Whether a limit has been reached.
    pub limit_reached: bool,
    /// The short window.
    pub primary: Option<QuotaWindow>,
    /// The long window.
    pub secondary: Option<QuotaWindow>,
    /// When the server wants to be asked again, after it has refused for a limit.
    pub retry_at: Option<Instant>,
}

/// One window of a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct QuotaWindow {
    /// How much of it is used, in percent.
    pub used_percent: f64,
    /// Its length.
    pub minutes: Option<u64>,
    /// When it starts again, in seconds since 1970.
    pub resets_at: Option<u64>,
}

impl Quota {
    /// The window that is nearest to its end, in percent used.
    pub fn used_percent(&self) -> Option<f64> {
        let windows = [self.primary, self.secondary];
        windows
            .iter()
            .flatten()
            .map(|window| window.used_percent)
            .reduce(f64::max)
    }

    /// How long the server still wants not to be asked.
    pub fn pause(&self) -> Option<Duration> {
        let pause = self.retry_at?.saturating_duration_since(Instant::now());
        (!pause.is_zero()).then_some(pause)
    }
}
