//! The task of a next edit: what the user has just edited, and the place that may have to follow.

use std::ops::Range;

use firesteel_task::{LineDiff, NextEdit, Task};

use crate::source::Source;

/// The task of saying what becomes of `target` after `history`, the newest edit of which comes first.
pub fn next_edit(source: Source<'_>, target: Range<usize>, history: Vec<LineDiff>) -> Task {
    Task::NextEdit(NextEdit {
        file: source.file(),
        history,
        code: source.code(target),
    })
}
