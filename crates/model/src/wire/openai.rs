//! What the shapes that descend from OpenAI's have in common.

use firesteel_task::Usage;
use serde_json::{Map, Value, json};

use crate::wire::{Ask, Filter, Finish, Frame};

/// A body with the model's name, the limit of tokens and streaming.
pub(super) fn body(ask: &Ask<'_>) -> Map<String, Value> {
    let mut body = Map::new();
    if !ask.model().is_empty() {
        body.insert("model".to_owned(), ask.model().into());
    }
    body.insert(ask.max_tokens_field().to_owned(), ask.max_tokens().into());
    body.insert("stream".to_owned(), true.into());
    body
}

/// The messages of a conversation, for wires whose system prompt is one of them.
pub(super) fn messages(ask: &Ask<'_>) -> (Vec<Value>, usize) {
    let chat = ask.chat();
    let mut messages = Vec::with_capacity(chat.turns.len() + 1);
    let mut bytes = chat.instructions.len();
    if !chat.instructions.is_empty() {
        messages.push(json!({"role": "system", "content": chat.instructions}));
    }
    for turn in &chat.turns {
        let text = turn.text();
        bytes += text.len();
        messages.push(json!({"role": turn.role.name(), "content": text}));
    }
    (messages, bytes)
}

/// What is done to the answer of a conversation.
pub(super) fn filter(ask: &Ask<'_>) -> Filter {
    match ask.fim() {
        Some(fim) => Filter::Hole(Box::new(firesteel_prompt::HoleAnswer::new(fim))),
        None => Filter::None,
    }
}

/// Reads a frame of raw completions.
pub(super) fn read_text(frame: &Value) -> Frame {
    read(frame, |choice| choice["text"].as_str().map(str::to_owned))
}

/// Reads a frame of a conversation: a delta, or where nothing streams a message.
pub(super) fn read_delta(frame: &Value) -> Frame {
    let mut read = read(frame, |choice| {
        content(&choice["delta"]["content"]).or_else(|| content(&choice["message"]["content"]))
    });
    let delta = &frame["choices"][0]["delta"];
    read.thinks = ["reasoning_content", "reasoning"]
        .iter()
        .any(|field| delta[field].is_string());
    read
}

/// Some servers give a message's content in parts, of which only the text is shown.
fn content(value: &Value) -> Option<String> {
    let parts = match value {
        Value::String(text) => return Some(text.clone()),
        Value::Array(parts) => parts,
        _ => return None,
    };
    let shown = parts.iter().filter(|part| part["type"] == "text");
    Some(shown.filter_map(|part| part["text"].as_str()).collect())
}

fn read(frame: &Value, text: impl Fn(&Value) -> Option<String>) -> Frame {
    // There may be no choice at all: a frame with nothing but the usage.
    let choice = frame["choices"].get(0).unwrap_or(&Value::Null);
    Frame {
        id: frame["id"].as_str().map(str::to_owned),
        text: text(choice).unwrap_or_default(),
        usage: usage(&frame["usage"]),
        finish: choice["finish_reason"].as_str().map(finish),
        thinks: false,
        prompt: None,
    }
}

/// Reads a usage report; one of zeros says nothing.
fn usage(usage: &Value) -> Option<Usage> {
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let cached = [
        &usage["prompt_tokens_details"]["cached_tokens"],
        &usage["cached_input_tokens"],
        &usage["prompt_cache_hit_tokens"],
    ];
    let read = Usage {
        input_tokens: count(&usage["prompt_tokens"]),
        cached_tokens: cached.into_iter().map(count).max().unwrap_or_default(),
        output_tokens: count(&usage["completion_tokens"]),
    };
    (read.input_tokens + read.output_tokens > 0).then_some(read)
}

/// What a reason to end means, in the words of all vendors.
pub(super) fn finish(reason: &str) -> Finish {
    match reason {
        "length" | "max_tokens" | "limit" | "model_length" | "model_context_window_exceeded" => {
            Finish::Length
        }
        "content_filter" | "refusal" => Finish::Cut(reason.to_owned()),
        "error" | "abort" | "insufficient_system_resource" => Finish::Failed(reason.to_owned()),
        _ => Finish::Stop,
    }
}
