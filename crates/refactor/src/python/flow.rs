//! How a Python function ends: the values it returns and yields, and whether its end is reached.

use firesteel_syntax::{Step, walk};
use tree_sitter::Node;

use crate::code::{Code, MAX_DEPTH, children, fields};

/// Whether control goes on behind a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Falls {
    Never,
    Maybe,
    /// It depends on what a call or a context manager does.
    Unknown,
}

/// What a function gives back.
pub(super) struct Exits<'a> {
    /// What its `return` statements return; `None` for a bare one.
    pub(super) returns: Vec<Option<Node<'a>>>,
    /// Its `yield`s.
    pub(super) yields: Vec<Node<'a>>,
}

impl<'a> Exits<'a> {
    pub(super) fn of(body: Node<'a>) -> Self {
        let (mut returns, mut yields) = (Vec::new(), Vec::new());
        walk(body, |node, _| {
            match node.kind() {
                "function_definition" | "class_definition" | "lambda" => return Step::Over,
                "return_statement" => returns.push(children(node).first().copied()),
                "yield" if node.is_named() => yields.push(node),
                _ => {}
            }
            Step::Into
        });
        Self { returns, yields }
    }
}

/// Whether control reaches the end of `statements`.
pub(super) fn end<'a>(code: Code<'a>, statements: &[Node<'a>], depth: usize) -> Falls {
    if depth > MAX_DEPTH {
        return Falls::Unknown;
    }
    let mut falls = Falls::Maybe;
    for statement in statements {
        match behind(code, *statement, depth + 1) {
            Falls::Never => return Falls::Never,
            Falls::Unknown => falls = Falls::Unknown,
            Falls::Maybe => {}
        }
    }
    falls
}

fn behind<'a>(code: Code<'a>, statement: Node<'a>, depth: usize) -> Falls {
    let block = |node: Node<'a>| end(code, &children(node), depth);
    let field = |node: Node<'a>, name| node.child_by_field_name(name).map_or(Falls::Unknown, block);
    match statement.kind() {
        "return_statement" | "raise_statement" | "continue_statement" => Falls::Never,
        // A call may be one that never returns, such as `sys.exit()`.
        "expression_statement" if statement.named_child(0).is_some_and(is_call) => Falls::Unknown,
        "if_statement" => {
            let alternatives = fields(statement, "alternative");
            let has_else = alternatives
                .last()
                .is_some_and(|last| last.kind() == "else_clause");
            let mut ways = vec![field(statement, "consequence")];
            ways.extend(alternatives.into_iter().map(|clause| {
                let name = if clause.kind() == "else_clause" {
                    "body"
                } else {
                    "consequence"
                };
                field(clause, name)
            }));
            ways.extend((!has_else).then_some(Falls::Maybe));
            either(&ways)
        }
        "while_statement" if code.field(statement, "condition") == "True" => {
            if leaves_loop(statement) {
                Falls::Maybe
            } else {
                Falls::Never
            }
        }
        "while_statement" | "for_statement" => Falls::Maybe,
        // What a context manager swallows goes on behind it; a file's swallows nothing.
        "with_statement" => match field(statement, "body") {
            Falls::Never if !opens_file(code, statement) => Falls::Unknown,
            falls => falls,
        },
        "try_statement" => {
            let clauses = children(statement);
            let last_block = |clause: Node<'a>| {
                let body = children(clause)
                    .into_iter()
                    .rfind(|node| node.kind() == "block");
                body.map_or(Falls::Unknown, block)
            };
            let of = |kind: &str| {
                clauses
                    .iter()
                    .copied()
                    .filter(|node| node.kind() == kind)
                    .map(last_block)
                    .collect::<Vec<_>>()
            };
            if of("finally_clause").contains(&Falls::Never) {
                return Falls::Never;
            }
            let tried = match of("else_clause").first() {
                Some(_) if field(statement, "body") == Falls::Never => Falls::Never,
                Some(falls) => *falls,
                None => field(statement, "body"),
            };
            let mut ways = of("except_clause");
            ways.push(tried);
            either(&ways)
        }
        "match_statement" => Falls::Unknown,
        _ => Falls::Maybe,
    }
}

fn either(ways: &[Falls]) -> Falls {
    if ways.contains(&Falls::Maybe) {
        Falls::Maybe
    } else if ways.contains(&Falls::Unknown) {
        Falls::Unknown
    } else {
        Falls::Never
    }
}

fn is_call(node: Node<'_>) -> bool {
    node.kind() == "call" || node.kind() == "await"
}

fn leaves_loop(of: Node<'_>) -> bool {
    let mut leaves = false;
    walk(of, |node, _| match node.kind() {
        "break_statement" => {
            leaves = true;
            Step::Stop
        }
        "function_definition" | "class_definition" => Step::Over,
        // The `break` of a loop within ends that one; its `else` may end this one, which is rare.
        _ => Step::Into,
    });
    leaves
}

/// Whether everything that a `with` enters is a call of `open`.
fn opens_file<'a>(code: Code<'a>, with: Node<'a>) -> bool {
    let clause = children(with)
        .into_iter()
        .find(|node| node.kind() == "with_clause");
    let is_open = |item: &Node<'a>| {
        let value = item.child_by_field_name("value");
        let call = value.map(|value| match value.kind() {
            "as_pattern" => value.named_child(0).unwrap_or(value),
            _ => value,
        });
        call.is_some_and(|call| call.kind() == "call" && code.field(call, "function") == "open")
    };
    clause.is_some_and(|clause| children(clause).iter().all(is_open))
}
