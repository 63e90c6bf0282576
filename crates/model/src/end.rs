//! How requests end, told apart as far as somebody who looks at the status can act on it.

use crate::error::{Error, Wait};

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
            Error::ContextLength => End::TooLong,
            Error::Failed { .. } => End::Failed,
            Error::CutShort { .. } => End::CutShort,
            Error::Busy => End::Busy,
            Error::Unread => End::Unread,
            Error::ShutDown => End::ShutDown,
        }
    }
}
