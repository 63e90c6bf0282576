//! The `messages` wire: Anthropic's `/v1/messages`, for edits, explanations, questions and reviews.

use firesteel_task::Usage;
use serde_json::{Map, Value, json};

use crate::address::Path;
use crate::transport::frames::Framing;
use crate::wire::{Ask, Call, Finish, Frame, Wire, openai};

/// A system prompt worth caching, in bytes: about the least that the vendor caches.
const MIN_CACHED: usize = 4096;

pub(super) static WIRE: Wire = Wire {
    path: Path::Versioned("messages"),
    encode,
    read,
};

fn encode(ask: &Ask<'_>) -> Call {
    let chat = ask.chat();
    let mut body = Map::new();
    body.insert("model".to_owned(), ask.model().into());
    body.insert("max_tokens".to_owned(), ask.max_tokens().into());
    body.insert("stream".to_owned(), true.into());
    let mut prompt_bytes = chat.instructions.len();
    if !chat.instructions.is_empty() {
        let mut system = json!({"type": "text", "text": chat.instructions});
        if chat.instructions.len() >= MIN_CACHED {
            system["cache_control"] = json!({"type": "ephemeral"});
        }
        body.insert("system".to_owned(), json!([system]));
    }
    let messages = chat.turns.iter().map(|turn| {
        prompt_bytes += turn.parts.iter().map(String::len).sum::<usize>();
        let parts = turn.parts.iter().filter(|part| !part.is_empty());
        let parts: Vec<Value> = parts
            .map(|part| json!({"type": "text", "text": part}))
            .collect();
        json!({"role": turn.role.name(), "content": parts})
    });
    let messages: Vec<Value> = messages.collect();
    body.insert("messages".to_owned(), messages.into());
    if let Some(temperature) = ask.wanted_temperature() {
        body.insert("temperature".to_owned(), temperature.min(1.0).into());
    }
    if let Some(effort) = ask.effort() {
        body.insert("output_config".to_owned(), json!({"effort": effort}));
    }
    ask.call(body, Framing::Sse, openai::filter(ask), prompt_bytes)
}

fn read(frame: &Value) -> Frame {
    let mut read = Frame::default();
    match frame["type"].as_str().unwrap_or_default() {
        "message_start" => {
            read.id = frame["message"]["id"].as_str().map(str::to_owned);
            read.usage = usage(&frame["message"]["usage"]);
        }
        "content_block_start" => text_of(&frame["content_block"], &mut read),
        "content_block_delta" => match frame["delta"]["type"].as_str() {
            Some("text_delta") => text_of(&frame["delta"], &mut read),
            Some("thinking_delta" | "signature_delta") => read.thinks = true,
            _ => {}
        },
        "message_delta" => {
            read.usage = usage(&frame["usage"]);
            read.finish = frame["delta"]["stop_reason"].as_str().map(openai::finish);
        }
        "message_stop" => read.finish = Some(Finish::Stop),
        // The whole message, where nothing streams.
        "message" => {
            for block in frame["content"].as_array().into_iter().flatten() {
                text_of(block, &mut read);
            }
            read.usage = usage(&frame["usage"]);
            read.finish = frame["stop_reason"].as_str().map(openai::finish);
        }
        _ => {}
    }
    read
}

fn text_of(block: &Value, read: &mut Frame) {
    read.text
        .push_str(block["text"].as_str().unwrap_or_default());
}

fn usage(usage: &Value) -> Option<Usage> {
    let count = |name: &str| usage[name].as_u64().unwrap_or_default();
    usage.is_object().then(|| Usage {
        input_tokens: count("input_tokens")
            + count("cache_read_input_tokens")
            + count("cache_creation_input_tokens"),
        cached_tokens: count("cache_read_input_tokens"),
        output_tokens: count("output_tokens"),
    })
}
