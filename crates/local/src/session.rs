//! What was written and deleted lately: it is likely to be written again, in this file or the next.

use std::collections::VecDeque;

use crate::{evidence::lines::Lines, secrets::learned_line, vocabulary::Vocabulary};

/// Lines remembered.
const MAX_LINES: usize = 300;
/// Longer lines are not worth remembering.
const MAX_LINE_BYTES: usize = 400;

struct Entry {
    path: String,
    text: String,
    removed: bool,
}

/// The lines of this session's edits, and the evidence of those that count for one file.
#[derive(Default)]
pub(crate) struct Session {
    log: VecDeque<Entry>,
    path: String,
    lines: Lines,
    stale: bool,
}

impl Session {
    /// Notes lines that were written in a file.
    pub(crate) fn wrote(&mut self, path: &str, lines: impl IntoIterator<Item = String>) {
        self.note(path, lines, false);
    }

    /// Notes lines that were deleted from a file; they may be pasted or written anew right there.
    pub(crate) fn removed(&mut self, path: &str, lines: impl IntoIterator<Item = String>) {
        self.note(path, lines, true);
    }

    fn note(&mut self, path: &str, lines: impl IntoIterator<Item = String>, removed: bool) {
        for text in lines {
            if text.len() > MAX_LINE_BYTES {
                continue;
            }
            let text = learned_line(&text).into_owned();
            if text.trim().is_empty() {
                continue;
            }
            if self.log.len() == MAX_LINES {
                self.stale |= self
                    .log
                    .pop_front()
                    .is_some_and(|entry| counts_for(&entry, &self.path));
            }
            let entry = Entry {
                path: path.to_owned(),
                text,
                removed,
            };
            self.stale |= counts_for(&entry, &self.path);
            self.log.push_back(entry);
        }
    }

    /// Forgets the lines of files that are not to be remembered.
    pub(crate) fn retain(&mut self, mut is_kept: impl FnMut(&str) -> bool) {
        self.log.retain(|entry| is_kept(&entry.path));
        self.stale = true;
    }

    /// Forgets all lines.
    pub(crate) fn clear(&mut self) {
        self.log.clear();
        self.stale = true;
    }

    /// Forgets the words of a vocabulary that has been started afresh.
    pub(crate) fn restart(&mut self) {
        self.stale = true;
    }

    /// Makes ready the lines that count for `path`: those written elsewhere and those deleted anywhere.
    pub(crate) fn turn_to(&mut self, path: &str, vocabulary: &mut Vocabulary) {
        if self.path != path {
            self.path = path.to_owned();
            self.stale = true;
        }
        if self.stale {
            let lines = self
                .log
                .iter()
                .filter(|entry| counts_for(entry, &self.path))
                .map(|entry| entry.text.as_str());
            self.lines = Lines::new(lines, vocabulary);
            self.stale = false;
        }
        self.lines.refresh();
    }

    pub(crate) fn lines(&self) -> &Lines {
        &self.lines
    }
}

fn counts_for(entry: &Entry, path: &str) -> bool {
    entry.removed || entry.path != path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_other_files_and_deleted_ones_count() {
        let mut vocabulary = Vocabulary::new();
        let mut session = Session::default();
        session.wrote("a.rs", ["let a = one();".to_owned()]);
        session.wrote("b.rs", ["let b = two();".to_owned()]);
        session.removed("b.rs", ["let c = three();".to_owned()]);
        let mut has = |path: &str, word: &str| {
            session.turn_to(path, &mut vocabulary);
            let token = vocabulary.intern(word);
            session.lines().line_count(token) > 0
        };
        assert!(has("b.rs", "one") && !has("b.rs", "two") && has("b.rs", "three"));
        assert!(!has("a.rs", "one") && has("a.rs", "two") && has("a.rs", "three"));
    }
}
