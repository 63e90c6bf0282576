//! The parse gate: would an insertion break the code, and up to where would it not?
//!
//! While somebody types, the code at the cursor is broken as a rule, so what counts is not whether
//! there are errors but whether the insertion adds any. The parser's own count is not enough for
//! that: when it recovers, one wide ERROR may become one narrow ERROR somewhere else, and an
//! insertion that mends `foo(` and then closes one bracket too many leaves the count as it was.
//! So the gate compares three things, and none of them may rise: the ERROR and MISSING nodes, the
//! brackets without a partner, and the errors that lie wholly within the insertion.

mod damage;
mod indent;
mod window;

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use firesteel_text::{Edit, Text};
use tree_sitter::Tree as RawTree;

use crate::{
    Language, Snapshot, Tree, enclosing_statement,
    scope::enclosing_block,
    tree::{Pace, Step, input_edit, parse_raw, walk},
};

use damage::Damage;
use window::Window;

/// How long a check may take where nothing shorter is called for.
pub const CHECK_LIMIT: Duration = Duration::from_millis(50);

/// At how many of its line ends an insertion is tried when all of it would break the code.
const MAX_LINE_CANDIDATES: usize = 8;

/// At how many ends of tokens of its first line it is tried after that.
const MAX_TOKEN_CANDIDATES: usize = 8;

/// The largest text of which the whole is parsed for a check, in bytes. While a statement is half
/// typed the parser reuses little behind it, so in a larger one only a window is parsed.
const MAX_WHOLE_BYTES: usize = 8 * 1024;

/// What an insertion does to the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// How many more errors there are with all of the insertion than without it.
    pub added: usize,
    /// How many bytes of the insertion can be kept without adding an error: all of them if none
    /// is added, otherwise up to the last line end that does, otherwise up to the last token of
    /// the first line that does.
    pub complete_to: usize,
}

/// Whether replacing `range` by `insertion` would add errors. `tree` is of `text`; if it is not
/// current, it is parsed first.
///
/// `None` if that could not be found out within `limit`.
pub fn check(
    tree: &Tree,
    text: &Text,
    range: Range<usize>,
    insertion: &str,
    limit: Duration,
) -> Option<Verdict> {
    let deadline = Instant::now().checked_add(limit);
    let raw = match tree.is_current() {
        true => tree.raw().clone(),
        false => {
            let (language, old) = (tree.language(), Some(tree.raw()));
            parse_raw(language, text, old, deadline, Pace::Hurries)?
        }
    };
    Gate::new(tree.language(), raw, text.clone(), range, deadline).check(insertion)
}

/// A place at which insertions are checked.
pub struct Gate {
    language: Language,
    raw: RawTree,
    text: Text,
    range: Range<usize>,
    before: Damage,
    deadline: Option<Instant>,
}

impl Gate {
    /// The gate for what replaces `range`; all its checks together have until `limit`. Of a large
    /// text it parses a window alone: what surrounds the range, without the whole and faultless
    /// items and statements that are far from it.
    ///
    /// `None` if the language is not one of ours or the text could not be parsed within `limit`.
    pub fn at(snapshot: &Snapshot, range: Range<usize>, limit: Duration) -> Option<Self> {
        let deadline = Instant::now().checked_add(limit);
        let (language, text) = (snapshot.language?, &snapshot.document.text);
        if text.len() > MAX_WHOLE_BYTES
            && let Some(window) = Window::around(snapshot, &range)
        {
            let raw = parse_raw(language, &window.text, None, deadline, Pace::Hurries)?;
            return Some(Self::new(
                language,
                raw,
                window.text,
                window.range,
                deadline,
            ));
        }
        let raw = snapshot.parsed(limit)?.raw().clone();
        Some(Self::new(language, raw, text.clone(), range, deadline))
    }

    fn new(
        language: Language,
        raw: RawTree,
        text: Text,
        range: Range<usize>,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            language,
            before: Damage::of(&raw, 0..0),
            raw,
            range: text.floor_char_boundary(range.start)..range.end,
            text,
            deadline,
        }
    }

    /// How much text is parsed for a check, in bytes.
    pub fn window_len(&self) -> usize {
        self.text.len()
    }

    /// Whether `insertion` would add errors to the code, and nothing about what of it could be kept; `None` if that
    /// could not be found out in time.
    pub fn breaks(&self, insertion: &str) -> Option<bool> {
        Some(self.insert(insertion)?.damage.more_than(&self.before) > 0)
    }

    /// What `insertion` would do to the code; `None` if that could not be found out in time.
    pub fn check(&self, insertion: &str) -> Option<Verdict> {
        let after = self.insert(insertion)?;
        let damage = &after.damage;
        let added = damage.more_than(&self.before);
        if added == 0 {
            return Some(Verdict {
                added,
                complete_to: insertion.len(),
            });
        }
        let within = |offset: usize| {
            let part = insertion.get(..offset.saturating_sub(self.range.start));
            part.unwrap_or_default().trim_end().len()
        };
        let first_bad = damage.first_bad.map_or(insertion.len(), within);
        let is_before = |end: &usize| *end <= first_bad && *end < insertion.len();
        let lines = line_ends(insertion)
            .rev()
            .filter(is_before)
            .take(MAX_LINE_CANDIDATES);
        let tokens = token_ends(&after.raw, self.range.start, first_line(insertion).len());
        let tokens = tokens
            .into_iter()
            .rev()
            .filter(is_before)
            .take(MAX_TOKEN_CANDIDATES);
        let ends = damage
            .first_unopened
            .map(within)
            .into_iter()
            .chain(lines)
            .chain(tokens);
        let complete_to = { ends }
            .find(|&end| insertion.get(..end).is_some_and(|part| self.accepts(part)))
            .unwrap_or(0);
        Some(Verdict { added, complete_to })
    }

    /// How much of `insertion` belongs to the statement that begins before it, in bytes, and how
    /// much to the block around it; each `None` where there is none, or it goes on behind the
    /// insertion.
    pub fn extents(&self, insertion: &str) -> Extents {
        let Some(State {
            text,
            raw,
            inserted,
            ..
        }) = self.insert(insertion)
        else {
            return Extents::default();
        };
        let tree = Tree::unversioned(raw, self.language);
        let within = |node: Range<usize>| {
            let is_inside = inserted.start < node.end && node.end < inserted.end;
            is_inside.then(|| node.end - inserted.start)
        };
        let statement = enclosing_statement(&tree, &text, inserted.start);
        let is_begun = |it: &Range<usize>| it.start < inserted.start && inserted.start < it.end;
        let block = match self.language.blocks_are_indented() {
            true => self.dedent(insertion),
            false => enclosing_block(&tree, &text, inserted.start).and_then(within),
        };
        Extents {
            statement: statement.filter(is_begun).and_then(within),
            block,
        }
    }

    /// Where a line of the insertion is indented less than the line that it begins in.
    fn dedent(&self, insertion: &str) -> Option<usize> {
        let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let line_start = self.text.line_start(self.text.line_of(self.range.start));
        let base = indent(&self.text.slice(line_start..self.range.start));
        let lines = insertion.match_indices('\n').map(|(idx, _)| idx);
        let is_left = |idx: &usize| {
            let line = insertion[idx + 1..].lines().next().unwrap_or_default();
            !line.trim().is_empty() && indent(line) < base
        };
        let end = { lines }.find(is_left)?;
        Some(insertion[..end].trim_end().len())
    }

    /// The code with `insertion` in place.
    fn insert(&self, insertion: &str) -> Option<State> {
        let (mut text, mut old) = (self.text.clone(), self.raw.clone());
        let delta = text.edit(&Edit {
            range: self.range.clone(),
            insert: insertion.to_owned(),
        });
        old.edit(&input_edit(&delta));
        let raw = parse_raw(
            self.language,
            &text,
            Some(&old),
            self.deadline,
            Pace::Hurries,
        )?;
        let inserted = delta.start..delta.new_end;
        let mut damage = Damage::of(&raw, inserted.clone());
        if self.language.blocks_are_indented() {
            damage.note_misplaced(indent::misplaced(&raw, &text, &inserted));
        }
        Some(State {
            text,
            raw,
            inserted,
            damage,
        })
    }

    /// Whether a part of the insertion is complete: it adds no error, nor does it end where
    /// something has to follow, of which a grammar may make no error.
    fn accepts(&self, part: &str) -> bool {
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            return false;
        }
        let is_open = part.ends_with(['(', '[', '{', ':', ',', '=', '.', '\\']);
        let damage = || self.insert(part).map(|state| state.damage);
        !is_open && damage().is_some_and(|damage| damage.more_than(&self.before) == 0)
    }
}

/// Up to where what encloses a place reaches into an insertion there, in bytes of the insertion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extents {
    /// The end of the innermost statement that begins before the place.
    pub statement: Option<usize>,
    /// The end of the innermost block around the place.
    pub block: Option<usize>,
}

/// The code with an insertion in it.
struct State {
    text: Text,
    raw: RawTree,
    inserted: Range<usize>,
    damage: Damage,
}

/// The first line of the insertion that is not blank, with the blank ones before it.
fn first_line(insertion: &str) -> &str {
    let content = insertion.len() - insertion.trim_start().len();
    let length = insertion[content..].find(['\n', '\r']);
    &insertion[..length.map_or(insertion.len(), |length| content + length)]
}

/// Where the lines of the insertion end, without trailing white space and empty lines.
fn line_ends(insertion: &str) -> impl DoubleEndedIterator<Item = usize> {
    let ends = insertion
        .match_indices('\n')
        .map(|(idx, _)| insertion[..idx].trim_end().len());
    ends.filter(|&end| end > 0)
}

/// Where the tokens end that lie in the first `length` bytes behind `start`, relative to it.
fn token_ends(tree: &RawTree, start: usize, length: usize) -> Vec<usize> {
    let (mut ends, end) = (Vec::new(), start + length);
    walk(tree.root_node(), |node, _| {
        let tokens = node.byte_range();
        if end <= tokens.start {
            return Step::Stop;
        }
        if node.child_count() == 0 && start <= tokens.start && tokens.end <= end {
            ends.push(tokens.end - start);
        }
        if tokens.end <= start {
            Step::Over
        } else {
            Step::Into
        }
    });
    ends
}
