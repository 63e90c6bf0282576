//! Signatures of Python functions.

use firesteel_text::Text;
use tree_sitter::Node;

use super::{
    Facts, Failure, FailureKind, Parameter, ParameterKind, Signature, condition, written,
    written_field,
};
use crate::tree::{Step, walk};

pub(super) fn of(text: &Text, function: Node) -> Signature {
    let is_async = function
        .child(0)
        .is_some_and(|first| first.kind() == "async");
    Signature {
        name: written_field(text, function, "name").unwrap_or_default(),
        parameters: parameters(text, function),
        returns: written_field(text, function, "return_type"),
        is_async,
        is_unsafe: false,
        facts: function
            .child_by_field_name("body")
            .map(|body| facts(text, body))
            .unwrap_or_default(),
    }
}

fn parameters(text: &Text, function: Node) -> Vec<Parameter> {
    let Some(list) = function.child_by_field_name("parameters") else {
        return Vec::new();
    };
    let mut cursor = list.walk();
    let mut parameters: Vec<Parameter> = list
        .named_children(&mut cursor)
        .filter_map(|node| parameter(text, node))
        .collect();
    if let Some(first) = parameters.first_mut()
        && matches!(first.name.as_str(), "self" | "cls")
    {
        first.kind = ParameterKind::Receiver;
    }
    parameters
}

/// A parameter; `None` for the `*` and `/` that only separate some.
fn parameter(text: &Text, node: Node) -> Option<Parameter> {
    let name = match node.kind() {
        "identifier" | "tuple_pattern" | "list_splat_pattern" | "dictionary_splat_pattern" => node,
        "typed_parameter" => node.named_child(0)?,
        "default_parameter" | "typed_default_parameter" => node.child_by_field_name("name")?,
        _ => return None,
    };
    let kind = match name.kind() {
        "list_splat_pattern" => ParameterKind::Rest,
        "dictionary_splat_pattern" => ParameterKind::KeywordRest,
        _ => ParameterKind::Plain,
    };
    Some(Parameter {
        name: written(text, name)
            .trim_start_matches('*')
            .trim_start()
            .to_owned(),
        kind,
        type_text: written_field(text, node, "type"),
        default: written_field(text, node, "value"),
    })
}

/// What the statements of this function do; those of functions and classes within it do not count.
fn facts(text: &Text, body: Node) -> Facts {
    let mut facts = Facts::default();
    walk(body, |node, _| {
        match node.kind() {
            "function_definition" | "class_definition" | "lambda" => return Step::Over,
            "yield" if node.is_named() => facts.yields = true,
            "return_statement" => {
                facts.returns_value |= returned(node).is_some_and(|value| value.kind() != "none");
            }
            "raise_statement" => {
                let failure = raised(text, node).map(|name| Failure {
                    kind: FailureKind::Exception,
                    what: Some(name),
                    when: condition::of(text, node, body),
                });
                let new = failure.filter(|failure| !facts.failures.contains(failure));
                facts.failures.extend(new);
            }
            _ => {}
        }
        Step::Into
    });
    facts
}

fn returned(statement: Node) -> Option<Node> {
    statement.named_child(0).filter(|value| !value.is_extra())
}

/// The exception that a `raise` names; none for a bare one, which raises what was caught.
///
/// A name in lower case is a variable that holds an exception, and not the exception's name.
fn raised(text: &Text, statement: Node) -> Option<String> {
    let value = returned(statement)?;
    let exception = match value.kind() {
        "call" => value.child_by_field_name("function")?,
        _ => value,
    };
    if !matches!(exception.kind(), "identifier" | "attribute") {
        return None;
    }
    let name = written(text, exception);
    let is_class = name.rsplit('.').next()?.chars().next()?.is_uppercase();
    is_class.then_some(name)
}
