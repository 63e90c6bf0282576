//! The wires: how a question is written for an endpoint, and how its answer is read.
//!
//! A wire is one file below `wire/` and a line in [`Kind::wire`]: it encodes and it reads frames. Transports, retries,
//! deadlines, keys, cancellation and errors are not its business. A wire's fields that an endpoint may do without are
//! left out of the next request, and remembered, when the endpoint refuses them.

mod chat;
mod completions;
mod edit;
mod fim_chat;
pub(crate) mod infill;
mod messages;
pub(crate) mod ollama;
mod openai;
pub(crate) mod responses;

use firesteel_prompt::formats::Output;
use firesteel_prompt::{Chat, Fim, Format, HoleAnswer, Question};
use firesteel_task::Usage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::address::Path;
use crate::learned::Facts;
use crate::preset::Preset;
use crate::transport::frames::Framing;

/// Stops that servers take at most; all are looked for here as well.
const MAX_STOPS: usize = 4;
/// Tokens of a hole's answer where the question sets no limit. Some vendors book the limit in advance, and some servers
/// stop after 16 tokens where none is set.
const HOLE_TOKENS: u32 = 128;
/// Tokens of a conversation's answer where the question sets no limit.
const CHAT_TOKENS: u32 = 4096;

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

/// How the text of a hole is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    /// The server fills in the middle by itself.
    Native,
    /// The prompt is written here, in the model's format.
    Template(&'static Format),
    /// By a conversation that shows the hole; a question that is a conversation is always so.
    Talk,
}

/// A question on its way to a wire.
pub(crate) struct Ask<'a> {
    pub(crate) question: &'a Question,
    pub(crate) how: How,
    pub(crate) preset: &'a Preset,
    pub(crate) facts: &'a Facts,
    /// The most bytes of a hole's prompt.
    pub(crate) budget: usize,
}

/// A request as a wire has written it.
pub(crate) struct Call {
    pub(crate) body: Map<String, Value>,
    pub(crate) framing: Framing,
    pub(crate) filter: Filter,
    /// Bytes that the model has to read.
    pub(crate) prompt_bytes: usize,
}

/// What is done to an answer while it streams in.
#[derive(Debug)]
pub(crate) enum Filter {
    None,
    /// Stops are applied, and broken tokens made whole.
    Output(Box<Output>),
    /// What does not belong into the hole is taken away.
    Hole(Box<HoleAnswer>),
    /// A fence around the whole is taken away.
    Fence(String),
}

/// What a frame says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Frame {
    pub(crate) id: Option<String>,
    pub(crate) text: String,
    pub(crate) usage: Option<Usage>,
    pub(crate) finish: Option<Finish>,
    /// The model writes something that is not shown.
    pub(crate) thinks: bool,
    /// The prompt as the server has read it, where it says.
    pub(crate) prompt: Option<String>,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finish {
    /// The model had said all.
    Stop,
    /// It reached a limit.
    Length,
    /// The server cut it short, for this reason.
    Cut(String),
    /// The server failed, or has no room.
    Failed(String),
}

/// How a question is written and an answer read.
pub(crate) struct Wire {
    pub(crate) path: Path<'static>,
    pub(crate) encode: fn(&Ask<'_>) -> Call,
    /// Reads a frame's JSON. A frame that has nothing of the wire's own says nothing.
    pub(crate) read: fn(&Value) -> Frame,
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

    /// How it is written and read; the Responses protocol has a client of its own.
    pub(crate) fn wire(self) -> &'static Wire {
        match self {
            Kind::Completions => &completions::WIRE,
            Kind::Infill => &infill::WIRE,
            Kind::Ollama => &ollama::WIRE,
            Kind::FimChat => &fim_chat::WIRE,
            Kind::Chat | Kind::Responses => &chat::WIRE,
            Kind::Messages => &messages::WIRE,
            Kind::Edit => &edit::WIRE,
        }
    }
}

impl Ask<'_> {
    /// The hole, where one is asked for.
    pub(crate) fn fim(&self) -> Option<&Fim> {
        match self.question {
            Question::Fim(fim) => Some(fim),
            Question::Chat(_) => None,
        }
    }

    /// The conversation, which for a hole is one that shows it.
    pub(crate) fn chat(&self) -> Chat {
        match self.question {
            Question::Fim(fim) => firesteel_prompt::hole_within(fim, self.budget),
            Question::Chat(chat) => chat.clone(),
        }
    }

    /// Tokens wanted at most.
    pub(crate) fn max_tokens(&self) -> u32 {
        let default = match self.question {
            Question::Fim(_) => HOLE_TOKENS,
            Question::Chat(_) => CHAT_TOKENS,
        };
        self.question.max_tokens().unwrap_or(default)
    }

    /// The model's name, where there is one.
    pub(crate) fn model(&self) -> &str {
        match self.preset.name.is_empty() {
            true => self.facts.name.as_deref().unwrap_or_default(),
            false => &self.preset.name,
        }
    }

    /// What the limit of tokens is called.
    pub(crate) fn max_tokens_field(&self) -> &str {
        self.facts
            .max_tokens_field
            .as_deref()
            .unwrap_or(&self.preset.max_tokens_field)
    }

    /// How hard the model is to think.
    pub(crate) fn effort(&self) -> Option<&str> {
        let of_hole = self.fim().and(self.preset.hole_effort.as_deref());
        let effort = of_hole.or(self.preset.effort.as_deref());
        effort.filter(|effort| !effort.is_empty())
    }

    /// How much chance plays: none for the best text, some for another one.
    pub(crate) fn temperature(&self) -> f64 {
        /// Enough to write something else, not enough to write nonsense.
        const OTHER: f64 = 0.7;
        match self.fim() {
            Some(fim) if fim.alternative > 0 => OTHER,
            _ => self.wanted_temperature().unwrap_or(0.0),
        }
    }

    /// The temperature that the caller asked for, if any.
    pub(crate) fn wanted_temperature(&self) -> Option<f64> {
        match self.question {
            Question::Fim(_) => None,
            Question::Chat(chat) => chat.temperature.map(|wanted| f64::from(wanted) / 1000.0),
        }
    }

    /// What the server is told to stop at.
    pub(crate) fn stops(&self, own: &[String]) -> Vec<String> {
        let all = self.preset.stop.iter().chain(own);
        all.take(MAX_STOPS).cloned().collect()
    }

    /// A request with the fields that all have, those that the user adds, and without those that the endpoint refuses.
    pub(crate) fn call(
        &self,
        mut body: Map<String, Value>,
        framing: Framing,
        filter: Filter,
        prompt_bytes: usize,
    ) -> Call {
        for (name, value) in &self.preset.body {
            if let Ok(value) = serde_json::to_value(value) {
                body.insert(name.clone(), value);
            }
        }
        for name in self.preset.drops.iter().chain(&self.facts.dropped) {
            body.remove(name);
        }
        Call {
            body,
            framing,
            filter,
            prompt_bytes,
        }
    }
}

impl Filter {
    /// For an answer whose model is stopped by `stops`.
    pub(crate) fn stops(stops: Vec<String>) -> Self {
        Filter::Output(Box::new(Output::with_stops(stops)))
    }

    /// Takes more of an answer; gives what of it is certain.
    pub(crate) fn push(&mut self, text: &str) -> String {
        match self {
            Filter::None => text.to_owned(),
            Filter::Output(output) => output.push(text),
            Filter::Hole(answer) => answer.push(text),
            Filter::Fence(all) => {
                all.push_str(text);
                String::new()
            }
        }
    }

    /// The answer is over; gives what was held back.
    pub(crate) fn finish(&mut self) -> String {
        match self {
            Filter::None => String::new(),
            Filter::Output(output) => output.finish(),
            Filter::Hole(answer) => answer.finish(),
            Filter::Fence(all) => firesteel_prompt::strip_fences(&std::mem::take(all)).to_owned(),
        }
    }

    /// Whether nothing more can come.
    pub(crate) fn has_ended(&self) -> bool {
        match self {
            Filter::None | Filter::Fence(_) => false,
            Filter::Output(output) => output.has_ended(),
            Filter::Hole(answer) => answer.has_ended(),
        }
    }
}

/// The text before the cursor for servers that take it and `suffix` only: other files and the path go before it, as
/// comments and code.
fn before_with_path(fim: &Fim, cut: &firesteel_prompt::formats::window::Cut<'_>) -> String {
    let mut before = String::new();
    for extra in cut.extra.iter().rev() {
        let text = extra.text.trim_end();
        before.push_str(&format!("{}{text}\n\n", comment(fim, &extra.path)));
    }
    before.push_str(&title(fim));
    before.push_str(cut.before);
    before
}

/// The file's path as its first line.
fn title(fim: &Fim) -> String {
    match fim.path.is_empty() {
        true => String::new(),
        false => comment(fim, &fim.path),
    }
}

fn comment(fim: &Fim, text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    format!(
        "{} {text}\n",
        firesteel_prompt::formats::comment(&fim.language)
    )
}
