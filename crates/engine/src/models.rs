//! Which backend answers for which role: the user's choice while it can be reached, else the embedded engine.

use std::collections::BTreeMap;

use firesteel_privacy::Refused;
use firesteel_task::{Priority, Quota, Task};

use crate::Settings;
use crate::backend::{Prompt, Reply, Role, Shared, Status};

/// The backends of each role.
#[derive(Clone)]
pub struct Models {
    /// The embedded engine.
    pub embedded: Shared,
    /// The user's choices for each role, the first one first.
    pub roles: BTreeMap<Role, Vec<Shared>>,
}

/// Who made a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The embedded engine: local and statistical.
    Embedded,
    /// A model of the user's choice.
    Hosted,
    /// An earlier suggestion that still fits.
    Memory,
}

impl Models {
    /// The embedded engine alone.
    pub fn embedded(embedded: Shared) -> Self {
        Self {
            embedded,
            roles: BTreeMap::new(),
        }
    }

    /// Who answers for a role now.
    pub fn preferred(&self, role: Role) -> Source {
        match self.hosted(role) {
            Some(_) => Source::Hosted,
            None => Source::Embedded,
        }
    }

    /// The first of the user's choices that can be reached.
    pub fn hosted(&self, role: Role) -> Option<&Shared> {
        let is_there = |backend: &&Shared| !matches!(backend.status(), Status::Away(_));
        self.choices(role).find(is_there)
    }

    /// The user's choices for a role, as far as they can do it.
    pub fn choices(&self, role: Role) -> impl Iterator<Item = &Shared> {
        let chosen = self.roles.get(&role).map(Vec::as_slice).unwrap_or_default();
        chosen.iter().filter(move |backend| backend.can(role))
    }

    /// How the account of the model that answers for a role stands.
    pub(crate) fn quota(&self, role: Role) -> Quota {
        self.hosted(role)
            .map(|backend| backend.quota())
            .unwrap_or_default()
    }

    /// Why the model of the user's choice does not answer, where there is one.
    pub(crate) fn is_away(&self, role: Role) -> Option<String> {
        match self.choices(role).next()?.status() {
            Status::Away(why) => Some(why),
            _ => None,
        }
    }

    /// Ends what is under way, and closes connections.
    pub fn shutdown(&self) {
        self.embedded.shutdown();
        for backend in self.roles.values().flatten() {
            backend.shutdown();
        }
    }

    /// Makes the model of the user's choice ready for a prompt.
    pub(crate) fn warm(&self, role: Role, prompt: Prompt) {
        if let Some(hosted) = self.hosted(role) {
            hosted.warm(prompt);
        }
    }

    /// Whether the model of the user's choice makes anything of a prompt that it is shown before it is asked.
    pub(crate) fn reads_ahead(&self, role: Role) -> bool {
        self.hosted(role)
            .is_some_and(|backend| backend.reads_ahead())
    }

    /// Sends a prompt: one that is redacted to the model of the user's choice, any other to the embedded engine.
    pub(crate) fn ask(&self, role: Role, prompt: Prompt, priority: Priority) -> Reply {
        let hosted = match &prompt {
            Prompt::Redacted(_) => self.hosted(role).or_else(|| self.choices(role).next()),
            Prompt::Local(_) => None,
        };
        hosted
            .unwrap_or(&self.embedded)
            .start(prompt, role, priority)
    }
}

impl Settings {
    /// A task as `source` may see it.
    ///
    /// # Errors
    /// When its file must stay private.
    pub(crate) fn prompt(&self, source: Source, task: Task) -> Result<Prompt, Refused> {
        match source {
            Source::Hosted => {
                firesteel_privacy::Redacted::new(&self.guard, task).map(Prompt::Redacted)
            }
            Source::Embedded | Source::Memory => {
                if let Some(file) = task.file() {
                    self.guard.check(&file.path)?;
                }
                Ok(Prompt::Local(task))
            }
        }
    }
}
