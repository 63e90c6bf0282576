//! What is served: the models of a configuration by their names and roles, with the embedded engine behind them.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use firesteel_engine::backend::{Role, Shared};
use firesteel_engine::{Engine, Models, Settings};
use firesteel_privacy::Guard;

use crate::files::Files;

/// The name for what is configured, whatever that is.
pub(crate) const DEFAULT: &str = "firesteel";
/// The names of the embedded engine; clients were once told the longer one.
const EMBEDDED: [&str; 2] = ["embedded", "firesteel-embedded"];

type MakeSettings = dyn Fn(Models) -> Settings + Send + Sync;

/// What is served.
pub struct Offer {
    /// Who answers for each role.
    models: Models,
    /// The configured models by their names.
    named: BTreeMap<String, Shared>,
    /// Whose model has conversations that name none.
    role: Role,
    guard: Guard,
    pub(crate) files: Files,
    settings: Box<MakeSettings>,
    /// Those that suggest, by the name of the model that they ask; an empty name is the role's.
    engines: Mutex<HashMap<String, Engine>>,
}

/// Who answers a request.
#[derive(Clone)]
pub(crate) struct Chosen {
    pub(crate) backend: Shared,
    pub(crate) role: Role,
    pub(crate) is_embedded: bool,
}

impl Offer {
    /// What is configured, for the workspace of `roots`. `settings` are those of ghost text when these models answer.
    pub fn new(
        models: Models,
        guard: Guard,
        roots: Vec<PathBuf>,
        settings: impl Fn(Models) -> Settings + Send + Sync + 'static,
    ) -> Self {
        Self {
            models,
            named: BTreeMap::new(),
            role: Role::Ask,
            files: Files::new(roots, guard.clone()),
            guard,
            settings: Box::new(settings),
            engines: Mutex::default(),
        }
    }

    /// With configured models that can be asked for by name.
    #[must_use]
    pub fn with_names(mut self, named: BTreeMap<String, Shared>) -> Self {
        self.named = named;
        self
    }

    /// With the role whose model has conversations that name none.
    #[must_use]
    pub fn with_role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// The names that a request may give.
    pub(crate) fn names(&self) -> Vec<String> {
        let has_model = |role: &Role| self.models.choices(*role).next().is_some();
        let roles = Role::ALL.into_iter().filter(has_model).map(Role::name);
        let mut names: Vec<String> = std::iter::once(DEFAULT)
            .chain(roles)
            .map(str::to_owned)
            .collect();
        names.extend(self.named.keys().cloned());
        names.push(EMBEDDED[0].to_owned());
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    pub(crate) fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Who has the conversation of a request that gives this name. A name that nobody knows means what is configured: many
    /// clients know only names of their own.
    pub(crate) fn choose(&self, name: &str) -> Chosen {
        if is_embedded(name) {
            return self.embedded(self.role);
        }
        if let Some(backend) = self.named.get(name) {
            return Chosen {
                backend: backend.clone(),
                role: self.role,
                is_embedded: false,
            };
        }
        let role = Role::ALL.into_iter().find(|role| role.name() == name);
        let role = role.unwrap_or(self.role);
        let hosted = self.models.hosted(role);
        // That a model is away is told by its own refusal: the embedded engine has no conversations.
        match hosted.or_else(|| self.models.choices(role).next()) {
            Some(backend) => Chosen {
                backend: backend.clone(),
                role,
                is_embedded: false,
            },
            None => self.embedded(role),
        }
    }

    fn embedded(&self, role: Role) -> Chosen {
        Chosen {
            backend: self.models.embedded.clone(),
            role,
            is_embedded: true,
        }
    }

    /// Who fills holes for a request that gives this name.
    pub(crate) fn engine(&self, name: &str) -> Engine {
        let models = || Models::embedded(self.models.embedded.clone());
        let (key, models) = match self.named.get(name) {
            _ if is_embedded(name) => (EMBEDDED[0], models()),
            Some(named) => {
                let mut models = models();
                models.roles.insert(Role::Complete, vec![named.clone()]);
                (name, models)
            }
            None => ("", self.models.clone()),
        };
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = engines.get(key) {
            return engine.clone();
        }
        let engine = Engine::new((self.settings)(models));
        engines.insert(key.to_owned(), engine.clone());
        engine
    }

    /// Where a file is that a program speaks of, for privacy to be decided by.
    pub(crate) fn path_of(&self, said: &str) -> PathBuf {
        match self.guard.roots().first() {
            Some(root) if !said.is_empty() => root.join(said),
            _ => PathBuf::from(said),
        }
    }

    /// Ends what is under way, and closes connections.
    pub(crate) fn shutdown(&self) {
        self.models.shutdown();
        self.named.values().for_each(|model| model.shutdown());
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.shutdown();
    }
}

fn is_embedded(name: &str) -> bool {
    EMBEDDED.contains(&name)
}
