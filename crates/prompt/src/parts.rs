//! What a prompt is made of, for people: each piece with where it comes from and the secrets that it shows as placeholders.

use std::ops::Range;

use firesteel_privacy::Redacted;
use firesteel_task::{Code, Complete, File, Piece, Replaced, Task};

use crate::question::Question;
use crate::render;

/// A piece of a prompt, as it was given to be sent: a wire may leave it out, or cut it, where there is no room.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it comes from.
    pub from: PartSource,
    /// The file that it is of, relative to the workspace.
    pub path: Option<String>,
    /// The lines of that file, from 1, where they are known.
    pub lines: Option<Range<usize>>,
    /// Redacted text.
    pub text: String,
    /// The secrets that it shows as placeholders.
    pub replaced: Vec<Replaced>,
}

/// Where a piece of a prompt comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartSource {
    /// What Firesteel tells every model that is asked for the same.
    Instructions,
    /// The text before the cursor.
    BeforeCursor,
    /// The text after the cursor.
    AfterCursor,
    /// Another file that goes on from the same words as stand before the cursor.
    SameWords,
    /// Another file that defines this name, which stands near the cursor.
    Definition(String),
    /// The text before the code in question.
    CodeBefore,
    /// The code that is to be changed, explained or predicted.
    Code,
    /// The text after the code in question.
    CodeAfter,
    /// One of the user's latest edits.
    RecentEdit,
    /// What the user or the action wants.
    Instruction,
    /// A change that is to be reviewed.
    Change,
    /// What of a change is sensitive.
    Concerns,
    /// What the model has answered before.
    Answer,
    /// What the user wanted then.
    Request,
    /// A turn of another program's conversation.
    Conversation,
}

impl std::fmt::Debug for Part {
    /// Without its text: what may be logged has none.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part")
            .field("from", &self.from.name())
            .field("bytes", &self.text.len())
            .finish()
    }
}

impl PartSource {
    /// The name in the protocol; it does not change.
    pub fn name(&self) -> &'static str {
        match self {
            PartSource::Instructions => "instructions",
            PartSource::BeforeCursor => "before_cursor",
            PartSource::AfterCursor => "after_cursor",
            PartSource::SameWords | PartSource::Definition(_) => "other_file",
            PartSource::CodeBefore => "code_before",
            PartSource::Code => "code",
            PartSource::CodeAfter => "code_after",
            PartSource::RecentEdit => "recent_edit",
            PartSource::Instruction => "instruction",
            PartSource::Change => "change",
            PartSource::Concerns => "concerns",
            PartSource::Answer => "answer",
            PartSource::Request => "request",
            PartSource::Conversation => "conversation",
        }
    }

    /// The same for people.
    pub fn words(&self) -> &'static str {
        match self {
            PartSource::Instructions => "Firesteel's instructions",
            PartSource::BeforeCursor => "Text before the cursor",
            PartSource::AfterCursor => "Text after the cursor",
            PartSource::SameWords | PartSource::Definition(_) => "Another file",
            PartSource::CodeBefore => "Text before the code",
            PartSource::Code => "The code in question",
            PartSource::CodeAfter => "Text after the code",
            PartSource::RecentEdit => "A recent edit",
            PartSource::Instruction => "The instruction",
            PartSource::Change => "The change to review",
            PartSource::Concerns => "What is sensitive about it",
            PartSource::Answer => "The model's earlier answer",
            PartSource::Request => "The request that followed",
            PartSource::Conversation => "A turn of the conversation",
        }
    }

    /// Why it was chosen, where there was a choice.
    pub fn why(&self) -> Option<String> {
        match self {
            PartSource::SameWords => {
                Some("goes on from the same words as stand before the cursor".to_owned())
            }
            PartSource::Definition(name) => {
                Some(format!("defines {name}, which stands near the cursor"))
            }
            _ => None,
        }
    }
}

/// The pieces of a task's prompt and of the conversation that went on from it; `question` is what was written of it.
pub fn parts(redacted: &Redacted, question: &Question) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Question::Chat(chat) = question {
        parts.push(part(PartSource::Instructions, &chat.instructions));
    }
    match redacted.task() {
        Task::Complete(task) => hole(task, &mut parts),
        Task::Edit(task) => {
            code(&task.file, &task.code, &mut parts);
            parts.push(part(PartSource::Instruction, &task.instruction.text));
        }
        Task::NextEdit(task) => {
            code(&task.file, &task.code, &mut parts);
            parts.extend(task.history.iter().map(|diff| Part {
                path: path(diff.path.as_ref().unwrap_or(&task.file.path)),
                lines: Some(diff.line..diff.line + diff.new.text.lines().count()),
                ..part(PartSource::RecentEdit, render::hunk(diff).trim_end())
            }));
        }
        Task::Explain(task) => code(&task.file, &task.code, &mut parts),
        Task::Review(task) => {
            let mut change = part(PartSource::Change, &task.diff.text);
            change.path = path(&task.file.path);
            let is_shown = |one: &&Replaced| task.diff.text.contains(&one.placeholder);
            change.replaced = { task.replaced.iter() }.filter(is_shown).cloned().collect();
            parts.push(change);
            parts.push(part(PartSource::Concerns, &task.concerns.text));
        }
        Task::Chat(task) => {
            let turns = task.turns.iter();
            parts.extend(turns.map(|turn| part(PartSource::Conversation, &turn.text.text)));
        }
    }
    for turn in redacted.turns() {
        parts.push(part(PartSource::Answer, &turn.answer));
        parts.push(part(PartSource::Request, &turn.request));
    }
    parts.retain(|part| !part.text.is_empty());
    for part in &mut parts {
        part.replaced
            .extend(redacted.placeholders().replaced(&part.text));
    }
    parts
}

fn hole(task: &Complete, parts: &mut Vec<Part>) {
    let pieces = task.context.iter();
    parts.extend(pieces.map(|piece| {
        let Piece {
            line,
            text,
            defines,
            ..
        } = piece;
        let from = match defines {
            Some(name) => PartSource::Definition(name.clone()),
            None => PartSource::SameWords,
        };
        Part {
            path: path(&piece.path),
            lines: Some(*line..line + text.text.lines().count()),
            ..part(from, render::shown(&text.text).trim_end())
        }
    }));
    let around = [
        (PartSource::BeforeCursor, &task.before),
        (PartSource::AfterCursor, &task.after),
    ];
    parts.extend(around.map(|(from, excerpt)| Part {
        path: path(&task.file.path),
        ..part(from, &render::shown(&excerpt.text))
    }));
}

fn code(file: &File, code: &Code, parts: &mut Vec<Part>) {
    let pieces = [
        (PartSource::CodeBefore, &code.before),
        (PartSource::Code, &code.target),
        (PartSource::CodeAfter, &code.after),
    ];
    parts.extend(pieces.map(|(from, excerpt)| Part {
        path: path(&file.path),
        ..part(from, &render::shown(&excerpt.text))
    }));
}

fn part(from: PartSource, text: &str) -> Part {
    Part {
        from,
        path: None,
        lines: None,
        text: text.to_owned(),
        replaced: Vec::new(),
    }
}

fn path(path: &std::path::Path) -> Option<String> {
    Some(path.display().to_string())
}
