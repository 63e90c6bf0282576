//! What is done to Rust.

pub(crate) mod errors;
pub(crate) mod rename;
mod resolve;
pub(crate) mod tests;

use tree_sitter::Node;

use crate::code::{Code, children};

/// The attributes directly before an item, as they are written.
fn attributes<'a>(code: Code<'a>, item: Node<'a>) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut before = item.prev_named_sibling();
    while let Some(node) = before {
        match node.kind() {
            "attribute_item" => found.push(code.text(node)),
            "line_comment" | "block_comment" => {}
            _ => break,
        }
        before = node.prev_named_sibling();
    }
    found
}

/// The items directly in a file or module body.
fn items(container: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    children(container)
        .into_iter()
        .filter(|node| node.kind().ends_with("_item") || node.kind().ends_with("_definition"))
}

/// A type's outermost name and its arguments: `Vec<u8>` is `Vec` and `u8`; the name has no path.
fn type_parts<'a>(code: Code<'a>, node: Node<'a>) -> (&'a str, Vec<Node<'a>>) {
    let (name, arguments) = match node.kind() {
        "generic_type" => {
            let arguments = node.child_by_field_name("type_arguments");
            (
                code.field(node, "type"),
                arguments.map(children).unwrap_or_default(),
            )
        }
        _ => (code.text(node), Vec::new()),
    };
    (name.rsplit("::").next().unwrap_or(name).trim(), arguments)
}
