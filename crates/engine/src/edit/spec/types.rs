//! Writes types where a language leaves them to the author.

use firesteel_refactor::Action as Refactoring;
use firesteel_syntax::Language;

use super::{ActionId, Place, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Types,
    name: "types",
    title: "Add type hints",
    place: Place::FunctionIn(&[Language::Python, Language::TypeScript, Language::Tsx]),
    offline: Some(|_| Refactoring::AddTypeHints),
    instruction: "Add type hints to the parameters, results and unclear variables of `{name}`; change nothing else.",
    ..REWRITE
};
