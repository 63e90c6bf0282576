//! The prompt of an explanation: the name under the cursor and the code that it stands in.

use std::ops::Range;
use std::path::Path;

use firesteel_protocol::task::{Explain, Task};
use firesteel_syntax::Snapshot;

use crate::complete::around;
use crate::outgoing::Outgoing;
use firesteel_privacy::{Guard, Refused};

const INSTRUCTIONS: &str = "You explain the code marked as the target to a programmer, in Markdown and at most five \
sentences: what it does, what it returns, how it fails. Do not repeat the code.";

/// The prompt that asks what the code at `target` is.
///
/// # Errors
/// When the document's path must stay private.
pub fn explain(
    guard: &Guard,
    snapshot: &Snapshot,
    path: &Path,
    target: Range<usize>,
) -> Result<Outgoing, Refused> {
    let text = &snapshot.document.text;
    let (before, _) = around(text, target.start);
    let (_, after) = around(text, target.end);
    let task = Task::Explain(Explain {
        path: path.display().to_string(),
        language: snapshot
            .language
            .map_or("", |language| language.id())
            .to_owned(),
        before,
        target: text.slice(target).into_owned(),
        after,
    });
    Outgoing::new(guard, path, INSTRUCTIONS, task)
}
