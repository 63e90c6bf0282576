//! Writes code anew in several ways, of which the user keeps one.

use super::{ActionId, ActionKind, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Variants,
    name: "variants",
    title: "Suggest three variants",
    does: ActionKind::Variants,
    instruction: "Improve `{name}`. It must do exactly what it did.",
    ..REWRITE
};
