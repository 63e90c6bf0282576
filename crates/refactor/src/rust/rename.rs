//! Renames a local variable of a Rust function: in closures, struct shorthands and format strings too.

use firesteel_syntax::{Step, walk};
use tree_sitter::Node;

use super::resolve::{Form, Found, uses};
use crate::code::{Code, replace};
use crate::{ActionContext, Plan};

const KEYWORDS: [&str; 40] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue",
    "crate", "do", "dyn", "else", "enum", "extern", "false", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type",
];
const MORE_KEYWORDS: [&str; 10] = [
    "final", "macro", "override", "priv", "typeof", "unsafe", "unsized", "use", "virtual", "where",
];

pub(crate) fn plan<'a>(code: Code<'a>, place: ActionContext<'_>, to: &str) -> Option<Plan> {
    let offset = place.target.start;
    let function = outermost(code, place)?;
    let from = name_at(code, function, offset)?;
    if !is_name(to) || from == to || !is_free(code, function, to) || is_item(code, from) {
        return None;
    }
    let found = uses(code, function, from)?;
    let touches = |found: &&Found| found.start <= offset && offset <= found.end;
    let variable = found.iter().find(touches)?.variable?;
    let ours: Vec<&Found> = found
        .iter()
        .filter(|found| found.variable == Some(variable))
        .collect();
    if ours.iter().any(|found| found.form == Form::Doubtful) {
        return None;
    }
    let changes = ours.into_iter().map(|found| {
        let modifiers = found.start - modifiers_before(code, found);
        match found.form {
            Form::Shorthand => {
                let text = &code.source[modifiers..found.start];
                replace(modifiers..found.end, format!("{from}: {text}{to}"))
            }
            _ => replace(found.start..found.end, to),
        }
    });
    Some(Plan {
        changes: changes.collect(),
        elsewhere: None,
    })
}

/// The function around a place that is in no other one.
fn outermost<'a>(code: Code<'a>, place: ActionContext<'_>) -> Option<Node<'a>> {
    let at = place.target.start..place.target.start;
    let mut function = code.enclosing(&at, &["function_item"])?;
    let mut node = function;
    while let Some(parent) = node.parent() {
        if parent.kind() == "function_item" {
            function = parent;
        }
        node = parent;
    }
    (!function.has_error()).then_some(function)
}

/// The name at an offset: an identifier, or one within a format string.
fn name_at<'a>(code: Code<'a>, function: Node<'a>, offset: usize) -> Option<&'a str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let before = code.source.get(..offset)?;
    let start = before.trim_end_matches(is_word).len();
    let length = code.source[start..].find(|c| !is_word(c))?;
    let name = &code.source[start..start + length];
    let is_raw = code.source[..start].ends_with("r#");
    let is_ours =
        name.starts_with(|c: char| c.is_lowercase() || c == '_') && name != "_" && !is_raw;
    (is_ours && name != "self" && function.start_byte() <= start).then_some(name)
}

fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_lowercase() || c == '_');
    begins
        && name != "_"
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&name)
        && !MORE_KEYWORDS.contains(&name)
}

/// Whether nothing has the new name: neither within the function nor among the file's items, for a
/// constant of that name would turn a binding into a comparison.
fn is_free<'a>(code: Code<'a>, function: Node<'a>, to: &str) -> bool {
    const NAMES: [&str; 3] = ["identifier", "shorthand_field_identifier", "label"];
    let in_strings = || {
        let mut found = false;
        walk(function, |node, _| {
            found |= node.kind() == "string_literal"
                && code.text(node).contains('{')
                && words(code.text(node)).any(|word| word == to);
            if found { Step::Stop } else { Step::Into }
        });
        found
    };
    !code.mentions(function, to, &NAMES) && !is_item(code, to) && !in_strings()
}

/// Whether a name is that of an item or of something imported, anywhere in the file.
fn is_item<'a>(code: Code<'a>, name: &str) -> bool {
    code.identifiers(name).iter().any(|node| {
        let mut around = node.parent();
        while let Some(parent) = around.filter(|parent| {
            parent.kind().starts_with("use_") || parent.kind().starts_with("scoped_use")
        }) {
            if parent.kind() == "use_declaration" {
                return true;
            }
            around = parent.parent();
        }
        node.parent().is_some_and(|parent| {
            let kind = parent.kind();
            let in_path = kind == "scoped_identifier"
                && parent
                    .parent()
                    .is_some_and(|around| around.kind() == "use_declaration");
            matches!(kind, "const_item" | "static_item" | "use_declaration") || in_path
        })
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// How many bytes of `ref` and `mut` stand before a shorthand in a pattern.
fn modifiers_before<'a>(code: Code<'a>, found: &Found) -> usize {
    if found.form != Form::Shorthand {
        return 0;
    }
    let node = code.root.descendant_for_byte_range(found.start, found.end);
    let pattern = node
        .and_then(|node| node.parent())
        .filter(|parent| parent.kind() == "field_pattern");
    pattern.map_or(0, |pattern| found.start - pattern.start_byte())
}
