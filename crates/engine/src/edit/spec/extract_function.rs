//! Makes a function of the selected lines.

use super::{ActionId, Place, REWRITE, Spec};

pub(super) const SPEC: Spec = Spec {
    id: ActionId::ExtractFunction,
    name: "extract-function",
    title: "Extract function",
    kind: "refactor.extract",
    place: Place::Selection,
    shows_selection: true,
    instruction: "Move the lines below out of `{name}` into a new function with a telling name, right after it, and call \
                  that in their place. It takes what the lines need and returns what is used after them. Together they \
                  must do exactly what `{name}` did; change nothing else. The lines:\n",
    ..REWRITE
};
