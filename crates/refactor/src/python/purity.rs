//! Whether a Python function is pure, conservatively: it reads only its arguments and constants,
//! changes only what it made itself, and gives back what nobody can change.

mod hashable;
mod values;

use std::collections::HashSet;

use firesteel_syntax::{Step, walk};
use tree_sitter::Node;

pub(super) use self::hashable::are_hashable;
use self::values::{is_constant, is_immutable};
use super::flow::Exits;
use super::names::{Name, Use, definition, is_builtin, scope};
use crate::code::{Code, MAX_DEPTH, children, is_field};

/// Functions of Python itself that have no effect and depend on nothing but their arguments.
const PURE: [&str; 29] = [
    "abs",
    "all",
    "any",
    "bin",
    "bool",
    "chr",
    "dict",
    "divmod",
    "enumerate",
    "float",
    "frozenset",
    "hex",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "oct",
    "ord",
    "pow",
    "range",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
];

/// Methods that change nothing, whatever has them.
const PURE_METHODS: [&str; 25] = [
    "capitalize",
    "casefold",
    "count",
    "endswith",
    "find",
    "get",
    "index",
    "isalpha",
    "isdigit",
    "isspace",
    "items",
    "join",
    "keys",
    "lower",
    "lstrip",
    "partition",
    "replace",
    "rstrip",
    "split",
    "startswith",
    "strip",
    "title",
    "upper",
    "values",
    "zfill",
];

/// Methods that change what has them, in order when the function made that itself.
const CHANGING_METHODS: [&str; 13] = [
    "add",
    "append",
    "clear",
    "discard",
    "extend",
    "insert",
    "pop",
    "popleft",
    "remove",
    "reverse",
    "setdefault",
    "sort",
    "update",
];

/// Whether `function` is pure; `visited` holds the functions that are looked at already.
pub(super) fn is_pure<'a>(
    code: Code<'a>,
    function: Node<'a>,
    visited: &mut HashSet<usize>,
) -> bool {
    if !visited.insert(function.id()) {
        return true;
    }
    if visited.len() > MAX_DEPTH
        || function
            .child(0)
            .is_none_or(|first| first.kind() == "async")
    {
        return false;
    }
    let Some(body) = function.child_by_field_name("body") else {
        return false;
    };
    let mut pure = true;
    walk(body, |node, _| {
        pure = pure && is_pure_node(code, function, node, visited);
        if pure { Step::Into } else { Step::Stop }
    });
    let exits = Exits::of(body);
    pure && exits.yields.is_empty()
        && exits
            .returns
            .iter()
            .flatten()
            .all(|value| is_immutable(code, function, *value, 0))
}

fn is_pure_node<'a>(
    code: Code<'a>,
    function: Node<'a>,
    node: Node<'a>,
    visited: &mut HashSet<usize>,
) -> bool {
    match node.kind() {
        "global_statement"
        | "nonlocal_statement"
        | "import_statement"
        | "import_from_statement"
        | "await"
        | "yield"
        | "lambda"
        | "function_definition"
        | "class_definition"
        | "with_statement"
        | "match_statement"
        | "try_statement"
        | "delete_statement"
        | "print_statement"
        | "exec_statement"
        | "ERROR" => false,
        "call" => is_pure_call(code, function, node, visited),
        "attribute" => is_pure_attribute(code, node),
        "assignment" | "augmented_assignment" => node
            .child_by_field_name("left")
            .is_some_and(|left| is_own_target(code, function, left)),
        "for_statement" | "for_in_clause" => node
            .child_by_field_name("left")
            .is_some_and(|left| left.kind() != "attribute" && left.kind() != "subscript"),
        "identifier" => is_known_name(code, function, node),
        _ => true,
    }
}

fn is_pure_call<'a>(
    code: Code<'a>,
    function: Node<'a>,
    call: Node<'a>,
    visited: &mut HashSet<usize>,
) -> bool {
    let Some(callee) = call.child_by_field_name("function") else {
        return false;
    };
    let name = code.text(callee);
    match callee.kind() {
        "identifier" => match definition(code, name) {
            Some(called) if called.kind() == "function_definition" => {
                called
                    .parent()
                    .is_some_and(|parent| parent.kind() == "module")
                    && is_pure(code, called, visited)
            }
            Some(_) => false,
            None => {
                let raised = call
                    .parent()
                    .is_some_and(|parent| parent.kind() == "raise_statement");
                (PURE.contains(&name) || (raised && name.ends_with("Error")))
                    && is_builtin(code, name)
            }
        },
        "attribute" => {
            let method = code.field(callee, "attribute");
            let object = callee.child_by_field_name("object");
            let is_math = object.is_some_and(|object| code.text(object) == "math")
                && super::imports::is_module(code, "math");
            is_math
                || PURE_METHODS.contains(&method)
                || (CHANGING_METHODS.contains(&method)
                    && object.is_some_and(|object| is_made_here(code, function, object)))
        }
        _ => false,
    }
}

/// An attribute that is not called may be a property, which does what it wants.
fn is_pure_attribute<'a>(code: Code<'a>, node: Node<'a>) -> bool {
    let is_called = node
        .parent()
        .is_some_and(|parent| parent.kind() == "call" && is_field(parent, "function", node));
    let is_constant = matches!(
        code.text(node),
        "math.pi" | "math.e" | "math.inf" | "math.tau" | "math.nan"
    );
    is_called || (is_constant && super::imports::is_module(code, "math"))
}

/// What is assigned to: a local variable, or a part of what the function made itself.
fn is_own_target<'a>(code: Code<'a>, function: Node<'a>, target: Node<'a>) -> bool {
    match target.kind() {
        "identifier" => true,
        "subscript" => target
            .child_by_field_name("value")
            .is_some_and(|value| is_made_here(code, function, value)),
        "pattern_list" | "tuple_pattern" => children(target)
            .into_iter()
            .all(|target| target.kind() == "identifier"),
        _ => false,
    }
}

/// Whether a variable only ever holds a container that the function has just made.
fn is_made_here<'a>(code: Code<'a>, function: Node<'a>, object: Node<'a>) -> bool {
    if object.kind() != "identifier" {
        return false;
    }
    let values = values(code, function, object);
    let is_new = |value: &Node<'_>| {
        let called = (value.kind() == "call").then(|| code.field(*value, "function"));
        matches!(
            value.kind(),
            "list"
                | "dictionary"
                | "set"
                | "list_comprehension"
                | "dictionary_comprehension"
                | "set_comprehension"
        ) || matches!(called, Some("list" | "dict" | "set"))
    };
    values.is_some_and(|values| !values.is_empty() && values.iter().all(is_new))
}

/// Everything that is assigned to a local variable; `None` if it is bound in any other way.
fn values<'a>(code: Code<'a>, function: Node<'a>, variable: Node<'a>) -> Option<Vec<Node<'a>>> {
    let name = Name::find(code, code.text(variable));
    if name.owner(scope(variable)).id() != function.id() {
        return None;
    }
    let bound = name.of(function).filter(|found| found.usage != Use::Read);
    bound
        .map(|found| {
            let around = found.node.parent()?;
            let is_assignment =
                around.kind() == "assignment" && is_field(around, "left", found.node);
            is_assignment.then(|| around.child_by_field_name("right"))?
        })
        .collect()
}

/// A local variable, a function that is called, or a constant of the module.
fn is_known_name<'a>(code: Code<'a>, function: Node<'a>, node: Node<'a>) -> bool {
    let name = Name::find(code, code.text(node));
    let Some(occurrence) = name
        .occurrences
        .iter()
        .find(|found| found.node.id() == node.id())
    else {
        return false;
    };
    let owner = name.owner(occurrence.scope);
    if occurrence.usage == Use::Other || owner.kind() != "module" {
        let is_inside = function.start_byte() <= owner.start_byte();
        return occurrence.usage == Use::Other || is_inside;
    }
    let parent = node.parent();
    let is_callee = parent.is_some_and(|parent| {
        (parent.kind() == "call" && is_field(parent, "function", node))
            || (parent.kind() == "attribute" && code.text(node) == "math")
            || parent.kind() == "type"
            || parent.kind() == "raise_statement"
    });
    let is_type = parent.is_some_and(|parent| parent.kind() == "argument_list")
        && PURE.contains(&code.text(node));
    is_callee || is_type || is_constant(code, &name, owner)
}
