//! How a Rust function fails: the errors that it returns and what it panics on, each with its condition.

use firesteel_text::Text;
use tree_sitter::Node;

use super::condition::{self, code, negated};
use super::{Failure, FailureKind, written, written_field};
use crate::tree::{Step, walk};

/// Methods that panic on what they do not like, and what that is.
const PANICKING_METHODS: [(&str, &str); 4] = [
    ("unwrap", "holds no value"),
    ("expect", "holds no value"),
    ("unwrap_err", "is no error"),
    ("expect_err", "is no error"),
];

/// The failures of a body, each once; those of nested items do not count.
pub(super) fn of(text: &Text, body: Node, returns_result: bool) -> Vec<Failure> {
    let mut failures = Vec::new();
    walk(body, |node, _| {
        let failure = match node.kind() {
            "call_expression" => called(text, node, body, returns_result),
            "macro_invocation" => expanded(text, node, body, returns_result),
            "try_expression" if returns_result => handed_on(text, node),
            kind if kind.ends_with("_item") => return Step::Over,
            _ => None,
        };
        failures.extend(failure.filter(|failure| !failures.contains(failure)));
        Step::Into
    });
    failures
}

/// `Err(…)`, or a method that panics.
fn called(text: &Text, call: Node, body: Node, returns_result: bool) -> Option<Failure> {
    let callee = call.child_by_field_name("function")?;
    if callee.kind() == "identifier" && returns_result && written(text, callee) == "Err" {
        // What is compared with or stored is returned by nobody.
        let is_returned = matches!(
            call.parent()?.kind(),
            "return_expression"
                | "block"
                | "match_arm"
                | "expression_statement"
                | "break_expression"
        );
        return is_returned.then(|| Failure {
            kind: FailureKind::Error,
            what: argument(call).and_then(|value| constructed(text, value)),
            when: condition::of(text, call, body),
        });
    }
    if callee.kind() != "field_expression" {
        return None;
    }
    let method = written_field(text, callee, "field")?;
    let (_, when) = PANICKING_METHODS.iter().find(|(name, _)| *name == method)?;
    let value = code(&written_field(text, callee, "value")?);
    Some(Failure {
        kind: FailureKind::Panic,
        what: None,
        when: value.map(|value| format!("{value} {when}")),
    })
}

/// A macro that panics or returns an error.
fn expanded(text: &Text, invocation: Node, body: Node, returns_result: bool) -> Option<Failure> {
    let path = written_field(text, invocation, "macro")?;
    let arguments = arguments(&written(text, invocation));
    let nth = |n: usize| arguments.get(n).and_then(|argument| code(argument));
    let (kind, when) = match path.rsplit("::").next()? {
        "panic" | "unreachable" | "todo" | "unimplemented" => {
            (FailureKind::Panic, condition::of(text, invocation, body))
        }
        "assert" => (FailureKind::Panic, nth(0).map(|claim| negated(&claim))),
        "assert_eq" => (
            FailureKind::Panic,
            nth(0).and_then(|a| Some(format!("{a} is not {}", nth(1)?))),
        ),
        "assert_ne" => (
            FailureKind::Panic,
            nth(0).and_then(|a| Some(format!("{a} is {}", nth(1)?))),
        ),
        "bail" if returns_result => (FailureKind::Error, condition::of(text, invocation, body)),
        "ensure" if returns_result => (FailureKind::Error, nth(0).map(|claim| negated(&claim))),
        _ => return None,
    };
    Some(Failure {
        kind,
        what: None,
        when,
    })
}

/// What `?` hands on: an error made on the spot, or that of what was called.
fn handed_on(text: &Text, tried: Node) -> Option<Failure> {
    let value = tried.named_child(0)?;
    let callee = value.child_by_field_name("function");
    let method = callee.and_then(|callee| written_field(text, callee, "field"));
    let receiver = || code(&written_field(text, callee?, "value")?);
    let error = |what, when| {
        Some(Failure {
            kind: FailureKind::Error,
            what,
            when,
        })
    };
    let made = || argument(value).and_then(|made| constructed(text, closed(made)));
    match method.as_deref() {
        Some("ok_or" | "ok_or_else") => {
            error(made(), receiver().map(|value| format!("{value} is `None`")))
        }
        Some("map_err") => error(made(), receiver().map(|value| format!("{value} fails"))),
        Some("context" | "with_context") => {
            error(None, receiver().map(|value| format!("{value} fails")))
        }
        _ => {
            let failing = match value.kind() {
                "await_expression" => value.named_child(0).unwrap_or(value),
                _ => value,
            };
            error(
                None,
                code(&written(text, failing)).map(|value| format!("{value} fails")),
            )
        }
    }
}

fn argument(call: Node) -> Option<Node> {
    call.child_by_field_name("arguments")?.named_child(0)
}

/// What a closure returns; any other expression is itself.
fn closed(value: Node) -> Node {
    match value.kind() {
        "closure_expression" => value.child_by_field_name("body").unwrap_or(value),
        _ => value,
    }
}

/// The path of what is constructed: `Error::Limit` of `Error::Limit(3)`. A variable has no name to tell.
fn constructed(text: &Text, value: Node) -> Option<String> {
    let path = match value.kind() {
        "call_expression" => value.child_by_field_name("function")?,
        "struct_expression" => value.child_by_field_name("name")?,
        _ => value,
    };
    if !matches!(
        path.kind(),
        "identifier" | "scoped_identifier" | "type_identifier" | "scoped_type_identifier"
    ) {
        return None;
    }
    let path = written(text, path);
    let last = path.rsplit("::").next()?;
    let is_name = last.chars().next()?.is_uppercase();
    // A constructor is told by its type.
    let is_made = last.chars().next()?.is_lowercase() && path.contains("::");
    match (is_name, is_made) {
        (true, _) => Some(path),
        (_, true) => path.rsplit_once("::").map(|(of, _)| of.to_owned()),
        _ => None,
    }
}

/// The arguments of a macro as they are written, split at its own commas.
fn arguments(invocation: &str) -> Vec<String> {
    let open = invocation
        .find(['(', '[', '{'])
        .map_or(invocation.len(), |at| at + 1);
    let inner = invocation[open..]
        .strip_suffix([')', ']', '}'])
        .unwrap_or_default();
    let (mut depth, mut quoted, mut out) = (0_i32, false, vec![String::new()]);
    for character in inner.chars() {
        match character {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if depth == 0 && !quoted => {
                out.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = out.last_mut() {
            last.push(character);
        }
    }
    out.into_iter()
        .map(|argument| argument.trim().to_owned())
        .filter(|argument| !argument.is_empty())
        .collect()
}
