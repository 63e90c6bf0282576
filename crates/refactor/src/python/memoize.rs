//! Puts `functools.cache` on a pure Python function.

use std::collections::HashSet;

use firesteel_syntax::{Step, walk};
use tree_sitter::Node;

use super::{class_of, decorators, imports, purity, statements};
use crate::code::{Code, insert};
use crate::{ActionContext, Plan};

pub(crate) fn plan<'a>(code: Code<'a>, place: ActionContext<'_>) -> Option<Plan> {
    let function = code.function(place.target, "function_definition")?;
    let is_plain = decorators(code, function).is_empty() && class_of(function).is_none();
    let is_at_top = function.parent()?.kind() == "module";
    let worth = is_plain && is_at_top && has_work(code, function);
    if !worth
        || !purity::are_hashable(code, function)
        || !purity::is_pure(code, function, &mut HashSet::new())
    {
        return None;
    }
    let (decorator, import) = match imports::is_from(code, &["functools"], "cache") {
        true => ("cache", None),
        false => ("functools.cache", imports::module(code, "functools")?),
    };
    let at = code.line_start(function.start_byte());
    let indent = code.indent(function.start_byte());
    let ending = code.line_ending();
    let mut changes: Vec<_> = import.into_iter().collect();
    changes.push(insert(at, format!("{indent}@{decorator}{ending}")));
    Some(Plan {
        changes,
        elsewhere: None,
    })
}

/// Whether there is enough to do for remembering the result to be of use: a loop, or a call of a
/// function of this file, as a recursion is.
fn has_work<'a>(code: Code<'a>, function: Node<'a>) -> bool {
    statements(function).into_iter().any(|statement| {
        let mut works = false;
        walk(statement, |node, _| {
            let kind = node.kind();
            works |= matches!(kind, "for_statement" | "while_statement" | "for_in_clause");
            works |= kind == "call"
                && super::names::definition(code, code.field(node, "function")).is_some();
            if works { Step::Stop } else { Step::Into }
        });
        works
    })
}
