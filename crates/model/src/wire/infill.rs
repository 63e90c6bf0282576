//! The `infill` wire: llama.cpp's `/infill`, where the server puts the model's tokens around prefix, suffix and files.

use firesteel_prompt::Extra;
use firesteel_prompt::formats::window;
use firesteel_task::Usage;
use serde_json::{Map, Value, json};

use crate::address::Path;
use crate::transport::frames::Framing;
use crate::wire::{Ask, Call, Filter, Finish, Frame, Wire};

/// Time for an answer once it has more than one line; a keystroke does not wait for a whole block any longer.
const MAX_PREDICT_MS: u32 = 1000;
/// The same for a text that the user asked for.
const MAX_INVOKED_MS: u32 = 4000;

pub(super) static WIRE: Wire = Wire {
    path: Path::Plain("infill"),
    encode,
    read,
};

fn encode(ask: &Ask<'_>) -> Call {
    let fim = ask.fim().cloned().unwrap_or_default();
    let cut = window::cut(&fim, ask.budget);
    let extra = input_extra(&cut.extra);
    // The server would cut at a token, and so elsewhere for each keystroke.
    let title = super::title(&fim);
    let room = ask.facts.before.unwrap_or(usize::MAX);
    let prefix = window::start(cut.before, room.saturating_sub(title.len()));
    let prefix = title + prefix;
    let extra_bytes: usize = cut
        .extra
        .iter()
        .map(|piece| piece.path.len() + piece.text.len())
        .sum();
    let prompt_bytes = prefix.len() + cut.after.len() + extra_bytes;
    let most = if fim.invoked {
        MAX_INVOKED_MS
    } else {
        MAX_PREDICT_MS
    };
    let mut body = Map::new();
    // In its router mode the server picks the model by this; else it does not look.
    if !ask.model().is_empty() {
        body.insert("model".to_owned(), ask.model().into());
    }
    body.insert("cache_prompt".to_owned(), true.into());
    body.insert("input_prefix".to_owned(), prefix.into());
    body.insert("input_suffix".to_owned(), cut.after.into());
    body.insert("input_extra".to_owned(), extra);
    body.insert("n_predict".to_owned(), ask.max_tokens().into());
    body.insert("t_max_predict_ms".to_owned(), most.into());
    body.insert("temperature".to_owned(), ask.temperature().into());
    body.insert("top_k".to_owned(), 40.into());
    body.insert("top_p".to_owned(), 0.9.into());
    body.insert(
        "samplers".to_owned(),
        json!(["top_k", "top_p", "infill", "temperature"]),
    );
    body.insert("stream".to_owned(), true.into());
    // Unless it is told what is of use, the last frame repeats all settings. The prompt there is what the server has
    // read of it.
    let fields = [
        "content",
        "stop",
        "stop_type",
        "tokens_evaluated",
        "tokens_predicted",
        "timings",
        "prompt",
    ];
    body.insert("response_fields".to_owned(), json!(fields));
    if !ask.preset.stop.is_empty() {
        body.insert("stop".to_owned(), ask.preset.stop.clone().into());
    }
    ask.call(
        body,
        Framing::Sse,
        Filter::stops(ask.preset.stop.clone()),
        prompt_bytes,
    )
}

/// The request that has a question's prompt read into the cache. The one token that it samples is thrown away.
pub(crate) fn warm(ask: &Ask<'_>) -> Map<String, Value> {
    let mut body = encode(ask).body;
    body.insert("n_predict".to_owned(), 0.into());
    body.insert("samplers".to_owned(), json!([]));
    body.insert("temperature".to_owned(), 0.0.into());
    body.insert("response_fields".to_owned(), json!([""]));
    body
}

/// Has a request served by one of the server's slots, which has the prompt of the document's last one.
pub(crate) fn pin(body: &mut Map<String, Value>, slot: u32) {
    body.insert("id_slot".to_owned(), slot.into());
}

/// The most relevant last: the server cuts from the front.
fn input_extra(extra: &[&Extra]) -> Value {
    let pieces = extra.iter().rev();
    pieces
        .map(|piece| json!({"filename": piece.path, "text": piece.text}))
        .collect()
}

/// How much the server has cut off the text before the cursor, and how much of it it has read, in bytes; none where it
/// has read all. What it reads depends on the size of its batches, which it does not tell.
pub(crate) fn shortened(body: &Map<String, Value>, prompt: &str) -> Option<(usize, usize)> {
    /// Enough to be found, and never cut off.
    const END: usize = 48;
    /// Some tokenizers add a space, or spell the first characters otherwise.
    const SLACK: usize = 8;
    let prefix = body.get("input_prefix")?.as_str()?;
    let from = |at: usize| (at..=prefix.len()).find(|at| prefix.is_char_boundary(*at));
    let end = &prefix[from(prefix.len().saturating_sub(END))?..];
    let begin = prefix.get(from(SLACK)?..from(SLACK + END)?)?;
    // Where its beginning was read, something else is spelled otherwise.
    if prompt.contains(begin) {
        return None;
    }
    let ends = prompt.match_indices(end).map(|(at, _)| at + end.len());
    let read = ends.map(|at| {
        let before = prompt.as_bytes()[..at].iter().rev();
        let pairs = before.zip(prefix.as_bytes().iter().rev());
        pairs.take_while(|(read, sent)| read == sent).count()
    });
    let read = read.max()?;
    (read + SLACK < prefix.len()).then(|| (prefix.len() - read, read))
}

fn read(frame: &Value) -> Frame {
    let ended = frame["stop"] == true;
    let count = |name: &str| frame[name].as_u64().unwrap_or_default();
    let finish = || match frame["stop_type"].as_str() {
        Some("limit") => Finish::Length,
        _ => Finish::Stop,
    };
    Frame {
        text: frame["content"].as_str().unwrap_or_default().to_owned(),
        usage: ended.then(|| Usage {
            input_tokens: count("tokens_evaluated"),
            cached_tokens: frame["timings"]["cache_n"].as_u64().unwrap_or_default(),
            output_tokens: count("tokens_predicted"),
        }),
        finish: ended.then(finish),
        prompt: { ended.then(|| frame["prompt"].as_str()) }
            .flatten()
            .map(str::to_owned),
        ..Frame::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_has_cut_off_is_told_from_what_it_spells_otherwise() {
        let lines: String = (0..40)
            .map(|n| format!("let value_{n} = \u{2192} {n};\n"))
            .collect();
        let mut body = Map::new();
        body.insert("input_prefix".to_owned(), lines.clone().into());
        let around = |text: &str| format!("<rep>x\n<pre>{text}<suf>\n}}\n<mid>");
        assert_eq!(shortened(&body, &around(&lines)), None);
        let read = &lines[lines.len() - 300..];
        let cut = shortened(&body, &around(read));
        assert_eq!(cut, Some((lines.len() - 300, 300)));
        // A space before it, one character as another, and nothing of it.
        for other in [
            format!(" {lines}"),
            lines.replacen("value_20", "VALUE_20", 1),
            String::new(),
        ] {
            assert_eq!(shortened(&body, &around(&other)), None, "{other}");
        }
        body.insert("input_prefix".to_owned(), "short".into());
        assert_eq!(shortened(&body, "<pre>"), None);
    }
}
