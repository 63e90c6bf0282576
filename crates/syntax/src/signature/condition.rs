//! Under which condition a piece of a function is reached, in words around code as it is written.

use firesteel_text::Text;
use tree_sitter::Node;

use super::{written, written_field};

/// Conditions that are told of one place; more are no help to a reader.
const MAX_CONDITIONS: usize = 3;
/// Longer code is not quoted.
const MAX_CODE_CHARS: usize = 80;

/// The conditions around a node within a function's body, the outermost first; none where there is none, or where one
/// cannot be told in a few words.
pub(super) fn of(text: &Text, node: Node, body: Node) -> Option<String> {
    let mut conditions = Vec::new();
    let mut inner = node;
    while inner.id() != body.id() {
        let outer = inner.parent()?;
        if let Some(condition) = between(text, outer, inner) {
            conditions.push(condition?);
        }
        inner = outer;
    }
    conditions.reverse();
    let is_told = !conditions.is_empty() && conditions.len() <= MAX_CONDITIONS;
    is_told.then(|| conditions.join(" and "))
}

/// Code in backticks on one line, unless it is long.
pub(super) fn code(written: &str) -> Option<String> {
    let line = written.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = !line.is_empty() && line.chars().count() <= MAX_CODE_CHARS && !line.contains('`');
    fits.then(|| format!("`{line}`"))
}

/// What `outer` requires for `inner` to be reached; `Some(None)` where it requires something that is too long to tell.
#[expect(
    clippy::option_option,
    reason = "no condition is not the same as one that cannot be told"
)]
fn between(text: &Text, outer: Node, inner: Node) -> Option<Option<String>> {
    let field = |name| outer.child_by_field_name(name);
    let is = |name| field(name).is_some_and(|node| node.id() == inner.id());
    let coded = |name| written_field(text, outer, name).and_then(|written| code(&written));
    match outer.kind() {
        // Rust, and Python's first branch.
        "if_expression" | "if_statement" if is("consequence") => {
            Some(held(text, field("condition")?))
        }
        "if_expression" if is("alternative") => {
            Some(coded("condition").map(|code| format!("not {code}")))
        }
        "elif_clause" if is("consequence") => {
            let own = held(text, field("condition")?);
            Some(own.and_then(|own| Some(format!("{} and {own}", earlier(text, outer)?))))
        }
        "else_clause" if outer.parent()?.kind() == "if_statement" => Some(earlier(text, outer)),
        "match_arm" if is("value") => {
            let scrutinee = outer.parent()?.parent()?.child_by_field_name("value")?;
            let pattern = written_field(text, outer, "pattern")?;
            let value = code(&written(text, scrutinee));
            let is_rest =
                pattern.trim() == "_" || pattern.chars().all(|c| c.is_lowercase() || c == '_');
            Some(match is_rest {
                true => value.map(|value| format!("{value} is none of the others")),
                false => value.and_then(|value| Some(format!("{value} is {}", code(&pattern)?))),
            })
        }
        "let_declaration" if is("alternative") => {
            let value = coded("value");
            Some(value.and_then(|value| Some(format!("{value} is not {}", coded("pattern")?))))
        }
        "except_clause" => {
            let caught = outer.named_child(0).filter(|child| child.kind() != "block");
            let caught = caught.map(|caught| written(text, caught));
            let name = caught
                .as_deref()
                .map(|caught| caught.split(" as ").next().unwrap_or_default());
            Some(
                name.and_then(code)
                    .map(|code| format!("{code} is raised inside")),
            )
        }
        _ => None,
    }
}

/// That code does not hold, without saying "not" twice.
pub(super) fn negated(code: &str) -> String {
    let positive = code
        .strip_prefix("`not ")
        .or_else(|| code.strip_prefix("`!"));
    // A `!` or `not` binds to the first of several operands only.
    match positive.filter(|rest| !rest.contains([' ', '='])) {
        Some(rest) => format!("`{rest}"),
        None => format!("not {code}"),
    }
}

/// A condition that holds; of a pattern, what it is that matches.
fn held(text: &Text, condition: Node) -> Option<String> {
    if condition.kind() == "let_condition" {
        let value = code(&written_field(text, condition, "value")?)?;
        return Some(format!(
            "{value} is {}",
            code(&written_field(text, condition, "pattern")?)?
        ));
    }
    code(&written(text, condition))
}

/// That none of the conditions of a Python `if` before this clause holds.
fn earlier(text: &Text, clause: Node) -> Option<String> {
    let statement = clause.parent()?;
    let mut conditions = vec![code(&written_field(text, statement, "condition")?)?];
    let mut cursor = statement.walk();
    for other in statement
        .children(&mut cursor)
        .take_while(|child| child.id() != clause.id())
    {
        if other.kind() == "elif_clause" {
            conditions.push(code(&written_field(text, other, "condition")?)?);
        }
    }
    Some(match conditions.as_slice() {
        [only] => negated(only),
        several => format!("none of {}", several.join(", ")),
    })
}
