//! An action of the user's own, whose words are in the settings.

use super::{ActionId, Place, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Own,
    name: "own",
    title: "Own action",
    place: Place::CommandOnly,
    ..REWRITE
};
