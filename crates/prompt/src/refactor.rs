//! The task of a refactoring, which only the embedded engine is asked for.

use std::ops::Range;
use std::path::Path;

use firesteel_protocol::task::{EditTask, Task};
use firesteel_syntax::Snapshot;

use crate::outgoing::Outgoing;
use firesteel_privacy::{Guard, Refused};

/// The task of refactoring `target`, with the whole file around it: what is certain is so only
/// where all of the file is known. `wanted` is what the action's name leaves open.
///
/// # Errors
/// When the document's path must stay private.
pub fn refactor(
    guard: &Guard,
    snapshot: &Snapshot,
    path: &Path,
    action: &str,
    target: Range<usize>,
    wanted: &str,
) -> Result<Outgoing, Refused> {
    let text = &snapshot.document.text;
    let language = snapshot.language.map_or("", |language| language.id());
    let task = Task::Edit(EditTask {
        path: path.display().to_string(),
        language: language.to_owned(),
        action: action.to_owned(),
        instruction: wanted.to_owned(),
        before: text.slice(0..target.start).into_owned(),
        target: text.slice(target.clone()).into_owned(),
        after: text.slice(target.end..text.len()).into_owned(),
    });
    Outgoing::in_process(guard, path, task)
}
