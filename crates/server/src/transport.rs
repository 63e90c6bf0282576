//! The LSP base protocol: frames in and out, and what to do with bytes that are none.
//!
//! tower-lsp has a transport of its own, which ends at the first malformed message, does not know `content-length` in
//! lower case, and refuses a message with a lone surrogate, so that an edit would be lost. Hence this one.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncBufRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Response};

use crate::frames::{Frame, Frames};

/// A message of the client.
#[derive(Debug)]
pub(crate) enum Incoming {
    /// A request (with an id) or a notification.
    Call(Call),
    /// The answer to a request of ours.
    Answer(Response),
    /// No message; the error to answer it with.
    Malformed(Error),
}

/// A request or a notification whose parameters are not read yet.
#[derive(Debug, Deserialize)]
pub(crate) struct Call {
    #[serde(default, deserialize_with = "present")]
    pub(crate) id: Option<Id>,
    pub(crate) method: String,
    #[serde(default)]
    pub(crate) params: Option<Box<RawValue>>,
}

/// An id of `null` is an id, and gets its answer.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Id>, D::Error> {
    Id::deserialize(deserializer).map(Some)
}

/// Messages to the client that wait to be written; a handler waits when there are more.
const OUTGOING_CAP: usize = 1024;

/// The one queue of everything that is written to the client: what is sent first arrives first.
#[derive(Clone)]
pub(crate) struct Outgoing(mpsc::Sender<String>);

impl Outgoing {
    pub(crate) fn new() -> (Self, mpsc::Receiver<String>) {
        let (sender, queue) = mpsc::channel(OUTGOING_CAP);
        (Self(sender), queue)
    }

    pub(crate) async fn send(&self, message: &impl Serialize) {
        match serde_json::to_string(message) {
            // The writer is gone only when the client is.
            Ok(message) => drop(self.0.send(message).await),
            Err(error) => tracing::error!(%error, "a message could not be written as JSON"),
        }
    }
}

/// Writes the queue until everybody who could send is gone, or the client is.
pub(crate) async fn write_all(
    mut queue: mpsc::Receiver<String>,
    mut output: impl AsyncWrite + Unpin,
) {
    while let Some(message) = queue.recv().await {
        let frame = format!("Content-Length: {}\r\n\r\n{message}", message.len());
        if output.write_all(frame.as_bytes()).await.is_err() || output.flush().await.is_err() {
            return;
        }
    }
}

/// Reads messages off the client's stream.
pub(crate) struct Reader<R> {
    frames: Frames<R>,
}

impl<R: AsyncBufRead + Unpin> Reader<R> {
    pub(crate) fn new(io: R) -> Self {
        Self {
            frames: Frames::new(io),
        }
    }

    /// The next message; `None` when the client closed the stream, also in the middle of one.
    pub(crate) async fn next(&mut self) -> Option<Incoming> {
        Some(match self.frames.next().await? {
            Frame::Message(body) => decode(body),
            Frame::Broken(why) => malformed(ErrorCode::InvalidRequest, why),
        })
    }
}

fn decode(body: Vec<u8>) -> Incoming {
    // Bytes that are no UTF-8 become replacement characters: a wrong character is better than a lost edit.
    let text = String::from_utf8(body)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    let text = replace_lone_surrogates(text);
    #[derive(Deserialize)]
    struct Kind {
        #[serde(default)]
        method: Option<IgnoredAny>,
    }
    let parsed = match serde_json::from_str::<Kind>(&text) {
        Ok(Kind { method: Some(_) }) => serde_json::from_str(&text).map(Incoming::Call),
        Ok(Kind { method: None }) => serde_json::from_str(&text).map(Incoming::Answer),
        Err(error) => Err(error),
    };
    parsed.unwrap_or_else(|_| match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => malformed(ErrorCode::InvalidRequest, "not a request"),
        Err(_) => malformed(ErrorCode::ParseError, "not valid JSON"),
    })
}

fn malformed(code: ErrorCode, message: &'static str) -> Incoming {
    Incoming::Malformed(Error {
        code,
        message: message.into(),
        data: None,
    })
}

/// Editors that keep text in UTF-16 can send half a surrogate pair, which JSON allows and UTF-8 cannot hold.
///
/// Each lone half becomes U+FFFD, which also counts as one UTF-16 unit, so that later positions stay right.
fn replace_lone_surrogates(text: String) -> String {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return text;
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some(start) = rest.find('\\') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = match (surrogate(rest), rest.get(6..).and_then(surrogate)) {
            (Some(Half::High), Some(Half::Low)) => 12,
            (Some(_), _) => {
                out.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

enum Half {
    High,
    Low,
}

fn surrogate(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xD800..=0xDBFF => Some(Half::High),
        0xDC00..=0xDFFF => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_all(bytes: &[u8]) -> Vec<String> {
        let mut reader = Reader::new(bytes);
        let mut out = Vec::new();
        while let Some(message) = reader.next().await {
            out.push(match message {
                Incoming::Call(call) => call.method,
                Incoming::Answer(_) => "answer".to_owned(),
                Incoming::Malformed(error) => error.message.into_owned(),
            });
        }
        out
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[tokio::test]
    async fn malformed_messages_are_told_apart_and_the_next_one_is_read() {
        let bytes = [
            framed("{\"jsonrpc\":\"2.0\",\"method\":"),
            framed("[1, 2]"),
            framed("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}"),
            "noise without a header\n\n{}}".to_owned(),
            "content-length: 32\ncontent-type: x\n\n{\"jsonrpc\":\"2.0\",\"method\":\"one\"}"
                .to_owned(),
            framed("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"two\"}"),
        ]
        .concat();
        assert_eq!(
            read_all(bytes.as_bytes()).await,
            ["not valid JSON", "not a request", "answer", "one", "two"]
        );
    }

    #[tokio::test]
    async fn a_message_that_is_cut_off_ends_the_stream() {
        assert!(read_all(b"Content-Length: 99\r\n\r\n{}").await.is_empty());
        assert!(
            read_all(b"Content-Length: 18446744073709551615\r\n\r\n{}")
                .await
                .len()
                <= 1
        );
    }

    #[test]
    fn lone_surrogates_become_one_unit() {
        let cases = [
            (r#"{"a":"\ud83d"}"#, r#"{"a":"\ufffd"}"#),
            (r#"{"a":"\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#),
            (r#"{"a":"\ude00\ud83dx"}"#, r#"{"a":"\ufffd\ufffdx"}"#),
            (r#"{"a":"\\ud83d"}"#, r#"{"a":"\\ud83d"}"#),
            (
                r#"{"a":"\uD83D\uD83D\uDE00é\n"}"#,
                r#"{"a":"\ufffd\uD83D\uDE00é\n"}"#,
            ),
            (r#"{"a":"\ud8"#, r#"{"a":"\ud8"#),
        ];
        for (text, expected) in cases {
            assert_eq!(replace_lone_surrogates(text.to_owned()), expected);
        }
    }
}
