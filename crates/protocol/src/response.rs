//! The response object inside events: its id, how it ended and what it used.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::decode::lenient;
use crate::headers::Headers;

/// A response as events describe it. Reading takes only the fields below and skips the rest, such as
/// the echo of the instructions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Response {
    /// The id, by which a later request continues.
    #[serde(deserialize_with = "lenient")]
    pub id: String,
    /// Always `response` from servers that follow the documentation.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// When it was made, in seconds since 1970.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<f64>,
    /// `in_progress`, `completed`, `incomplete` or `failed`.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// The model that answers.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// The items made. Only written: a reader has had the text already, delta by delta.
    #[serde(skip_deserializing)]
    pub output: Vec<OutputItem>,
    /// Why it failed.
    #[serde(deserialize_with = "lenient")]
    pub error: Option<ResponseError>,
    /// Why it is incomplete.
    #[serde(deserialize_with = "lenient")]
    pub incomplete_details: Option<IncompleteDetails>,
    /// What it continues.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub previous_response_id: Option<String>,
    /// What it used.
    #[serde(deserialize_with = "lenient")]
    pub usage: Option<Usage>,
    /// What the caller attached to the request.
    #[serde(
        deserialize_with = "lenient",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub metadata: BTreeMap<String, String>,
    /// Headers that an HTTP answer would have had.
    #[serde(
        deserialize_with = "lenient",
        skip_serializing_if = "Headers::is_empty"
    )]
    pub headers: Headers,
}

/// Why a response failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResponseError {
    /// The code, such as `context_length_exceeded`.
    #[serde(deserialize_with = "lenient")]
    pub code: String,
    /// A sentence for people.
    #[serde(deserialize_with = "lenient")]
    pub message: String,
}

/// Why a response is incomplete.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IncompleteDetails {
    /// `max_output_tokens`, `content_filter`, `interrupted` or `steered`.
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
}

/// How many tokens a response used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens of the prompt.
    #[serde(deserialize_with = "lenient")]
    pub input_tokens: u64,
    /// What of the prompt was served from a cache.
    #[serde(deserialize_with = "lenient")]
    pub input_tokens_details: InputDetails,
    /// Tokens written.
    #[serde(deserialize_with = "lenient")]
    pub output_tokens: u64,
    /// What of the output was reasoning.
    #[serde(deserialize_with = "lenient")]
    pub output_tokens_details: OutputDetails,
    /// Both together.
    #[serde(deserialize_with = "lenient")]
    pub total_tokens: u64,
}

/// Details of the prompt's tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InputDetails {
    /// Tokens served from a cache.
    #[serde(deserialize_with = "lenient")]
    pub cached_tokens: u64,
    /// Tokens written to a cache.
    #[serde(deserialize_with = "lenient")]
    pub cache_write_tokens: u64,
}

/// Details of the written tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutputDetails {
    /// Tokens spent on reasoning.
    #[serde(deserialize_with = "lenient")]
    pub reasoning_tokens: u64,
}

/// One item of a response's output; a text model makes messages only.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutputItem {
    /// The item's type, such as `message`.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
    /// The item's id, such as `msg_1`.
    #[serde(deserialize_with = "lenient")]
    pub id: String,
    /// `in_progress` or `completed`.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// Whose message it is.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// The parts of a message.
    #[serde(deserialize_with = "lenient")]
    pub content: Vec<OutputPart>,
}

/// One part of a message in a response's output.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutputPart {
    /// The part's type, such as `output_text`.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
    /// The text.
    #[serde(deserialize_with = "lenient")]
    pub text: String,
    /// Always empty here; clients of the documentation expect the field.
    #[serde(skip_deserializing)]
    pub annotations: [(); 0],
}

impl OutputItem {
    /// An assistant's message of one text part, or of none while it is being written.
    pub fn message(id: &str, status: &str, text: Option<&str>) -> Self {
        OutputItem {
            kind: "message".to_owned(),
            id: id.to_owned(),
            status: status.to_owned(),
            role: "assistant".to_owned(),
            content: text.map(OutputPart::text).into_iter().collect(),
        }
    }
}

impl OutputPart {
    /// A part of text.
    pub fn text(text: &str) -> Self {
        OutputPart {
            kind: "output_text".to_owned(),
            text: text.to_owned(),
            annotations: [],
        }
    }
}
