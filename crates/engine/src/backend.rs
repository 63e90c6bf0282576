//! Who answers: the one interface behind which the embedded engine, the user's own engines and hosted models stand.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use firesteel_privacy::Redacted;
use firesteel_task::{End, Error, Event, Priority, Quota, Task};

use crate::cut;

/// Who can be asked for a task.
pub trait Backend: Send + Sync + 'static {
    /// The name by which the user knows it.
    fn name(&self) -> String;

    /// Whether it can do what a role is for. It is never asked for anything else.
    fn can(&self, role: Role) -> bool;

    /// Asks it. Dropping the reply cancels. Returns at once, whatever has to be waited for.
    fn start(&self, prompt: Prompt, role: Role, priority: Priority) -> Reply;

    /// Makes it ready for a prompt that may come, where it keeps what it has read of one. Returns at once, and does
    /// nothing where that would only cost.
    fn warm(&self, _prompt: Prompt) {}

    /// Whether [`Self::warm`] makes anything of a prompt, as far as is known: none is built and redacted in vain.
    fn reads_ahead(&self) -> bool {
        false
    }

    /// Whether it would answer now.
    fn status(&self) -> Status;

    /// How the account stands, where there is one.
    fn quota(&self) -> Quota {
        Quota::default()
    }

    /// Whether it runs on this machine, where a question under way slows down all others.
    fn is_near(&self) -> bool {
        false
    }

    /// Ends what is under way, and closes connections.
    fn shutdown(&self) {}
}

/// What a backend is given.
#[derive(Clone, Debug)]
pub enum Prompt {
    /// The task as it is, which only the embedded engine may see.
    Local(Task),
    /// The task as everyone else may see it.
    Redacted(Redacted),
}

/// What a backend is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Ghost text.
    Complete,
    /// Streamed edits.
    Edit,
    /// The next edit.
    NextEdit,
    /// Explanations of code.
    Explain,
    /// Questions about the project.
    Ask,
    /// Reviews of changes.
    Review,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 6] = [
        Role::Complete,
        Role::Edit,
        Role::NextEdit,
        Role::Explain,
        Role::Ask,
        Role::Review,
    ];

    /// The name in settings and in the status.
    pub fn name(self) -> &'static str {
        match self {
            Role::Complete => "complete",
            Role::Edit => "edit",
            Role::NextEdit => "next_edit",
            Role::Explain => "explain",
            Role::Ask => "ask",
            Role::Review => "review",
        }
    }
}

/// Whether a backend would answer now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It would, or it has not been tried yet.
    Ready,
    /// It starts, or loads its model; it will answer soon.
    Starting,
    /// It would not, and why.
    Away(String),
}

/// How much more than its reader wants may come before an answer is ended.
const READ_AHEAD: usize = 4;

/// An answer on its way. Dropping it cancels.
pub struct Reply(Box<dyn Answer>);

/// Where the events of an answer come from.
pub trait Answer: Send {
    /// The next event; `None` after the end.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>>;

    /// How it is noted when it is dropped from now on.
    fn if_dropped(&mut self, _end: End) {}

    /// How many bytes may come, read or not, before the answer is ended.
    fn at_most(&mut self, _bytes: usize) {}
}

impl Reply {
    /// A reply with events from `answer`.
    pub fn new(answer: impl Answer + 'static) -> Self {
        Self(Box::new(answer))
    }

    /// The next event; `None` after the end.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        poll_fn(|context| self.0.poll_next(context)).await
    }

    /// How it is noted when it is dropped from now on: as [`End::Enough`] or [`End::Superseded`], where that says more
    /// than [`End::Cancelled`].
    pub fn if_dropped(&mut self, end: End) {
        self.0.if_dropped(end);
    }

    /// How many bytes may come, read or not, before the answer is ended: a model that does not stop fills no memory.
    pub fn at_most(&mut self, bytes: usize) {
        self.0.at_most(bytes);
    }

    /// The whole text, for callers that show nothing before the end. What is over `cap` bytes is cut off, and the model with it.
    ///
    /// # Errors
    /// As the answer's own.
    pub async fn text(mut self, cap: usize) -> Result<String, Error> {
        let mut whole = String::new();
        self.at_most(READ_AHEAD * cap);
        while let Some(event) = self.next().await {
            if let Event::Text(text) = event? {
                whole.push_str(&text);
            }
            if whole.len() > cap {
                cut(&mut whole, cap);
                self.if_dropped(End::Enough);
                break;
            }
        }
        Ok(whole)
    }
}

/// A backend that several share.
pub type Shared = Arc<dyn Backend>;
