//! The `ollama` wire: `/api/generate`, with `suffix` where the model's template takes one, else raw in the model's own
//! format. What changes how the model is loaded (`num_ctx`) is never sent, for each change loads it anew.

use firesteel_prompt::formats::window;
use firesteel_task::Usage;
use serde_json::{Map, Value, json};

use crate::address::Path;
use crate::transport::frames::Framing;
use crate::wire::{Ask, Call, Filter, Frame, How, Wire, openai};

pub(super) static WIRE: Wire = Wire {
    path: Path::Plain("api/generate"),
    encode,
    read,
};

fn encode(ask: &Ask<'_>) -> Call {
    let fim = ask.fim().cloned().unwrap_or_default();
    let mut body = warm(ask);
    let (mut prompt, suffix, own, filter) = match ask.how {
        How::Template(format) => {
            body.insert("raw".to_owned(), true.into());
            let rendered = format.render(&fim, ask.budget);
            let filter = Filter::Output(Box::new(format.output()));
            (rendered.prompt, None, rendered.stops, filter)
        }
        How::Native | How::Talk => {
            let cut = window::cut(&fim, ask.budget);
            let filter = Filter::stops(ask.preset.stop.clone());
            (
                super::before_with_path(&fim, &cut),
                Some(cut.after.to_owned()),
                Vec::new(),
                filter,
            )
        }
    };
    // An empty prompt only loads the model, also where there is a suffix.
    if prompt.is_empty() {
        prompt.push('\n');
    }
    let prompt_bytes = prompt.len() + suffix.as_ref().map_or(0, String::len);
    let stops: Vec<&String> = ask.preset.stop.iter().chain(&own).collect();
    body.insert("prompt".to_owned(), prompt.into());
    if let Some(suffix) = suffix {
        body.insert("suffix".to_owned(), suffix.into());
    }
    body.insert("stream".to_owned(), true.into());
    // It thinks unless it is told not to; `false` is taken by every model.
    body.insert("think".to_owned(), false.into());
    body.insert(
        "options".to_owned(),
        json!({"num_predict": ask.max_tokens(), "temperature": ask.temperature(), "stop": stops}),
    );
    ask.call(body, Framing::Ndjson, filter, prompt_bytes)
}

/// The request that only loads the model.
pub(crate) fn warm(ask: &Ask<'_>) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("model".to_owned(), ask.model().into());
    if !ask.preset.keep_alive.is_empty() {
        body.insert(
            "keep_alive".to_owned(),
            ask.preset.keep_alive.clone().into(),
        );
    }
    body
}

fn read(frame: &Value) -> Frame {
    let ended = frame["done"] == true;
    let count = |name: &str| frame[name].as_u64().unwrap_or_default();
    Frame {
        text: frame["response"].as_str().unwrap_or_default().to_owned(),
        // The prompt's count is of what was not cached, and so of no use to learn from.
        usage: ended.then(|| Usage {
            input_tokens: count("prompt_eval_count"),
            cached_tokens: 0,
            output_tokens: count("eval_count"),
        }),
        finish: ended.then(|| openai::finish(frame["done_reason"].as_str().unwrap_or("stop"))),
        thinks: frame["thinking"].is_string(),
        id: None,
        prompt: None,
    }
}
