//! The prompt of a review: what a run changed, and what about it a second reader should look at.

use std::path::Path;

use firesteel_protocol::task::{EditTask, Task};

use crate::outgoing::Outgoing;
use firesteel_privacy::{Guard, Refused};

/// A diff in a prompt, in bytes: about 16,000 tokens.
const DIFF_CAP: usize = 56 * 1024;

const REVIEW: &str = "You review a change that another model made to code that is sensitive. The message gives the change \
as a diff whose lines carry their numbers in the changed file. Look for what is wrong or dangerous in it: holes in \
security, lost checks, leaked secrets, undefined behavior, injection, errors that are swallowed. Say nothing about style, \
nor about code that the change did not touch. Answer with one finding a line, in the form\nLINE: error: what is wrong and \
what to do\nwith warning in place of error where it may be intended, and with nothing else. Answer with the word none if \
there is nothing to find.";

/// The prompt that asks for a review of `diff`; `concerns` says what about it is sensitive, in words.
///
/// # Errors
/// When the document's path must stay private.
pub fn review(
    guard: &Guard,
    path: &Path,
    language: &str,
    diff: &str,
    concerns: &str,
) -> Result<Outgoing, Refused> {
    let mut end = diff.len().min(DIFF_CAP);
    while !diff.is_char_boundary(end) {
        end -= 1;
    }
    let task = Task::Edit(EditTask {
        path: path.display().to_string(),
        language: language.to_owned(),
        action: "review".to_owned(),
        instruction: format!("Review this change: {concerns}."),
        target: diff[..end].to_owned(),
        ..EditTask::default()
    });
    Outgoing::new(guard, path, REVIEW, task)
}
