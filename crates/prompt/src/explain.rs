//! The task of an explanation: the name under the cursor, or an item, and the code that it stands in.

use std::ops::Range;

use firesteel_privacy::scanned;
use firesteel_task::{Code, Excerpt, Explain, Task};

use crate::source::Source;

/// Text before an item that is explained, in bytes: about 1,500 tokens, for an explanation is asked for by a mere look.
const ITEM_BEFORE_CAP: usize = 5 * 1024;

/// The task of saying what the code at `target` is.
pub fn explain(source: Source<'_>, target: Range<usize>) -> Task {
    Task::Explain(Explain {
        file: source.file(),
        code: source.code(target),
        problem: Excerpt::default(),
    })
}

/// The task of saying in a few lines what the item at `target` does where it stands, and how to get out of a problem that
/// was reported at a place in it.
pub fn explain_item(
    source: Source<'_>,
    target: Range<usize>,
    problem: Option<(&str, Range<usize>)>,
) -> Task {
    let problem = problem.map(|(message, place)| {
        let mut problem = scanned(message);
        problem.push(&Excerpt::plain("\nIt was reported at:\n"));
        problem.push(&source.excerpt(place));
        problem
    });
    let (_, after) = source.around(target.end);
    Task::Explain(Explain {
        file: source.file(),
        code: Code {
            before: source.before(target.start, ITEM_BEFORE_CAP),
            target: source.excerpt(target),
            after,
        },
        problem: problem.unwrap_or_default(),
    })
}
