//! The first look at a frame: its `type`, found without reading the rest wherever it stands first.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de};

/// How every server and client that we know opens a frame.
const TYPE_FIRST: &str = r#"{"type":""#;

/// How much of a frame's type an error shows; all known ones are shorter.
const MAX_KIND_SHOWN: usize = 64;

/// A frame that is not what its type promises, or not JSON at all.
///
/// It names the place and never the content: a frame may hold the user's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("frame of type \"{kind}\" cannot be read at column {column}")]
pub struct DecodeError {
    /// The frame's type as far as it is known; `?` when it is not JSON.
    pub kind: String,
    /// Where reading stopped, counted in bytes from 1.
    pub column: usize,
}

impl DecodeError {
    fn new(kind: &str, error: &serde_json::Error) -> Self {
        DecodeError {
            kind: kind.chars().take(MAX_KIND_SHOWN).collect(),
            column: error.column(),
        }
    }
}

/// The type of a frame; empty when it has none.
pub(crate) fn kind(frame: &str) -> Result<Cow<'_, str>, DecodeError> {
    if let Some(rest) = frame.strip_prefix(TYPE_FIRST)
        && let Some(end) = rest.bytes().position(|byte| byte == b'"' || byte == b'\\')
        && rest.as_bytes()[end] == b'"'
    {
        return Ok(Cow::Borrowed(&rest[..end]));
    }
    #[derive(Deserialize)]
    struct Tag<'a> {
        #[serde(borrow, default, rename = "type")]
        kind: Cow<'a, str>,
    }
    let tag: Tag<'_> = body("?", frame)?;
    Ok(tag.kind)
}

/// Reads a frame whose type is known into the fields that are used.
pub(crate) fn body<'a, T: Deserialize<'a>>(kind: &str, frame: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(frame).map_err(|error| DecodeError::new(kind, &error))
}

/// An optional string that borrows from the frame where it can; serde's own `Option<Cow>` always copies.
pub(crate) fn optional_str<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'de, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Borrowed<'de>>::deserialize(deserializer)?.map(|Borrowed(text)| text))
}

/// A value that may be absent, null or of a shape we do not know: all three read as the default.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + de::DeserializeOwned,
{
    let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).unwrap_or_default())
}
