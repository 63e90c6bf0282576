//! The task of an edit: the code to change, what stands around it, and what the user wants.

use std::ops::Range;

use firesteel_privacy::scanned;
use firesteel_task::{Edit, Excerpt, Task, Wanted};

use crate::source::Source;

/// What an edit asks for.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// What is to come back.
    pub wanted: Wanted,
    /// What the user wants, in words.
    pub instruction: String,
    /// Code that the instruction is about, where that is not the code to change.
    pub about: Option<Excerpt>,
    /// The bytes that the action is about.
    pub target: Range<usize>,
}

/// The task of an edit.
pub fn edit(source: Source<'_>, rewrite: &Rewrite) -> Task {
    let mut instruction = scanned(&rewrite.instruction);
    if let Some(about) = &rewrite.about {
        instruction.push(about);
    }
    Task::Edit(Edit {
        file: source.file(),
        wanted: rewrite.wanted,
        instruction,
        code: source.code(rewrite.target.clone()),
    })
}
