//! The log of a document's latest edits, shared by all of its snapshots.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::Delta;

/// How many edits a document remembers; an anchor older than that is lost.
pub const MAX_LOGGED_DELTAS: usize = 8_192;

/// A number that no document in this process has had yet.
///
/// Revisions are unique among all documents, so an anchor or a syntax tree of a document that was
/// closed, or of another line of edits, is recognised as foreign instead of being applied.
pub(crate) fn next_revision() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A cheap handle on the shared log. A snapshot reads only entries up to its own revision, so what
/// later edits append never changes what it sees.
#[derive(Clone)]
pub(crate) struct Log(Arc<Mutex<Entries>>);

struct Entries {
    /// The revision to which the first delta applies.
    base: u64,
    /// Each delta with the revision that it leads to.
    deltas: VecDeque<(u64, Delta)>,
}

impl Log {
    pub(crate) fn starting_at(base: u64) -> Self {
        Self(Arc::new(Mutex::new(Entries {
            base,
            deltas: VecDeque::new(),
        })))
    }

    /// Notes that `delta` led from revision `from` to revision `to`, and returns the log in which
    /// that stands: a new one where another edit of `from` has been logged here already.
    pub(crate) fn append(&self, from: u64, to: u64, delta: Delta) -> Self {
        let mut entries = self.lock();
        if entries.last_revision() == from {
            entries.push(to, delta);
            drop(entries);
            return self.clone();
        }
        let mut fork = entries.up_to(from);
        drop(entries);
        fork.push(to, delta);
        Self(Arc::new(Mutex::new(fork)))
    }

    /// Goes over the deltas that lead from revision `from` to revision `to`, in order; `None` if
    /// the log does not hold them all.
    pub(crate) fn fold<T>(
        &self,
        from: u64,
        to: u64,
        init: T,
        step: impl FnMut(T, &Delta) -> T,
    ) -> Option<T> {
        if from == to {
            return Some(init);
        }
        let entries = self.lock();
        let (start, end) = (entries.index_after(from)?, entries.index_after(to)?);
        (start <= end).then(|| {
            entries
                .deltas
                .range(start..end)
                .map(|(_, delta)| delta)
                .fold(init, step)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Every critical section leaves the entries whole, so a panic elsewhere spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn last_revision(&self) -> u64 {
        self.deltas
            .back()
            .map_or(self.base, |&(revision, _)| revision)
    }

    fn push(&mut self, revision: u64, delta: Delta) {
        self.deltas.push_back((revision, delta));
        if self.deltas.len() > MAX_LOGGED_DELTAS
            && let Some((dropped, _)) = self.deltas.pop_front()
        {
            self.base = dropped;
        }
    }

    /// The entries as a document at `revision` sees them.
    fn up_to(&self, revision: u64) -> Self {
        match self.index_after(revision) {
            Some(end) => Self {
                base: self.base,
                deltas: self.deltas.range(..end).copied().collect(),
            },
            None => Self {
                base: revision,
                deltas: VecDeque::new(),
            },
        }
    }

    /// The index of the delta that applies to `revision`.
    fn index_after(&self, revision: u64) -> Option<usize> {
        if revision == self.base {
            return Some(0);
        }
        let found = self
            .deltas
            .binary_search_by_key(&revision, |&(revision, _)| revision);
        found.ok().map(|index| index + 1)
    }
}
