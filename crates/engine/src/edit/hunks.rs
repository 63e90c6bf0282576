//! Hunks: the smallest replacements that make the old lines the new ones, each at a place that moves with edits.

use std::ops::Range;

use firesteel_privacy::{Misplaced, Shown};
use firesteel_syntax::Snapshot;
use firesteel_syntax::gate::{self, Gate};
use firesteel_text::{AnchorRange, Bias, Document, Text};
use imara_diff::{Algorithm, Diff, InternedInput};

use super::align::Settled;
use crate::editorconfig::{line_ending, preferences};

/// A replacement of whole lines, or an insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Where the old text stands.
    pub place: AnchorRange,
    /// The text that is replaced; empty for an insertion.
    pub old: String,
    /// What comes in its place.
    pub new: String,
    /// Whether it is about whole lines, and begins at a line's start also after the user typed there.
    pub(super) is_lines: bool,
}

/// The user has changed the same lines, or the place is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched;

impl Hunk {
    /// A hunk at a range of a document.
    pub fn new(document: &Document, range: Range<usize>, new: String) -> Self {
        let old = document.text.slice(range.clone()).into_owned();
        Self {
            is_lines: old.ends_with('\n') || new.ends_with('\n'),
            place: place(document, range),
            old,
            new,
        }
    }

    /// The hunk that takes this one back, which landed at `range`.
    pub fn inverse(&self, document: &Document, range: Range<usize>) -> Self {
        Self {
            place: place(document, range),
            old: self.new.clone(),
            new: self.old.clone(),
            is_lines: self.is_lines,
        }
    }

    /// The hunk at its place in this state of the document.
    ///
    /// # Errors
    /// As [`Hunk::resolve`].
    pub fn at_newest(&self, document: &Document) -> Result<Self, Touched> {
        let range = self.resolve(document)?;
        Ok(Self {
            place: place(document, range),
            ..self.clone()
        })
    }

    /// The hunk over whatever stands at its place by now; none when the place is gone.
    #[must_use]
    pub fn over(&self, document: &Document) -> Option<Self> {
        if let Ok(hunk) = self.at_newest(document) {
            return Some(hunk);
        }
        let Range { start, end } = document.resolve_range(self.place)?;
        let start = document.text.line_start(document.text.line_of(start));
        Some(Self::new(document, start..end.max(start), self.new.clone()))
    }

    /// Where the hunk applies by now.
    ///
    /// # Errors
    /// When the lines are no longer as they were: the user's text wins.
    pub fn resolve(&self, document: &Document) -> Result<Range<usize>, Touched> {
        let text = &document.text;
        let Some(Range { start, end }) = document.resolve_range(self.place) else {
            return only_place(text, &self.old).ok_or(Touched);
        };
        let line_start = text.line_start(text.line_of(start));
        if self.old.is_empty() {
            // What the user typed at the start of the line below stays in one piece.
            let at = if self.is_lines { line_start } else { start };
            return Ok(at..at);
        }
        let is_same = text.slice(start..end) == self.old.as_str();
        if is_same && (!self.is_lines || start == line_start) {
            return Ok(start..end);
        }
        // What was undone and is redone comes back at the edges of its place.
        let outer = document.resolve_range(self.outer()).ok_or(Touched)?;
        let is_line = outer.start == text.line_start(text.line_of(outer.start));
        let is_back = text.slice(outer.clone()) == self.old.as_str() && (!self.is_lines || is_line);
        is_back.then_some(outer).ok_or(Touched)
    }

    /// Whether the hunk has been applied, and where its text stands.
    pub fn landed(&self, document: &Document) -> Option<Range<usize>> {
        let range = document.resolve_range(self.outer())?;
        let found = document.text.slice(range.clone());
        if self.new.is_empty() {
            return self.removed(&found, range);
        }
        let Some(at) = found.find(self.new.as_str()) else {
            return self.landed_beside(document, range);
        };
        // A replacement may be a part of what it replaces.
        let is_old =
            !self.old.is_empty() && self.old.contains(&self.new) && found.contains(&self.old);
        (!is_old).then(|| range.start + at..range.start + at + self.new.len())
    }

    /// Where a text has been removed of which `left` seems to stand at its place: a client may count the like text before or
    /// behind it as removed instead, such as the indentation of the next line in place of its own.
    fn removed(&self, left: &str, place: Range<usize>) -> Option<Range<usize>> {
        if left.len() >= self.old.len() {
            return None;
        }
        let Range { start, end } = place;
        match (self.old.starts_with(left), self.old.ends_with(left)) {
            (true, _) => Some(start..start),
            (_, true) => Some(end..end),
            _ => None,
        }
    }

    /// Where an inserted text stands that the client counts to the like text before or behind its place: of two empty
    /// lines, either may be the new one.
    fn landed_beside(&self, document: &Document, place: Range<usize>) -> Option<Range<usize>> {
        if !self.old.is_empty() || document.revision == self.place.start.revision() {
            return None;
        }
        let Range { start, end } = place;
        let behind = start..start + self.new.len();
        let before = end.checked_sub(self.new.len()).map(|start| start..end);
        let is_new = |range: &Range<usize>| document.text.slice(range.clone()) == self.new.as_str();
        [Some(behind), before].into_iter().flatten().find(is_new)
    }

    /// Whether its place has exactly its new text.
    pub fn is_applied(&self, document: &Document) -> bool {
        let range = document.resolve_range(self.outer());
        range.is_some_and(|range| document.text.slice(range) == self.new.as_str())
    }

    /// Its place with what was written at its edges.
    fn outer(&self) -> AnchorRange {
        AnchorRange {
            start: self.place.start.leaning(Bias::Left),
            end: self.place.end.leaning(Bias::Right),
        }
    }

    /// The number of lines that it writes.
    pub fn lines(&self) -> usize {
        self.new.lines().count()
    }
}

/// What the user inserts at an edge is not part of the place.
fn place(document: &Document, range: Range<usize>) -> AnchorRange {
    AnchorRange {
        start: document.anchor(range.start, Bias::Right),
        end: document.anchor(range.end, Bias::Left),
    }
}

/// Where a text stands that stands nowhere else: for a document that was closed and opened again.
fn only_place(text: &Text, old: &str) -> Option<Range<usize>> {
    if old.is_empty() {
        return None;
    }
    let whole = text.slice(0..text.len());
    let mut places = whole.match_indices(old).map(|(at, _)| at..at + old.len());
    let first = places.next()?;
    places.next().is_none().then_some(first)
}

/// Lines of a document, as a model saw them, that a new text is written over.
#[derive(Debug)]
pub(super) struct Lines {
    /// Where each line begins in what was shown, and last where the last one ends.
    starts: Vec<usize>,
}

/// What becomes of some old lines.
pub(super) struct Replacement {
    /// The hunk, unless the model has put a secret elsewhere.
    pub(super) hunk: Result<Hunk, Misplaced>,
    /// The secrets that the new lines speak of.
    pub(super) named: Vec<usize>,
    /// Those of the old lines that the new ones leave out.
    pub(super) lost: Vec<usize>,
}

impl Lines {
    /// The whole lines that `range` of the shown text touches; where it is empty, a line's start or the end of the text.
    pub(super) fn new(shown: &Shown, range: Range<usize>) -> (Self, Vec<String>) {
        let text = &shown.text;
        let end = range.end.max(range.start);
        let first = match range.is_empty() {
            // Nothing stands before a byte order mark.
            true => range.start.max(text.content_start()),
            false => text.line_start(text.line_of(range.start)),
        };
        let mut starts = vec![first];
        let mut contents = Vec::new();
        while let Some(&start) = starts.last()
            && start < end
        {
            let line = text.line_of(start);
            contents.push(text.line(line).into_owned());
            starts.push(text.line_start(line + 1));
        }
        (Self { starts }, contents)
    }

    /// The hunks of a settled part, as `document` and its lines `old` were at the beginning.
    pub(super) fn hunks(
        &self,
        document: &Document,
        shown: &Shown,
        old: &[String],
        part: &Settled,
    ) -> Vec<Replacement> {
        let before = old[part.old.clone()].iter().map(|line| line.trim_end());
        let after = part.new.iter().map(|line| line.trim_end());
        let mut input = InternedInput::default();
        input.update_before(before);
        input.update_after(after);
        let mut diff = Diff::compute(Algorithm::Histogram, &input);
        diff.postprocess_no_heuristic(&input);
        let hunk = |hunk: imara_diff::Hunk| {
            let at = |line: u32| self.starts[part.old.start + line as usize];
            let range = at(hunk.before.start)..at(hunk.before.end);
            let before = part.old.start + hunk.before.start as usize
                ..part.old.start + hunk.before.end as usize;
            let before = &old[before];
            let new = &part.new[hunk.after.start as usize..hunk.after.end as usize];
            let named = shown.numbers(new);
            let mut lost = shown.numbers(before);
            lost.retain(|number| !named.contains(number));
            let restored = shown.restore(range.clone(), before, new);
            let range = shown.original(range.start)..shown.original(range.end);
            Replacement {
                hunk: restored.map(|new| self.hunk(document, range, &new)),
                named,
                lost,
            }
        };
        diff.hunks().map(hunk).collect()
    }

    fn hunk(&self, document: &Document, range: Range<usize>, new: &[String]) -> Hunk {
        let text = &document.text;
        let preferences = preferences(&document.id.path());
        // New lines end as the line above them does, others as the one that they replace.
        let at = range.start.saturating_sub(usize::from(range.is_empty()));
        let ending = line_ending(document, at).as_str();
        let line = |line: &String| match preferences.trims_lines {
            Some(true) => format!("{}{ending}", line.trim_end()),
            _ => format!("{line}{ending}"),
        };
        let mut joined: String = new.iter().map(line).collect();
        let is_open = |at: usize| at > 0 && !text.slice(at - 1..at).ends_with(['\n', '\r']);
        let is_last = range.end == text.len() && !joined.is_empty();
        let is_append = range.is_empty() && range.end == text.len() && is_open(range.end);
        // The file's last line has no line ending, and shall have none; an empty file has no such line.
        let has_end = match text.len() == text.content_start() {
            true => preferences.final_newline != Some(false),
            false => !is_open(range.end) || preferences.final_newline == Some(true),
        };
        if is_last && !has_end {
            joined.truncate(joined.len() - ending.len());
        }
        if is_last && is_append && text.len() > text.content_start() {
            joined.insert_str(0, ending);
        }
        let hunk = Hunk::new(document, range, joined);
        Hunk {
            is_lines: hunk.is_lines && !is_append,
            ..hunk
        }
    }
}

/// Whether the document with these hunks applied has no more errors than without.
///
/// Also true where that cannot be told: the language is unknown, or the parse takes too long.
pub(super) fn parses_no_worse(snapshot: &Snapshot, hunks: &[Hunk]) -> bool {
    let document = &snapshot.document;
    let mut resolved: Vec<(Range<usize>, &str)> = hunks
        .iter()
        .filter_map(|hunk| Some((hunk.resolve(document).ok()?, hunk.new.as_str())))
        .collect();
    resolved.sort_by_key(|(range, _)| (range.start, range.end));
    let (Some((first, _)), Some((last, _))) = (resolved.first(), resolved.last()) else {
        return true;
    };
    let whole = first.start..last.end;
    let mut text = String::new();
    let mut at = whole.start;
    for (range, new) in &resolved {
        text.push_str(&document.text.slice(at..range.start.max(at)));
        text.push_str(new);
        at = range.end.max(at);
    }
    let gate = Gate::at(snapshot, whole, gate::CHECK_LIMIT);
    gate.and_then(|gate| gate.breaks(&text)) != Some(true)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use firesteel_syntax::Language;
    use firesteel_text::{Change, Encoding};

    use super::*;

    fn document(text: &str) -> Document {
        Document::open("file:///a.rs", 1, text)
    }

    fn typed(document: &Document, at: usize, text: &str) -> Document {
        changed(document, at..at, text)
    }

    fn changed(document: &Document, range: Range<usize>, text: &str) -> Document {
        let position = |at| document.text.position(at, Encoding::Utf8);
        let change = Change {
            range: Some(position(range.start)..position(range.end)),
            text: text.to_owned(),
        };
        let changed = document.changed(document.version + 1, &[change], Encoding::Utf8);
        changed.unwrap().0
    }

    #[test]
    fn the_users_text_wins_on_the_same_lines_and_only_there() {
        let before = document("a\nbb\nc\n");
        let hunk = Hunk::new(&before, 2..5, "x\n".to_owned());
        for (at, text, expected) in [
            (0, "// above\n", Ok(11..14)),
            (2, "// above\n", Ok(11..14)),
            (5, "// below\n", Ok(2..5)),
            (7, "// below", Ok(2..5)),
            (2, "word", Err(Touched)),
            (3, "word", Err(Touched)),
            (4, "word", Err(Touched)),
        ] {
            let after = typed(&before, at, text);
            assert_eq!(hunk.resolve(&after), expected, "{text:?} at {at}");
        }
    }

    #[test]
    fn an_insertion_goes_between_lines_also_where_the_user_types() {
        let before = document("a\nb\n");
        let hunk = Hunk::new(&before, 2..2, "x\n".to_owned());
        assert_eq!(hunk.resolve(&typed(&before, 2, "word")), Ok(2..2));
        assert_eq!(hunk.resolve(&typed(&before, 2, "line\n")), Ok(7..7));
    }

    #[test]
    fn a_removed_line_has_landed_whichever_like_text_the_client_says_it_removed() {
        let before = document("a\n    b\n    c\n");
        let hunk = Hunk::new(&before, 2..8, String::new());
        // Exactly; with the next line's indentation; with the end of the line before.
        for (removed, landed) in [(2..8, 2..2), (6..12, 2..2), (1..7, 2..2)] {
            let after = changed(&before, removed.clone(), "");
            assert_eq!(after.text.to_string(), "a\n    c\n");
            assert_eq!(hunk.landed(&after), Some(landed), "{removed:?}");
        }
        assert_eq!(hunk.landed(&before), None);
        assert_eq!(
            hunk.landed(&changed(&before, 6..7, "")),
            None,
            "a word of it"
        );
    }

    #[test]
    fn the_last_line_without_an_ending_gets_none() {
        let before = document("a\nb");
        let shown = Shown::plain(&before.text);
        let (lines, old) = Lines::new(&shown, 0..3);
        let hunk = |part: &Settled| {
            let mut hunks = lines.hunks(&before, &shown, &old, part);
            hunks.remove(0).hunk.unwrap()
        };
        assert_eq!(old, ["a", "b"]);
        let more = Settled {
            old: 2..2,
            new: vec!["c".to_owned()],
        };
        assert_eq!(hunk(&more).new, "\nc");
        let other = Settled {
            old: 1..2,
            new: vec!["c".to_owned()],
        };
        assert_eq!(hunk(&other).new, "c");
    }

    #[test]
    fn a_hunk_is_checked_alike_in_a_small_file_and_in_a_large_one() {
        for n_items in [1, 2_000] {
            let item = "fn a() {\n    b();\n}\n";
            let document = document(&item.repeat(n_items));
            let snapshot = Snapshot::open(document.clone(), Some(Language::Rust));
            snapshot.parsed(Duration::from_secs(10)).unwrap();
            let at = item.len() * (n_items / 2) + item.find("    b").unwrap();
            for (new, is_well) in [("    c(1);\n", true), ("    c(1;\n", false)] {
                let hunk = Hunk::new(&document, at..at + "    b();\n".len(), new.to_owned());
                assert_eq!(
                    parses_no_worse(&snapshot, &[hunk]),
                    is_well,
                    "{n_items}: {new}"
                );
            }
        }
    }

    #[test]
    fn only_what_differs_is_touched() {
        let before = document("a\nb\nc\nd\n");
        let shown = Shown::plain(&before.text);
        let (lines, old) = Lines::new(&shown, 0..8);
        let part = Settled {
            old: 0..4,
            new: ["a", "x", "c", "d"].map(str::to_owned).to_vec(),
        };
        let hunks = lines.hunks(&before, &shown, &old, &part);
        let hunks: Vec<Hunk> = hunks.into_iter().map(|it| it.hunk.unwrap()).collect();
        assert_eq!(hunks.len(), 1);
        assert_eq!(
            (hunks[0].old.as_str(), hunks[0].new.as_str()),
            ("b\n", "x\n")
        );
    }
}
