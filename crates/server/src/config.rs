//! The configuration as the engine and the model client take it.

mod hosted;

use std::path::PathBuf;
use std::time::Duration;

use firesteel_config::{Action, Config, Eagerness, Layer, Loaded, Problem};
use firesteel_engine::edit::OwnAction;
use firesteel_model::Profile;

pub use hosted::Hosted;

/// The presets that there are.
pub fn catalog() -> firesteel_config::Catalog {
    firesteel_config::Catalog {
        presets: Profile::all().into_keys().collect(),
        formats: Vec::new(),
    }
}

/// The configuration that `layers` make together, highest precedence last.
pub fn load(layers: &[Layer]) -> Loaded {
    firesteel_config::load(layers, &catalog())
}

/// The configuration of the command line's commands, with what of it was not used.
pub fn of_environment(roots: &[PathBuf]) -> (Config, Vec<Problem>) {
    let (layers, mut problems) = firesteel_config::base_layers(roots);
    let loaded = load(&layers);
    problems.extend(loaded.problems);
    (loaded.config, problems)
}

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
