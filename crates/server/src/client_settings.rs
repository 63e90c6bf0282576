//! The settings of one client: where each part comes from, and how they are merged.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use firesteel_config::{Config, Layer, Loaded, Problem, Role, base_layers, project_layers};
use serde_json::{Map, Value, json};

use crate::logging;

/// Where an editor puts the settings of a workspace that its user does not trust.
const UNTRUSTED_WORKSPACE: &str = "untrusted_workspace";

/// Where the settings below the client's own come from.
#[derive(Clone, Debug)]
pub enum Base {
    /// The environment, the user's file and the projects' files.
    Environment {
        /// What was said on the command line, which is stronger than everything else.
        command_line: Value,
    },
    /// These, in place of the environment and the user's file.
    Only(Vec<Layer>),
}

/// The layers of the configuration, and what they make.
pub(crate) struct ClientSettings {
    base: Base,
    /// What was read for it last.
    read: Vec<Layer>,
    initial: Value,
    /// What the client has told since, which wins over the initial options.
    changed: Option<Value>,
    /// What came with a workspace that the user does not trust.
    workspace: Option<Layer>,
    /// Models that were chosen for this session, by role.
    chosen: BTreeMap<Role, String>,
    /// What the user was told of, for it is said once.
    told: HashSet<String>,
    pub(crate) config: Arc<Config>,
    pub(crate) loaded: Loaded,
}

impl ClientSettings {
    /// The settings of a client that has sent these options first.
    pub(crate) fn new(base: Base, options: Value) -> Self {
        let (initial, workspace) = without_workspace(options);
        Self {
            base,
            read: Vec::new(),
            initial,
            changed: None,
            workspace,
            chosen: BTreeMap::new(),
            told: HashSet::new(),
            config: Arc::default(),
            loaded: Loaded::default(),
        }
    }

    /// Reads the files below the client's settings; returns what could not be read and was not told before.
    pub(crate) fn read(&mut self, folders: &[PathBuf]) -> Vec<Problem> {
        let (layers, problems) = match &self.base {
            Base::Environment { .. } => base_layers(folders),
            Base::Only(layers) => {
                let (projects, problems) = project_layers(folders);
                (layers.iter().cloned().chain(projects).collect(), problems)
            }
        };
        self.read = layers;
        self.untold(problems)
    }

    /// Takes in what the client tells of its settings now.
    pub(crate) fn change(&mut self, settings: Value) {
        let (changed, workspace) = without_workspace(settings);
        if workspace.is_some() {
            self.workspace = workspace;
        }
        self.changed = Some(changed);
    }

    pub(crate) fn choose(&mut self, roles: &[Role], model: &str) {
        for role in roles {
            self.chosen.insert(*role, model.to_owned());
        }
    }

    /// Merges the layers; returns what was not told before of what was not used.
    pub(crate) fn merge(&mut self) -> Vec<Problem> {
        let mut layers = self.layers();
        let mut loaded = firesteel_host::load(&layers);
        if !self.chosen.is_empty() {
            // The others are asked after it, in the order that the settings have.
            let names = |(role, model): (&Role, &String)| {
                let others = loaded.config.player_names(*role).into_iter();
                let others = others.filter(|other| other != model);
                let names: Vec<&str> = std::iter::once(model.as_str()).chain(others).collect();
                (role.name().to_owned(), json!(names))
            };
            let roles: Map<String, Value> = self.chosen.iter().map(names).collect();
            layers.push(Layer::trusted("this session", json!({"roles": roles})));
            loaded = firesteel_host::load(&layers);
        }
        logging::set_level(loaded.config.log.level);
        self.config = Arc::new(loaded.config.clone());
        let problems = loaded.problems.clone();
        self.loaded = loaded;
        self.untold(problems)
    }

    /// What of these problems the user was not told yet.
    fn untold(&mut self, mut problems: Vec<Problem>) -> Vec<Problem> {
        problems.retain(|problem| self.told.insert(problem.to_string()));
        problems
    }

    /// Highest precedence last.
    fn layers(&self) -> Vec<Layer> {
        let mut layers = self.read.clone();
        let mut initial = self.initial.clone();
        for name in self.changed.iter().flat_map(unset) {
            remove(&mut initial, &name);
        }
        layers.push(Layer::of_editor("initializationOptions", initial));
        let changed = self.changed.clone();
        layers.extend(changed.map(|values| Layer::of_editor("didChangeConfiguration", values)));
        layers.extend(self.workspace.clone());
        if let Base::Environment { command_line } = &self.base {
            layers.push(Layer::trusted("command line", command_line.clone()));
        }
        layers
    }
}

/// The editor's settings, and those that came with a workspace that the user does not trust.
fn without_workspace(mut options: Value) -> (Value, Option<Layer>) {
    if let Some(fields) = options.as_object_mut()
        && let Some(own) = fields.remove("firesteel")
    {
        options = own;
    }
    let workspace = options.as_object_mut();
    let workspace = workspace.and_then(|options| options.remove(UNTRUSTED_WORKSPACE));
    let workspace = workspace.map(|values| Layer::untrusted("workspace settings", values));
    (options, workspace)
}

/// The names, with dots, of what is null in settings: an editor says so of what its user has taken out again.
fn unset(settings: &Value) -> Vec<String> {
    let Some(fields) = settings.as_object() else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Null => names.push(name.clone()),
            below => names.extend(
                unset(below)
                    .into_iter()
                    .map(|below| format!("{name}.{below}")),
            ),
        }
    }
    names
}

/// Removes a setting by its name with dots, however its table is written.
fn remove(settings: &mut Value, name: &str) {
    let Some(fields) = settings.as_object_mut() else {
        return;
    };
    fields.remove(name);
    for (table, below) in fields {
        let rest = name.strip_prefix(table.as_str());
        if let Some(rest) = rest.and_then(|rest| rest.strip_prefix('.')) {
            remove(below, rest);
        }
    }
}
