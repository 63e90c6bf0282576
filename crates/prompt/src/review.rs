//! The task of a review: what a run changed, and what about it a second reader should look at.

use std::path::Path;

use firesteel_privacy::scanned;
use firesteel_task::{Excerpt, File, Replaced, Review, Task};

/// A diff in a prompt, in bytes: about 16,000 tokens.
const DIFF_CAP: usize = 56 * 1024;

/// The task of reviewing `diff`, in which each secret was `replaced` by a placeholder; `concerns` says what about it is sensitive, in words.
pub fn review(
    path: &Path,
    language: &str,
    diff: &str,
    replaced: Vec<Replaced>,
    concerns: &str,
) -> Task {
    let mut end = diff.len().min(DIFF_CAP);
    while !diff.is_char_boundary(end) {
        end -= 1;
    }
    Task::Review(Review {
        file: File {
            path: path.to_owned(),
            language: language.to_owned(),
        },
        diff: Excerpt::plain(&diff[..end]),
        replaced,
        concerns: scanned(concerns),
    })
}
