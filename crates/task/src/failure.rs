//! What can go wrong with a request, in the words that a status line shows.

use std::fmt;
use std::time::Duration;

/// Why a request has no answer. None of these holds a key or the text of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no connection.
    #[error("disconnected: {why}")]
    Disconnected {
        /// What stands in the way.
        why: String,
    },
    /// A wait was too long.
    #[error("timed out waiting for {0}")]
    Timeout(Wait),
    /// The server refuses the request; asking again is of no use.
    #[error("refused: {message} ({code})")]
    Refused {
        /// The server's code.
        code: String,
        /// The server's words.
        message: String,
    },
    /// The account's quota is used up, or does not hold for this model.
    #[error("the quota is used up: {message}")]
    Quota {
        /// When it begins anew, where the server says so.
        retry_after: Option<Duration>,
        /// The server's words.
        message: String,
    },
    /// The server asks for a pause.
    #[error("rate limited: {message}")]
    RateLimited {
        /// How long to wait, where the server says so.
        retry_after: Option<Duration>,
        /// The server's words.
        message: String,
    },
    /// The key or the account is not accepted.
    #[error("not authorized: {message}")]
    Auth {
        /// The server's words.
        message: String,
    },
    /// The server has too much to do.
    #[error("the server is overloaded: {message}")]
    Overloaded {
        /// The server's words.
        message: String,
    },
    /// The server loads the model.
    #[error("the server loads the model: {message}")]
    Starting {
        /// The server's words.
        message: String,
    },
    /// The prompt is too long for the model.
    #[error("the prompt is too long for the model")]
    ContextLength,
    /// The response failed for a reason that may pass.
    #[error("the response failed: {message} ({code})")]
    Failed {
        /// The server's code.
        code: String,
        /// The server's words.
        message: String,
    },
    /// The response was cut short.
    #[error("the response was cut short: {reason}")]
    CutShort {
        /// `content_filter`, `interrupted` or another reason of the server.
        reason: String,
    },
    /// Too many requests wait already.
    #[error("too many requests wait for the model")]
    Busy,
    /// The reply is longer than any may be, read or not.
    #[error("the reply is too long")]
    Unread,
    /// The client has been shut down.
    #[error("the model client is shut down")]
    ShutDown,
}

/// What was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wait {
    /// The connection.
    Connect,
    /// The request's way out.
    Send,
    /// The first event of the response.
    FirstEvent,
    /// The next event of the response.
    NextEvent,
    /// A free socket.
    Turn,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wait::Connect => "the connection",
            Wait::Send => "the server to take the request",
            Wait::FirstEvent => "the first event",
            Wait::NextEvent => "the next event",
            Wait::Turn => "a free connection",
        })
    }
}
