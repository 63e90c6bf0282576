//! Renames a local variable of a Python function: in closures, comprehensions and f-strings too.

use std::collections::HashSet;

use firesteel_syntax::{Step, walk};
use tree_sitter::Node;

use super::names::{Name, Occurrence, Use};
use super::{Kind, class_of, parameters};
use crate::code::{Code, is_field, replace};
use crate::{ActionContext, Plan};

const KEYWORDS: [&str; 39] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class",
    "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if",
    "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return",
    "self", "try", "type", "while", "with", "yield",
];

/// What sees the variables of a function by their names.
const REFLECTION: [&str; 5] = ["locals", "eval", "exec", "vars", "dir"];

pub(crate) fn plan<'a>(code: Code<'a>, place: ActionContext<'_>, to: &str) -> Option<Plan> {
    let at = code.name_at(place.target.start)?;
    let from = code.text(at);
    if !is_name(to) || from == to || from.starts_with("__") || from == "self" {
        return None;
    }
    let name = Name::find(code, from);
    let chosen = name
        .occurrences
        .iter()
        .find(|found| found.node.id() == at.id())?;
    if chosen.usage == Use::Other {
        // A keyword of a call is the parameter's name, but whose is not said there.
        return None;
    }
    let owner = name.owner(chosen.scope);
    if matches!(owner.kind(), "module" | "class_definition") || !is_closed(code, owner, from, to) {
        return None;
    }
    let variable: Vec<_> = name.of(owner).collect();
    if !variable.iter().all(|found| is_renamable(*found)) || class_binds(&name, owner) {
        return None;
    }
    let mut nodes: Vec<Node<'_>> = variable.iter().map(|found| found.node).collect();
    let parameter = parameters(owner)
        .into_iter()
        .find(|parameter| code.text(parameter.name) == from);
    if parameter.is_some_and(|parameter| matches!(parameter.kind, Kind::Plain | Kind::KeywordOnly))
    {
        nodes.extend(keywords(code, owner, from)?);
    }
    let changes = nodes.into_iter().map(|node| replace(node.byte_range(), to));
    Some(Plan {
        changes: changes.collect(),
        elsewhere: None,
    })
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    let begins = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    begins
        && chars.all(|c| c.is_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&name)
        && !name.starts_with("__")
}

fn is_renamable(found: Occurrence<'_>) -> bool {
    let in_printed_name = || {
        // `f"{x=}"` prints the name.
        let interpolation = found
            .node
            .parent()
            .filter(|node| node.kind() == "interpolation");
        let mut cursor = found.node.walk();
        interpolation
            .is_some_and(|node| node.children(&mut cursor).any(|child| child.kind() == "="))
    };
    matches!(found.usage, Use::Read | Use::Bind | Use::Nonlocal) && !in_printed_name()
}

/// Whether nothing within `owner` has the new name yet, and nothing sees variables by name.
fn is_closed<'a>(code: Code<'a>, owner: Node<'a>, from: &str, to: &str) -> bool {
    let mut is_closed = true;
    walk(owner, |node, _| {
        let text = code.text(node);
        is_closed &= match node.kind() {
            "identifier" => text != to && !REFLECTION.contains(&text),
            // What is only text for us may be code for a type checker.
            "type" => !text.contains(['"', '\'']) || !text.contains(from),
            _ => true,
        };
        if is_closed { Step::Into } else { Step::Stop }
    });
    is_closed
}

/// Whether a class within `owner` binds the name too: what its body reads before is not certain.
fn class_binds<'a>(name: &Name<'a>, owner: Node<'_>) -> bool {
    name.occurrences.iter().any(|found| {
        found.scope.kind() == "class_definition"
            && owner.start_byte() <= found.scope.start_byte()
            && found.scope.end_byte() <= owner.end_byte()
            && found.usage != Use::Read
            && found.usage != Use::Other
    })
}

/// The keywords by which calls pass the parameter; `None` unless every call is known: those of a
/// lambda or a method never are, nor are those of a function that other files may call.
fn keywords<'a>(code: Code<'a>, function: Node<'a>, from: &str) -> Option<Vec<Node<'a>>> {
    if function.kind() == "lambda" {
        // Only what is called by position has no keyword in its calls.
        let is_argument = function.parent()?.kind() == "argument_list";
        return is_argument.then(Vec::new);
    }
    let name = function.child_by_field_name("name")?;
    let function_name = Name::find(code, code.text(name));
    let owner = function_name.owner(super::names::scope(function));
    let is_private = code.text(name).starts_with('_');
    let is_local = owner.kind() == "function_definition";
    if class_of(function).is_some() || (!is_local && !is_private) {
        return None;
    }
    if function.parent()?.kind() == "decorated_definition" {
        return None;
    }
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for occurrence in function_name.of(owner) {
        if occurrence.node.id() == name.id() {
            continue;
        }
        let call = occurrence.node.parent()?;
        if call.kind() != "call" || !is_field(call, "function", occurrence.node) {
            return None;
        }
        let arguments = call.child_by_field_name("arguments")?;
        for argument in crate::code::children(arguments) {
            match argument.kind() {
                "dictionary_splat" => return None,
                "keyword_argument" if code.field(argument, "name") == from => {
                    let keyword = argument.child_by_field_name("name")?;
                    seen.insert(keyword.id()).then(|| found.push(keyword));
                }
                _ => {}
            }
        }
    }
    Some(found)
}
