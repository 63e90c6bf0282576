//! Syntax trees: parsed with a time limit, and kept in step with edits until the next parse.

use std::{
    ops::{ControlFlow, Range},
    sync::{
        Arc, LazyLock, OnceLock,
        mpsc::{Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use firesteel_text::{Bias, Delta, Point, Text};
use tree_sitter::{InputEdit, Node, ParseOptions, Parser, Tree as RawTree};

use crate::Language;

/// The largest text that is parsed; above it there are no features that need a tree.
pub const MAX_PARSED_BYTES: usize = 8 * 1024 * 1024;

/// How long a parse may take where nothing shorter is called for.
pub const PARSE_LIMIT: Duration = Duration::from_millis(500);

/// A syntax tree of one revision of a document. A clone is cheap.
#[derive(Clone)]
pub struct Tree {
    /// As it was parsed, or moved along before.
    base: Arc<Kept>,
    /// The edits since. They are made when somebody looks: a tree that is broken at its root has a copy of all its children
    /// made for each, which takes milliseconds in a large file, and most keys come and go without a look.
    edits: Arc<[InputEdit]>,
    /// The tree with the edits made, once somebody looked; all clones share it.
    moved: Arc<OnceLock<Arc<Kept>>>,
    /// Where it was edited since it was parsed, as the ranges stand now.
    touched: Arc<[Range<usize>]>,
    language: Language,
    revision: u64,
    parsed_revision: u64,
    /// How much text the largest broken child of the root has, in bytes.
    broken: usize,
}

/// As much may be broken in one place of a sound tree, in bytes: a statement that is half typed.
const MAX_BROKEN_BYTES: usize = 8 * 1024;

/// Parses `text`, which is `revision` of its document, reusing what `old` has of it if `old` has
/// been edited to that very revision.
///
/// `None` if the text is larger than [`MAX_PARSED_BYTES`] or the parse would take longer than
/// `limit`.
pub fn parse(
    language: Language,
    text: &Text,
    revision: u64,
    old: Option<&Tree>,
    limit: Duration,
) -> Option<Tree> {
    let old = old.filter(|old| old.language == language && old.revision == revision);
    if let Some(old) = old
        && old.is_current()
    {
        return Some(old.clone());
    }
    let raw = parse_raw(
        language,
        text,
        old.map(Tree::raw),
        Instant::now().checked_add(limit),
        Pace::Yields,
    )?;
    Some(Tree {
        broken: broken_bytes(&raw),
        ..Tree::parsed(raw, language, revision)
    })
}

/// Whether a parse lets others go first now and then.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// It takes long, and others wait for the processor.
    Yields,
    /// It is short, and a keystroke waits for it: on a busy machine each turn of others takes milliseconds.
    Hurries,
}

/// How long a parse computes before it lets others go first: a kernel that wakes no thread between two of its ticks would
/// have a keystroke wait for milliseconds behind a parse on each processor.
const TURN: Duration = Duration::from_micros(25);

/// Parses until `deadline`, without end if there is none.
pub(crate) fn parse_raw(
    language: Language,
    text: &Text,
    old: Option<&RawTree>,
    deadline: Option<Instant>,
    pace: Pace,
) -> Option<RawTree> {
    if text.len() > MAX_PARSED_BYTES {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&language.grammar()?).ok()?;
    let mut turn = Instant::now();
    let mut progress = |_: &_| {
        let now = Instant::now();
        if pace == Pace::Yields && now - turn >= TURN {
            thread::yield_now();
            turn = now;
        }
        match deadline {
            Some(deadline) if now >= deadline => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |offset, _| text.chunk_at(offset), old, Some(options))
}

impl Tree {
    /// The tree with its nodes moved by `deltas`, which lead to `revision`. What the edits touched
    /// is stale until the next parse.
    pub fn edited(&self, deltas: &[Delta], revision: u64) -> Self {
        let (base, edits) = match self.moved.get() {
            Some(moved) => (moved, &[][..]),
            None => (&self.base, &*self.edits),
        };
        let edits = edits.iter().copied().chain(deltas.iter().map(input_edit));
        Self {
            base: base.clone(),
            edits: edits.collect(),
            moved: Arc::default(),
            touched: touch(&self.touched, deltas),
            revision,
            ..*self
        }
    }

    /// A tree that belongs to no revision of a document.
    pub(crate) fn unversioned(raw: RawTree, language: Language) -> Self {
        Self::parsed(raw, language, 0)
    }

    fn parsed(raw: RawTree, language: Language, revision: u64) -> Self {
        Self {
            base: Arc::new(Kept(raw)),
            edits: Arc::default(),
            moved: Arc::default(),
            touched: Arc::default(),
            language,
            revision,
            parsed_revision: revision,
            broken: usize::MAX,
        }
    }

    /// The root node.
    pub fn root(&self) -> Node<'_> {
        self.raw().root_node()
    }

    /// The language by which the text was parsed.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The revision of the document whose offsets the tree speaks of.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The revision of the document that was last parsed.
    pub fn parsed_revision(&self) -> u64 {
        self.parsed_revision
    }

    /// Whether the tree was parsed from exactly the text of its revision.
    pub fn is_current(&self) -> bool {
        self.revision == self.parsed_revision
    }

    /// Whether no more of the text is broken than in an earlier tree, but for what somebody is typing: while a bracket is
    /// open, all that follows may end up in one ERROR, and the tree says little about the text. Some sources are broken
    /// for a grammar all the time, by a macro perhaps, so an absolute bound would leave them without a sound tree.
    pub(crate) fn is_as_sound_as(&self, earlier: &Self) -> bool {
        let usual = earlier.broken.saturating_add(earlier.broken / 8);
        self.broken <= usual.max(MAX_BROKEN_BYTES)
    }

    /// Where the text differs from what was parsed.
    pub(crate) fn touched(&self) -> &[Range<usize>] {
        &self.touched
    }

    pub(crate) fn raw(&self) -> &RawTree {
        if self.edits.is_empty() {
            return &self.base.0;
        }
        let moved = || {
            let mut raw = self.base.0.clone();
            self.edits.iter().for_each(|edit| raw.edit(edit));
            Arc::new(Kept(raw))
        };
        &self.moved.get_or_init(moved).0
    }
}

/// A tree that a thread of its own lets go of when it is large: that takes milliseconds where little of it is shared with
/// another, and the thread that holds it last may be answering a keystroke.
struct Kept(RawTree);

/// How long that thread holds a tree before it lets go: longer than the thread that handed it over still holds the original.
const GRACE: Duration = Duration::from_millis(10);

/// The largest text whose tree is let go of on the spot, in bytes.
const MAX_DROPPED_BYTES: usize = 64 * 1024;

static DROPPED: LazyLock<Sender<RawTree>> = LazyLock::new(|| {
    let (sender, trees) = channel();
    // Without the thread nobody receives, and what is sent is dropped by the sender.
    let _ = thread::Builder::new()
        .name("firesteel-trees".to_owned())
        .spawn(move || {
            while let Ok(first) = trees.recv() {
                thread::sleep(GRACE);
                for tree in std::iter::once(first).chain(trees.try_iter()) {
                    drop(tree);
                    thread::yield_now();
                }
            }
        });
    sender
});

impl Drop for Kept {
    fn drop(&mut self) {
        if self.0.root_node().end_byte() > MAX_DROPPED_BYTES {
            // A copy is another holder of the same nodes, of which this one is then not the last.
            let _ = DROPPED.send(self.0.clone());
        }
    }
}

/// More ranges than these are taken as one that reaches over them all.
const MAX_TOUCHED: usize = 64;

/// The ranges moved along with `deltas`, which touch some more.
fn touch(ranges: &[Range<usize>], deltas: &[Delta]) -> Arc<[Range<usize>]> {
    let mut ranges = ranges.to_vec();
    for delta in deltas {
        for range in &mut ranges {
            *range = delta.map(range.start, Bias::Left)..delta.map(range.end, Bias::Right);
        }
        let new = delta.start..delta.new_end;
        // Typing goes on where it was, so the ranges stay few.
        match ranges.last_mut() {
            Some(last) if new.start <= last.end && last.start <= new.end => {
                *last = hull(last, &new)
            }
            _ => ranges.push(new),
        }
        if ranges.len() > MAX_TOUCHED {
            ranges = ranges
                .into_iter()
                .reduce(|one, other| hull(&one, &other))
                .into_iter()
                .collect();
        }
    }
    ranges.into()
}

fn hull(one: &Range<usize>, other: &Range<usize>) -> Range<usize> {
    one.start.min(other.start)..one.end.max(other.end)
}

fn broken_bytes(raw: &RawTree) -> usize {
    let root = raw.root_node();
    if root.is_error() {
        return root.byte_range().len();
    }
    if !root.has_error() {
        return 0;
    }
    let mut cursor = root.walk();
    let broken = root.children(&mut cursor).filter(Node::has_error);
    broken
        .map(|node| node.byte_range().len())
        .max()
        .unwrap_or(0)
}

pub(crate) fn input_edit(delta: &Delta) -> InputEdit {
    InputEdit {
        start_byte: delta.start,
        old_end_byte: delta.old_end,
        new_end_byte: delta.new_end,
        start_position: raw_point(delta.start_point),
        old_end_position: raw_point(delta.old_end_point),
        new_end_position: raw_point(delta.new_end_point),
    }
}

fn raw_point(point: Point) -> tree_sitter::Point {
    tree_sitter::Point {
        row: point.row,
        column: point.column,
    }
}

/// What to do after a node was visited.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Go on with what is within the node.
    Into,
    /// Go on behind the node.
    Over,
    /// Go no further.
    Stop,
}

/// Visits the nodes under `root`, itself included, in the order of the text, each with its depth.
/// No recursion, for how deep a tree is depends on the text.
pub fn walk<'tree>(root: Node<'tree>, mut visit: impl FnMut(Node<'tree>, usize) -> Step) {
    let mut cursor = root.walk();
    loop {
        let step = visit(cursor.node(), cursor.depth() as usize);
        if step == Step::Stop {
            return;
        }
        if step == Step::Into && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
