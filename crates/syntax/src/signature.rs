//! The signature of a function as data, with facts from its body for a doc skeleton.

mod condition;
mod failures;
mod python;
mod rust;

use firesteel_text::Text;
use tree_sitter::Node;

use crate::{Item, Language, Tree};

/// A function's signature, each part as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// The function's name.
    pub name: String,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
    /// The return type, if one is written.
    pub returns: Option<String>,
    /// Whether it is async.
    pub is_async: bool,
    /// Whether it is an `unsafe fn`.
    pub is_unsafe: bool,
    /// What its return type and body say about its behaviour.
    pub facts: Facts,
}

/// What a function's return type and body say about its behaviour. Only what is certain from the
/// text counts, so an absent fact proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Rust: it returns a `Result`.
    pub returns_result: bool,
    /// Rust: it returns an `Option`.
    pub returns_option: bool,
    /// How it fails, each way once, in the order of its text.
    pub failures: Vec<Failure>,
    /// Python: it yields.
    pub yields: bool,
    /// Python: it returns a value.
    pub returns_value: bool,
}

/// A way in which a function fails: what comes of it, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Of which kind it is.
    pub kind: FailureKind,
    /// The error or exception, as it is written: a variant or a class; none where it is handed on or has no name.
    pub what: Option<String>,
    /// What has to hold for it, in words around code as it is written, such as "`total > limit`"; none where that is not
    /// certain.
    pub when: Option<String>,
}

/// How a function fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Rust: it returns an `Err`.
    Error,
    /// Rust: it panics.
    Panic,
    /// Python: it raises an exception.
    Exception,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameter {
    /// Its name, or its pattern if it has no single name; without stars.
    pub name: String,
    /// How it takes its argument.
    pub kind: ParameterKind,
    /// The type, if one is written.
    pub type_text: Option<String>,
    /// The default value, if there is one.
    pub default: Option<String>,
}

/// How a parameter takes its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ParameterKind {
    /// As any parameter.
    #[default]
    Plain,
    /// The receiver: `self` in its forms, or the `cls` of a Python class method.
    Receiver,
    /// Python's `*args`: all further positional arguments.
    Rest,
    /// Python's `**kwargs`: all further keyword arguments.
    KeywordRest,
}

/// The signature of `item`; `None` unless it is a Rust or Python function.
pub fn of(tree: &Tree, text: &Text, item: &Item) -> Option<Signature> {
    let name = &item.name_range;
    let named = tree
        .root()
        .descendant_for_byte_range(name.start, name.end)?;
    let function = named.parent()?;
    match (tree.language(), function.kind()) {
        (Language::Rust, "function_item" | "function_signature_item") => {
            Some(rust::of(text, function))
        }
        (Language::Python, "function_definition") => Some(python::of(text, function)),
        _ => None,
    }
}

fn written(text: &Text, node: Node) -> String {
    text.slice(node.byte_range()).into_owned()
}

fn written_field(text: &Text, node: Node, field: &str) -> Option<String> {
    Some(written(text, node.child_by_field_name(field)?))
}
