//! One typed configuration: layers, trust, documentation and JSON schema.
//!
//! [`Config`] is what the user decided. Its types are the only list of settings: messages, the documentation, the JSON
//! schema and the settings of the editors are read off them. [`load`] merges [`Layer`]s; [`RULES`] says what a project's
//! file may decide.

mod alias;
mod environment;
mod file;
mod folders;
mod layer;
mod merge;
mod model;
mod names;
mod problem;
mod read;
mod references;
mod schema;
mod secret;
mod settings;
mod show;
mod trust;
mod values;
mod write;

use std::path::{Path, PathBuf};

pub use alias::{OldName, old_names};
pub use environment::environment;
pub use file::layer_of_text;
pub use folders::{FILE_NAME, cache_dir, project_file, user_file, user_files};
pub use layer::Layer;
pub use merge::{Loaded, load};
pub use model::{EMBEDDED, Model, Player, Quirks, Role, Roles, SHORT_FORM, Transport, Wire};
pub use problem::{Problem, ProblemKind};
pub use read::{MAX_BYTES, ReadError, read_regular};
pub use schema::{Setting, json_schema, sections, settings};
pub use secret::Secret;
pub use settings::{
    Action, Apply, Config, Eagerness, Edits, Hover, Level, Local, Log, Privacy, Suggest,
};
pub use show::{DEFAULT, Shown, report, show};
pub use trust::{Order, RULES, Rule, rule};
pub use values::{CommandLine, EndpointUrl, Limited, Millis, Names, OutOfRange, Variable, Word};
pub use write::{Added, NewModel, WriteError, add_model};

/// What is known where models are made: names that this crate only passes on. An empty list is not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// The presets.
    pub presets: Vec<String>,
    /// The families of prompts.
    pub formats: Vec<String>,
    /// Presets that have another name now: the old one and the new one.
    pub renamed_presets: Vec<(String, String)>,
}

impl Config {
    /// The folder of the embedded engine's indexes.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        self.local.cache_dir.clone().or_else(cache_dir)
    }
}

/// The layers below the editor's settings, lowest precedence first: the environment, the user's file, and the files of
/// the folders that are open; and what could not be read.
pub fn base_layers(roots: &[PathBuf]) -> (Vec<Layer>, Vec<Problem>) {
    let mut layers = vec![environment(std::env::vars_os())];
    let mut problems = Vec::new();
    match user_file().map(|path| file::read(&path, true)) {
        Some(Ok(layer)) => layers.extend(layer),
        Some(Err(problem)) => problems.push(problem),
        None => {}
    }
    let (projects, of_projects) = project_layers(roots);
    layers.extend(projects);
    problems.extend(of_projects);
    (layers, problems)
}

/// The layers of the folders that are open, and what could not be read.
pub fn project_layers(roots: &[PathBuf]) -> (Vec<Layer>, Vec<Problem>) {
    let own = user_file();
    let is_own = |root: &&PathBuf| own.as_deref().is_some_and(|own| is_folder_of(root, own));
    let (mut layers, mut problems) = (Vec::new(), Vec::new());
    for root in roots.iter().filter(|root| !is_own(root)) {
        match file::read(&project_file(root), false) {
            Ok(layer) => layers.extend(layer),
            Err(problem) => problems.push(problem),
        }
    }
    (layers, problems)
}

/// Whether the folder that is open is the one of the user's file.
fn is_folder_of(root: &Path, own: &Path) -> bool {
    let folder = own.parent().and_then(|folder| folder.canonicalize().ok());
    folder.is_some_and(|folder| root.canonicalize().is_ok_and(|root| root == folder))
}
