//! A request on its way through the client.

use std::sync::Arc;
use tokio::time::Instant;

use firesteel_protocol::client::CreateResponse;

use crate::error::Error;
use crate::reply::Slot;

/// What a request is for, which decides who goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A keystroke waits for it.
    Inline,
    /// A resting cursor waits for it.
    Hover,
    /// A code action, which shows its progress.
    Edit,
}

impl Priority {
    /// All of them, the first served first.
    pub const ALL: [Priority; 3] = [Priority::Inline, Priority::Hover, Priority::Edit];

    /// The name in status lines and tables.
    pub fn name(self) -> &'static str {
        match self {
            Priority::Inline => "inline",
            Priority::Hover => "hover",
            Priority::Edit => "edit",
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) request: CreateResponse,
    /// The most tokens that were asked for, also where the endpoint cannot be told.
    pub(crate) limit: Option<u32>,
    pub(crate) priority: Priority,
    pub(crate) slot: Arc<Slot>,
    /// When it was asked.
    pub(crate) asked: Instant,
    /// Whether it had to wait for a dial.
    pub(crate) dialed: bool,
    /// Whether it has been sent before, on a socket that died.
    pub(crate) replayed: bool,
    /// Whether it waits for one more dial after a failed one: its user asked knowingly.
    pub(crate) patient: bool,
}

impl Drop for Job {
    /// Whatever becomes of a request, its reader is never left to wait for ever. A first end counts.
    fn drop(&mut self) {
        self.slot.end(Err(Error::Disconnected {
            why: "the request was dropped".to_owned(),
        }));
    }
}
