//! The embedded engine as a backend: called directly, on a thread where it may take its milliseconds.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use firesteel_engine::backend::{Backend, Prompt, Reply, Role, Status};
use firesteel_local::{
    CodeInFile, Engine, Hole, Observation, Options, Reason, Snippet, Status as LocalStatus,
};
use firesteel_model::{Metrics, Record, Recorder};
use firesteel_task::{
    Code, Complete, Edit, End, Error, Event, Explain, File, Priority, Task, Usage, Wanted,
};
use tokio::task::spawn_blocking;

use crate::answers::{self, Writer};

/// The engine's name in settings and in the status.
const NAME: &str = "embedded";
/// Tokens of a text at most, for the count of an edit or explanation: they are whole texts, not streams.
const WORDS_CAP: usize = 100_000;

/// The embedded engine; clones share it.
#[derive(Clone)]
pub struct Embedded {
    engine: Engine,
    recorder: Arc<Mutex<Recorder>>,
}

impl Embedded {
    /// Starts the engine.
    pub fn start(options: Options) -> Self {
        Self {
            engine: Engine::start(options),
            recorder: Arc::default(),
        }
    }

    /// Shows the engine what happens in the editor; never blocks, and later requests see it.
    pub fn observe(&self, observation: Observation) {
        self.engine.observe(observation);
    }

    /// Takes in what has changed on the disk; see [`Engine::files_changed`].
    pub fn files_changed(&self, paths: &[PathBuf]) {
        self.engine.files_changed(paths);
    }

    /// Has all files looked at again: some have changed, and nobody knows which.
    pub fn look_again(&self) {
        self.engine.look_again();
    }

    /// What the engine knows and does.
    pub fn local_status(&self) -> LocalStatus {
        self.engine.status()
    }

    /// What its answers took.
    pub fn metrics(&self) -> Metrics {
        lock(&self.recorder).snapshot()
    }

    /// Pieces of other files of the workspace that help to write between these texts, the likeliest to help first. Blocks
    /// for some milliseconds.
    pub fn related(&self, path: String, before: String, after: String) -> Vec<Snippet> {
        self.engine.related(&Hole {
            path,
            before,
            after,
            ..Hole::default()
        })
    }

    /// Another number once the index of the workspace is another one, so that [`Self::related`] may find more.
    pub fn index_version(&self) -> u64 {
        self.engine.index_version()
    }

    fn answer(&self, task: Task, priority: Priority, writer: Writer) {
        let asked = Instant::now();
        let mut first_token = None;
        let cancel = writer.cancel();
        let mut emit = |text: &str| {
            first_token.get_or_insert_with(|| asked.elapsed());
            writer.text(text)
        };
        let done = match task {
            Task::Complete(task) => {
                let outcome = self.engine.complete(&hole(task), &cancel, &mut emit);
                Ok((outcome.reason != Reason::Cancelled, outcome.tokens as u64))
            }
            Task::Edit(task) if task.wanted == Wanted::Comment => {
                said(self.engine.document(&place(&task)), &mut emit)
            }
            Task::Explain(task) => {
                let place = place_of(&task);
                said(
                    Some(self.engine.explain(&place).unwrap_or_default()),
                    &mut emit,
                )
            }
            task => Err(cannot(&task)),
        };
        let took = asked.elapsed();
        let (end, answer) = match done {
            Ok((is_whole, tokens)) => {
                self.record(priority, tokens, first_token, took);
                let usage = Some(Usage {
                    output_tokens: tokens,
                    ..Usage::default()
                });
                let end = if is_whole {
                    End::Completed
                } else {
                    End::Superseded
                };
                let truncated = false;
                (end, Ok(Event::Done { usage, truncated }))
            }
            Err(error) => (End::from(&error), Err(error)),
        };
        lock(&self.recorder).ended(priority, end);
        writer.end(answer);
    }

    fn record(&self, priority: Priority, tokens: u64, first: Option<Duration>, took: Duration) {
        let writing = first.map(|first| took.saturating_sub(first).as_secs_f64());
        let rate = writing.filter(|seconds| *seconds > 0.0);
        lock(&self.recorder).add(&Record {
            tokens,
            first_byte: first,
            first_token: first,
            total: took,
            tokens_per_second: rate.map(|seconds| tokens as f64 / seconds),
            ..Record::of(priority)
        });
    }
}

impl Backend for Embedded {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn can(&self, role: Role) -> bool {
        matches!(role, Role::Complete | Role::Edit | Role::Explain)
    }

    fn start(&self, prompt: Prompt, _role: Role, priority: Priority) -> Reply {
        let (writer, reply) = answers::channel();
        let task = match prompt {
            Prompt::Local(task) => task,
            // It reads placeholders as well as anything else.
            Prompt::Redacted(redacted) => redacted.task().clone(),
        };
        let engine = self.clone();
        spawn_blocking(move || engine.answer(task, priority, writer));
        reply
    }

    fn status(&self) -> Status {
        Status::Ready
    }
}

fn hole(task: Complete) -> Hole {
    Hole {
        path: path(&task.file),
        language: task.file.language,
        before: task.before.text,
        after: task.after.text,
        invoked: task.invoked,
        eagerness: task.eagerness,
        max_lines: task.max_lines,
        alternative: task.alternative,
    }
}

fn place(task: &Edit) -> CodeInFile {
    at(&task.file, &task.code)
}

fn place_of(task: &Explain) -> CodeInFile {
    at(&task.file, &task.code)
}

fn at(file: &File, code: &Code) -> CodeInFile {
    CodeInFile {
        path: path(file),
        language: file.language.clone(),
        before: code.before.text.clone(),
        target: code.target.text.clone(),
        after: code.after.text.clone(),
    }
}

fn path(file: &File) -> String {
    file.path.display().to_string()
}

/// Says a text that is there as a whole.
fn said(
    text: Option<String>,
    emit: &mut dyn FnMut(&str) -> std::ops::ControlFlow<()>,
) -> Result<(bool, u64), Error> {
    let text = text.ok_or_else(|| Error::Refused {
        code: "unsupported_task".to_owned(),
        message: "the embedded engine cannot do this here".to_owned(),
    })?;
    let words = text.split_whitespace().take(WORDS_CAP).count() as u64;
    let is_whole = text.is_empty() || emit(&text).is_continue();
    Ok((is_whole, words))
}

fn cannot(task: &Task) -> Error {
    let what = match task {
        Task::Edit(_) => "an edit",
        Task::NextEdit(_) => "a next edit",
        Task::Review(_) => "a review",
        Task::Chat(_) => "a conversation",
        Task::Complete(_) | Task::Explain(_) => "this",
    };
    Error::Refused {
        code: "unsupported_task".to_owned(),
        message: format!("the embedded engine cannot do this here: {what}"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
