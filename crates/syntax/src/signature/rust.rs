//! Signatures of Rust functions.

use firesteel_text::Text;
use tree_sitter::Node;

use super::{Facts, Parameter, ParameterKind, Signature, failures, written, written_field};

pub(super) fn of(text: &Text, function: Node) -> Signature {
    let returns = written_field(text, function, "return_type");
    let is_return = |name| {
        returns
            .as_deref()
            .is_some_and(|returns| names_type(returns, name))
    };
    let facts = Facts {
        returns_result: is_return("Result"),
        returns_option: is_return("Option"),
        failures: function
            .child_by_field_name("body")
            .map(|body| failures::of(text, body, is_return("Result")))
            .unwrap_or_default(),
        ..Facts::default()
    };
    let modifiers = modifiers(text, function);
    Signature {
        name: written_field(text, function, "name").unwrap_or_default(),
        parameters: parameters(text, function),
        is_async: modifiers.iter().any(|modifier| modifier == "async"),
        is_unsafe: modifiers.iter().any(|modifier| modifier == "unsafe"),
        returns,
        facts,
    }
}

/// Whether a type is the one called `name`, by whatever path, with or without arguments.
fn names_type(written: &str, name: &str) -> bool {
    let path = written.split('<').next().unwrap_or_default();
    path.rsplit("::")
        .next()
        .is_some_and(|last| last.trim() == name)
}

fn modifiers(text: &Text, function: Node) -> Vec<String> {
    let mut cursor = function.walk();
    let modifiers = function
        .children(&mut cursor)
        .find(|child| child.kind() == "function_modifiers");
    modifiers.map_or_else(Vec::new, |node| {
        written(text, node)
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    })
}

fn parameters(text: &Text, function: Node) -> Vec<Parameter> {
    let Some(list) = function.child_by_field_name("parameters") else {
        return Vec::new();
    };
    let mut cursor = list.walk();
    list.named_children(&mut cursor)
        .filter_map(|node| parameter(text, node))
        .collect()
}

fn parameter(text: &Text, node: Node) -> Option<Parameter> {
    let type_text = written_field(text, node, "type");
    let name = match node.kind() {
        "self_parameter" => {
            return Some(Parameter {
                type_text: receiver_type(&written(text, node)),
                ..receiver()
            });
        }
        "parameter" => written_field(text, node, "pattern")?,
        _ => return None,
    };
    match name.as_str() {
        "self" => Some(Parameter {
            type_text,
            ..receiver()
        }),
        _ => Some(Parameter {
            name,
            type_text,
            ..Parameter::default()
        }),
    }
}

fn receiver() -> Parameter {
    Parameter {
        name: "self".to_owned(),
        kind: ParameterKind::Receiver,
        ..Parameter::default()
    }
}

/// What `&self`, `&'a mut self` and the like stand for; `self` alone says nothing.
fn receiver_type(written: &str) -> Option<String> {
    let written = written.trim();
    let reference = written.starts_with('&').then_some(written)?;
    Some(reference.trim_end_matches("self").to_owned() + "Self")
}
