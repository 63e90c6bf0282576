//! How broken a tree is, counted so that an insertion's own damage shows.

use std::ops::Range;

use tree_sitter::{Node, Tree as RawTree};

use crate::tree::{Step, walk};

/// How broken a tree is.
#[derive(Debug, Clone, Default)]
pub(super) struct Damage {
    /// ERROR and MISSING nodes.
    errors: usize,
    /// Opening brackets that nothing closes.
    unclosed: usize,
    /// Closing brackets that nothing opens.
    unopened: usize,
    /// Errors wholly within the insertion.
    within: usize,
    /// Lines of the insertion whose indentation fits no block around them.
    misplaced: usize,
    /// The first error or unopened bracket within the insertion; keeping more than up to there
    /// keeps the damage.
    pub(super) first_bad: Option<usize>,
    /// The first unopened bracket within the insertion: what comes before it may well be whole.
    pub(super) first_unopened: Option<usize>,
}

impl Damage {
    /// Looks only into nodes with errors: the others have all their brackets.
    pub(super) fn of(tree: &RawTree, inserted: Range<usize>) -> Self {
        let (mut damage, mut open) = (Self::default(), Vec::new());
        walk(tree.root_node(), |node, _| {
            damage.note_error(node, &inserted);
            damage.note_bracket(node, &inserted, &mut open);
            if node.has_error() {
                Step::Into
            } else {
                Step::Over
            }
        });
        damage.unclosed += open.len();
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

    /// `open` are the brackets that are open before the node.
    fn note_bracket(&mut self, node: Node, inserted: &Range<usize>, open: &mut Vec<char>) {
        if node.is_named() || node.is_missing() {
            return;
        }
        let opening = match node.kind() {
            "(" => return open.push('('),
            "[" => return open.push('['),
            "{" | "${" => return open.push('{'),
            ")" => '(',
            "]" => '[',
            "}" => '{',
            _ => return,
        };
        if let Some(partner) = open.iter().rposition(|&bracket| bracket == opening) {
            self.unclosed += open.len() - partner - 1;
            open.truncate(partner);
            return;
        }
        self.unopened += 1;
        if inserted.contains(&node.start_byte()) {
            self.note_bad(node.start_byte());
            self.first_unopened = self.first_unopened.or(Some(node.start_byte()));
        }
    }

    /// Counts lines that begin at these offsets as badly indented.
    pub(super) fn note_misplaced(&mut self, starts: Vec<usize>) {
        self.misplaced += starts.len();
        starts.into_iter().for_each(|start| self.note_bad(start));
    }

    fn note_bad(&mut self, offset: usize) {
        self.first_bad = Some(self.first_bad.map_or(offset, |first| first.min(offset)));
    }

    /// By how much the worst of the measures is worse than before.
    pub(super) fn more_than(&self, before: &Self) -> usize {
        let rises = [
            self.errors.saturating_sub(before.errors),
            self.unclosed.saturating_sub(before.unclosed),
            self.unopened.saturating_sub(before.unopened),
            self.within,
            self.misplaced,
        ];
        rises.into_iter().max().unwrap_or(0)
    }
}
