//! A window of a large text: what surrounds a place, without the whole statements far from it.
//!
//! Taking a statement or item out of the list that it stands in leaves what is around it as broken
//! as it was, so an insertion adds to the window what it adds to the whole. The lists are those of the newest sound
//! tree, which need not be current: it is enough that nothing was edited where something is taken
//! out.

use std::ops::Range;

use firesteel_text::Text;
use tree_sitter::{Node, Point};

use crate::{Snapshot, Tree};

/// How far from the place nothing is taken out, in bytes.
const NEAR_BYTES: usize = 1024;

/// How far from what is near the parts of a list that are broken stay, in bytes.
const FAR_BYTES: usize = 4 * 1024;

/// A window larger than this is of no use, in bytes.
const MAX_WINDOW_BYTES: usize = 128 * 1024;

/// How many lists within one another are thinned out.
const MAX_LISTS: usize = 16;

pub(super) struct Window {
    pub(super) text: Text,
    /// The place in the window.
    pub(super) range: Range<usize>,
}

impl Window {
    /// The window around `range`; `None` where there is no tree to go by, or too little can be
    /// taken out.
    pub(super) fn around(snapshot: &Snapshot, range: &Range<usize>) -> Option<Self> {
        let tree = snapshot.sound_tree()?;
        let text = &snapshot.document.text;
        let near = range.start.saturating_sub(NEAR_BYTES)..range.end.saturating_add(NEAR_BYTES);
        let far = far_statements(tree, &near)?;
        let (mut window, mut end, mut shift) = (String::new(), 0, 0);
        for far in far {
            window.push_str(&text.slice(end..far.start));
            end = far.end;
            if far.end <= near.start {
                shift += far.len();
            }
            if window.len() > MAX_WINDOW_BYTES {
                return None;
            }
        }
        window.push_str(&text.slice(end..text.len()));
        (window.len() <= MAX_WINDOW_BYTES).then(|| Self {
            text: Text::new(&window),
            range: range.start - shift..range.end - shift,
        })
    }
}

/// What can be taken out, in order: runs of statements in the lists around the place.
fn far_statements(tree: &Tree, near: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let blocks = &tree.language().queries()?.blocks;
    let place = near.start.midpoint(near.end);
    let mut cursor = tree.root().walk();
    let mut runs = Vec::new();
    for _ in 0..MAX_LISTS {
        let node = cursor.node();
        if node.is_error() {
            runs.extend(runs_of(tree, node, near, 0..usize::MAX));
        } else if blocks.contains(&node.kind_id()) {
            runs.extend(runs_of_list(tree, node, near));
        }
        let has_inner = cursor.goto_first_child_for_byte(place).is_some();
        if !has_inner || cursor.node().byte_range().len() < near.len() {
            break;
        }
    }
    runs.sort_by_key(|run: &Range<usize>| run.start);
    Some(runs)
}

/// The runs of a list of statements. What was broken in it far from the place when it was parsed has nothing to do with
/// what is typed here: it goes with the rest, for recovery takes long. So only what lies around the place is gone over.
fn runs_of_list(tree: &Tree, list: Node, near: &Range<usize>) -> Vec<Range<usize>> {
    let around = match list.has_error() {
        true => near.start.saturating_sub(FAR_BYTES)..near.end.saturating_add(FAR_BYTES),
        false => near.clone(),
    };
    let ends = [run_before(list, around.start), run_behind(list, around.end)];
    if !ends.iter().flatten().all(|run| is_untouched(tree, run)) {
        return runs_of(tree, list, near, 0..usize::MAX);
    }
    let [before, behind] = ends;
    let within = match list.has_error() {
        true => {
            let start = before.as_ref().map_or(0, |run| run.end);
            let end = behind.as_ref().map_or(usize::MAX, |run| run.start);
            runs_of(tree, list, near, start..end)
        }
        false => Vec::new(),
    };
    before.into_iter().chain(within).chain(behind).collect()
}

/// Whether nothing was edited in a range, or right beside it, since the tree was parsed.
fn is_untouched(tree: &Tree, range: &Range<usize>) -> bool {
    let mut edits = tree.touched().iter();
    edits.all(|edit| edit.end < range.start || range.end < edit.start)
}

/// The statements of a list that end before `near`, but for the first, for a block of
/// Python may not be empty.
fn run_before(list: Node, near: usize) -> Option<Range<usize>> {
    let mut cursor = list.walk();
    let first = list.named_child(0)?;
    let start = first_on_line(first.next_named_sibling()?)?.start_byte();
    cursor.goto_first_child_for_byte(near)?;
    let end = cursor.node().prev_sibling()?.end_byte();
    first_on_line(cursor.node())?;
    (start < end).then_some(start..end)
}

/// The statements of a list that begin behind `near`.
fn run_behind(list: Node, near: usize) -> Option<Range<usize>> {
    let mut cursor = list.walk();
    cursor.goto_first_child_for_byte(near)?;
    let start = first_on_line(cursor.node().next_named_sibling()?)?.start_byte();
    let last = list.named_child(
        u32::try_from(list.named_child_count())
            .ok()?
            .checked_sub(1)?,
    )?;
    let end = last.end_byte();
    (start < end).then_some(start..end)
}

/// The node, if nothing stands before it on its line.
fn first_on_line(node: Node) -> Option<Node> {
    let before = node.prev_sibling();
    before
        .is_none_or(|before| is_on_later_line(&node, before.end_position()))
        .then_some(node)
}

/// Whether a node begins on another line than what ends before it; a comment may end where the next line begins.
fn is_on_later_line(node: &Node, end: Point) -> bool {
    end.row < node.start_position().row || end.column == 0
}

/// The runs of a list's statements within a range that can be taken out. The first child there stays, for a block of
/// Python may not be empty.
fn runs_of(
    tree: &Tree,
    list: Node,
    near: &Range<usize>,
    within: Range<usize>,
) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut run: Option<Range<usize>> = None;
    let mut cursor = list.walk();
    let mut has_next = match within.start {
        0 => cursor.goto_first_child(),
        start => cursor.goto_first_child_for_byte(start).is_some(),
    };
    let before = cursor.node().prev_sibling().filter(|_| has_next);
    let mut end = before.map(|before| before.end_position());
    while has_next && cursor.node().start_byte() < within.end {
        let node = cursor.node();
        let range = node.byte_range();
        let begins_line = end.is_some_and(|end| is_on_later_line(&node, end));
        let is_far = range.end <= near.start || near.end <= range.start;
        let can_go = is_far && is_untouched(tree, &range) && is_whole(node, list);
        run = match run.take() {
            Some(run) if can_go && (run.start < near.start) == (range.start < near.start) => {
                Some(run.start..range.end)
            }
            // Half of a line would stay.
            Some(_) if !begins_line => None,
            ended => {
                runs.extend(ended);
                (can_go && begins_line && node.is_named()).then_some(range)
            }
        };
        end = Some(node.end_position());
        has_next = cursor.goto_next_sibling();
    }
    runs.extend(run);
    runs
}

/// Whether a child of a list can go: it is not one of the list's own brackets, and what is wrong in it, if anything, ends
/// with it. A statement far away that a grammar does not know is as wrong before an insertion as after it.
fn is_whole(node: Node, list: Node) -> bool {
    let is_statement = || {
        const STATEMENTS: [&str; 4] = ["_item", "_definition", "_declaration", "_statement"];
        STATEMENTS.iter().any(|end| node.kind().ends_with(end))
    };
    let is_separator = || !node.is_named() && matches!(node.kind(), ";" | "," | "\n");
    !node.is_error()
        && !node.is_missing()
        && match (list.is_error(), node.is_named()) {
            // What is left of a broken statement stays.
            (true, true) => !node.has_error() && is_statement(),
            (false, true) => true,
            (_, false) => is_separator(),
        }
}
