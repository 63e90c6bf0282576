//! What a model is asked for and how it answers: plain data, without serialization and without a wire.
//!
//! A [`Task`] holds the user's text as [`Excerpt`]s, which know their secrets. The embedded engine is given a task as it
//! is; every other model is given only what `firesteel-privacy` makes of it.

mod excerpt;
mod failure;
mod reply;

pub use excerpt::{Excerpt, Hidden, Replaced};
pub use failure::{Error, Wait};
pub use reply::{End, Event, Priority, Quota, QuotaWindow, Usage};

use std::path::PathBuf;

/// What a model is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Text for the hole at the cursor.
    Complete(Complete),
    /// A new text for a piece of code.
    Edit(Edit),
    /// What becomes of a piece of code after the user's latest edits.
    NextEdit(NextEdit),
    /// Words about a piece of code.
    Explain(Explain),
    /// What is wrong with a change.
    Review(Review),
    /// The next turn of a conversation that another program has.
    Chat(Chat),
}

/// The file that a task is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Its path; where it has none, its name.
    pub path: PathBuf,
    /// The language's id; empty where that is not known.
    pub language: String,
}

/// Code and what stands around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code {
    /// The text before the code.
    pub before: Excerpt,
    /// The code itself.
    pub target: Excerpt,
    /// The text after it.
    pub after: Excerpt,
}

/// Text for the hole at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complete {
    /// The file.
    pub file: File,
    /// Whether the user asked for it, rather than typed on.
    pub invoked: bool,
    /// How sure a text must be that comes unasked, for a model that knows how sure it is.
    pub eagerness: Eagerness,
    /// The most lines wanted.
    pub max_lines: u32,
    /// Which of several texts is wanted: 0 is the best, the others are numbered from 1. Of use to a model that gives the
    /// same answer to the same question.
    pub alternative: u32,
    /// Pieces of other files, the likeliest to help first.
    pub context: Vec<Piece>,
    /// The text before the cursor.
    pub before: Excerpt,
    /// The text after the cursor.
    pub after: Excerpt,
    /// Tokens wanted at most, where that is less than the lines need.
    pub max_tokens: Option<u32>,
}

/// How eager suggestions are to come unasked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Eagerness {
    /// As often as anything can be of use.
    Eager,
    /// Where they are probably right.
    #[default]
    Normal,
    /// Seldom, and where they are almost certainly right.
    Quiet,
    /// Only when asked for.
    Off,
}

/// A piece of another file that may help.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The file's path.
    pub path: PathBuf,
    /// The number of its first line, from 1.
    pub line: usize,
    /// Whole lines.
    pub text: Excerpt,
    /// The name near the cursor that it defines; none where it was chosen because it goes on from the same words as stand
    /// before the cursor.
    pub defines: Option<String>,
}

/// A new text for a piece of code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub file: File,
    /// What is to come back.
    pub wanted: Wanted,
    /// What the user or the action wants, in words.
    pub instruction: Excerpt,
    /// The code.
    pub code: Code,
}

/// What an edit is to bring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// A documentation comment.
    Comment,
    /// The code in another form.
    #[default]
    Rewrite,
    /// Code where there is none.
    NewCode,
    /// Words at length.
    Explanation,
}

/// What becomes of a piece of code after the user's latest edits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextEdit {
    /// The file.
    pub file: File,
    /// The latest edits, the newest first.
    pub history: Vec<LineDiff>,
    /// The code.
    pub code: Code,
}

/// One of the latest edits, by whole lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineDiff {
    /// The file, if it is another than that of the task.
    pub path: Option<PathBuf>,
    /// The first line, counted from 1, as it now stands.
    pub line: usize,
    /// The lines before the edit.
    pub old: Excerpt,
    /// The lines after it.
    pub new: Excerpt,
}

/// Words about a piece of code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explain {
    /// The file.
    pub file: File,
    /// A name or an item, and what stands around it.
    pub code: Code,
    /// A problem that was reported in the code, in words; empty where there is none.
    pub problem: Excerpt,
}

/// What is wrong with a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The file.
    pub file: File,
    /// The change, as a diff whose lines carry their numbers in the changed file.
    pub diff: Excerpt,
    /// The secrets that the diff already shows as placeholders.
    pub replaced: Vec<Replaced>,
    /// What about it is sensitive, in words.
    pub concerns: Excerpt,
}

/// The next turn of a conversation that another program has: about no file, as far as anybody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chat {
    /// What the model has to know before the first turn.
    pub instructions: Excerpt,
    /// The turns, the oldest first.
    pub turns: Vec<Said>,
    /// Tokens wanted at most.
    pub max_tokens: Option<u32>,
    /// How much chance is to play, in thousandths.
    pub temperature: Option<u32>,
}

/// A turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who speaks.
    pub by: Speaker,
    /// What is said.
    pub text: Excerpt,
}

/// Who speaks in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The user, or the program that asks.
    User,
    /// The model.
    Assistant,
}

impl Task {
    /// The file that the task is about, where there is one.
    pub fn file(&self) -> Option<&File> {
        match self {
            Task::Complete(task) => Some(&task.file),
            Task::Edit(task) => Some(&task.file),
            Task::NextEdit(task) => Some(&task.file),
            Task::Explain(task) => Some(&task.file),
            Task::Review(task) => Some(&task.file),
            Task::Chat(_) => None,
        }
    }

    /// The paths that the task names, its own file's first.
    pub fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Task::Complete(task) => {
                let context = task.context.iter_mut().map(|piece| &mut piece.path);
                std::iter::once(&mut task.file.path)
                    .chain(context)
                    .collect()
            }
            Task::NextEdit(task) => {
                let history = task
                    .history
                    .iter_mut()
                    .filter_map(|diff| diff.path.as_mut());
                std::iter::once(&mut task.file.path)
                    .chain(history)
                    .collect()
            }
            Task::Edit(task) => vec![&mut task.file.path],
            Task::Explain(task) => vec![&mut task.file.path],
            Task::Review(task) => vec![&mut task.file.path],
            Task::Chat(_) => Vec::new(),
        }
    }

    /// Every piece of text that the task carries.
    pub fn excerpts_mut(&mut self) -> Vec<&mut Excerpt> {
        match self {
            Task::Complete(task) => {
                let context = task.context.iter_mut().map(|piece| &mut piece.text);
                context.chain([&mut task.before, &mut task.after]).collect()
            }
            Task::Edit(task) => {
                let mut excerpts = vec![&mut task.instruction];
                excerpts.extend(task.code.excerpts_mut());
                excerpts
            }
            Task::NextEdit(task) => {
                let history = task.history.iter_mut();
                let history = history.flat_map(|diff| [&mut diff.old, &mut diff.new]);
                history.chain(task.code.excerpts_mut()).collect()
            }
            Task::Explain(task) => {
                let mut excerpts = vec![&mut task.problem];
                excerpts.extend(task.code.excerpts_mut());
                excerpts
            }
            Task::Review(task) => vec![&mut task.diff, &mut task.concerns],
            Task::Chat(task) => {
                let turns = task.turns.iter_mut().map(|turn| &mut turn.text);
                std::iter::once(&mut task.instructions)
                    .chain(turns)
                    .collect()
            }
        }
    }
}

impl Code {
    fn excerpts_mut(&mut self) -> [&mut Excerpt; 3] {
        [&mut self.before, &mut self.target, &mut self.after]
    }
}
