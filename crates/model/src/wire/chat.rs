//! The `chat` wire: `/v1/chat/completions`, for conversations, and for holes with a prompt that shows the hole.

use serde_json::json;

use crate::address::Path;
use crate::transport::frames::Framing;
use crate::wire::{Ask, Call, Wire, openai};

pub(super) static WIRE: Wire = Wire {
    path: Path::Versioned("chat/completions"),
    encode,
    read: openai::read_delta,
};

fn encode(ask: &Ask<'_>) -> Call {
    let mut body = openai::body(ask);
    let (messages, prompt_bytes) = openai::messages(ask);
    body.insert("messages".to_owned(), messages.into());
    body.insert("temperature".to_owned(), ask.temperature().into());
    if let Some(effort) = ask.effort() {
        body.insert("reasoning_effort".to_owned(), effort.into());
    }
    if let Some(tier) = &ask.preset.tier {
        body.insert("service_tier".to_owned(), tier.clone().into());
    }
    if !ask.preset.stop.is_empty() {
        body.insert("stop".to_owned(), ask.stops(&[]).into());
    }
    body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    ask.call(body, Framing::Sse, openai::filter(ask), prompt_bytes)
}
