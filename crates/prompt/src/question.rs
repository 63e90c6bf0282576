//! What a model is asked, independent of any wire: a hole to fill, or a conversation.

/// A question to a model. Its text is already redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Text for a hole, from a model that was trained on fill-in-the-middle or, by [`hole`](crate::hole), from any.
    Fim(Fim),
    /// The next turn of a conversation.
    Chat(Chat),
}

/// A hole to fill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fim {
    /// The file, relative to its workspace.
    pub path: String,
    /// The language's id, or empty.
    pub language: String,
    /// The text before the cursor, as much as the caller likes: a format cuts it to the model's window.
    pub before: String,
    /// The text after the cursor, likewise.
    pub after: String,
    /// Pieces of other files, the most relevant first.
    pub extra: Vec<Extra>,
    /// Lines wanted at most; 0 where there is no limit.
    pub max_lines: u32,
    /// Tokens wanted at most.
    pub max_tokens: u32,
    /// Which of several texts is wanted: 0 is the best, the others are numbered from 1.
    pub alternative: u32,
    /// The user asked by a shortcut or command, rather than merely typing.
    pub invoked: bool,
}

/// A piece of another file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extra {
    /// The file it comes from, relative to its workspace.
    pub path: String,
    /// Whole lines.
    pub text: String,
}

/// A conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chat {
    /// What the model has to know before the first turn: its system prompt.
    pub instructions: String,
    /// The turns, the oldest first; the last one is the user's.
    pub turns: Vec<Turn>,
    /// Tokens wanted at most.
    pub max_tokens: Option<u32>,
    /// How much chance is to play, in thousandths; nothing where it does not matter.
    pub temperature: Option<u32>,
}

/// A turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said, piece by piece. Wires without parts join them with a blank line.
    pub parts: Vec<String>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The user.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The name that every chat protocol uses.
    pub fn name(self) -> &'static str {
        match self {
            Role::User => "user",
            Role::Assistant => "assistant",
        }
    }
}

impl Turn {
    /// A turn of the user in one part.
    pub fn user(text: impl Into<String>) -> Self {
        Turn {
            role: Role::User,
            parts: vec![text.into()],
        }
    }

    /// A turn of the model.
    pub fn assistant(text: impl Into<String>) -> Self {
        Turn {
            role: Role::Assistant,
            parts: vec![text.into()],
        }
    }

    /// The parts as one text.
    pub fn text(&self) -> String {
        self.parts.join("\n\n")
    }
}

impl Question {
    /// Tokens wanted at most.
    pub fn max_tokens(&self) -> Option<u32> {
        match self {
            Question::Fim(fim) => (fim.max_tokens > 0).then_some(fim.max_tokens),
            Question::Chat(chat) => chat.max_tokens,
        }
    }
}
