//! The prompt of an edit: the code to change, what stands around it, and what the user wants.

use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use firesteel_protocol::blocks;
use firesteel_protocol::task::{EditTask, Task};
use firesteel_syntax::Snapshot;

use crate::complete::around;
use crate::outgoing::Outgoing;
use firesteel_privacy::{Guard, Refused};

const DOCUMENT: &str = "You write the documentation comment of the code marked as the target. Answer with the comment's \
lines and nothing else: no code, no Markdown fence, no explanation. Rust: lines that begin with ///. Python: a docstring \
in triple quotes. Say what the code does, its parameters, what it returns and how it fails; do not guess.";

const EXPLAIN: &str = "You explain the code in question to a programmer, in Markdown: what it is for, how it works, what \
it returns and how it fails, and what is surprising about it. Do not repeat the code.";

static REWRITE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "You change code as the instruction asks, and nothing else: no renaming, no reformatting, no new dependency \
         that was not asked for.\n{}",
        blocks::FORMAT
    )
});

static WRITE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "You write new code as the instruction asks, in the style of the file. The code in question is the empty place \
         where your answer goes; do not repeat what stands around it.\n{}",
        blocks::FORMAT
    )
});

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A documentation comment.
    Comment,
    /// The code in question in another form.
    Rewrite,
    /// Code where there is none.
    NewCode,
    /// Words.
    Explanation,
}

/// What an edit asks for.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The kind of action, as the embedded engine knows it: `document`, `simplify`, ….
    pub action: String,
    /// What is to come back.
    pub wanted: Wanted,
    /// What the user wants, in words.
    pub instruction: String,
    /// The bytes that the action is about.
    pub target: Range<usize>,
}

/// The prompt that asks for an edit.
///
/// # Errors
/// When the document's path must stay private.
pub fn edit(
    guard: &Guard,
    snapshot: &Snapshot,
    path: &Path,
    rewrite: &Rewrite,
) -> Result<Outgoing, Refused> {
    let text = &snapshot.document.text;
    let (before, _) = around(text, rewrite.target.start);
    let (_, after) = around(text, rewrite.target.end);
    let instructions = match rewrite.wanted {
        Wanted::Comment => DOCUMENT,
        Wanted::Rewrite => &REWRITE,
        Wanted::NewCode => &WRITE,
        Wanted::Explanation => EXPLAIN,
    };
    let task = Task::Edit(EditTask {
        path: path.display().to_string(),
        language: snapshot
            .language
            .map_or("", |language| language.id())
            .to_owned(),
        action: rewrite.action.clone(),
        instruction: rewrite.instruction.clone(),
        before,
        target: text.slice(rewrite.target.clone()).into_owned(),
        after,
    });
    Outgoing::new(guard, path, instructions, task)
}
