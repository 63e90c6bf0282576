//! Arguments that can be hashed, as `functools.cache` asks.

use tree_sitter::Node;

use super::values::is_literal;
use crate::code::{Code, children};
use crate::python::names::Name;
use crate::python::{Kind, class_of, parameters};

/// Hints of what can be hashed.
const HASHABLE: [&str; 9] = [
    "None",
    "Optional",
    "bool",
    "bytes",
    "complex",
    "float",
    "frozenset",
    "int",
    "str",
];

/// Whether the arguments of a function can be hashed, as far as that can be known.
pub(in crate::python) fn are_hashable<'a>(code: Code<'a>, function: Node<'a>) -> bool {
    let parameters = parameters(function);
    class_of(function).is_none()
        && !parameters.is_empty()
        && parameters.iter().all(|parameter| {
            let is_default_fine = parameter
                .default
                .is_none_or(|default| is_literal(code, default, 0));
            let is_hashable = match parameter.annotation {
                Some(hint) => is_hashable_hint(code.text(hint)),
                None => is_used_as_scalar(code, function, parameter.name),
            };
            parameter.kind != Kind::Rest && is_default_fine && is_hashable
        })
}

fn is_hashable_hint(hint: &str) -> bool {
    let mut words = hint
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty());
    words.all(|word| HASHABLE.contains(&word) || matches!(word, "tuple" | "Tuple"))
}

/// Whether a parameter without a hint is used as only numbers and texts are, and nowhere as a
/// container might be.
fn is_used_as_scalar<'a>(code: Code<'a>, function: Node<'a>, parameter: Node<'a>) -> bool {
    let name = Name::find(code, code.text(parameter));
    let mut is_scalar = false;
    for found in name
        .of(function)
        .filter(|found| found.node.id() != parameter.id())
    {
        let Some(around) = found.node.parent() else {
            return false;
        };
        match around.kind() {
            "binary_operator" | "unary_operator" => is_scalar = true,
            "comparison_operator" => {
                is_scalar |= children(around)
                    .iter()
                    .any(|other| matches!(other.kind(), "integer" | "float" | "string"));
                if ["in", "not in"]
                    .iter()
                    .any(|operator| code.field(around, "operators") == *operator)
                    && children(around)
                        .last()
                        .is_some_and(|last| last.id() == found.node.id())
                {
                    return false;
                }
            }
            "attribute" | "subscript" | "for_statement" | "for_in_clause" | "list_splat" => {
                return false;
            }
            "argument_list" => {
                let callee = around
                    .parent()
                    .map_or("", |call| code.field(call, "function"));
                match callee {
                    "range" => is_scalar = true,
                    "len" | "sum" | "min" | "max" | "sorted" | "list" | "set" | "tuple"
                    | "dict" | "enumerate" | "reversed" | "any" | "all" => return false,
                    _ => {}
                }
            }
            _ => {}
        }
    }
    is_scalar
}
