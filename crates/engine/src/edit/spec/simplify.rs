//! Makes code simpler.

use super::{ActionId, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Simplify,
    name: "simplify",
    title: "Simplify",
    instruction: "Make `{name}` simpler and shorter. It must do exactly what it did.",
    ..REWRITE
};
