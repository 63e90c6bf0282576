//! Writes a documentation comment.

use super::{ActionId, ActionKind, Place, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Document,
    name: "document",
    title: "Document this",
    place: Place::Undocumented,
    does: ActionKind::Document,
    instruction: "Write the documentation comment of `{name}`.",
    ..REWRITE
};
