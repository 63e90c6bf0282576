//! Puts the value of a local variable in the place of its name.

use super::{ActionId, Place, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::InlineVariable,
    name: "inline-variable",
    title: "Inline variable",
    wanted_in_title: Some(" "),
    kind: "refactor.inline",
    place: Place::Variable,
    instruction: "In `{name}`, put the value of one local variable in the place of each of its uses and remove its \
                  declaration. It must do exactly what it did; change nothing else. The variable:",
    ..REWRITE
};
