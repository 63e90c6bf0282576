//! What an edited place declares, and the code that may have to follow where such a name is used.

use std::ops::Range;

use firesteel_text::Text;
use tree_sitter::Node;

use crate::{Tree, alike::local_scope, enclosing_statement};

/// Kinds of nodes that give a name its meaning have one of these in their name.
const DECLARING: &[&str] = &[
    "declaration",
    "declarator",
    "definition",
    "item",
    "variant",
    "parameter",
    "spec",
    "signature",
];

/// Kinds of nodes whose body lists members.
const TYPES: &[&str] = &[
    "struct",
    "enum",
    "union",
    "class",
    "interface",
    "trait",
    "type",
];

/// Kinds of nodes that bring names in.
const IMPORTS: &[&str] = &["import", "use_declaration"];

/// Branches of a choice, of which a new one may have to be written.
const BRANCHES: &[&str] = &[
    "match_arm",
    "case_clause",
    "switch_case",
    "expression_case",
    "type_case",
];

/// The fields of a node in which its name may be.
const NAME_FIELDS: &[&str] = &["name", "pattern", "declarator", "left"];

/// The fields in which a member's name is.
const MEMBER_FIELDS: &[&str] = &["attribute", "property", "field"];

/// A name with the declaration of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// Where the name stands.
    pub name: Range<usize>,
    /// The declaration, without a function's body.
    pub declaration: Range<usize>,
    /// Where the name has this meaning, if not in other texts too.
    pub scope: Option<Range<usize>>,
}

/// The names that are declared around `range`, the innermost first: a field and its type, a
/// parameter and its function. Code in a body declares nothing of what is around that body.
pub fn declared_around(tree: &Tree, text: &Text, range: &Range<usize>) -> Vec<Declared> {
    let mut found = Vec::new();
    let mut next = { tree.root() }.descendant_for_byte_range(range.start, range.end);
    while let Some(node) = next {
        let body = node.child_by_field_name("body");
        let is_type = is_one_of(TYPES, node.kind());
        let is_in_body =
            |body: Node| body.start_byte() < range.end && range.start < body.end_byte();
        let is_in_body = body.is_some_and(is_in_body);
        if is_in_body && !is_type {
            break;
        }
        if is_in_body {
            // Members are reached through their type, from anywhere.
            { found.iter_mut() }.for_each(|member: &mut Declared| member.scope = None);
        }
        let is_declaring = is_one_of(DECLARING, node.kind()) || node.kind() == "assignment";
        if let Some(name) = is_declaring.then(|| name_of(node)).flatten() {
            let name = name.byte_range();
            let end = body.filter(|_| !is_type).map(|body| body.start_byte());
            found.push(Declared {
                scope: local_scope(tree, text, &name),
                name,
                declaration: node.start_byte()..end.unwrap_or(node.end_byte()),
            });
            // A variant has a body too, but its type is around it.
            if body.is_some() && !node.kind().contains("variant") {
                break;
            }
        }
        next = node.parent();
    }
    found
}

/// The code that may have to change with a name used at `offset`: the statement, or the whole choice
/// where the name is in the condition of a branch. `None` in an import, in the head of an item or
/// among its members, which only name what they do not use.
pub fn enclosing_use(tree: &Tree, text: &Text, offset: usize) -> Option<Range<usize>> {
    let statement = enclosing_statement(tree, text, offset)?;
    let mut next = { tree.root() }.descendant_for_byte_range(offset, offset + 1);
    while let Some(node) = next {
        if BRANCHES.contains(&node.kind()) && condition_end(node).is_some_and(|end| offset < end) {
            return choice(node).map(|node| node.byte_range());
        }
        let is_inside = statement.start <= node.start_byte() && node.end_byte() <= statement.end;
        if !is_inside {
            break;
        }
        let is_item =
            is_one_of(DECLARING, node.kind()) && node.child_by_field_name("body").is_some();
        if is_item || is_one_of(IMPORTS, node.kind()) {
            return None;
        }
        next = node.parent();
    }
    Some(statement)
}

/// Where the condition of a branch ends.
fn condition_end(branch: Node) -> Option<usize> {
    let field = |name| branch.child_by_field_name(name);
    match branch.kind() {
        "match_arm" => field("value").map(|value| value.start_byte()),
        "case_clause" => field("consequence").map(|body| body.start_byte()),
        _ => { field("value").or(field("type")) }.map(|condition| condition.end_byte()),
    }
}

/// The choice to which a branch belongs.
fn choice(branch: Node) -> Option<Node> {
    let parents = std::iter::successors(branch.parent(), Node::parent);
    { parents.take(2) }.find(|node| {
        node.kind().starts_with("match_") && node.kind() != "match_block"
            || node.kind().ends_with("switch_statement")
    })
}

/// The name that a node declares.
fn name_of(node: Node) -> Option<Node> {
    let mut named = NAME_FIELDS
        .iter()
        .find_map(|field| node.child_by_field_name(field));
    // Python has no field for the name of a parameter with a type.
    named = named.or_else(|| {
        node.named_child(0)
            .filter(|_| node.kind() == "typed_parameter")
    });
    let named = named?;
    let member = { MEMBER_FIELDS.iter() }.find_map(|field| named.child_by_field_name(field));
    let named = member.unwrap_or(named);
    (named.child_count() == 0 && named.kind().contains("identifier")).then_some(named)
}

fn is_one_of(parts: &[&str], kind: &str) -> bool {
    parts.iter().any(|part| kind.contains(part))
}
