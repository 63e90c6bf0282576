//! The parse gate: would an insertion break the code, and up to where would it not?
//!
//! While somebody types, the code at the cursor is broken as a rule, so what counts is not whether
//! there are errors but whether the insertion adds any. The parser's own count is not enough for
//! that: when it recovers, one wide ERROR may become one narrow ERROR somewhere else, and an
//! insertion that mends `foo(` and then closes one bracket too many leaves the count as it was.
//! So the gate compares three things, and none of them may rise: the ERROR and MISSING nodes, the
//! brackets without a partner, and the errors that lie wholly within the insertion.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use firesteel_text::{Edit, Text};
use tree_sitter::{Node, Tree as RawTree};

use crate::{
    Tree,
    tree::{Step, input_edit, parse_raw, walk},
};

/// How long a check may take where nothing shorter is called for.
pub const CHECK_LIMIT: Duration = Duration::from_millis(50);

/// At how many of its line ends an insertion is tried when all of it would break the code.
const MAX_LINE_CANDIDATES: usize = 8;

/// At how many ends of tokens of its first line it is tried after that.
const MAX_TOKEN_CANDIDATES: usize = 8;

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
        false => parse_raw(tree.language(), text, Some(tree.raw()), deadline)?,
    };
    let range = text.floor_char_boundary(range.start)..range.end;
    let gate = Gate {
        tree,
        before: Damage::of(&raw, 0..0),
        raw,
        text,
        range,
        deadline,
    };

    let after = gate.insert(insertion)?;
    let damage = &after.damage;
    let mut added = damage.more_than(&gate.before);
    if added > 0 && gate.is_only_unclosed(&after) {
        added = 0;
    }
    if added == 0 {
        return Some(Verdict {
            added,
            complete_to: insertion.len(),
        });
    }
    let within = |offset: usize| {
        let part = insertion.get(..offset.saturating_sub(gate.range.start));
        part.unwrap_or_default().trim_end().len()
    };
    let first_bad = damage.first_bad.map_or(insertion.len(), within);
    let is_before = |end: &usize| *end <= first_bad && *end < insertion.len();
    let lines = line_ends(insertion)
        .rev()
        .filter(is_before)
        .take(MAX_LINE_CANDIDATES);
    let tokens = token_ends(&after.raw, gate.range.start, first_line(insertion).len());
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
        .find(|&end| insertion.get(..end).is_some_and(|part| gate.accepts(part)))
        .unwrap_or(0);
    Some(Verdict { added, complete_to })
}

struct Gate<'a> {
    tree: &'a Tree,
    raw: RawTree,
    text: &'a Text,
    range: Range<usize>,
    before: Damage,
    deadline: Option<Instant>,
}

impl Gate<'_> {
    /// The code with `insertion` in place.
    fn insert(&self, insertion: &str) -> Option<State> {
        let edit = Edit {
            range: self.range.clone(),
            insert: insertion.to_owned(),
        };
        self.edited(self.text, &self.raw, &edit, None)
    }

    /// Whether the errors come only from brackets that were open before: while the rest of a file
    /// is not written yet, each statement more may confuse the parser's recovery. With those
    /// brackets closed at the end of the text, no error may be left that was not there without
    /// the insertion.
    fn is_only_unclosed(&self, after: &State) -> bool {
        let was_open = !self.before.open.is_empty();
        let is_no_worse = after.damage.unclosed <= self.before.unclosed
            && after.damage.unopened <= self.before.unopened;
        let compare = || {
            let before = self.closed(self.text, &self.raw, &self.before.open, 0..0)?;
            let inserted = after.inserted.clone();
            let after = self.closed(&after.text, &after.raw, &after.damage.open, inserted)?;
            Some(after.damage.more_than(&before.damage) == 0)
        };
        was_open && is_no_worse && compare().unwrap_or(false)
    }

    /// The code with closing brackets at its end.
    fn closed(
        &self,
        text: &Text,
        raw: &RawTree,
        open: &[char],
        inserted: Range<usize>,
    ) -> Option<State> {
        let closing = open.iter().rev().map(|bracket| match bracket {
            '(' => ')',
            '[' => ']',
            _ => '}',
        });
        let insert = "\n".chars().chain(closing).collect();
        self.edited(
            text,
            raw,
            &Edit {
                range: text.len()..text.len(),
                insert,
            },
            Some(inserted),
        )
    }

    /// The code after an edit. The damage within is that of `inserted`, or of the edit itself.
    fn edited(
        &self,
        text: &Text,
        raw: &RawTree,
        edit: &Edit,
        inserted: Option<Range<usize>>,
    ) -> Option<State> {
        let (mut text, mut old) = (text.clone(), raw.clone());
        let delta = text.edit(edit);
        old.edit(&input_edit(&delta));
        let raw = parse_raw(self.tree.language(), &text, Some(&old), self.deadline)?;
        let inserted = inserted.unwrap_or(delta.start..delta.new_end);
        let damage = Damage::of(&raw, inserted.clone());
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

/// The code with an insertion in it.
struct State {
    text: Text,
    raw: RawTree,
    inserted: Range<usize>,
    damage: Damage,
}

/// How broken a tree is.
#[derive(Debug, Clone, Default)]
struct Damage {
    /// ERROR and MISSING nodes.
    errors: usize,
    /// Opening brackets that nothing closes.
    unclosed: usize,
    /// Those of them that are still open at the end of the text.
    open: Vec<char>,
    /// Closing brackets that nothing opens.
    unopened: usize,
    /// Errors wholly within the insertion.
    within: usize,
    /// The first error or unopened bracket within the insertion; keeping more than up to there
    /// keeps the damage.
    first_bad: Option<usize>,
    /// The first unopened bracket within the insertion: what comes before it may well be whole.
    first_unopened: Option<usize>,
}

impl Damage {
    /// Looks only into nodes with errors: the others have all their brackets.
    fn of(tree: &RawTree, inserted: Range<usize>) -> Self {
        let mut damage = Self::default();
        // Whether each node on the way from the root is an ERROR.
        let mut path: Vec<bool> = Vec::new();
        walk(tree.root_node(), |node, depth| {
            path.truncate(depth);
            // The tokens that an ERROR skips may be ERRORs again; they are the same damage.
            if path.last() != Some(&true) {
                damage.note_error(node, &inserted);
            }
            path.push(node.is_error());
            damage.note_bracket(node, &inserted);
            if node.has_error() {
                Step::Into
            } else {
                Step::Over
            }
        });
        damage.unclosed += damage.open.len();
        damage
    }

    fn note_error(&mut self, node: Node, inserted: &Range<usize>) {
        let Range { start, end } = node.byte_range();
        let is_within = match (node.is_error(), node.is_missing()) {
            (true, _) => inserted.start <= start && start < end && end <= inserted.end,
            // At its edges something was missing already, or may be about to follow.
            (_, true) => inserted.start < start && end < inserted.end,
            _ => return,
        };
        self.errors += 1;
        if is_within {
            self.within += 1;
            self.note_bad(start);
        }
    }

    fn note_bracket(&mut self, node: Node, inserted: &Range<usize>) {
        if node.is_named() || node.is_missing() {
            return;
        }
        let opening = match node.kind() {
            "(" => return self.open.push('('),
            "[" => return self.open.push('['),
            "{" | "${" => return self.open.push('{'),
            ")" => '(',
            "]" => '[',
            "}" => '{',
            _ => return,
        };
        if let Some(partner) = self.open.iter().rposition(|&bracket| bracket == opening) {
            self.unclosed += self.open.len() - partner - 1;
            self.open.truncate(partner);
            return;
        }
        self.unopened += 1;
        if inserted.contains(&node.start_byte()) {
            self.note_bad(node.start_byte());
            self.first_unopened = self.first_unopened.or(Some(node.start_byte()));
        }
    }

    fn note_bad(&mut self, offset: usize) {
        self.first_bad = Some(self.first_bad.map_or(offset, |first| first.min(offset)));
    }

    /// By how much the worst of the measures is worse than before.
    fn more_than(&self, before: &Self) -> usize {
        let rises = [
            self.errors.saturating_sub(before.errors),
            self.unclosed.saturating_sub(before.unclosed),
            self.unopened.saturating_sub(before.unopened),
            self.within,
        ];
        rises.into_iter().max().unwrap_or(0)
    }
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
