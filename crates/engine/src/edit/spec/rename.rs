//! Gives a local variable another name, for which no model is ever asked.

use firesteel_refactor::Action as Refactoring;

use super::{ActionId, ActionKind, Place, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Rename,
    name: "rename",
    title: "Rename",
    place: Place::NonSnakeCase,
    does: ActionKind::Rename,
    offline: Some(|to| Refactoring::Rename { to: to.to_owned() }),
    ..REWRITE
};
