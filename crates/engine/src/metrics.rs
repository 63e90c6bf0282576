//! Suggestion statistics: shown, taken, and still there later. Kept in memory and told to nobody but the user.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use firesteel_text::{AnchorRange, Document};

/// How long after it was taken a text is looked for.
const LOOKS: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(120)];
/// Texts that are waited for in one document; the oldest make room uncounted.
const WATCHED_CAP: usize = 64;
/// How much of a text must be left to count as retained, in hundredths.
const RETAINED: usize = 80;

/// Counts since the server's start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// Suggestions shown, each once however often it was asked for.
    pub shown: u64,
    /// Taken as a whole.
    pub accepted: u64,
    /// Taken in part: a word or a line.
    pub partially_accepted: u64,
    /// Typed to their end by hand.
    pub typed: u64,
    /// Of those taken, how many were looked for after 30 seconds and after 2 minutes, and how many were still there.
    pub looks: [Look; 2],
}

/// One time at which taken texts are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Texts looked for.
    pub looked_for: u64,
    /// Texts that were there, for the most part.
    pub retained: u64,
}

/// How a suggestion was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Whole,
    Part,
    Typed,
}

/// The texts taken in one document that are still to be looked for.
#[derive(Default)]
pub(crate) struct Watched(VecDeque<Watch>);

struct Watch {
    taken_at: Instant,
    /// Looks that are done.
    looks: usize,
    range: AnchorRange,
    text: String,
}

impl Acceptance {
    pub(crate) fn count(&mut self, taken: Taken) {
        match taken {
            Taken::Whole => self.accepted += 1,
            Taken::Part => self.partially_accepted += 1,
            Taken::Typed => self.typed += 1,
        }
    }
}

impl Watched {
    /// Watches a text that was taken, which ends at `end`.
    pub(crate) fn add(&mut self, document: &Document, end: usize, text: String) {
        if self.0.len() == WATCHED_CAP {
            self.0.pop_front();
        }
        let start = end.saturating_sub(text.len());
        self.0.push_back(Watch {
            taken_at: Instant::now(),
            looks: 0,
            range: document.anchor_range(start..end),
            text,
        });
    }

    /// Looks for what is due by `now`. It has been as it is in `document` since its last edit, so a look may
    /// come late and still see what was there in time.
    pub(crate) fn look(&mut self, now: Instant, document: &Document, counts: &mut Acceptance) {
        for watch in &mut self.0 {
            while let Some(after) = LOOKS.get(watch.looks)
                && now.duration_since(watch.taken_at) >= *after
            {
                let look = &mut counts.looks[watch.looks];
                look.looked_for += 1;
                look.retained += u64::from(watch.is_there(document));
                watch.looks += 1;
            }
        }
        self.0.retain(|watch| watch.looks < LOOKS.len());
    }
}

impl Watch {
    fn is_there(&self, document: &Document) -> bool {
        let Some(range) = document.resolve_range(self.range) else {
            return false;
        };
        let now = document.text.slice(range);
        let same = |a: &mut dyn Iterator<Item = (u8, u8)>| a.take_while(|(a, b)| a == b).count();
        let head = same(&mut self.text.bytes().zip(now.bytes()));
        let tail = same(&mut self.text.bytes().rev().zip(now.bytes().rev()));
        (head + tail).min(self.text.len()) * 100 >= self.text.len() * RETAINED
    }
}

#[cfg(test)]
mod tests {
    use firesteel_text::{Change, Encoding};

    use super::*;

    #[test]
    fn a_text_that_is_changed_a_little_is_retained_and_one_that_is_gone_is_not() {
        let before = Document::open("file:///a.rs", 0, "let total = sum(items);\nlet x = 1;\n");
        let mut watched = Watched::default();
        watched.add(&before, 23, "total = sum(items);".to_owned());
        watched.add(&before, 34, "x = 1;".to_owned());
        let changed = |from: &Document, old: &str, new: &str| {
            let text = from.text.to_string().replace(old, new);
            let change = Change { range: None, text };
            let version = from.version + 1;
            let changed = from.changed(version, &[change], Encoding::Utf8);
            changed.map_or_else(|_| from.clone(), |(changed, ..)| changed)
        };
        let mut counts = Acceptance::default();
        let now = Instant::now();
        watched.look(now, &before, &mut counts);
        assert_eq!(counts.looks, [Look::default(); 2]);
        let after = changed(&before, "items", "item");
        watched.look(now + LOOKS[0], &after, &mut counts);
        let after = changed(&after, "x = 1;", "");
        watched.look(now + LOOKS[1], &after, &mut counts);
        let look = |looked_for, retained| Look {
            looked_for,
            retained,
        };
        assert_eq!(counts.looks, [look(2, 2), look(2, 1)]);
    }
}
