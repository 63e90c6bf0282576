//! Builds what all front ends share from a configuration: the embedded engine, called directly, and models over a network.

mod answers;
mod embedded;
mod hosted;
mod models;
mod settings;
mod spec;

pub use embedded::Embedded;
pub use firesteel_local::words;
pub use firesteel_local::{
    Observation, Options as LocalOptions, Progress, Snippet, Status as LocalStatus,
};
pub use hosted::Hosted;
pub use models::{Models, of_config};
pub use settings::{identity, settings};
pub use spec::{catalog, spec};

use std::path::PathBuf;

use firesteel_config::{Config, Layer, Loaded, Problem};

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
