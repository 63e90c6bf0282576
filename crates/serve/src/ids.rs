//! Ids of responses and messages: unlike each other, and unlike those of an earlier run.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes ids.
#[derive(Debug)]
pub(crate) struct Ids {
    run: u64,
    next: AtomicU64,
}

impl Ids {
    pub(crate) fn new() -> Self {
        // The standard library seeds each of these at random.
        Ids {
            run: RandomState::new().hash_one(0_u8),
            next: AtomicU64::new(1),
        }
    }

    /// The part of an id that follows its prefix.
    pub(crate) fn next(&self) -> String {
        format!(
            "{:016x}{:08x}",
            self.run,
            self.next.fetch_add(1, Ordering::Relaxed)
        )
    }
}
