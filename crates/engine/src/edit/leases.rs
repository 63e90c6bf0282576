//! Leases: runs on the same lines go one after the other, all others at the same time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use firesteel_text::{AnchorRange, Document, DocumentId};
use tokio::sync::watch;

/// The places that runs work at, in the order in which they asked.
#[derive(Clone, Debug)]
pub(crate) struct Leases {
    held: Arc<Mutex<Vec<Held>>>,
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct Held {
    number: u64,
    title: String,
    id: DocumentId,
    range: AnchorRange,
}

/// A place in the queue; it is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    leases: Leases,
    number: u64,
}

impl Default for Leases {
    fn default() -> Self {
        Self {
            held: Arc::default(),
            changes: watch::Sender::new(0),
        }
    }
}

impl Leases {
    /// Takes the next place in the queue for a range of a document.
    pub(crate) fn enter(&self, title: &str, document: &Document, range: AnchorRange) -> Lease {
        let mut held = self.lock();
        let number = held.last().map_or(0, |last| last.number + 1);
        held.push(Held {
            number,
            title: title.to_owned(),
            id: document.id.clone(),
            range,
        });
        Lease {
            leases: self.clone(),
            number,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Who is before us on the same lines, as `document` stands now.
    pub(crate) fn before(&self, document: &Document) -> Vec<String> {
        let held = self.leases.lock();
        let Some(own) = held.iter().find(|held| held.number == self.number) else {
            return Vec::new();
        };
        let Some(lines) = document.resolve_range(own.range) else {
            return Vec::new();
        };
        let is_in_the_way = |other: &&Held| {
            let theirs = document.resolve_range(other.range);
            let overlaps =
                theirs.is_none_or(|theirs| theirs.start <= lines.end && lines.start <= theirs.end);
            other.number < own.number && other.id == own.id && overlaps
        };
        let others = held.iter().filter(is_in_the_way);
        others.map(|other| other.title.clone()).collect()
    }

    /// A receiver that sees each lease that is given back.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.leases.changes.subscribe()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.lock().retain(|held| held.number != self.number);
        self.leases.changes.send_modify(|count| *count += 1);
    }
}
