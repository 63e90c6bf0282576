//! A model over a network as a backend: redacted tasks go to it as questions, and nothing else does.

use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use firesteel_engine::backend::{Answer, Backend, Prompt, Reply, Role, Status};
use firesteel_model::{Model, Spec, Status as ModelStatus};
use firesteel_prompt::{Question, parts, question};
use firesteel_task::{End, Error, Event, Priority, Quota};

/// A model over a network.
pub struct Hosted {
    /// Its name in the configuration.
    name: String,
    model: Made,
}

/// When the connection is made.
enum Made {
    /// At once, and held.
    Now(Model),
    /// When it is first asked: a model that is asked seldom holds no connection before.
    WhenAsked(Box<Spec>, Mutex<Option<Model>>),
}

impl Hosted {
    /// A model that is connected to at once.
    pub fn connected(name: impl Into<String>, spec: Spec) -> Self {
        Self {
            name: name.into(),
            model: Made::Now(Model::connect(spec)),
        }
    }

    /// A model that is connected to when it is first asked.
    pub fn lazy(name: impl Into<String>, spec: Spec) -> Self {
        Self {
            name: name.into(),
            model: Made::WhenAsked(Box::new(spec), Mutex::default()),
        }
    }

    /// The model, once there is a connection or one is being made.
    pub fn model(&self) -> Option<Model> {
        match &self.model {
            Made::Now(model) => Some(model.clone()),
            Made::WhenAsked(_, model) => {
                let model = model.lock().unwrap_or_else(PoisonError::into_inner);
                model.clone()
            }
        }
    }

    /// Whether it can be asked in a role.
    pub fn can_play(&self, role: Role) -> bool {
        self.can(role)
    }

    /// Whether it need not be asked now: it is away, or has just refused.
    pub fn is_out(&self) -> bool {
        self.model().is_some_and(|model| model.is_out().is_some())
    }

    /// Its own name, as far as it is known; else the one in the configuration.
    pub fn shown_name(&self) -> String {
        let found = self.model().map(|model| model.shown_name());
        found
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| self.name())
    }

    /// Whether it can be asked for the text of a hole, as far as is known without asking its server.
    pub fn completes(&self) -> bool {
        self.can(Role::Complete)
    }

    /// The model, connected to now if it was not.
    pub fn connect(&self) -> Model {
        match &self.model {
            Made::Now(model) => model.clone(),
            Made::WhenAsked(spec, model) => {
                let mut model = model.lock().unwrap_or_else(PoisonError::into_inner);
                let made = || Model::connect((**spec).clone());
                model.get_or_insert_with(made).clone()
            }
        }
    }
}

impl Backend for Hosted {
    fn name(&self) -> String {
        let spec = match &self.model {
            Made::Now(model) => model.spec(),
            Made::WhenAsked(spec, _) => spec,
        };
        // Where the server is asked for the model's name, the user's own name for it must do.
        match spec.preset.name.is_empty() {
            true => self.name.clone(),
            false => spec.preset.name.clone(),
        }
    }

    fn can(&self, role: Role) -> bool {
        let Some(model) = self.model() else {
            return true;
        };
        let abilities = model.can();
        match role {
            Role::Complete => abilities.complete,
            Role::NextEdit => abilities.next_edit || abilities.chat,
            Role::Edit | Role::Explain | Role::Ask | Role::Review => abilities.chat,
        }
    }

    fn start(&self, prompt: Prompt, role: Role, priority: Priority) -> Reply {
        match prompt {
            Prompt::Redacted(redacted) => {
                let model = self.connect();
                let question = question(&redacted);
                let parts = parts(&redacted, &question);
                let reply = model.ask_as(role.name(), &question, parts, priority);
                Reply::new(Streaming(reply))
            }
            // The type of prompts says that this is not for here; nothing is sent.
            Prompt::Local(_) => Reply::new(Refused(Some(Error::Refused {
                code: "not_redacted".to_owned(),
                message: "the prompt was not meant to leave".to_owned(),
            }))),
        }
    }

    fn warm(&self, prompt: Prompt) {
        // What is not connected to yet is asked too seldom to be kept ready.
        if let (Prompt::Redacted(redacted), Some(model)) = (prompt, self.model()) {
            let question = question(&redacted);
            let parts = parts(&redacted, &question);
            if let Question::Fim(fim) = question {
                model.warm_as(Role::Complete.name(), fim, parts);
            }
        }
    }

    fn reads_ahead(&self) -> bool {
        self.model().is_some_and(|model| model.reads_ahead())
    }

    fn status(&self) -> Status {
        let Some(model) = self.model() else {
            return Status::Ready;
        };
        match (model.is_out(), model.status()) {
            (Some(why), _) => Status::Away(why),
            (None, ModelStatus::Starting) => Status::Starting,
            (None, _) => Status::Ready,
        }
    }

    fn quota(&self) -> Quota {
        self.model().map(|model| model.quota()).unwrap_or_default()
    }

    fn is_near(&self) -> bool {
        self.model().is_some_and(|model| model.can().loopback)
    }

    fn shutdown(&self) {
        if let Some(model) = self.model() {
            model.shutdown();
        }
    }
}

struct Streaming(firesteel_model::Reply);

impl Answer for Streaming {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        self.0.poll_next(context)
    }

    fn if_dropped(&mut self, end: End) {
        self.0.if_dropped(end);
    }

    fn at_most(&mut self, bytes: usize) {
        self.0.at_most(bytes);
    }
}

struct Refused(Option<Error>);

impl Answer for Refused {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}
