//! A window around the cursor outside of which nothing has changed since it was created, and what is known of the texts in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use firesteel_syntax::Snapshot;

use super::{Answer, Place};
use crate::suggest::trie::Trie;

/// How far a new window reaches from the cursor to either side, in bytes.
pub(super) const REACH: usize = 2 * 1024;
/// The longest a window may grow by typing, in bytes; then a new one is created.
const WINDOW_CAP: usize = 16 * 1024;
/// Texts after the cursor that are remembered in one window.
const SUFFIX_CAP: usize = 8;

/// Answers by the text before the cursor, each with when it was kept.
pub(super) type Answers = Trie<(u64, Answer)>;

/// The window.
pub(super) struct CacheWindow {
    pub(super) id: u64,
    /// Where it lies, in the text of `revision`.
    pub(super) start: usize,
    pub(super) end: usize,
    revision: u64,
    /// The newest suffix last.
    suffixes: Vec<(Arc<str>, Answers)>,
    /// What the client shows as far as is known.
    pub(super) shown: Option<Shown>,
}

/// What the client shows.
pub(super) struct Shown {
    pub(super) place: Place,
    pub(super) text: String,
    /// How much of it has been typed or taken, in bytes.
    pub(super) reached: usize,
    /// Whether it was counted as taken.
    pub(super) is_counted: bool,
    /// Whether the last edit was another than to type or take it.
    pub(super) is_left: bool,
}

impl CacheWindow {
    pub(super) fn around(snapshot: &Snapshot, offset: usize) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let text = &snapshot.document.text;
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            start: text.floor_char_boundary(offset.saturating_sub(REACH)),
            end: text.floor_char_boundary(offset.saturating_add(REACH)),
            revision: snapshot.document.revision,
            suffixes: Vec::new(),
            shown: None,
        }
    }

    /// Moves along with the edits since; false when they, or the cursor, are not all within.
    pub(super) fn follow(&mut self, snapshot: &Snapshot, offset: usize) -> bool {
        let Some(deltas) = snapshot.document.deltas_since(self.revision) else {
            return false;
        };
        let mut end = self.end;
        for delta in deltas {
            if delta.start < self.start || delta.old_end > end {
                return false;
            }
            end = end + delta.new_end - delta.old_end;
        }
        self.end = end;
        self.revision = snapshot.document.revision;
        (self.start..=end).contains(&offset) && end - self.start <= WINDOW_CAP
    }

    pub(super) fn trie(&self, place: &Place) -> Option<&Answers> {
        let same = self
            .suffixes
            .iter()
            .find(|(after, _)| *after == place.after);
        same.map(|(_, trie)| trie)
    }

    pub(super) fn trie_mut(&mut self, after: &Arc<str>) -> &mut Answers {
        let index = self.suffixes.iter().position(|(it, _)| it == after);
        let entry = match index {
            Some(index) => self.suffixes.remove(index),
            None => (after.clone(), Trie::default()),
        };
        if self.suffixes.len() == SUFFIX_CAP {
            self.suffixes.remove(0);
        }
        self.suffixes.push(entry);
        let last = self.suffixes.len() - 1;
        &mut self.suffixes[last].1
    }

    /// What is left of the text that is shown; none when something else was typed, or all of it.
    pub(super) fn shown_rest(&self, place: &Place) -> Option<&str> {
        let shown = self.shown.as_ref()?;
        let rest = shown.text.strip_prefix(place.typed_since(&shown.place)?)?;
        (!rest.is_empty()).then_some(rest)
    }
}
