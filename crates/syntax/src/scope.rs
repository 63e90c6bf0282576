//! What encloses an offset: the scope of its names, and the statement it is in.

use std::ops::Range;

use firesteel_text::Text;
use tree_sitter::{Node, QueryCursor, StreamingIterator};

use crate::{Tree, query::Chunks};

/// How much white space above an empty line may stand between it and the code it continues.
const MAX_GAP_BYTES: usize = 4 * 1024;

/// The smallest scope around `offset`, the whole text if there is no smaller one.
pub fn enclosing_scope(tree: &Tree, text: &Text, offset: usize) -> Range<usize> {
    let capture = tree.language().queries().and_then(|queries| queries.scope);
    let scope = smallest_capture(tree, text, &Place::of(tree, text, offset), capture);
    scope.map_or(0..text.len(), |node| clamp(node.byte_range(), text))
}

/// The statement in which `offset` is, the innermost one if there are several; `None` between
/// statements.
pub fn enclosing_statement(tree: &Tree, text: &Text, offset: usize) -> Option<Range<usize>> {
    let capture = tree.language().queries()?.block;
    let place = Place {
        offset: offset.min(text.len()),
        indent: None,
    };
    let block = smallest_capture(tree, text, &place, capture)?;
    let mut cursor = block.walk();
    let is_around =
        |node: &Node| node.is_named() && !node.is_extra() && place.touches(&node.byte_range());
    let statements = block.children(&mut cursor);
    // Of two statements that touch, the offset belongs to the one that begins at it.
    let statement = statements.filter(is_around).last()?;
    Some(clamp(statement.byte_range(), text))
}

/// The smallest block of statements around `offset`.
pub(crate) fn enclosing_block(tree: &Tree, text: &Text, offset: usize) -> Option<Range<usize>> {
    let capture = tree.language().queries()?.block;
    let place = Place {
        offset: offset.min(text.len()),
        indent: None,
    };
    let block = smallest_capture(tree, text, &place, capture)?;
    Some(clamp(block.byte_range(), text))
}

/// Where a cursor is, as far as nodes are concerned.
pub(crate) struct Place {
    pub(crate) offset: usize,
    /// On an empty line of a language whose blocks are indented: how far the cursor is. It is then
    /// in what is indented less, and `offset` is the end of the code above it.
    indent: Option<usize>,
}

impl Place {
    pub(crate) fn of(tree: &Tree, text: &Text, offset: usize) -> Self {
        let offset = text.floor_char_boundary(offset);
        let line = text.line_of(offset);
        let line_start = text.line_start(line);
        let is_indented = tree.language().blocks_are_indented() && offset > line_start;
        if !is_indented || !text.line(line).trim().is_empty() {
            return Self {
                offset,
                indent: None,
            };
        }
        let above = line_start.saturating_sub(MAX_GAP_BYTES);
        let code_end =
            text.slice(above..line_start).trim_end().len() + text.floor_char_boundary(above);
        Self {
            offset: code_end,
            indent: Some(offset - line_start),
        }
    }

    /// Whether the cursor is in the range or at one of its ends.
    pub(crate) fn touches(&self, range: &Range<usize>) -> bool {
        range.start <= self.offset && self.offset <= range.end
    }

    /// Whether what begins at `start` is indented less than the cursor.
    pub(crate) fn is_under(&self, text: &Text, start: usize) -> bool {
        let column = || start - text.line_start(text.line_of(start));
        self.indent.is_none_or(|indent| column() < indent)
    }

    /// Whether the cursor is in `node`; just outside of its braces it is not.
    fn is_in(&self, text: &Text, node: Node) -> bool {
        let range = node.byte_range();
        let is_before = self.offset == range.start && text.chunk_at(range.start).starts_with('{');
        let is_behind = self.offset == range.end
            && range.end > range.start
            && text.slice(range.end - 1..range.end) == "}";
        self.touches(&range) && !is_before && !is_behind && self.is_under(text, range.start)
    }
}

fn smallest_capture<'tree>(
    tree: &'tree Tree,
    text: &Text,
    place: &Place,
    capture: Option<u32>,
) -> Option<Node<'tree>> {
    let queries = tree.language().queries()?;
    let mut cursor = QueryCursor::new();
    cursor.set_byte_range(place.offset.saturating_sub(1)..place.offset.saturating_add(1));
    let mut captures = cursor.captures(&queries.scopes, tree.root(), Chunks(text));
    let mut smallest: Option<Node> = None;
    while let Some((found, idx)) = captures.next() {
        let found = found.captures()[*idx];
        let length = found.node.byte_range().len();
        let is_smaller = smallest.is_none_or(|node| length <= node.byte_range().len());
        if Some(found.index) == capture && is_smaller && place.is_in(text, found.node) {
            smallest = Some(found.node);
        }
    }
    smallest
}

fn clamp(range: Range<usize>, text: &Text) -> Range<usize> {
    range.start.min(text.len())..range.end.min(text.len())
}
