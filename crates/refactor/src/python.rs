//! What is done to Python.

pub(crate) mod errors;
mod flow;
pub(crate) mod hints;
mod imports;
pub(crate) mod memoize;
mod names;
mod purity;
pub(crate) mod rename;
pub(crate) mod tests;
mod types;

use tree_sitter::Node;

pub(crate) use names::Names;

use crate::code::{Code, children};

/// The decorators of a function, as they are written.
fn decorators<'a>(code: Code<'a>, function: Node<'a>) -> Vec<&'a str> {
    let around = function
        .parent()
        .filter(|parent| parent.kind() == "decorated_definition");
    let decorators = around.map(children).unwrap_or_default();
    decorators
        .into_iter()
        .filter(|node| node.kind() == "decorator")
        .map(|node| code.text(node).trim_start_matches('@').trim())
        .collect()
}

/// The class that a function is a method of.
fn class_of(function: Node<'_>) -> Option<Node<'_>> {
    let mut parent = function.parent()?;
    if parent.kind() == "decorated_definition" {
        parent = parent.parent()?;
    }
    let class = parent.parent()?;
    (parent.kind() == "block" && class.kind() == "class_definition").then_some(class)
}

/// The statements of a function's body, without its docstring.
fn statements(function: Node<'_>) -> Vec<Node<'_>> {
    let body = function.child_by_field_name("body");
    let mut statements = body.map(children).unwrap_or_default();
    let is_docstring = |statement: &Node<'_>| {
        statement.kind() == "expression_statement"
            && statement
                .named_child(0)
                .is_some_and(|node| node.kind() == "string")
    };
    if statements.first().is_some_and(is_docstring) {
        statements.remove(0);
    }
    statements
}

/// A parameter of a function.
struct Parameter<'a> {
    name: Node<'a>,
    kind: Kind,
    annotation: Option<Node<'a>>,
    default: Option<Node<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    PositionalOnly,
    Plain,
    KeywordOnly,
    /// `*args` or `**kwargs`.
    Rest,
}

/// The parameters of a function or lambda.
fn parameters(function: Node<'_>) -> Vec<Parameter<'_>> {
    let list = function.child_by_field_name("parameters");
    let (mut found, mut kind) = (Vec::<Parameter<'_>>::new(), Kind::Plain);
    for node in list.map(children).unwrap_or_default() {
        let name = match node.kind() {
            "identifier" | "list_splat_pattern" | "dictionary_splat_pattern" => Some(node),
            "typed_parameter" => node.named_child(0),
            "default_parameter" | "typed_default_parameter" => node.child_by_field_name("name"),
            "keyword_separator" => {
                kind = Kind::KeywordOnly;
                None
            }
            "positional_separator" => {
                for parameter in &mut found {
                    parameter.kind = Kind::PositionalOnly;
                }
                None
            }
            _ => None,
        };
        let Some(mut name) = name else { continue };
        let is_rest = name.kind() != "identifier";
        if is_rest {
            let is_list = name.kind() == "list_splat_pattern";
            name = name.named_child(0).unwrap_or(name);
            kind = if is_list { Kind::KeywordOnly } else { kind };
        }
        found.push(Parameter {
            name,
            kind: if is_rest { Kind::Rest } else { kind },
            annotation: node.child_by_field_name("type"),
            default: node.child_by_field_name("value"),
        });
    }
    found
}

/// The argument of a call for the parameter at `index` called `name`; `None` if the call leaves it
/// out, an error if that cannot be told.
fn argument<'a>(
    code: Code<'a>,
    call: Node<'a>,
    index: usize,
    parameter: &Parameter<'a>,
) -> Result<Option<Node<'a>>, ()> {
    let list = call.child_by_field_name("arguments").ok_or(())?;
    if list.kind() != "argument_list" {
        return Err(());
    }
    let mut positional = 0;
    let mut found = None;
    for argument in children(list) {
        match argument.kind() {
            "list_splat" | "dictionary_splat" => return Err(()),
            "keyword_argument" => {
                if code.field(argument, "name") == code.text(parameter.name) {
                    found = argument.child_by_field_name("value");
                }
            }
            _ => {
                if positional == index && parameter.kind != Kind::KeywordOnly {
                    found = Some(argument);
                }
                positional += 1;
            }
        }
    }
    Ok(found)
}
