//! Does what a comment asks for.

use super::{ActionId, ActionKind, Place, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Comment,
    name: "comment",
    title: "Do what this comment says",
    place: Place::InstructionComment,
    does: ActionKind::InstructionComment,
    ..REWRITE
};
