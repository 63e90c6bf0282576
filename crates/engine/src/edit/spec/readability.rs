//! Makes code easier to read.

use super::{ActionId, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Readability,
    name: "readability",
    title: "Improve readability",
    instruction: "Make `{name}` easier to read: names, order, early returns. It must do exactly what it did.",
    ..REWRITE
};
