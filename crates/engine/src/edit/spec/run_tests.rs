//! Runs the project's tests.

use super::{ActionId, ActionKind, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::RunTests,
    name: "run-tests",
    title: "Run the tests",
    kind: "source",
    does: ActionKind::RunTests,
    ..REWRITE
};
