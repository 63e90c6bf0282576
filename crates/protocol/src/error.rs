//! The `error` event, in every form that servers give it.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::value::RawValue;

use crate::decode::lenient;
use crate::headers::Headers;

/// A request that failed, or a frame that the server could not take. It ends its request whether or
/// not it has a status.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ErrorEvent {
    /// The HTTP status it stands for (`status` or `status_code`).
    pub status: Option<u16>,
    /// What is wrong, nested under `error` or at the top level on the wire.
    pub error: ErrorBody,
    /// Headers as an HTTP answer would have had them.
    pub headers: Headers,
    /// The lane of the request, if it named one.
    pub stream_id: Option<String>,
    /// The event's number, if the server counts.
    pub sequence_number: Option<u64>,
}

/// What is wrong.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct ErrorBody {
    /// The class, such as `invalid_request_error`.
    #[serde(
        rename = "type",
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub kind: Option<String>,
    /// The code, such as `previous_response_not_found`; some servers send a number.
    #[serde(deserialize_with = "code", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A sentence for people.
    #[serde(deserialize_with = "lenient")]
    pub message: String,
    /// The field that is at fault.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub param: Option<String>,
    /// The plan whose limit was reached.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub plan_type: Option<String>,
    /// When the limit ends, in seconds since 1970.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub resets_at: Option<u64>,
    /// How long until the limit ends.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub resets_in_seconds: Option<u64>,
}

impl ErrorEvent {
    /// An error in the documented shape.
    pub fn new(status: u16, kind: &str, code: &str, message: impl Into<String>) -> Self {
        let error = ErrorBody {
            kind: Some(kind.to_owned()),
            code: Some(code.to_owned()),
            message: message.into(),
            ..ErrorBody::default()
        };
        ErrorEvent {
            status: Some(status),
            error,
            ..ErrorEvent::default()
        }
    }

    /// Names the field that is at fault.
    #[must_use]
    pub fn with_param(mut self, param: &str) -> Self {
        self.error.param = Some(param.to_owned());
        self
    }

    /// The code, else the class, else nothing: what a caller decides by.
    pub fn code(&self) -> &str {
        self.error
            .code
            .as_deref()
            .or(self.error.kind.as_deref())
            .unwrap_or_default()
    }
}

impl Serialize for ErrorEvent {
    /// Writes the documented, nested form; the enum around it adds the `type`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("ErrorEvent", 5)?;
        if let Some(number) = self.sequence_number {
            out.serialize_field("sequence_number", &number)?;
        }
        if let Some(status) = self.status {
            out.serialize_field("status", &status)?;
        }
        out.serialize_field("error", &self.error)?;
        if !self.headers.is_empty() {
            out.serialize_field("headers", &self.headers)?;
        }
        if let Some(stream_id) = &self.stream_id {
            out.serialize_field("stream_id", stream_id)?;
        }
        out.end()
    }
}

impl<'de> Deserialize<'de> for ErrorEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let mut error = wire.error.0.unwrap_or_default();
        error.code = error.code.or(wire.code);
        error.param = error.param.or(wire.param);
        for message in [wire.message, wire.detail].into_iter().flatten() {
            if error.message.is_empty() {
                error.message = message;
            }
        }
        Ok(ErrorEvent {
            status: wire.status.or(wire.status_code),
            error,
            headers: wire.headers,
            stream_id: wire.stream_id,
            sequence_number: wire.sequence_number,
        })
    }
}

/// Every place where a field has been seen.
#[derive(serde::Deserialize)]
#[serde(default)]
struct Wire {
    #[serde(deserialize_with = "lenient")]
    status: Option<u16>,
    #[serde(deserialize_with = "lenient")]
    status_code: Option<u16>,
    error: Nested,
    #[serde(deserialize_with = "code")]
    code: Option<String>,
    #[serde(deserialize_with = "lenient")]
    message: Option<String>,
    #[serde(deserialize_with = "lenient")]
    param: Option<String>,
    #[serde(deserialize_with = "lenient")]
    detail: Option<String>,
    headers: Headers,
    #[serde(deserialize_with = "lenient")]
    stream_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    sequence_number: Option<u64>,
}

impl Default for Wire {
    fn default() -> Self {
        Wire {
            status: None,
            status_code: None,
            error: Nested(None),
            code: None,
            message: None,
            param: None,
            detail: None,
            headers: Headers::default(),
            stream_id: None,
            sequence_number: None,
        }
    }
}

/// The `error` field: an object, or only its message, as small servers send it.
struct Nested(Option<ErrorBody>);

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        if let Ok(message) = serde_json::from_str(raw.get()) {
            return Ok(Nested(Some(ErrorBody {
                message,
                ..ErrorBody::default()
            })));
        }
        Ok(Nested(serde_json::from_str(raw.get()).ok()))
    }
}

/// A code as text, also when it is a number.
fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    let number = || {
        serde_json::from_str::<i64>(raw.get())
            .ok()
            .map(|number| number.to_string())
    };
    Ok(serde_json::from_str(raw.get())
        .ok()
        .flatten()
        .or_else(number))
}
