//! The task of a completion: the text around the cursor, cut to a budget at line boundaries.

use firesteel_task::{Complete, Eagerness, Piece, Task};

use crate::source::Source;

/// Pieces of other files in a prompt, in bytes: about 1,000 tokens.
pub const CONTEXT_CAP: usize = 3 * 1024;

/// Where a completion is wanted, and how much.
#[derive(Clone, Copy, Debug)]
pub struct Hole {
    /// Byte offset of the cursor.
    pub offset: usize,
    /// Lines wanted at most.
    pub max_lines: u32,
    /// The user asked by a shortcut or command, rather than merely typing.
    pub invoked: bool,
    /// How sure a text must be that comes unasked.
    pub eagerness: Eagerness,
    /// Which of several texts is wanted: 0 is the best.
    pub alternative: u32,
}

/// The task of writing the text at a hole. Of `pieces` of other files, those that are too long are left out.
pub fn complete(source: Source<'_>, hole: Hole, pieces: Vec<Piece>) -> Task {
    let (before, after) = source.around(hole.offset);
    let mut room = CONTEXT_CAP;
    let mut context = pieces;
    context.retain(|piece| {
        let rest = room.checked_sub(piece.text.text.len());
        room = rest.unwrap_or(room);
        rest.is_some()
    });
    Task::Complete(Complete {
        file: source.file(),
        invoked: hole.invoked,
        eagerness: hole.eagerness,
        max_lines: hole.max_lines,
        alternative: hole.alternative,
        context,
        before,
        after,
        max_tokens: None,
    })
}
