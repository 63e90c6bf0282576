//! Writes tests.

use firesteel_refactor::Action as Refactoring;

use super::{ActionId, ActionKind, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Tests,
    name: "tests",
    title: "Generate tests",
    kind: "refactor",
    does: ActionKind::Tests,
    offline: Some(|_| Refactoring::GenerateTest),
    instruction: "Write tests of `{name}`: the usual case, the edges and the failures.",
    ..REWRITE
};
