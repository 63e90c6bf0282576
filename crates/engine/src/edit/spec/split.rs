//! Makes several functions of one.

use super::{ActionId, Place, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Split,
    name: "split",
    title: "Split this function",
    kind: "refactor.extract",
    place: Place::Function,
    instruction: "Split `{name}` into smaller functions with telling names, each right after the other. Together they \
                  must do exactly what it did.",
    ..REWRITE
};
