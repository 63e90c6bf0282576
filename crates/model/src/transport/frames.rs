//! The frames of an answer, whatever frames them: server-sent events, lines of JSON, or the whole body.

use crate::transport::ndjson::Lines;
use crate::transport::sse::Events;

/// The longest frame: some servers repeat the whole prompt in their last one.
const MAX_FRAME: usize = 8 << 20;
/// The longest answer: far more than any model writes.
const MAX_TOTAL: usize = 64 << 20;

/// What frames an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Server-sent events.
    Sse,
    /// One JSON object a line.
    Ndjson,
    /// One JSON value.
    Whole,
}

/// Takes bytes, gives frames.
#[derive(Debug)]
pub(crate) struct Frames {
    kind: Reader,
    total: usize,
}

#[derive(Debug)]
enum Reader {
    Sse(Events),
    Ndjson(Lines),
    Whole(Vec<u8>),
}

/// A frame or an answer is longer than any may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Framing {
    /// What frames an answer of this media type, where it is not what was asked for.
    pub(crate) fn of(content_type: &str, asked: Framing) -> Framing {
        let kind = content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match kind.as_str() {
            "text/event-stream" => Framing::Sse,
            "application/x-ndjson" | "application/jsonl" => Framing::Ndjson,
            // A server that does not stream, or an error behind a 200. Ollama's lines may come under this name too.
            "application/json" if asked == Framing::Sse => Framing::Whole,
            _ => asked,
        }
    }
}

impl Frames {
    pub(crate) fn new(framing: Framing) -> Self {
        let kind = match framing {
            Framing::Sse => Reader::Sse(Events::default()),
            Framing::Ndjson => Reader::Ndjson(Lines::default()),
            Framing::Whole => Reader::Whole(Vec::new()),
        };
        Frames { kind, total: 0 }
    }

    /// Adds bytes.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        self.total += bytes.len();
        let waiting = match &mut self.kind {
            Reader::Sse(events) => events.add(bytes),
            Reader::Ndjson(lines) => lines.add(bytes),
            Reader::Whole(all) => {
                all.extend_from_slice(bytes);
                all.len()
            }
        };
        match waiting > MAX_FRAME || self.total > MAX_TOTAL {
            true => Err(TooLong),
            false => Ok(()),
        }
    }

    /// The next whole frame.
    pub(crate) fn next(&mut self) -> Option<String> {
        match &mut self.kind {
            Reader::Sse(events) => events.next(),
            Reader::Ndjson(lines) => lines.next(),
            Reader::Whole(_) => None,
        }
    }

    /// What is left when nothing more comes: a last frame whose end is missing.
    pub(crate) fn rest(&mut self) -> Option<String> {
        match &mut self.kind {
            Reader::Sse(events) => events.rest(),
            Reader::Ndjson(lines) => lines.rest(),
            Reader::Whole(all) => {
                let all = std::mem::take(all);
                // Events under the wrong name.
                if [&b"data:"[..], b"event:", b":"]
                    .iter()
                    .any(|head| all.trim_ascii_start().starts_with(head))
                {
                    let mut events = Events::default();
                    events.add(&all);
                    self.kind = Reader::Sse(events);
                    return self.next().or_else(|| self.rest());
                }
                let whole = String::from_utf8_lossy(&all).trim().to_owned();
                (!whole.is_empty()).then_some(whole)
            }
        }
    }
}
