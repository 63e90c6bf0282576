//! Handles what can fail.

use firesteel_refactor::Action as Refactoring;

use super::{ActionId, Place, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::ErrorHandling,
    name: "error-handling",
    title: "Add error handling",
    place: Place::Function,
    offline: Some(|_| Refactoring::HandleErrors),
    instruction: "Handle what can fail in `{name}`, as this language and file do it; do not swallow errors.",
    ..REWRITE
};
