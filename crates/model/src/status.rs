//! How a model stands, for the status, for why nothing is suggested and for the choice among models.

use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How a model stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Nothing has been asked yet.
    NotTried,
    /// It answers.
    Ready,
    /// Its server loads it.
    Starting,
    /// It cannot be reached.
    Away {
        /// What stands in the way.
        why: String,
        /// Since when.
        since: Instant,
        /// When it is looked for again.
        retry_at: Instant,
    },
    /// It does not want to answer: the key, the account or the model's name.
    Refused {
        /// What is wrong, with the way out.
        why: String,
    },
    /// It was shut down.
    ShutDown,
}

/// When a server that is not there is looked for again.
const PROBES: [Duration; 4] = [
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
];

/// The wait before look number `attempt`, from 0.
pub(crate) fn probe_wait(attempt: usize) -> Duration {
    PROBES[attempt.min(PROBES.len() - 1)]
}

/// The status, which everybody may watch.
#[derive(Debug)]
pub(crate) struct Board(watch::Sender<Status>);

impl Board {
    pub(crate) fn new() -> Self {
        Board(watch::Sender::new(Status::NotTried))
    }

    pub(crate) fn get(&self) -> Status {
        self.0.borrow().clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Status> {
        self.0.subscribe()
    }

    /// Tells the status, unless the model was shut down. True when it has changed.
    pub(crate) fn set(&self, status: Status) -> bool {
        self.0.send_if_modified(|current| {
            let changed = *current != status && *current != Status::ShutDown;
            if changed {
                *current = status;
            }
            changed
        })
    }
}
