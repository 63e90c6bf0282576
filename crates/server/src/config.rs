//! The configuration as the engine takes it.

use std::time::Duration;

use firesteel_config::{Action, Config, Eagerness};
use firesteel_engine::edit::OwnAction;

/// The engine's word for it.
pub(crate) fn eagerness(eagerness: Eagerness) -> firesteel_engine::Eagerness {
    match eagerness {
        Eagerness::Eager => firesteel_engine::Eagerness::Eager,
        Eagerness::Normal => firesteel_engine::Eagerness::Normal,
        Eagerness::Quiet => firesteel_engine::Eagerness::Quiet,
        Eagerness::Off => firesteel_engine::Eagerness::Off,
    }
}

/// An action of the user's own as the engine lists it.
pub(crate) fn own_action(action: &Action) -> OwnAction {
    OwnAction {
        title: action.title.as_str().to_owned(),
        kind: action.kind.clone(),
        languages: action.languages.clone(),
        prompt: action.prompt.as_str().to_owned(),
    }
}

/// How long a hover may take.
pub(crate) fn hover_deadline(config: &Config) -> Duration {
    config.hover.deadline_ms.duration()
}
