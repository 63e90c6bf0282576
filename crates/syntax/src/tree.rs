//! Syntax trees: parsed with a time limit, and kept in step with edits until the next parse.

use std::{
    ops::ControlFlow,
    sync::{
        Arc, LazyLock,
        mpsc::{Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use firesteel_text::{Delta, Point, Text};
use tree_sitter::{InputEdit, Node, ParseOptions, Parser, Tree as RawTree};

use crate::Language;

/// The largest text that is parsed; above it there are no features that need a tree.
pub const MAX_PARSED_BYTES: usize = 8 * 1024 * 1024;

/// How long a parse may take where nothing shorter is called for.
pub const PARSE_LIMIT: Duration = Duration::from_millis(500);

/// A syntax tree of one revision of a document. A clone is cheap.
#[derive(Clone)]
pub struct Tree {
    raw: Arc<Kept>,
    language: Language,
    revision: u64,
    parsed_revision: u64,
    is_sound: bool,
}

/// The largest child of a root that may be broken in a sound tree, in bytes.
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
    )?;
    Some(Tree {
        is_sound: is_sound(&raw),
        raw: Kept::new(raw),
        language,
        revision,
        parsed_revision: revision,
    })
}

/// Parses until `deadline`, without end if there is none.
pub(crate) fn parse_raw(
    language: Language,
    text: &Text,
    old: Option<&RawTree>,
    deadline: Option<Instant>,
) -> Option<RawTree> {
    if text.len() > MAX_PARSED_BYTES {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&language.grammar()).ok()?;
    let mut progress = |_: &_| match deadline {
        Some(deadline) if Instant::now() >= deadline => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(&mut |offset, _| text.chunk_at(offset), old, Some(options))
}

impl Tree {
    /// The tree with its nodes moved by `deltas`, which lead to `revision`. What the edits touched
    /// is stale until the next parse.
    pub fn edited(&self, deltas: &[Delta], revision: u64) -> Self {
        let mut raw = self.raw().clone();
        for delta in deltas {
            raw.edit(&input_edit(delta));
        }
        Self {
            raw: Kept::new(raw),
            revision,
            ..*self
        }
    }

    /// A tree that belongs to no revision of a document.
    pub(crate) fn unversioned(raw: RawTree, language: Language) -> Self {
        Self {
            is_sound: false,
            raw: Kept::new(raw),
            language,
            revision: 0,
            parsed_revision: 0,
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

    /// Whether what is broken is confined to small parts: while a bracket is open, all that follows
    /// may end up in one ERROR, and the tree says little about the text.
    pub(crate) fn is_sound(&self) -> bool {
        self.is_sound
    }

    pub(crate) fn raw(&self) -> &RawTree {
        &self.raw.0
    }
}

/// A tree that a thread of its own lets go of when it is large: that takes milliseconds where little of it is shared with
/// another, and whoever happens to be the last to hold it may be answering a key.
struct Kept(RawTree);

/// The largest text whose tree is let go of on the spot, in bytes.
const MAX_DROPPED_BYTES: usize = 64 * 1024;

static DROPPED: LazyLock<Sender<RawTree>> = LazyLock::new(|| {
    let (sender, trees) = channel();
    // Without the thread nobody receives, and what is sent is dropped by the sender.
    let _ = thread::Builder::new()
        .name("firesteel-trees".to_owned())
        .spawn(move || trees.into_iter().for_each(drop));
    sender
});

impl Kept {
    fn new(raw: RawTree) -> Arc<Self> {
        Arc::new(Self(raw))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.0.root_node().end_byte() > MAX_DROPPED_BYTES {
            // A copy is another holder of the same nodes, of which this one is then not the last.
            let _ = DROPPED.send(self.0.clone());
        }
    }
}

fn is_sound(raw: &RawTree) -> bool {
    let root = raw.root_node();
    let mut cursor = root.walk();
    let is_confined = |node: Node| !node.has_error() || node.byte_range().len() <= MAX_BROKEN_BYTES;
    !root.is_error() && (!root.has_error() || root.children(&mut cursor).all(is_confined))
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
