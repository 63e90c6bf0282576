//! Lines whose indentation fits no block around them, which a grammar with indented blocks lets pass.
//!
//! tree-sitter-python closes as many blocks as a line is indented less, and takes the line into
//! the block that is left, also where the line is indented more than that block's statements.
//! Python itself refuses such a file.

use std::ops::Range;

use firesteel_text::Text;
use tree_sitter::{Node, Tree as RawTree};

use crate::tree::{Step, walk};

/// The starts of the statements and clauses that begin a line within `inserted` and are indented
/// otherwise than their siblings.
pub(super) fn misplaced(raw: &RawTree, text: &Text, inserted: &Range<usize>) -> Vec<usize> {
    let mut starts = Vec::new();
    // The column of the statements of each node on the way from the root.
    let mut columns: Vec<Option<usize>> = Vec::new();
    walk(raw.root_node(), |node, depth| {
        let Range { start, end } = node.byte_range();
        if start >= inserted.end {
            return Step::Stop;
        }
        columns.truncate(depth);
        let column = node.start_position().column;
        let expected = columns.last().copied().flatten();
        let is_misplaced = expected.is_some_and(|expected| expected != column);
        if inserted.start <= start && is_misplaced && is_placed(&node) && begins_line(node, text) {
            starts.push(start);
        }
        columns.push(expected_column(node));
        if end <= inserted.start {
            Step::Over
        } else {
            Step::Into
        }
    });
    starts
}

/// The column at which those children of a node begin that begin a line.
fn expected_column(node: Node) -> Option<usize> {
    match node.kind() {
        "module" => Some(0),
        "block" => {
            let mut cursor = node.walk();
            let mut statements = node.named_children(&mut cursor);
            Some(statements.find(is_placed)?.start_position().column)
        }
        // Their clauses stand below their first line.
        "if_statement" | "for_statement" | "while_statement" | "try_statement" => {
            Some(node.start_position().column)
        }
        _ => None,
    }
}

/// Whether a node is a statement or clause, and not a comment or what else a statement consists of.
fn is_placed(node: &Node) -> bool {
    let parent = node.parent().map_or("", |parent| parent.kind());
    let is_statement = matches!(parent, "module" | "block") || node.kind().ends_with("_clause");
    node.is_named() && !node.is_extra() && is_statement
}

fn begins_line(node: Node, text: &Text) -> bool {
    let line_start = text.line_start(text.line_of(node.start_byte()));
    text.slice(line_start..node.start_byte()).trim().is_empty()
}
