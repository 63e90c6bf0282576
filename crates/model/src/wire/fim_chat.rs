//! The `fim_chat` wire: Mistral's `/v1/fim/completions`, which takes prompt and suffix and answers as a chat does.

use firesteel_prompt::formats::window;

use crate::address::Path;
use crate::transport::frames::Framing;
use crate::wire::{Ask, Call, Filter, Wire, openai};

pub(super) static WIRE: Wire = Wire {
    path: Path::Versioned("fim/completions"),
    encode,
    read: openai::read_delta,
};

fn encode(ask: &Ask<'_>) -> Call {
    let fim = ask.fim().cloned().unwrap_or_default();
    let cut = window::cut(&fim, ask.budget);
    let mut prompt = String::new();
    for extra in cut.extra.iter().rev() {
        prompt.push_str(&format!(
            "+++++ {}\n{}\n\n",
            extra.path,
            extra.text.trim_end()
        ));
    }
    if !cut.extra.is_empty() {
        prompt.push_str(&format!("+++++ {}\n", fim.path));
    }
    prompt.push_str(cut.before);
    let mut body = openai::body(ask);
    let prompt_bytes = prompt.len() + cut.after.len();
    body.insert("prompt".to_owned(), prompt.into());
    body.insert("suffix".to_owned(), cut.after.into());
    body.insert("temperature".to_owned(), ask.temperature().into());
    // The model goes on with the next file where the file's rest is short.
    let stops = vec!["\n+++++ ".to_owned()];
    body.insert("stop".to_owned(), ask.stops(&stops).into());
    let all = ask.preset.stop.iter().cloned().chain(stops).collect();
    ask.call(body, Framing::Sse, Filter::stops(all), prompt_bytes)
}
