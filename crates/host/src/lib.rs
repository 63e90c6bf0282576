//! Builds what all front ends share from a configuration: the embedded engine, called directly, and models over a network.

mod answers;
mod check;
mod embedded;
mod example;
mod hosted;
mod local;
mod models;
mod settings;
mod spec;

pub use check::{
    Answered, Check, CheckOutcome, Look, Way, check, check_all, check_embedded, look, way,
};
pub use embedded::Embedded;
pub use firesteel_engine::backend::Role;
pub use firesteel_local::{
    IndexProgress, Observation, Options as LocalOptions, Snippet, Status as LocalStatus,
};
pub use firesteel_local::{is_watched, source_folders, words};
pub use hosted::Hosted;
pub use local::{find_servers, look_at, lookup};
pub use models::{Models, of_config};
pub use settings::{identity, settings};
pub use spec::{catalog, spec};

use std::path::PathBuf;

use firesteel_config::{Config, Layer, Loaded, NewModel, Problem};
use firesteel_model::Spec;
use serde_json::json;

/// The configuration that `layers` make together, highest precedence last.
pub fn load(layers: &[Layer]) -> Loaded {
    firesteel_config::load(layers, &catalog())
}

/// The configuration of a command of the command line, and what of it was not used.
pub fn of_environment(roots: &[PathBuf]) -> (Config, Vec<Problem>) {
    let (layers, mut problems) = firesteel_config::base_layers(roots);
    let loaded = load(&layers);
    problems.extend(loaded.problems);
    (loaded.config, problems)
}

/// What the text of the user's file means by itself; nothing where it cannot be read.
pub fn of_text(text: &str) -> Config {
    firesteel_config::layer_of_text(text)
        .map(|layer| load(&[layer]).config)
        .unwrap_or_default()
}

/// The model that `setup` would add, made as one from the user's file is; none where it has no address.
pub fn of_new(new: &NewModel) -> Option<Spec> {
    let model = json!({"preset": new.preset, "url": new.url, "name": new.name});
    let loaded = load(&[Layer::trusted("setup", json!({"model": model}))]);
    let spec = spec(&loaded.config.model, &identity(""), lookup)?;
    (!spec.preset.url.is_empty()).then_some(spec)
}
