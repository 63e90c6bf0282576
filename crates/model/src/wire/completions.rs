//! The `completions` wire: `/v1/completions` with a prompt that is written here in the model's own format, or with
//! `suffix` where the server puts prompt and suffix into that format (DeepSeek, Mercury, SGLang, LiteLLM).

use firesteel_prompt::formats::window;
use serde_json::json;

use crate::address::Path;
use crate::transport::frames::Framing;
use crate::wire::{Ask, Call, Filter, How, Wire, openai};

pub(super) static WIRE: Wire = Wire {
    path: Path::Versioned("completions"),
    encode,
    read: openai::read_text,
};

fn encode(ask: &Ask<'_>) -> Call {
    let mut body = openai::body(ask);
    body.insert("temperature".to_owned(), ask.temperature().into());
    let fim = ask.fim().cloned().unwrap_or_default();
    let (prompt, suffix, own, filter) = match ask.how {
        How::Template(format) => {
            let rendered = format.render(&fim, ask.budget);
            let filter = Filter::Output(Box::new(format.output()));
            (rendered.prompt, None, rendered.stops, filter)
        }
        How::Native | How::Talk => {
            let cut = window::cut(&fim, ask.budget);
            let (prompt, suffix) = (super::before_with_path(&fim, &cut), cut.after.to_owned());
            (
                prompt,
                Some(suffix),
                Vec::new(),
                Filter::stops(ask.preset.stop.clone()),
            )
        }
    };
    let prompt_bytes = prompt.len() + suffix.as_ref().map_or(0, String::len);
    body.insert("prompt".to_owned(), prompt.into());
    if let Some(suffix) = suffix {
        body.insert("suffix".to_owned(), suffix.into());
    }
    let stops = ask.stops(&own);
    if !stops.is_empty() {
        body.insert("stop".to_owned(), stops.into());
    }
    body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    ask.call(body, Framing::Sse, filter, prompt_bytes)
}
