//! What a server sends: events of one response after the other, each a JSON object with a `type`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::decode::{self, DecodeError, lenient, optional_str};
use crate::error::ErrorEvent;
use crate::headers::Headers;
use crate::limits::RateLimits;
use crate::response::{OutputItem, OutputPart, Response, ResponseError};

/// An event from the server. Writing puts `type` first, where [`decode()`] looks for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum ServerEvent<'a> {
    /// The response exists; its id is known from here on.
    #[serde(rename = "response.created")]
    Created(ResponseEvent),
    /// The response waits for its turn.
    #[serde(rename = "response.queued")]
    Queued(ResponseEvent),
    /// The model works.
    #[serde(rename = "response.in_progress")]
    InProgress(ResponseEvent),
    /// An item begins.
    #[serde(rename = "response.output_item.added")]
    ItemAdded(ItemEvent),
    /// An item is whole.
    #[serde(rename = "response.output_item.done")]
    ItemDone(ItemEvent),
    /// A part of an item begins.
    #[serde(rename = "response.content_part.added")]
    PartAdded(PartEvent),
    /// A part of an item is whole.
    #[serde(rename = "response.content_part.done")]
    PartDone(PartEvent),
    /// More text: the hot path.
    #[serde(rename = "response.output_text.delta")]
    TextDelta(TextDelta<'a>),
    /// All the text of a part, once more.
    #[serde(rename = "response.output_text.done")]
    TextDone(TextDone<'a>),
    /// The model declines, in words.
    #[serde(rename = "response.refusal.delta")]
    RefusalDelta(TextDelta<'a>),
    /// The end, as wished.
    #[serde(rename = "response.completed")]
    Completed(ResponseEvent),
    /// The end, cut short for a reason that the response names.
    #[serde(rename = "response.incomplete")]
    Incomplete(ResponseEvent),
    /// The end, in failure.
    #[serde(rename = "response.failed")]
    Failed(ResponseEvent),
    /// The end of a request, or the refusal to begin it.
    #[serde(rename = "error")]
    Error(ErrorEvent),
    /// How much of the plan's limits is used.
    #[serde(rename = "codex.rate_limits")]
    RateLimits(RateLimits),
    /// Headers and facts about the response.
    #[serde(rename = "response.metadata")]
    Metadata(MetadataEvent),
    /// The server takes our wish to stop; the response ends as incomplete soon.
    #[serde(rename = "response.interrupt.accepted")]
    InterruptAccepted(InterruptEvent),
    /// The server cannot stop; the response goes on.
    #[serde(rename = "response.interrupt.failed")]
    InterruptFailed(InterruptEvent),
    /// Anything else, which readers pass over.
    #[serde(untagged)]
    Unknown(UnknownEvent<'a>),
}

/// An event about the whole response.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResponseEvent {
    /// The event's number within the response.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<u64>,
    /// The response as it stands.
    pub response: Response,
    /// The lane, if the request named one.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub stream_id: Option<String>,
}

/// An event about one item of the output.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemEvent {
    /// The event's number within the response.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<u64>,
    /// Which item.
    #[serde(deserialize_with = "lenient")]
    pub output_index: u32,
    /// The item as it stands.
    #[serde(deserialize_with = "lenient")]
    pub item: OutputItem,
    /// The lane, if the request named one.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub stream_id: Option<String>,
}

/// An event about one part of an item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartEvent {
    /// The event's number within the response.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<u64>,
    /// The item's id.
    #[serde(deserialize_with = "lenient")]
    pub item_id: String,
    /// Which item.
    #[serde(deserialize_with = "lenient")]
    pub output_index: u32,
    /// Which part of it.
    #[serde(deserialize_with = "lenient")]
    pub content_index: u32,
    /// The part as it stands.
    #[serde(deserialize_with = "lenient")]
    pub part: OutputPart,
    /// The lane, if the request named one.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub stream_id: Option<String>,
}

/// More text. Everything borrows from the frame, unless the text has escapes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TextDelta<'a> {
    /// The event's number within the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<u64>,
    /// The item's id.
    #[serde(
        borrow,
        default,
        deserialize_with = "optional_str",
        skip_serializing_if = "Option::is_none"
    )]
    pub item_id: Option<Cow<'a, str>>,
    /// Which item.
    #[serde(default)]
    pub output_index: u32,
    /// Which part of it.
    #[serde(default)]
    pub content_index: u32,
    /// The text.
    #[serde(borrow)]
    pub delta: Cow<'a, str>,
    /// The lane, if the request named one.
    #[serde(
        borrow,
        default,
        deserialize_with = "optional_str",
        skip_serializing_if = "Option::is_none"
    )]
    pub stream_id: Option<Cow<'a, str>>,
}

/// All the text of a part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextDone<'a> {
    /// The event's number within the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<u64>,
    /// The item's id.
    #[serde(
        borrow,
        deserialize_with = "optional_str",
        skip_serializing_if = "Option::is_none"
    )]
    pub item_id: Option<Cow<'a, str>>,
    /// Which item.
    pub output_index: u32,
    /// Which part of it.
    pub content_index: u32,
    /// The text.
    #[serde(borrow)]
    pub text: Cow<'a, str>,
    /// The lane, if the request named one.
    #[serde(
        borrow,
        deserialize_with = "optional_str",
        skip_serializing_if = "Option::is_none"
    )]
    pub stream_id: Option<Cow<'a, str>>,
}

/// Headers and facts about the response.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetadataEvent {
    /// Headers that an HTTP answer would have had.
    #[serde(
        deserialize_with = "lenient",
        skip_serializing_if = "Headers::is_empty"
    )]
    pub headers: Headers,
    /// The lane, if the request named one.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub stream_id: Option<String>,
}

/// The answer to an interrupt.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InterruptEvent {
    /// The event's number within the response.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<u64>,
    /// The response that was to stop.
    #[serde(deserialize_with = "lenient")]
    pub response_id: String,
    /// Why it does not.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub error: Option<ResponseError>,
    /// The lane, if the request named one.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub stream_id: Option<String>,
}

/// An event that we have no use for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownEvent<'a> {
    /// Its type.
    #[serde(borrow, default, rename = "type")]
    pub kind: Cow<'a, str>,
    /// The lane, if the request named one.
    #[serde(
        borrow,
        default,
        deserialize_with = "optional_str",
        skip_serializing_if = "Option::is_none"
    )]
    pub stream_id: Option<Cow<'a, str>>,
}

/// Reads one frame: first its type, then only the fields that are used.
///
/// # Errors
/// When the frame is not a JSON object or a known event lacks what makes it one. A reader passes over
/// such a frame; it must not end a connection.
pub fn decode(frame: &str) -> Result<ServerEvent<'_>, DecodeError> {
    use ServerEvent as Event;
    let kind = decode::kind(frame)?;
    let kind = kind.as_ref();
    Ok(match kind {
        "response.output_text.delta" => Event::TextDelta(decode::body(kind, frame)?),
        "response.created" => Event::Created(decode::body(kind, frame)?),
        "response.queued" => Event::Queued(decode::body(kind, frame)?),
        "response.in_progress" => Event::InProgress(decode::body(kind, frame)?),
        "response.output_item.added" => Event::ItemAdded(decode::body(kind, frame)?),
        "response.output_item.done" => Event::ItemDone(decode::body(kind, frame)?),
        "response.content_part.added" => Event::PartAdded(decode::body(kind, frame)?),
        "response.content_part.done" => Event::PartDone(decode::body(kind, frame)?),
        "response.output_text.done" => Event::TextDone(decode::body(kind, frame)?),
        "response.refusal.delta" => Event::RefusalDelta(decode::body(kind, frame)?),
        // Some servers end with `response.done`, which says the same.
        "response.completed" | "response.done" => Event::Completed(decode::body(kind, frame)?),
        "response.incomplete" => Event::Incomplete(decode::body(kind, frame)?),
        "response.failed" => Event::Failed(decode::body(kind, frame)?),
        "error" => Event::Error(decode::body(kind, frame)?),
        "codex.rate_limits" => Event::RateLimits(decode::body(kind, frame)?),
        "response.metadata" | "codex.response.metadata" => {
            Event::Metadata(decode::body(kind, frame)?)
        }
        "response.interrupt.accepted" => Event::InterruptAccepted(decode::body(kind, frame)?),
        "response.interrupt.failed" => Event::InterruptFailed(decode::body(kind, frame)?),
        "" => untyped(frame)?,
        _ => Event::Unknown(decode::body(kind, frame)?),
    })
}

/// A frame without a type: an error body as HTTP servers write it, else nothing we know.
fn untyped(frame: &str) -> Result<ServerEvent<'_>, DecodeError> {
    let event: ErrorEvent = decode::body("", frame)?;
    if event.error.message.is_empty() && event.error.code.is_none() {
        return Ok(ServerEvent::Unknown(UnknownEvent::default()));
    }
    Ok(ServerEvent::Error(event))
}

impl ServerEvent<'_> {
    /// The event as one frame.
    pub fn encode(&self) -> String {
        // Writing these types to memory has no way to fail: no map has keys other than strings.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether the response ends with this event.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            ServerEvent::Completed(_)
                | ServerEvent::Incomplete(_)
                | ServerEvent::Failed(_)
                | ServerEvent::Error(_)
        )
    }

    /// The lane the event belongs to; none for the default lane and for events of the connection.
    pub fn stream_id(&self) -> Option<&str> {
        match self {
            ServerEvent::Created(event)
            | ServerEvent::Queued(event)
            | ServerEvent::InProgress(event)
            | ServerEvent::Completed(event)
            | ServerEvent::Incomplete(event)
            | ServerEvent::Failed(event) => event.stream_id.as_deref(),
            ServerEvent::ItemAdded(event) | ServerEvent::ItemDone(event) => {
                event.stream_id.as_deref()
            }
            ServerEvent::PartAdded(event) | ServerEvent::PartDone(event) => {
                event.stream_id.as_deref()
            }
            ServerEvent::TextDelta(event) | ServerEvent::RefusalDelta(event) => {
                event.stream_id.as_deref()
            }
            ServerEvent::TextDone(event) => event.stream_id.as_deref(),
            ServerEvent::Error(event) => event.stream_id.as_deref(),
            ServerEvent::Metadata(event) => event.stream_id.as_deref(),
            ServerEvent::InterruptAccepted(event) | ServerEvent::InterruptFailed(event) => {
                event.stream_id.as_deref()
            }
            ServerEvent::Unknown(event) => event.stream_id.as_deref(),
            ServerEvent::RateLimits(_) => None,
        }
    }
}
