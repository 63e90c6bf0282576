//! An open document as the engine keeps it: its text, what its lines teach, and the one line that is being written and so teaches nothing yet.

use std::ops::Range;

use firesteel_text::{Edit, Text};

use crate::{evidence::lines::Lines, secrets::learned_line, vocabulary::Vocabulary};

/// Files of more lines than this are not learned; they are data.
const MAX_LINES: usize = 200_000;
/// How much text around the cursor must agree before a request is taken to be about the document that is open.
const AGREE_BYTES: usize = 256;

/// Lines of a document that are read at once; a request waits no longer than that takes.
const READ_AT_ONCE: usize = 100;
/// Lines up and down from a request's cursor that are read before it is answered.
const NEAR_LINES: usize = 300;

/// Lines of one edit that are noted as written; a pasted file is not typing.
const MAX_WRITTEN: usize = 40;

/// A document that is open in the editor, or stands in for one.
pub(crate) struct OpenDocument {
    pub(crate) text: Text,
    pub(crate) lines: Lines,
    /// False for a file that is too long to learn or has been put to sleep; its `lines` are empty.
    learned: bool,
    /// The line that is being written; its place in `lines` is blank.
    lifted: Option<usize>,
    /// Whether the lifted line was edited since it was lifted.
    lifted_edited: bool,
    /// For each line whether it is still to be read and blank in `lines` till then; empty once all are read.
    unread: Vec<bool>,
}

/// What an edit took out of a document, or a line that was left after it was edited.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    pub(crate) removed: Vec<String>,
    pub(crate) written: Vec<String>,
}

impl OpenDocument {
    /// A document of which nothing is read yet; see [`OpenDocument::read_on`] and [`OpenDocument::read_near`].
    pub(crate) fn new(text: Text) -> OpenDocument {
        let count = text.line_count();
        let learned = count <= MAX_LINES;
        OpenDocument {
            text,
            lines: Lines::blank(if learned { count } else { 0 }),
            learned,
            lifted: None,
            lifted_edited: false,
            unread: vec![true; if learned { count } else { 0 }],
        }
    }

    /// A document of which the text alone is kept, for what its lines teach takes fifty times as much; see [`OpenDocument::wake`].
    pub(crate) fn asleep(text: Text) -> OpenDocument {
        OpenDocument {
            text,
            lines: Lines::default(),
            learned: false,
            lifted: None,
            lifted_edited: false,
            unread: Vec::new(),
        }
    }

    /// Whether its lines teach anything.
    pub(crate) fn teaches(&self) -> bool {
        self.learned
    }

    /// Begins to learn from a document that was put to sleep.
    pub(crate) fn wake(&mut self) {
        if !self.learned {
            *self = OpenDocument::new(std::mem::take(&mut self.text));
        }
    }

    /// Forgets what the lines teach; gives the line that was being written, if it was edited.
    pub(crate) fn sleep(&mut self) -> Option<String> {
        let written = self.lifted.filter(|_| self.lifted_edited);
        let written = written.map(|line| learned_line(&self.text.line(line)).into_owned());
        *self = OpenDocument::asleep(std::mem::take(&mut self.text));
        written
    }

    /// Reads the next lines that are not read yet; false when there are none.
    pub(crate) fn read_on(&mut self, vocabulary: &mut Vocabulary) -> bool {
        let Some(first) = self.unread.iter().position(|&unread| unread) else {
            self.unread = Vec::new();
            return false;
        };
        self.read(first..first + READ_AT_ONCE, vocabulary);
        true
    }

    /// Reads the lines around `line`.
    pub(crate) fn read_near(&mut self, line: usize, vocabulary: &mut Vocabulary) {
        self.read(
            line.saturating_sub(NEAR_LINES)..line + NEAR_LINES,
            vocabulary,
        );
    }

    /// Reads those of the lines that are not read yet.
    fn read(&mut self, lines: Range<usize>, vocabulary: &mut Vocabulary) {
        let end = lines.end.min(self.unread.len());
        let mut at = lines.start;
        while at < end {
            let run = self.unread[at..end]
                .iter()
                .take_while(|&&unread| unread)
                .count();
            if run > 0 {
                self.replace(at..at + run, run, at, vocabulary);
            }
            at += run + 1;
        }
    }

    /// Applies one edit. Typing within the line that is being written costs next to nothing.
    pub(crate) fn edit(&mut self, edit: &Edit, vocabulary: &mut Vocabulary) -> Touched {
        let (first, last) = (
            self.text.line_of(edit.range.start),
            self.text.line_of(edit.range.end),
        );
        let mut touched = Touched::default();
        if first != last {
            touched.removed = split_lines(&self.text.slice(edit.range.clone()))
                .map(str::to_owned)
                .collect();
        }
        let delta = self.text.edit(edit);
        if !self.learned {
            return Touched::default();
        }
        let new_last = self.text.line_of(delta.new_end);
        if self.lifted == Some(first) && last == first && new_last == first {
            self.lifted_edited = true;
            return touched;
        }
        let lifted_goes = self
            .lifted
            .is_some_and(|lifted| (first..=last).contains(&lifted));
        if lifted_goes {
            self.lifted = None;
        } else {
            // The edit is elsewhere: the line that was being written is finished, at the number it has now.
            let moved = |lifted: usize| {
                if lifted > last {
                    lifted + new_last - last
                } else {
                    lifted
                }
            };
            self.replace(first..last + 1, new_last + 1 - first, first, vocabulary);
            self.lifted = self.lifted.map(moved);
            touched.written.extend(self.put_back(vocabulary));
            return touched;
        }
        self.replace(first..last + 1, new_last + 1 - first, first, vocabulary);
        touched.written.extend(
            (first..=new_last)
                .map(|line| self.text.line(line).into_owned())
                .take(MAX_WRITTEN),
        );
        touched
    }

    /// Takes the line out of the evidence, for it is being written; gives the line that was finished by that, if it was edited.
    pub(crate) fn lift(&mut self, line: usize, vocabulary: &mut Vocabulary) -> Option<String> {
        if self.lifted == Some(line) {
            return None;
        }
        let finished = self.put_back(vocabulary);
        if line < self.lines.len() {
            self.lines.replace(line..line + 1, [""], vocabulary);
            self.mark_read(line..line + 1, 1);
        }
        self.lifted = self.learned.then_some(line);
        self.lifted_edited = false;
        finished
    }

    /// Puts the line that was being written into the evidence; its text if it was edited.
    pub(crate) fn put_back(&mut self, vocabulary: &mut Vocabulary) -> Option<String> {
        let line = self.lifted.take()?;
        let text = learned_line(&self.text.line(line)).into_owned();
        if line < self.lines.len() {
            self.lines
                .replace(line..line + 1, [text.as_str()], vocabulary);
            self.mark_read(line..line + 1, 1);
        }
        std::mem::take(&mut self.lifted_edited).then_some(text)
    }

    /// Where a request stands that gives the text before and after the cursor, all of it or a window.
    pub(crate) fn locate(&self, before: &str, after: &str, hint: Option<usize>) -> Option<usize> {
        // All of the text before the cursor was given if it begins as the document does, and likewise after it.
        let from_start = Some(before.len()).filter(|_| {
            self.text.slice(0..head(before, AGREE_BYTES).len()) == head(before, AGREE_BYTES)
        });
        let near_end = tail(after, AGREE_BYTES);
        let from_end = self.text.len().checked_sub(after.len());
        let from_end = from_end.filter(|_| {
            self.text
                .slice(self.text.len() - near_end.len()..self.text.len())
                == near_end
        });
        [from_start, hint, from_end]
            .into_iter()
            .flatten()
            .find(|&offset| self.agrees(offset, before, after))
    }

    fn agrees(&self, offset: usize, before: &str, after: &str) -> bool {
        let near_before = tail(before, AGREE_BYTES);
        let near_after = head(after, AGREE_BYTES);
        let Some(start) = offset.checked_sub(near_before.len()) else {
            return false;
        };
        self.text.floor_char_boundary(offset) == offset
            && offset + near_after.len() <= self.text.len()
            && self.text.slice(start..offset) == near_before
            && self.text.slice(offset..offset + near_after.len()) == near_after
    }

    fn replace(
        &mut self,
        old: Range<usize>,
        count: usize,
        first: usize,
        vocabulary: &mut Vocabulary,
    ) {
        let fresh: Vec<String> = (first..first + count)
            .map(|line| learned_line(&self.text.line(line)).into_owned())
            .collect();
        self.lines
            .replace(old.clone(), fresh.iter().map(String::as_str), vocabulary);
        self.mark_read(old, count);
    }

    /// Notes that `count` lines that are read stand where the lines `old` stood.
    fn mark_read(&mut self, old: Range<usize>, count: usize) {
        if !self.unread.is_empty() {
            let end = old.end.min(self.unread.len());
            self.unread
                .splice(old.start.min(end)..end, std::iter::repeat_n(false, count));
        }
    }
}

/// Splits text into lines as the rope does: at `\n`, `\r\n` and `\r`.
pub(crate) fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.find(['\n', '\r']) {
            None => {
                rest = None;
                Some(text)
            }
            Some(at) => {
                let width = if text[at..].starts_with("\r\n") { 2 } else { 1 };
                rest = Some(&text[at + width..]);
                Some(&text[..at])
            }
        }
    })
}

fn tail(text: &str, bytes: usize) -> &str {
    let mut start = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

fn head(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::lines::tests::learned;

    #[derive(Clone, Debug)]
    enum Step {
        Edit {
            at: prop::sample::Index,
            removed: usize,
            insert: String,
        },
        Write {
            at: prop::sample::Index,
            insert: String,
        },
        Lift(prop::sample::Index),
        Near(prop::sample::Index),
    }

    fn text() -> impl Strategy<Value = String> {
        let piece = proptest::sample::select(vec![
            "a", "foo(", ")", "\n", "\r\n", "    ", "\t", "é", "x = y;", "{", "}", "\n\n", "let b",
            " ",
        ]);
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (any::<prop::sample::Index>(), 0usize..9, text()).prop_map(|(at, removed, insert)| Step::Edit { at, removed, insert }),
            3 => (any::<prop::sample::Index>(), "[a-z (]{1,3}").prop_map(|(at, insert)| Step::Write { at, insert }),
            2 => any::<prop::sample::Index>().prop_map(Step::Lift),
            1 => any::<prop::sample::Index>().prop_map(Step::Near),
        ]
    }

    fn apply(document: &mut OpenDocument, step: &Step, vocabulary: &mut Vocabulary) {
        let len = document.text.len();
        let boundary = |document: &OpenDocument, at: usize| document.text.floor_char_boundary(at);
        match step {
            Step::Edit {
                at,
                removed,
                insert,
            } => {
                let start = boundary(document, at.index(len + 1));
                let end = boundary(document, (start + removed).min(len)).max(start);
                document.edit(
                    &Edit {
                        range: start..end,
                        insert: insert.clone(),
                    },
                    vocabulary,
                );
            }
            Step::Write { at, insert } => {
                let offset = boundary(document, at.index(len + 1));
                let line = document.text.line_of(offset);
                document.lift(line, vocabulary);
                document.edit(
                    &Edit {
                        range: offset..offset,
                        insert: insert.clone(),
                    },
                    vocabulary,
                );
            }
            Step::Lift(line) => {
                let line = line.index(document.text.line_count());
                document.lift(line, vocabulary);
            }
            Step::Near(line) => {
                let line = line.index(document.text.line_count());
                document.read(line..line + 2, vocabulary);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_document_that_was_edited_teaches_what_a_fresh_one_does(start in text(), steps in proptest::collection::vec(step(), 1..15)) {
            let mut vocabulary = Vocabulary::new();
            let mut document = OpenDocument::new(Text::new(&start));
            for step in &steps {
                apply(&mut document, step, &mut vocabulary);
            }
            document.put_back(&mut vocabulary);
            while document.read_on(&mut vocabulary) {}
            let mut fresh = OpenDocument::new(Text::new(&document.text.to_string()));
            while fresh.read_on(&mut vocabulary) {}
            prop_assert_eq!(learned(&mut document.lines, &vocabulary), learned(&mut fresh.lines, &vocabulary));
        }
    }

    #[test]
    fn a_cursor_is_found_by_the_text_around_it() {
        let text: String = (100..300)
            .map(|number| format!("{number} {{}}\n"))
            .collect();
        let document = OpenDocument::new(Text::new(&text));
        assert_eq!(document.locate(&text[..15], &text[15..], None), Some(15));
        assert_eq!(
            document.locate(&text[400..1000], &text[1000..], None),
            Some(1000),
            "a window before the cursor"
        );
        assert_eq!(
            document.locate(&text[..1000], &text[1000..1100], None),
            Some(1000),
            "a window after it"
        );
        assert_eq!(document.locate("something", " else", None), None);
    }

    #[test]
    fn lines_are_split_as_the_rope_splits_them() {
        for text in ["", "a", "a\n", "a\r\nb\rc\n\nd", "\r\n\r\n", "\n\r"] {
            let rope = Text::new(text);
            let expected: Vec<String> = (0..rope.line_count())
                .map(|line| rope.line(line).into_owned())
                .collect();
            assert_eq!(split_lines(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }
}
