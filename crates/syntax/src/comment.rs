//! Comments: the one around a cursor, and what it says without its marks.

use std::ops::Range;

use firesteel_text::Text;
use tree_sitter::Node;

use crate::{Language, Tree};

/// How many lines one comment may have, made of line comments one below the other.
const MAX_LINES: usize = 64;

/// A comment that has its lines to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From its first mark to the end of its last line, without the line ending.
    pub range: Range<usize>,
    /// What it says, in one line, without marks.
    pub words: String,
    /// Whether it documents what stands below it.
    pub is_doc: bool,
}

/// The comment on the line of `offset`, with the line comments right above and below it. `None` where there is none, or
/// where it shares a line with code.
pub fn comment_at(tree: &Tree, text: &Text, offset: usize) -> Option<Comment> {
    let line = text.line_of(offset);
    let node = comment_on(tree, text, line)?;
    let (mut first, mut last) = (line_of_start(text, node), line_of_end(text, node));
    let is_line_comment = |line: usize| {
        let found = comment_on(tree, text, line)?;
        (line_of_start(text, found) == line_of_end(text, found)).then_some(())
    };
    if first == last && !text.slice(node.byte_range()).starts_with("/*") {
        while first > 0 && last - first < MAX_LINES && is_line_comment(first - 1).is_some() {
            first -= 1;
        }
        while last - first < MAX_LINES && is_line_comment(last + 1).is_some() {
            last += 1;
        }
    }
    let start = text.line_start(first);
    let range = start + indent(text, first)..text.line_end(last);
    let written = text.slice(range.clone());
    let doc_marks = tree.language().doc_comments();
    // In Go every comment may document; there it is its place that decides, not its marks.
    let is_doc = doc_marks
        .iter()
        .any(|mark| mark.len() > 2 && written.starts_with(mark))
        || written.starts_with("//!");
    Some(Comment {
        words: words(&written, tree.language()),
        range,
        is_doc,
    })
}

/// The comment that begins a line, or in which the line stands.
fn comment_on<'tree>(tree: &'tree Tree, text: &Text, line: usize) -> Option<Node<'tree>> {
    if line >= text.line_count() {
        return None;
    }
    let at = text.line_start(line) + indent(text, line);
    let node = tree.root().descendant_for_byte_range(at, at)?;
    // A doc comment's content is a node of its own within it.
    let mut node = Some(node);
    while let Some(inner) = node
        && !inner.kind().contains("comment")
    {
        node = inner.parent();
    }
    let node = node?;
    let before = text.slice(text.line_start(text.line_of(node.start_byte()))..node.start_byte());
    let end = node.end_byte().min(text.len());
    let after = text.slice(end..text.line_end(text.line_of(end)));
    let after = if line_of_end(text, node) == text.line_of(end) {
        after
    } else {
        "".into()
    };
    (before.trim().is_empty() && after.trim().is_empty()).then_some(node)
}

fn indent(text: &Text, line: usize) -> usize {
    let content = text.line(line);
    content.len() - content.trim_start().len()
}

fn line_of_start(text: &Text, node: Node) -> usize {
    text.line_of(node.start_byte())
}

/// The last line on which a node has something; some grammars give a comment its line's end.
fn line_of_end(text: &Text, node: Node) -> usize {
    let end = node.end_byte().min(text.len());
    let line = text.line_of(end);
    if line > line_of_start(text, node) && text.line_start(line) == end {
        line - 1
    } else {
        line
    }
}

/// The words of a comment's lines.
fn words(written: &str, language: Language) -> String {
    let mark = language.line_comment().unwrap_or_default();
    let line = |line: &str| {
        let line = line.trim().trim_end_matches("*/");
        let line = line.trim_start_matches(|c| "/#*!".contains(c) || mark.contains(c));
        line.trim().to_owned()
    };
    let lines: Vec<_> = written
        .lines()
        .map(line)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join(" ")
}
