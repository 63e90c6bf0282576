//! How Firesteel lays a task in a Responses request: written by the engine, read by the gateway.
//!
//! A task is one user message. Each piece of it is a part of its own, opened by a marker line that a
//! hosted model understands as well as our own gateway does. A part is a JSON string of its own, so
//! source text needs no escaping and no marker inside of it can be mistaken. What only our gateway
//! needs stands in `metadata`, under `firesteel.*`.
//!
//! The pieces that change least come first and the text before the cursor last: typing then changes
//! only the end of the prompt, and a server's prompt cache keeps the rest.

use std::collections::BTreeMap;

use crate::client::{CreateResponse, InputItem, Message, Part};

/// Marker lines. Each is the first line of a part; the piece is the rest.
mod marker {
    pub(super) const FILE: &str = "### File";
    pub(super) const CONTEXT: &str = "### Context from elsewhere";
    pub(super) const INSTRUCTION: &str = "### Instruction";
    pub(super) const BEFORE: &str = "### Code before";
    pub(super) const TARGET: &str = "### Code in question";
    pub(super) const AFTER: &str = "### Code after";
    pub(super) const UP_TO_CURSOR: &str = "### Code up to the cursor";
    pub(super) const AFTER_CURSOR: &str = "### Code after the cursor";
}

const TASK: &str = "firesteel.task";
const INVOKED: &str = "firesteel.invoked";
const MAX_LINES: &str = "firesteel.max_lines";
const ALTERNATIVE: &str = "firesteel.alternative";
const ACTION: &str = "firesteel.action";
const ANSWER: &str = "firesteel.answer";

/// What Firesteel asks a model for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Text for the hole at the cursor.
    Complete(Complete),
    /// A new text for a piece of code.
    Edit(EditTask),
    /// Words about a piece of code.
    Explain(Explain),
}

/// Text for the hole at the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Complete {
    /// The file, as the user sees its path.
    pub path: String,
    /// The language's id.
    pub language: String,
    /// Whether the user asked by a key, rather than by typing on.
    pub invoked: bool,
    /// The most lines wanted.
    pub max_lines: u32,
    /// Which of several texts is wanted: 0 is the best, the others are numbered from 1. Of use to a model that gives the same answer to
    /// the same question.
    pub alternative: u32,
    /// Pieces of other files.
    pub context: String,
    /// The text before the cursor.
    pub before: String,
    /// The text after the cursor.
    pub after: String,
}

/// A new text for a piece of code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditTask {
    /// The file, as the user sees its path.
    pub path: String,
    /// The language's id.
    pub language: String,
    /// Which code action this is, such as `document`.
    pub action: String,
    /// What the user or the action wants, in words.
    pub instruction: String,
    /// The text before the piece.
    pub before: String,
    /// The piece.
    pub target: String,
    /// The text after the piece.
    pub after: String,
}

/// Words about a piece of code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explain {
    /// The file, as the user sees its path.
    pub path: String,
    /// The language's id.
    pub language: String,
    /// The text before the piece.
    pub before: String,
    /// The piece: a name or an item.
    pub target: String,
    /// The text after the piece.
    pub after: String,
}

impl Task {
    /// The request for this task; the caller adds the model's name and what else its endpoint needs.
    pub fn to_request(&self, instructions: &str) -> CreateResponse {
        let (metadata, content) = match self {
            Task::Complete(task) => task.lay(),
            Task::Edit(task) => task.lay(),
            Task::Explain(task) => task.lay(),
        };
        CreateResponse {
            instructions: Some(instructions.to_owned()),
            input: vec![InputItem::Message(Message {
                role: "user".to_owned(),
                content,
            })],
            metadata,
            ..CreateResponse::default()
        }
    }

    /// The pieces of the user's text that the task carries, so that they can be redacted in one place.
    pub fn texts_mut(&mut self) -> Vec<&mut String> {
        match self {
            Task::Complete(task) => vec![&mut task.context, &mut task.before, &mut task.after],
            Task::Edit(task) => vec![
                &mut task.instruction,
                &mut task.before,
                &mut task.target,
                &mut task.after,
            ],
            Task::Explain(task) => vec![&mut task.before, &mut task.target, &mut task.after],
        }
    }

    /// The path of the file that the task is about.
    pub fn path_mut(&mut self) -> &mut String {
        match self {
            Task::Complete(task) => &mut task.path,
            Task::Edit(task) => &mut task.path,
            Task::Explain(task) => &mut task.path,
        }
    }

    /// The task of a request; `None` for a plain request of some other client.
    pub fn from_request(request: &CreateResponse) -> Option<Task> {
        let metadata = &request.metadata;
        let pieces = Pieces::read(request);
        match metadata.get(TASK)?.as_str() {
            "complete" => Complete::read(metadata, &pieces).map(Task::Complete),
            "edit" => EditTask::read(metadata, &pieces).map(Task::Edit),
            "explain" => Explain::read(&pieces).map(Task::Explain),
            _ => None,
        }
    }
}

type Metadata = BTreeMap<String, String>;

impl Complete {
    fn lay(&self) -> (Metadata, Vec<Part>) {
        let mut metadata = Metadata::from([
            (TASK.to_owned(), "complete".to_owned()),
            (INVOKED.to_owned(), self.invoked.to_string()),
            (MAX_LINES.to_owned(), self.max_lines.to_string()),
        ]);
        if self.alternative > 0 {
            metadata.insert(ALTERNATIVE.to_owned(), self.alternative.to_string());
        }
        let mut parts = vec![file_part(&self.path, &self.language)];
        if !self.context.is_empty() {
            parts.push(part(marker::CONTEXT, &self.context));
        }
        parts.push(part(marker::AFTER_CURSOR, &self.after));
        parts.push(part(marker::UP_TO_CURSOR, &self.before));
        (metadata, parts)
    }

    fn read(metadata: &Metadata, pieces: &Pieces<'_>) -> Option<Self> {
        let (path, language) = pieces.file()?;
        Some(Complete {
            path,
            language,
            invoked: metadata.get(INVOKED).is_some_and(|value| value == "true"),
            max_lines: metadata
                .get(MAX_LINES)
                .and_then(|value| value.parse().ok())
                .unwrap_or(1),
            alternative: metadata
                .get(ALTERNATIVE)
                .and_then(|value| value.parse().ok())
                .unwrap_or(0),
            context: pieces.get(marker::CONTEXT).unwrap_or_default(),
            before: pieces.get(marker::UP_TO_CURSOR)?,
            after: pieces.get(marker::AFTER_CURSOR)?,
        })
    }
}

impl EditTask {
    fn lay(&self) -> (Metadata, Vec<Part>) {
        let metadata = Metadata::from([
            (TASK.to_owned(), "edit".to_owned()),
            (ACTION.to_owned(), self.action.clone()),
            (ANSWER.to_owned(), crate::blocks::VERSION.to_string()),
        ]);
        let parts = vec![
            file_part(&self.path, &self.language),
            part(marker::BEFORE, &self.before),
            part(marker::AFTER, &self.after),
            part(marker::TARGET, &self.target),
            part(marker::INSTRUCTION, &self.instruction),
        ];
        (metadata, parts)
    }

    fn read(metadata: &Metadata, pieces: &Pieces<'_>) -> Option<Self> {
        let (path, language) = pieces.file()?;
        Some(EditTask {
            path,
            language,
            action: metadata.get(ACTION).cloned().unwrap_or_default(),
            instruction: pieces.get(marker::INSTRUCTION).unwrap_or_default(),
            before: pieces.get(marker::BEFORE)?,
            target: pieces.get(marker::TARGET)?,
            after: pieces.get(marker::AFTER)?,
        })
    }
}

impl Explain {
    fn lay(&self) -> (Metadata, Vec<Part>) {
        let metadata = Metadata::from([(TASK.to_owned(), "explain".to_owned())]);
        let parts = vec![
            file_part(&self.path, &self.language),
            part(marker::BEFORE, &self.before),
            part(marker::AFTER, &self.after),
            part(marker::TARGET, &self.target),
        ];
        (metadata, parts)
    }

    fn read(pieces: &Pieces<'_>) -> Option<Self> {
        let (path, language) = pieces.file()?;
        Some(Explain {
            path,
            language,
            before: pieces.get(marker::BEFORE)?,
            target: pieces.get(marker::TARGET)?,
            after: pieces.get(marker::AFTER)?,
        })
    }
}

fn part(marker: &str, piece: &str) -> Part {
    Part::Input(format!("{marker}\n{piece}"))
}

/// `path (language)`; no language's id has a parenthesis, so the last one opens it.
fn file_part(path: &str, language: &str) -> Part {
    part(marker::FILE, &format!("{path} ({language})"))
}

/// The parts of a request by their markers.
struct Pieces<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Pieces<'a> {
    fn read(request: &'a CreateResponse) -> Self {
        Pieces(
            request
                .texts()
                .filter_map(|text| text.split_once('\n'))
                .collect(),
        )
    }

    /// The newest piece under a marker: a continued request repeats the markers of the earlier ones.
    fn get(&self, marker: &str) -> Option<String> {
        let (_, piece) = self.0.iter().rev().find(|(found, _)| *found == marker)?;
        Some((*piece).to_owned())
    }

    fn file(&self) -> Option<(String, String)> {
        let file = self.get(marker::FILE)?;
        let (path, language) = file.strip_suffix(')')?.rsplit_once(" (")?;
        Some((path.to_owned(), language.to_owned()))
    }
}
