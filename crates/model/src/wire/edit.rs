//! The `edit` wire: Inception's `/v1/edit/completions`, which takes one message of the user, does not stream, and
//! answers with the new text in a fence.

use serde_json::{Map, json};

use crate::address::Path;
use crate::transport::frames::Framing;
use crate::wire::{Ask, Call, Filter, Wire, openai};

pub(super) static WIRE: Wire = Wire {
    path: Path::Versioned("edit/completions"),
    encode,
    read: openai::read_delta,
};

fn encode(ask: &Ask<'_>) -> Call {
    let chat = ask.chat();
    // There is no system prompt and no second turn: all is one message.
    let said = chat.turns.iter().map(firesteel_prompt::Turn::text);
    let instructions = Some(chat.instructions.clone()).filter(|text| !text.is_empty());
    let text = instructions
        .into_iter()
        .chain(said)
        .collect::<Vec<_>>()
        .join("\n\n");
    let prompt_bytes = text.len();
    let mut body = Map::new();
    body.insert("model".to_owned(), ask.model().into());
    body.insert("max_tokens".to_owned(), ask.max_tokens().into());
    body.insert(
        "messages".to_owned(),
        json!([{"role": "user", "content": text}]),
    );
    ask.call(
        body,
        Framing::Whole,
        Filter::Fence(String::new()),
        prompt_bytes,
    )
}
