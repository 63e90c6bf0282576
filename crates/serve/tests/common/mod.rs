//! Models that say what a test wants, and services of them.

#![allow(dead_code, reason = "each test file uses a part of this")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use firesteel_engine::backend::{Answer, Backend, Prompt, Reply, Role, Shared, Status};
use firesteel_engine::{Models, Settings};
use firesteel_privacy::Guard;
use firesteel_serve::{Offer, Service};
use firesteel_task::{Error, Event, Priority, Task, Usage};

/// A model that says its prompt's last text back, word by word; some words make it fail or never end.
#[derive(Clone, Default)]
pub(crate) struct Echo {
    pub(crate) cancelled: Arc<AtomicUsize>,
    /// What it was asked for.
    pub(crate) asked: Arc<Mutex<Vec<Task>>>,
    /// What it says whatever it is asked.
    pub(crate) says: Option<&'static str>,
    /// Whether it fills holes only.
    pub(crate) only_holes: bool,
    /// Why it is away.
    pub(crate) away: Option<&'static str>,
}

/// The task of a prompt.
pub(crate) fn task(prompt: &Prompt) -> Task {
    match prompt {
        Prompt::Local(task) => task.clone(),
        Prompt::Redacted(redacted) => redacted.task().clone(),
    }
}

/// The last text of a task.
fn text(task: &Task) -> String {
    match task {
        Task::Complete(task) => task.before.text.clone(),
        Task::Chat(task) => {
            { task.turns.last() }.map_or_else(String::new, |turn| turn.text.text.clone())
        }
        other => panic!("{other:?}"),
    }
}

impl Backend for Echo {
    fn name(&self) -> String {
        "echo".to_owned()
    }

    fn can(&self, role: Role) -> bool {
        !self.only_holes || role == Role::Complete
    }

    fn start(&self, prompt: Prompt, _: Role, _: Priority) -> Reply {
        let task = task(&prompt);
        let text = self.says.map_or_else(|| text(&task), str::to_owned);
        self.asked.lock().unwrap().push(task);
        let words = text.split_inclusive(' ').map(str::to_owned);
        let mut events: VecDeque<_> = words.map(|word| Ok(Event::Text(word))).collect();
        let failed = Error::Failed {
            code: "server_error".to_owned(),
            message: "as asked".to_owned(),
        };
        let mut is_endless = false;
        match text.as_str() {
            "fail" => events = VecDeque::from([Err(failed)]),
            // As when it panics: there is no end.
            "panic" => events = VecDeque::new(),
            "for ever" => {
                events = VecDeque::from([Ok(Event::Text("begun".to_owned()))]);
                is_endless = true;
            }
            _ => {
                let usage = Some(Usage {
                    output_tokens: events.len() as u64,
                    ..Usage::default()
                });
                events.push_back(Ok(Event::Done {
                    usage,
                    truncated: false,
                }));
            }
        }
        Reply::new(Script {
            events,
            endless: is_endless.then(|| self.cancelled.clone()),
        })
    }

    fn status(&self) -> Status {
        match self.away {
            Some(why) => Status::Away(why.to_owned()),
            None => Status::Ready,
        }
    }
}

struct Script {
    events: VecDeque<Result<Event, Error>>,
    /// Counts that somebody has had enough of one without an end.
    endless: Option<Arc<AtomicUsize>>,
}

impl Answer for Script {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        match self.events.pop_front() {
            None if self.endless.is_some() => Poll::Pending,
            event => Poll::Ready(event),
        }
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        if let Some(cancelled) = &self.endless {
            cancelled.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What ghost text is like with these models.
fn settings(guard: &Guard, models: Models) -> Settings {
    Settings {
        models,
        guard: guard.clone(),
        max_lines: 8,
        eagerness: Default::default(),
        eagerness_of: BTreeMap::new(),
        assist: false,
        asks_late: false,
        check_limit: std::time::Duration::from_secs(5),
        review_paths: firesteel_engine::PathPatterns::new(&[]),
        disabled: firesteel_engine::PathPatterns::new(&[]),
        related: None,
        actions: Vec::new(),
        hover_model: false,
        hover_deadline: std::time::Duration::from_secs(5),
    }
}

/// What is offered where these models answer for the roles, in a workspace.
pub(crate) fn offer(
    embedded: impl Backend,
    hosted: &[(Role, Shared)],
    root: Option<PathBuf>,
) -> Offer {
    let mut models = Models::embedded(Arc::new(embedded));
    for (role, backend) in hosted {
        models.roles.entry(*role).or_default().push(backend.clone());
    }
    let roots: Vec<PathBuf> = root.into_iter().collect();
    let guard = Guard::new(roots.clone());
    let of_engine = guard.clone();
    Offer::new(models, guard, roots, move |models| {
        settings(&of_engine, models)
    })
}

/// A service where this is all that answers.
pub(crate) fn service(embedded: impl Backend) -> Service {
    Service::new(offer(embedded, &[], None))
}

/// What a request over HTTP is answered with.
pub(crate) async fn http(service: &Service, head: &str, body: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut pipe = service.pipe();
    let request = format!(
        "{head}\r\nhost: localhost\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    pipe.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    pipe.read_to_string(&mut answer).await.unwrap();
    answer
}
