//! Says what code does.

use super::{ActionId, ActionKind, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Explain,
    name: "explain",
    title: "Explain",
    kind: "refactor",
    does: ActionKind::Explain,
    instruction: "Explain `{name}`.",
    ..REWRITE
};
