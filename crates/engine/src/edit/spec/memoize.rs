//! Keeps the results of a function.

use firesteel_refactor::Action as Refactoring;

use super::{ActionId, Place, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Memoize,
    name: "memoize",
    title: "Memoize",
    place: Place::Function,
    offline: Some(|_| Refactoring::Memoize),
    instruction: "Cache the results of `{name}` by its arguments, with what the language's standard library has.",
    ..REWRITE
};
