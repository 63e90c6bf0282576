//! How one connection behaves, whatever is asked on it.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Deserialize;

use super::reply::Reply;

/// How one connection behaves.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Connection {
    /// The status that answers the upgrade, in place of 101.
    pub upgrade_status: Option<u16>,
    /// The status that answers a POST, in place of a response.
    pub post_status: Option<u16>,
    /// Further headers of the upgrade's answer.
    pub upgrade_headers: Vec<(String, String)>,
    /// How long the upgrade takes.
    pub upgrade_delay_ms: u64,
    /// Takes the TCP connection and never says a word.
    pub black_hole: bool,
    /// Pings the client and closes with 1011 when no pong comes.
    pub pings: Option<Pings>,
    /// The age at which the connection is refused further requests.
    pub max_age_ms: Option<u64>,
    /// The size at which a message closes the connection with 1009.
    pub max_message: usize,
    /// How many responses may be under way at once, told apart by `stream_id`; none without lanes.
    pub lanes: Option<usize>,
    /// How many different lanes there may be.
    pub lane_names: usize,
    /// Whether `response.interrupt` is understood.
    pub interrupt: bool,
    /// Whether an unknown `previous_response_id` is refused.
    pub memory: bool,
    /// Fields that are refused, as the ChatGPT backend refuses some.
    pub rejects: Vec<String>,
    /// Closes after this many responses.
    pub close_after: Option<usize>,
    /// Answers of this connection alone, given before the server's.
    pub replies: VecDeque<Reply>,
}

/// How a connection keeps watch over its client.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pings {
    /// Between two pings.
    pub every_ms: u64,
    /// How long the pong may take.
    pub pong_within_ms: u64,
}

impl Default for Connection {
    fn default() -> Self {
        Connection {
            upgrade_status: None,
            post_status: None,
            upgrade_headers: Vec::new(),
            upgrade_delay_ms: 0,
            black_hole: false,
            pings: None,
            max_age_ms: None,
            max_message: 16 << 20,
            lanes: None,
            lane_names: 32,
            interrupt: false,
            memory: true,
            rejects: Vec::new(),
            close_after: None,
            replies: VecDeque::new(),
        }
    }
}

impl Connection {
    /// A connection that behaves well.
    pub fn new() -> Self {
        Connection::default()
    }

    /// Refuses the upgrade.
    pub fn refused(status: u16) -> Self {
        Connection {
            upgrade_status: Some(status),
            ..Connection::default()
        }
    }

    /// Takes the TCP connection and never says a word.
    pub fn black_hole() -> Self {
        Connection {
            black_hole: true,
            ..Connection::default()
        }
    }

    /// Adds an answer of this connection alone.
    #[must_use]
    pub fn reply(mut self, reply: Reply) -> Self {
        self.replies.push_back(reply);
        self
    }

    pub(crate) fn upgrade_delay(&self) -> Duration {
        Duration::from_millis(self.upgrade_delay_ms)
    }

    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.max_age_ms.map(Duration::from_millis)
    }
}
