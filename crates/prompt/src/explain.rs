//! The task of an explanation: the name under the cursor and the code that it stands in.

use std::ops::Range;

use firesteel_task::{Explain, Task};

use crate::source::Source;

/// The task of saying what the code at `target` is.
pub fn explain(source: Source<'_>, target: Range<usize>) -> Task {
    Task::Explain(Explain {
        file: source.file(),
        code: source.code(target),
    })
}
