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
    pub from: From,
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
pub enum From {
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

impl From {
    /// The name in the protocol; it does not change.
    pub fn name(&self) -> &'static str {
        match self {
            From::Instructions => "instructions",
            From::BeforeCursor => "before_cursor",
            From::AfterCursor => "after_cursor",
            From::SameWords | From::Definition(_) => "other_file",
            From::CodeBefore => "code_before",
            From::Code => "code",
            From::CodeAfter => "code_after",
            From::RecentEdit => "recent_edit",
            From::Instruction => "instruction",
            From::Change => "change",
            From::Concerns => "concerns",
            From::Answer => "answer",
            From::Request => "request",
            From::Conversation => "conversation",
        }
    }

    /// The same for people.
    pub fn words(&self) -> &'static str {
        match self {
            From::Instructions => "Firesteel's instructions",
            From::BeforeCursor => "Text before the cursor",
            From::AfterCursor => "Text after the cursor",
            From::SameWords | From::Definition(_) => "Another file",
            From::CodeBefore => "Text before the code",
            From::Code => "The code in question",
            From::CodeAfter => "Text after the code",
            From::RecentEdit => "A recent edit",
            From::Instruction => "The instruction",
            From::Change => "The change to review",
            From::Concerns => "What is sensitive about it",
            From::Answer => "The model's earlier answer",
            From::Request => "The request that followed",
            From::Conversation => "A turn of the conversation",
        }
    }

    /// Why it was chosen, where there was a choice.
    pub fn why(&self) -> Option<String> {
        match self {
            From::SameWords => {
                Some("goes on from the same words as stand before the cursor".to_owned())
            }
            From::Definition(name) => Some(format!("defines {name}, which stands near the cursor")),
            _ => None,
        }
    }
}

/// The pieces of a task's prompt and of the conversation that went on from it; `question` is what was written of it.
pub fn parts(redacted: &Redacted, question: &Question) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Question::Chat(chat) = question {
        parts.push(part(From::Instructions, &chat.instructions));
    }
    match redacted.task() {
        Task::Complete(task) => hole(task, &mut parts),
        Task::Edit(task) => {
            code(&task.file, &task.code, &mut parts);
            parts.push(part(From::Instruction, &task.instruction.text));
        }
        Task::NextEdit(task) => {
            code(&task.file, &task.code, &mut parts);
            parts.extend(task.history.iter().map(|diff| Part {
                path: path(diff.path.as_ref().unwrap_or(&task.file.path)),
                lines: Some(diff.line..diff.line + diff.new.text.lines().count()),
                ..part(From::RecentEdit, render::hunk(diff).trim_end())
            }));
        }
        Task::Explain(task) => code(&task.file, &task.code, &mut parts),
        Task::Review(task) => {
            let mut change = part(From::Change, &task.diff.text);
            change.path = path(&task.file.path);
            let is_shown = |one: &&Replaced| task.diff.text.contains(&one.placeholder);
            change.replaced = { task.replaced.iter() }.filter(is_shown).cloned().collect();
            parts.push(change);
            parts.push(part(From::Concerns, &task.concerns.text));
        }
        Task::Chat(task) => {
            let turns = task.turns.iter();
            parts.extend(turns.map(|turn| part(From::Conversation, &turn.text.text)));
        }
    }
    for turn in redacted.turns() {
        parts.push(part(From::Answer, &turn.answer));
        parts.push(part(From::Request, &turn.request));
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
            Some(name) => From::Definition(name.clone()),
            None => From::SameWords,
        };
        Part {
            path: path(&piece.path),
            lines: Some(*line..line + text.text.lines().count()),
            ..part(from, render::shown(&text.text).trim_end())
        }
    }));
    let around = [
        (From::BeforeCursor, &task.before),
        (From::AfterCursor, &task.after),
    ];
    parts.extend(around.map(|(from, excerpt)| Part {
        path: path(&task.file.path),
        ..part(from, &render::shown(&excerpt.text))
    }));
}

fn code(file: &File, code: &Code, parts: &mut Vec<Part>) {
    let pieces = [
        (From::CodeBefore, &code.before),
        (From::Code, &code.target),
        (From::CodeAfter, &code.after),
    ];
    parts.extend(pieces.map(|(from, excerpt)| Part {
        path: path(&file.path),
        ..part(from, &render::shown(&excerpt.text))
    }));
}

fn part(from: From, text: &str) -> Part {
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
