//! Fixes a problem that some server reported.

use super::{ActionId, Place, REWRITE, Spec, Target};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::Fix,
    name: "fix",
    title: "Fix",
    wanted_in_title: Some(": "),
    kind: "quickfix",
    place: Place::Problem,
    target: Target::Cursor,
    instruction: "Fix this problem and nothing else:",
    ..REWRITE
};
