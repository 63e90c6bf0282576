//! The one form in which text of a document reaches a model.

use std::path::Path;

use firesteel_protocol::client::{CreateResponse, InputItem};
use firesteel_protocol::task::Task;

use firesteel_privacy::redact;
use firesteel_privacy::{Guard, Refused};

/// A prompt that was checked and redacted: the only text that leaves the process.
///
/// It can only be made by this crate, from a document whose path the [`Guard`] allows.
#[derive(Clone, Debug)]
pub struct Outgoing {
    instructions: &'static str,
    task: Task,
    /// The path as the outside may see it: without what stands above the workspace.
    label: String,
    redacted: usize,
    /// What was said after the task: answers of the model, and what the user wants of it then.
    turns: Vec<Turn>,
    /// Meant for the embedded engine only, and therefore not redacted.
    stays: bool,
}

/// A turn of the conversation that follows a task.
#[derive(Clone, Debug)]
struct Turn {
    answer: String,
    wish: String,
}

/// Who a prompt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The embedded engine, which knows the files by their whole paths.
    InProcess,
    /// A model elsewhere, which has no business with the user's folders.
    Outside,
}

impl Outgoing {
    /// Checks the path and blots secrets out of every piece of text that `task` carries.
    pub(crate) fn new(
        guard: &Guard,
        path: &Path,
        instructions: &'static str,
        mut task: Task,
    ) -> Result<Self, Refused> {
        guard.check(path)?;
        let redacted = blot(&mut task);
        Ok(Self {
            instructions,
            task,
            label: guard.label(path),
            redacted,
            turns: Vec::new(),
            stays: false,
        })
    }

    /// Checks the path of a task for the embedded engine, which has to see the text as it is: what is
    /// blotted out could not be put back. For anyone outside it is blotted out all the same.
    pub(crate) fn in_process(guard: &Guard, path: &Path, task: Task) -> Result<Self, Refused> {
        guard.check(path)?;
        Ok(Self {
            instructions: "",
            task,
            label: guard.label(path),
            redacted: 0,
            turns: Vec::new(),
            stays: true,
        })
    }

    /// The prompt that goes on from an answer, which may have been cut short, with another wish.
    #[must_use]
    pub fn followed(mut self, answer: &str, wish: &str) -> Self {
        let (answer, in_answer) = redact(answer);
        let (wish, in_wish) = redact(wish);
        self.redacted += in_answer + in_wish;
        self.turns.push(Turn {
            answer: answer.into_owned(),
            wish: wish.into_owned(),
        });
        self
    }

    /// The request that asks a model for this, still without the model's name and settings.
    pub fn to_request(&self, audience: Audience) -> CreateResponse {
        let mut request = match audience {
            Audience::InProcess => self.task.to_request(self.instructions),
            Audience::Outside => {
                let mut task = self.task.clone();
                task.path_mut().clone_from(&self.label);
                if self.stays {
                    blot(&mut task);
                }
                task.to_request(self.instructions)
            }
        };
        for Turn { answer, wish } in &self.turns {
            let said = (!answer.is_empty()).then(|| InputItem::assistant(answer));
            request.input.extend(said);
            request.input.push(InputItem::user(wish));
        }
        request
    }

    /// How many secrets were blotted out.
    pub fn redacted(&self) -> usize {
        self.redacted
    }
}

/// Blots secrets out of every piece of text that a task carries; returns how many there were.
fn blot(task: &mut Task) -> usize {
    let mut redacted = 0;
    for piece in task.texts_mut() {
        let (text, count) = redact(piece);
        if count > 0 {
            *piece = text.into_owned();
            redacted += count;
        }
    }
    redacted
}
