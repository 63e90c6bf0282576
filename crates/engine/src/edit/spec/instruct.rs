//! Edits as the user says in words.

use super::{ActionId, Place, REWRITE, Spec, Target};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Edit,
    name: "edit",
    title: "Edit",
    place: Place::CommandOnly,
    target: Target::Chosen,
    ..REWRITE
};
