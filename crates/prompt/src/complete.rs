//! The prompt of a completion: the text around the cursor, cut to a budget at line boundaries.

use std::path::{Path, PathBuf};

use firesteel_protocol::task::{Complete, Task};
use firesteel_syntax::Snapshot;

use crate::outgoing::Outgoing;
use firesteel_privacy::{Guard, Refused};

/// Text before the cursor in a prompt, in bytes: about 6,000 tokens.
const BEFORE_CAP: usize = 20 * 1024;
/// Text after the cursor in a prompt, in bytes: about 1,500 tokens.
const AFTER_CAP: usize = 5 * 1024;
/// Pieces of other files in a prompt, in bytes: about 1,000 tokens.
const CONTEXT_CAP: usize = 3 * 1024;

const INSTRUCTIONS: &str = "You complete code at a cursor while a programmer types. The message gives the file's path, \
the text before the cursor and the text after it. Answer with exactly the text to insert at the cursor and nothing \
else: no explanation, no Markdown fence, no repetition of what stands before or after. Match the file's style and \
indentation. Prefer to end at the end of a statement or block; an empty answer is right when nothing should be added.";

/// Where a completion is wanted, and how much.
#[derive(Clone, Copy, Debug)]
pub struct Hole {
    /// Byte offset of the cursor.
    pub offset: usize,
    /// Lines wanted at most.
    pub max_lines: u32,
    /// The user asked by a key or command, rather than merely typing.
    pub invoked: bool,
    /// Which of several texts is wanted: 0 is the best.
    pub alternative: u32,
}

/// A piece of another file that may help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The file's path.
    pub path: PathBuf,
    /// The number of its first line, from 1.
    pub line: usize,
    /// Whole lines.
    pub text: String,
}

/// The prompt that asks for the text at a hole. `pieces` that must stay private or are too long are left out.
///
/// # Errors
/// When the document's path must stay private.
pub fn complete(
    guard: &Guard,
    snapshot: &Snapshot,
    path: &Path,
    hole: Hole,
    pieces: &[Piece],
) -> Result<Outgoing, Refused> {
    let text = &snapshot.document.text;
    let (before, after) = around(text, hole.offset);
    let task = Task::Complete(Complete {
        path: path.display().to_string(),
        language: snapshot
            .language
            .map_or("", |language| language.id())
            .to_owned(),
        invoked: hole.invoked,
        max_lines: hole.max_lines,
        alternative: hole.alternative,
        context: context(guard, pieces),
        before,
        after,
    });
    Outgoing::new(guard, path, INSTRUCTIONS, task)
}

/// Those pieces that may leave and fit in, each under the place it comes from.
fn context(guard: &Guard, pieces: &[Piece]) -> String {
    let mut context = String::new();
    for piece in pieces
        .iter()
        .filter(|piece| guard.check(&piece.path).is_ok())
    {
        let shown = format!(
            "{}:{}\n{}\n",
            guard.label(&piece.path),
            piece.line,
            piece.text
        );
        if context.len() + shown.len() <= CONTEXT_CAP {
            context.push_str(&shown);
        }
    }
    context
}

/// What stands before and after `offset`, each within its cap and cut where a line begins or ends.
pub(crate) fn around(text: &firesteel_text::Text, offset: usize) -> (String, String) {
    let offset = text.floor_char_boundary(offset);
    let start = window_start(text, offset);
    let end = window_end(text, offset);
    (
        text.slice(start..offset).into_owned(),
        text.slice(offset..end).into_owned(),
    )
}

fn window_start(text: &firesteel_text::Text, offset: usize) -> usize {
    let far = text.floor_char_boundary(offset.saturating_sub(BEFORE_CAP));
    let next_line = text.line_start(text.line_of(far) + 1);
    // A single line longer than the cap is cut where it must be.
    if far == 0 || next_line > offset {
        far
    } else {
        next_line
    }
}

fn window_end(text: &firesteel_text::Text, offset: usize) -> usize {
    let far = text.floor_char_boundary(offset.saturating_add(AFTER_CAP).min(text.len()));
    let line_start = text.line_start(text.line_of(far));
    if far == text.len() || line_start <= offset {
        far
    } else {
        line_start
    }
}
