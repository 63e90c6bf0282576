//! Which backend answers for which role: the user's choice while it can be reached, else the embedded engine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use firesteel_privacy::Refused;
use firesteel_task::{Priority, Quota, Task};
use tokio_util::sync::CancellationToken;

use crate::backend::{Prompt, Reply, Role, Shared, Status};
use crate::{Settings, lock};

/// The backends of each role.
#[derive(Clone)]
pub struct Models {
    /// The embedded engine.
    pub embedded: Shared,
    /// The user's choices for each role, the first one first.
    pub roles: BTreeMap<Role, Vec<Shared>>,
    /// The one question that nobody waits for.
    aside: Arc<Mutex<Option<Aside>>>,
}

/// A question under way that makes room for any other.
struct Aside {
    backend: Shared,
    cancel: CancellationToken,
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
            aside: Arc::default(),
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
        let backend = hosted.unwrap_or(&self.embedded);
        self.make_room(backend, priority);
        backend.start(prompt, role, priority)
    }

    /// Sends a prompt that nobody waits for to the model of the user's choice. It is taken back by `cancel` as soon as it
    /// could keep another one waiting: there is one at a time.
    pub(crate) fn ask_aside(
        &self,
        role: Role,
        prompt: Prompt,
        cancel: &CancellationToken,
    ) -> Option<Reply> {
        let backend = self.hosted(role)?;
        *lock(&self.aside) = Some(Aside {
            backend: backend.clone(),
            cancel: cancel.clone(),
        });
        Some(backend.start(prompt, role, Priority::Hover))
    }

    /// Takes back the question that nobody waits for, if one for `backend` could have to wait for it. A keystroke has a
    /// connection of its own, but where the model is near, it shares the machine.
    fn make_room(&self, backend: &Shared, priority: Priority) {
        let mut aside = lock(&self.aside);
        let waits = |aside: &mut Aside| {
            let is_its = Arc::ptr_eq(&aside.backend, backend);
            is_its && (priority == Priority::Edit || backend.is_near())
        };
        if let Some(aside) = aside.take_if(waits) {
            aside.cancel.cancel();
        }
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

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll};

    use firesteel_task::{Chat, Error, Event};

    use super::*;
    use crate::backend::{Answer, Backend};

    struct Fake {
        is_near: bool,
    }

    struct Nothing;

    impl Answer for Nothing {
        fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
            Poll::Ready(None)
        }
    }

    impl Backend for Fake {
        fn name(&self) -> String {
            "fake".to_owned()
        }

        fn can(&self, _: Role) -> bool {
            true
        }

        fn start(&self, _: Prompt, _: Role, _: Priority) -> Reply {
            Reply::new(Nothing)
        }

        fn status(&self) -> Status {
            Status::Ready
        }

        fn is_near(&self) -> bool {
            self.is_near
        }
    }

    /// Whether a question that nobody waits for is taken back when a model is asked something else.
    fn makes_room(is_near: bool, priority: Priority, is_same: bool) -> bool {
        let fake = |is_near| -> Shared { Arc::new(Fake { is_near }) };
        let (own, other) = (fake(is_near), fake(is_near));
        let mut models = Models::embedded(other.clone());
        models.roles.insert(Role::Explain, vec![own.clone()]);
        let cancel = CancellationToken::new();
        let prompt = Prompt::Local(Task::Chat(Chat::default()));
        assert!(models.ask_aside(Role::Explain, prompt, &cancel).is_some());
        models.make_room(if is_same { &own } else { &other }, priority);
        cancel.is_cancelled()
    }

    #[test]
    fn what_nobody_waits_for_makes_room_for_what_could_wait_for_it() {
        assert!(makes_room(false, Priority::Edit, true));
        assert!(makes_room(true, Priority::Edit, true));
        assert!(makes_room(true, Priority::Inline, true));
        // A keystroke has a connection of its own, and a machine elsewhere has room.
        assert!(!makes_room(false, Priority::Inline, true));
        assert!(!makes_room(true, Priority::Edit, false));
    }
}
