//! The wires: how a question is written for an endpoint, and how its answer is read.
//!
//! A wire is one file below `wire/` and a line in [`WIRES`]: it encodes, reads frames and tells what an error means
//! where that differs from everybody's. Transports, retries, deadlines, keys and cancellation are not its business.

pub(crate) mod responses;

use serde::{Deserialize, Serialize};

/// Which wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// OpenAI's Responses over a WebSocket or server-sent events.
    Responses,
    /// `/v1/completions` with a prompt in the model's own format, or with `suffix`.
    Completions,
    /// llama.cpp's `/infill`.
    Infill,
    /// Ollama's `/api/generate`.
    Ollama,
    /// Mistral's `/v1/fim/completions`.
    FimChat,
    /// `/v1/chat/completions`.
    Chat,
    /// Anthropic's `/v1/messages`.
    Messages,
    /// Inception's `/v1/edit/completions`.
    Edit,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 8] = [
        Kind::Responses,
        Kind::Completions,
        Kind::Infill,
        Kind::Ollama,
        Kind::FimChat,
        Kind::Chat,
        Kind::Messages,
        Kind::Edit,
    ];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Responses => "responses",
            Kind::Completions => "completions",
            Kind::Infill => "infill",
            Kind::Ollama => "ollama",
            Kind::FimChat => "fim_chat",
            Kind::Chat => "chat",
            Kind::Messages => "messages",
            Kind::Edit => "edit",
        }
    }

    /// The wire for conversations with a server that speaks this one.
    pub fn for_chat(self) -> Option<Kind> {
        match self {
            Kind::Responses | Kind::Messages => Some(self),
            Kind::Edit => None,
            _ => Some(Kind::Chat),
        }
    }
}
