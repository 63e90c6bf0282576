//! The embedded engine as a backend: each kind of task goes to what the engine has for it.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use firesteel_local::{Engine, Hole, Observation, Options, Outcome, Place, Snippet, Status};
use firesteel_protocol::task::{Complete, EditTask, Explain, Task};

use crate::backend::{Answer, Ask, Backend, Failure, Reason};
use crate::refactor;

/// The engine's name, as `GET /v1/models` lists it.
const MODEL: &str = "firesteel-embedded";
/// Lines that a request gets which does not say how many it wants.
const PLAIN_LINES: u32 = 16;

/// The embedded engine; clones share it.
#[derive(Clone)]
pub struct Embedded {
    engine: Engine,
    /// The workspace's folders, outside of which no file is read.
    roots: Arc<[PathBuf]>,
}

impl Embedded {
    /// Starts the engine.
    pub fn start(options: Options) -> Self {
        Self {
            roots: options.roots.clone().into(),
            engine: Engine::start(options),
        }
    }

    /// Shows the engine what happens in the editor; never blocks, and later requests see it.
    pub fn observe(&self, observation: Observation) {
        self.engine.observe(observation);
    }

    /// What the engine knows and does.
    pub fn status(&self) -> Status {
        self.engine.status()
    }

    /// Pieces of other files of the workspace that help to write between these texts, the likeliest to help first. Blocks for some
    /// milliseconds.
    pub fn related(&self, path: String, before: String, after: String) -> Vec<Snippet> {
        self.engine.related(&Hole {
            path,
            before,
            after,
            ..Hole::default()
        })
    }

    fn complete(&self, task: &Complete, cancel: &AtomicBool, emit: Emit<'_>) -> Answer {
        let hole = Hole {
            path: task.path.clone(),
            language: task.language.clone(),
            before: task.before.clone(),
            after: task.after.clone(),
            invoked: task.invoked,
            max_lines: task.max_lines,
            alternative: task.alternative,
        };
        let outcome = self.engine.complete(&hole, cancel, emit);
        answer(&outcome)
    }

    fn edit(&self, task: &EditTask, emit: Emit<'_>) -> Result<Answer, Failure> {
        let place = Place {
            path: task.path.clone(),
            language: task.language.clone(),
            before: task.before.clone(),
            target: task.target.clone(),
            after: task.after.clone(),
        };
        let text = match task.action.as_str() {
            "document" => self.engine.document(&place),
            _ => refactor::answer(task, &self.roots),
        };
        let text = text.ok_or_else(|| Failure {
            code: "unsupported_task".to_owned(),
            message: format!("the embedded engine cannot do this here: {}", task.action),
        })?;
        Ok(say(&text, emit))
    }

    fn explain(&self, task: &Explain, emit: Emit<'_>) -> Answer {
        let place = Place {
            path: task.path.clone(),
            language: task.language.clone(),
            before: task.before.clone(),
            target: task.target.clone(),
            after: task.after.clone(),
        };
        say(&self.engine.explain(&place).unwrap_or_default(), emit)
    }
}

type Emit<'a> = &'a mut dyn FnMut(&str) -> ControlFlow<()>;

impl Backend for Embedded {
    fn model(&self) -> &str {
        MODEL
    }

    fn answer(
        &self,
        ask: &Ask,
        _limit: Option<u32>,
        cancel: &AtomicBool,
        emit: Emit<'_>,
    ) -> Result<Answer, Failure> {
        let mut answer = match ask {
            Ask::Task(Task::Complete(task)) => self.complete(task, cancel, emit),
            Ask::Task(Task::Edit(task)) => self.edit(task, emit)?,
            Ask::Task(Task::Explain(task)) => self.explain(task, emit),
            Ask::Plain { text } => {
                let task = Complete {
                    before: text.clone(),
                    max_lines: PLAIN_LINES,
                    invoked: true,
                    ..Complete::default()
                };
                self.complete(&task, cancel, emit)
            }
        };
        // Counted when all is said: nobody waits for this number.
        let words = texts(ask).into_iter().map(|text| self.engine.words(text));
        answer.input_tokens = words.sum::<usize>() as u64;
        Ok(answer)
    }
}

/// What of a question the engine reads.
fn texts(ask: &Ask) -> [&str; 3] {
    match ask {
        Ask::Task(Task::Complete(task)) => [&task.before, &task.after, ""],
        Ask::Task(Task::Edit(task)) => [&task.before, &task.target, &task.after],
        Ask::Task(Task::Explain(task)) => [&task.before, &task.target, &task.after],
        Ask::Plain { text } => [text, "", ""],
    }
}

/// Says a text that is there as a whole, line by line as a model would.
fn say(text: &str, emit: Emit<'_>) -> Answer {
    for line in text.split_inclusive('\n') {
        if emit(line).is_break() {
            return Answer {
                reason: Reason::Cancelled,
                ..Answer::default()
            };
        }
    }
    Answer {
        output_tokens: text.split_whitespace().count() as u64,
        ..Answer::default()
    }
}

fn answer(outcome: &Outcome) -> Answer {
    let reason = match outcome.reason {
        firesteel_local::Reason::Cancelled => Reason::Cancelled,
        _ => Reason::Complete,
    };
    Answer {
        reason,
        output_tokens: outcome.tokens as u64,
        ..Answer::default()
    }
}
