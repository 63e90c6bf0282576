//! The prompt of an edit: the code to change, what stands around it, and what the user wants.

use std::ops::Range;
use std::path::Path;

use firesteel_protocol::task::{EditTask, Task};
use firesteel_syntax::Snapshot;

use crate::complete::around;
use crate::guard::{Guard, Refused};
use crate::outgoing::Outgoing;

const DOCUMENT: &str = "You write the documentation comment of the code marked as the target. Answer with the comment's \
lines and nothing else: no code, no Markdown fence, no explanation. Rust: lines that begin with ///. Python: a docstring \
in triple quotes. Say what the code does, its parameters, what it returns and how it fails; do not guess.";

const REWRITE: &str = "You change the code marked as the target as the instruction asks. Answer with the whole new text \
of the target and nothing else: no explanation, no Markdown fence. Keep every line that need not change exactly as it \
is, with its indentation.";

/// What an edit asks for.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The kind of action, as the embedded engine knows it: `document`, `simplify`, ….
    pub action: &'static str,
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
    let instructions = if rewrite.action == "document" {
        DOCUMENT
    } else {
        REWRITE
    };
    let task = Task::Edit(EditTask {
        path: path.display().to_string(),
        language: snapshot
            .language
            .map_or("", |language| language.id())
            .to_owned(),
        action: rewrite.action.to_owned(),
        instruction: rewrite.instruction.clone(),
        before,
        target: text.slice(rewrite.target.clone()).into_owned(),
        after,
    });
    Outgoing::new(guard, path, instructions, task)
}
