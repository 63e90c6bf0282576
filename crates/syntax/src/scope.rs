//! What encloses an offset: the scope of its names, and the statement it is in.

use std::ops::Range;

use firesteel_text::Text;
use tree_sitter::{Node, QueryCursor, StreamingIterator};

use crate::{Tree, query::Chunks};

/// The smallest scope around `offset`, the whole text if there is no smaller one.
pub fn enclosing_scope(tree: &Tree, text: &Text, offset: usize) -> Range<usize> {
    let capture = tree.language().queries().and_then(|queries| queries.scope);
    let scope = smallest_capture(tree, text, offset, capture);
    scope.map_or(0..text.len(), |node| clamp(node.byte_range(), text))
}

/// The statement in which `offset` is, the innermost one if there are several; `None` between
/// statements.
pub fn enclosing_statement(tree: &Tree, text: &Text, offset: usize) -> Option<Range<usize>> {
    let capture = tree.language().queries()?.block;
    let block = smallest_capture(tree, text, offset, capture)?;
    let mut cursor = block.walk();
    let is_around = |node: &Node| node.is_named() && !node.is_extra() && encloses(*node, offset);
    let statements = block.children(&mut cursor);
    // Of two statements that touch, the offset belongs to the one that begins at it.
    let statement = statements.filter(is_around).last()?;
    Some(clamp(statement.byte_range(), text))
}

fn smallest_capture<'tree>(
    tree: &'tree Tree,
    text: &Text,
    offset: usize,
    capture: Option<u32>,
) -> Option<Node<'tree>> {
    let queries = tree.language().queries()?;
    let mut cursor = QueryCursor::new();
    cursor.set_byte_range(offset.saturating_sub(1)..offset.saturating_add(1));
    let mut captures = cursor.captures(&queries.scopes, tree.root(), Chunks(text));
    let mut smallest: Option<Node> = None;
    while let Some((found, idx)) = captures.next() {
        let found = found.captures()[*idx];
        let is_better =
            smallest.is_none_or(|node| found.node.byte_range().len() <= node.byte_range().len());
        if Some(found.index) == capture && is_better && encloses(found.node, offset) {
            smallest = Some(found.node);
        }
    }
    smallest
}

fn encloses(node: Node, offset: usize) -> bool {
    node.start_byte() <= offset && offset <= node.end_byte()
}

fn clamp(range: Range<usize>, text: &Text) -> Range<usize> {
    range.start.min(text.len())..range.end.min(text.len())
}
