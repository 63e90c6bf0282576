//! A text with its tree, as the refactorings read it, and the edits they make.

use std::{cell::OnceCell, collections::HashMap, ops::Range};

use firesteel_syntax::{PARSE_LIMIT, Step, Tree, parse, walk};
use firesteel_text::Edit;
use tree_sitter::Node;

use crate::ActionContext;
use crate::python::Names;

/// How deep an expression may be for a refactoring to look into it: how deep a tree is depends on
/// the text, and the stack does not grow with it.
pub(crate) const MAX_DEPTH: usize = 100;

/// What is known of a text's names, found when it is first asked for and kept for everything that is planned.
#[derive(Default)]
pub(crate) struct Index<'a> {
    identifiers: OnceCell<HashMap<&'a str, Vec<Node<'a>>>>,
    /// What Python's names mean.
    pub(crate) python: Names<'a>,
}

/// A text with the root of its tree.
#[derive(Clone, Copy)]
pub(crate) struct Code<'a> {
    pub(crate) root: Node<'a>,
    pub(crate) source: &'a str,
    pub(crate) index: &'a Index<'a>,
}

impl<'a> Code<'a> {
    pub(crate) fn new(root: Node<'a>, source: &'a str, index: &'a Index<'a>) -> Self {
        Self {
            root,
            source,
            index,
        }
    }

    /// Every identifier with this name, in the order of the text.
    pub(crate) fn identifiers(&self, name: &str) -> &'a [Node<'a>] {
        let index = self.index.identifiers.get_or_init(|| {
            let mut index: HashMap<&str, Vec<Node<'a>>> = HashMap::new();
            walk(self.root, |node, _| {
                if node.kind() == "identifier" {
                    index.entry(self.text(node)).or_default().push(node);
                }
                Step::Into
            });
            index
        });
        index.get(name).map_or(&[], Vec::as_slice)
    }

    /// What a node covers.
    pub(crate) fn text(&self, node: Node<'_>) -> &'a str {
        self.source.get(node.byte_range()).unwrap_or_default()
    }

    /// What a field of a node covers; empty without the field.
    pub(crate) fn field(&self, node: Node<'_>, name: &str) -> &'a str {
        let field = node.child_by_field_name(name);
        field.map_or("", |field| self.text(field))
    }

    /// The smallest node of one of `kinds` around `target`.
    pub(crate) fn enclosing(&self, target: &Range<usize>, kinds: &[&str]) -> Option<Node<'a>> {
        let end = target.end.clamp(target.start, self.source.len());
        let mut node = self.root.descendant_for_byte_range(target.start, end)?;
        while !kinds.contains(&node.kind()) {
            node = node.parent()?;
        }
        Some(node)
    }

    /// The function that is `target`, or the smallest one around it. White space, decorators,
    /// attributes and comments may be part of the target.
    pub(crate) fn function(&self, target: &Range<usize>, kind: &str) -> Option<Node<'a>> {
        let code = self.source.get(target.clone()).unwrap_or_default();
        let start = target.start + (code.len() - code.trim_start().len());
        let target = start..start + code.trim().len();
        let function = self.only_function(&target, kind).or_else(|| {
            let found = self.enclosing(&target, &[kind, "decorated_definition"])?;
            match found.kind() {
                "decorated_definition" => found.child_by_field_name("definition"),
                _ => Some(found),
            }
        });
        function.filter(|function| function.kind() == kind && !function.has_error())
    }

    /// The function that is all of `target` but for what stands before it.
    fn only_function(&self, target: &Range<usize>, kind: &str) -> Option<Node<'a>> {
        let around = self
            .root
            .descendant_for_byte_range(target.start, target.end)?;
        let is_within =
            |node: &Node<'a>| target.start <= node.start_byte() && node.end_byte() <= target.end;
        let mut cursor = around.walk();
        let parts = around.named_children(&mut cursor).filter(is_within);
        let mut items = parts.filter(|part| !part.is_extra() && part.kind() != "attribute_item");
        let (one, more) = (items.next()?, items.next());
        (more.is_none() && one.kind() == kind).then_some(one)
    }

    /// The name that a cursor is in or at the end of.
    pub(crate) fn name_at(&self, offset: usize) -> Option<Node<'a>> {
        let at = |offset: usize| {
            let node = self.root.descendant_for_byte_range(offset, offset)?;
            let is_name = node.kind() == "identifier" || node.kind().starts_with("shorthand_field");
            is_name.then_some(node)
        };
        at(offset).or_else(|| at(offset.checked_sub(1)?))
    }

    /// The offset at which the line of `offset` begins.
    pub(crate) fn line_start(&self, offset: usize) -> usize {
        let before = self.source.get(..offset).unwrap_or_default();
        before.rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The white space with which the line of `offset` begins.
    pub(crate) fn indent(&self, offset: usize) -> &'a str {
        let line = &self.source[self.line_start(offset)..];
        let content = line.trim_start_matches([' ', '\t']);
        &line[..line.len() - content.len()]
    }

    /// What ends the text's lines.
    pub(crate) fn line_ending(&self) -> &'static str {
        match self.source.find('\n') {
            Some(end) if self.source[..end].ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    /// Whether a name stands anywhere within `node`, as a token of one of `kinds`.
    pub(crate) fn mentions(&self, node: Node<'a>, name: &str, kinds: &[&str]) -> bool {
        let mut found = false;
        walk(node, |node, _| {
            found |= kinds.contains(&node.kind()) && self.text(node) == name;
            if found { Step::Stop } else { Step::Into }
        });
        found
    }
}

/// The named children of a node, without comments.
pub(crate) fn children<'a>(node: Node<'a>) -> Vec<Node<'a>> {
    let mut cursor = node.walk();
    let children = node.named_children(&mut cursor);
    children.filter(|child| !child.is_extra()).collect()
}

/// The children of a field.
pub(crate) fn fields<'a>(node: Node<'a>, name: &str) -> Vec<Node<'a>> {
    let mut cursor = node.walk();
    node.children_by_field_name(name, &mut cursor).collect()
}

/// Whether two nodes are the same one.
pub(crate) fn is_field(parent: Node<'_>, name: &str, child: Node<'_>) -> bool {
    parent
        .child_by_field_name(name)
        .is_some_and(|field| field.id() == child.id())
}

pub(crate) fn insert(at: usize, text: impl Into<String>) -> Edit {
    replace(at..at, text)
}

pub(crate) fn replace(range: Range<usize>, text: impl Into<String>) -> Edit {
    let insert = text.into();
    Edit { range, insert }
}

/// The edits in the order of the text; `None` without any, or if two overlap.
pub(crate) fn in_order(mut edits: Vec<Edit>) -> Option<Vec<Edit>> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let overlaps = |pair: &[Edit]| pair[1].range.start < pair[0].range.end;
    (!edits.windows(2).any(overlaps)).then_some(edits)
}

/// How many ERROR and MISSING nodes there are.
pub(crate) fn errors(tree: &Tree) -> usize {
    let mut errors = 0;
    walk(tree.root(), |node, _| {
        errors += usize::from(node.is_error() || node.is_missing());
        if node.has_error() {
            Step::Into
        } else {
            Step::Over
        }
    });
    errors
}

/// How many there are after `changes`, which are in order; `None` if that cannot be found out in
/// time.
pub(crate) fn errors_after(place: ActionContext<'_>, changes: &[Edit]) -> Option<usize> {
    let mut text = place.text.clone();
    // The last one first, so that the places of the others stay.
    let deltas: Vec<_> = changes
        .iter()
        .rev()
        .map(|change| text.edit(change))
        .collect();
    let revision = place.tree.revision() + 1;
    let old = place.tree.edited(&deltas, revision);
    let tree = parse(
        place.tree.language(),
        &text,
        revision,
        Some(&old),
        PARSE_LIMIT,
    )?;
    Some(errors(&tree))
}
