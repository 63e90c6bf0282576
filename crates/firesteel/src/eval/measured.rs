//! A backend that notes what it is asked and how long its answers take, around one that answers.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use firesteel_engine::backend::{Answer, Prompt, Reply, Role, Shared};
use firesteel_engine::{Backend, Status};
use firesteel_task::{End, Error, Event, Priority, Quota};

/// A backend with a log of its requests.
pub(super) struct Measured {
    inner: Shared,
    log: Arc<Mutex<Log>>,
}

/// What was asked, and how it was answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// Requests.
    pub(super) requests: usize,
    /// From each request to its first text.
    pub(super) first: Vec<Duration>,
    /// From each request to its end, of those that were read to it.
    pub(super) whole: Vec<Duration>,
    /// Tokens read, where the model says so.
    pub(super) input_tokens: u64,
    /// Tokens written: as the model says, else one for each piece of text that came.
    pub(super) output_tokens: u64,
    /// How the requests that failed ended, and how many did so.
    pub(super) errors: BTreeMap<&'static str, usize>,
}

impl Measured {
    /// A backend around `inner`.
    pub(super) fn new(inner: Shared) -> Self {
        Self {
            inner,
            log: Arc::default(),
        }
    }

    /// What was asked so far.
    pub(super) fn log(&self) -> Log {
        lock(&self.log).clone()
    }
}

impl Backend for Measured {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn can(&self, role: Role) -> bool {
        self.inner.can(role)
    }

    fn start(&self, prompt: Prompt, role: Role, priority: Priority) -> Reply {
        lock(&self.log).requests += 1;
        Reply::new(Timed {
            reply: self.inner.start(prompt, role, priority),
            log: self.log.clone(),
            asked: Instant::now(),
            pieces: 0,
            is_counted: false,
        })
    }

    fn status(&self) -> Status {
        self.inner.status()
    }

    fn quota(&self) -> Quota {
        self.inner.quota()
    }

    fn shutdown(&self) {
        self.inner.shutdown();
    }
}

/// An answer whose events are noted.
struct Timed {
    reply: Reply,
    log: Arc<Mutex<Log>>,
    asked: Instant,
    pieces: u64,
    /// Whether its tokens are in the log.
    is_counted: bool,
}

impl Timed {
    fn note(&mut self, event: &Result<Event, Error>) {
        let took = self.asked.elapsed();
        let mut log = lock(&self.log);
        match event {
            Ok(Event::Text(_)) => {
                if self.pieces == 0 {
                    log.first.push(took);
                }
                self.pieces += 1;
            }
            Ok(Event::Done { usage, .. }) => {
                log.whole.push(took);
                let usage = usage.unwrap_or_default();
                log.input_tokens += usage.input_tokens;
                log.output_tokens += usage.output_tokens.max(self.pieces);
                self.is_counted = true;
            }
            Ok(Event::Started { .. }) => {}
            Err(error) => *log.errors.entry(End::from(error).name()).or_default() += 1,
        }
    }
}

impl Answer for Timed {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        let polled = pin!(self.reply.next()).poll(context);
        if let Poll::Ready(Some(event)) = &polled {
            self.note(event);
        }
        polled
    }

    fn if_dropped(&mut self, end: End) {
        self.reply.if_dropped(end);
    }

    fn at_most(&mut self, bytes: usize) {
        self.reply.at_most(bytes);
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        if !self.is_counted {
            lock(&self.log).output_tokens += self.pieces;
        }
    }
}

/// What answers nothing, in the place of the embedded engine where only the model is measured.
pub(super) struct Nobody;

impl Backend for Nobody {
    fn name(&self) -> String {
        "nobody".to_owned()
    }

    fn can(&self, _role: Role) -> bool {
        false
    }

    fn start(&self, _prompt: Prompt, _role: Role, _priority: Priority) -> Reply {
        Reply::new(NoAnswer)
    }

    fn status(&self) -> Status {
        Status::Ready
    }
}

struct NoAnswer;

impl Answer for NoAnswer {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        Poll::Ready(None)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
