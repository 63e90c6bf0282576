//! One edit of the past: what stood there, what stands there now, and where.

use std::ops::Range;
use std::time::{Duration, Instant};

use firesteel_text::{Edit, Text};

/// How long after a keystroke the next one at the same place belongs to the same edit.
const PAUSE: Duration = Duration::from_secs(10);
/// An insertion with more characters than this that count was not typed: a paste, or a suggestion that was accepted.
const KEY_CAP: usize = 2;
/// Text of an edit that is remembered, in bytes; longer ones repeat nowhere.
const TEXT_CAP: usize = 2 * 1024;

/// Who made an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The user, by typing, pasting or accepting.
    User,
    /// The server: an edit that landed.
    Server,
    /// A tool of the editor: several places at once.
    Tool,
    /// Undo or redo: it put back what an older edit had removed.
    Undo,
}

/// An edit, as it stands in the document by now.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// What stood there.
    pub(crate) removed: String,
    /// What came in its place.
    pub(crate) inserted: String,
    /// Where that stands now.
    pub(crate) range: Range<usize>,
    /// When the last keystroke of it came.
    pub(crate) at: Instant,
    pub(crate) by: By,
    /// Whether it was typed keystroke by keystroke, so that the next keystroke may belong to it.
    is_typed: bool,
}

impl Past {
    /// The edit of a text, without what it leaves as it is: an accepted suggestion replaces its line's beginning by itself.
    pub(super) fn of(text: &Text, edit: &Edit, by: By, at: Instant) -> Self {
        let removed = text.slice(edit.range.start..edit.range.end.min(edit.range.start + TEXT_CAP));
        let is_whole = edit.range.len() <= TEXT_CAP && edit.insert.len() <= TEXT_CAP;
        let (removed, inserted) = match is_whole {
            true => (removed.as_ref(), edit.insert.as_str()),
            false => ("", ""),
        };
        let prefix = common(removed.chars(), inserted.chars());
        let (removed, inserted) = (&removed[prefix..], &inserted[prefix..]);
        let suffix = common(removed.chars().rev(), inserted.chars().rev());
        let removed = &removed[..removed.len() - suffix];
        let inserted = &inserted[..inserted.len() - suffix];
        let start = edit.range.start + prefix;
        let end = match is_whole {
            true => start + inserted.len(),
            false => start + edit.insert.len(),
        };
        let weight = inserted.chars().filter(|c| !c.is_whitespace()).count();
        Self {
            removed: removed.to_owned(),
            inserted: inserted.to_owned(),
            range: start..end,
            at,
            by,
            is_typed: weight <= KEY_CAP && by == By::User,
        }
    }

    /// Where it was, in the text before it.
    fn old_range(&self) -> Range<usize> {
        self.range.start..self.range.start + self.removed.len()
    }

    /// How a range around it read before it.
    pub(crate) fn before(&self, text: &Text, around: &Range<usize>) -> String {
        let head = text.slice(around.start..self.range.start);
        let tail = text.slice(self.range.end..around.end);
        format!("{head}{}{tail}", self.removed)
    }

    /// Whether it left everything as it was.
    pub(super) fn is_nothing(&self) -> bool {
        self.removed == self.inserted && self.range.len() == self.inserted.len()
    }

    /// Whether the next edit goes on with this one.
    pub(super) fn takes(&self, next: &Self) -> bool {
        let old = next.old_range();
        let touches = old.start <= self.range.end && self.range.start <= old.end;
        let is_soon = next.at.duration_since(self.at) < PAUSE;
        self.is_typed && next.is_typed && touches && is_soon
    }

    /// Makes one edit of this one and the next.
    pub(super) fn absorb(&mut self, next: Self) {
        let old = next.old_range();
        // What the next one removed to either side of this one stood there before both.
        let left = self.range.start.saturating_sub(old.start);
        let right = old.end.saturating_sub(self.range.end);
        let from = old.start.saturating_sub(self.range.start);
        let to = old.end.min(self.range.end) - self.range.start.min(old.end);
        let (Some(head), Some(tail)) =
            (self.inserted.get(..from), self.inserted.get(to.max(from)..))
        else {
            *self = next;
            return;
        };
        let inserted = format!("{head}{}{tail}", next.inserted);
        let removed = format!(
            "{}{}{}",
            next.removed.get(..left).unwrap_or_default(),
            self.removed,
            next.removed
                .get(next.removed.len() - right..)
                .unwrap_or_default(),
        );
        let start = self.range.start.min(old.start);
        self.range = start..start + inserted.len();
        (self.removed, self.inserted, self.at) = (removed, inserted, next.at);
    }

    /// Moves along with a later edit elsewhere; false if that edit leaves nothing of it to be known.
    pub(super) fn follow(&mut self, later: &Self) -> bool {
        let old = later.old_range();
        if self.range.end <= old.start {
            return true;
        }
        let shift = |offset: usize| offset - old.len() + later.range.len();
        if old.end <= self.range.start {
            self.range = shift(self.range.start)..shift(self.range.end);
            return true;
        }
        false
    }

    /// Whether it puts back what an older one removed.
    pub(super) fn undoes(&self, older: &Self) -> bool {
        let is_there = self.range.start == older.range.start;
        is_there && self.inserted == older.removed && self.removed == older.inserted
    }
}

/// How many bytes two texts have in common at their beginning.
fn common(a: impl Iterator<Item = char>, b: impl Iterator<Item = char>) -> usize {
    let same = a.zip(b).take_while(|(a, b)| a == b);
    same.map(|(a, _)| a.len_utf8()).sum()
}
