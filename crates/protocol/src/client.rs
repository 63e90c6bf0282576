//! What a client sends: `response.create`, and `response.interrupt` where the server knows it.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::Raw;
use crate::decode::{self, DecodeError, lenient};

/// An event from the client.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum ClientEvent {
    /// Begin a response.
    #[serde(rename = "response.create")]
    Create(Box<CreateResponse>),
    /// Stop a response.
    #[serde(rename = "response.interrupt")]
    Interrupt(Interrupt),
    /// Anything else; a server answers it with an error.
    #[serde(untagged)]
    Unknown(UnknownClientEvent),
}

/// The wish to stop a response that is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Interrupt {
    /// Which one.
    pub response_id: String,
    /// What becomes of items begun: `discard_partial_items`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The lane, if the request named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_id: Option<String>,
}

/// An event of a type that we do not know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct UnknownClientEvent {
    /// Its type.
    #[serde(rename = "type", default)]
    pub kind: String,
}

impl ClientEvent {
    /// A `response.create`.
    pub fn create(request: CreateResponse) -> Self {
        ClientEvent::Create(Box::new(request))
    }

    /// The event as one frame.
    pub fn encode(&self) -> String {
        // Writing these types to memory has no way to fail: no map has keys other than strings.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A `response.create` of a request that stays its owner's.
pub fn encode_create(request: &CreateResponse) -> String {
    #[derive(Serialize)]
    #[serde(tag = "type")]
    enum Event<'a> {
        #[serde(rename = "response.create")]
        Create(&'a CreateResponse),
    }
    // Writing these types to memory has no way to fail: no map has keys other than strings.
    serde_json::to_string(&Event::Create(request)).unwrap_or_default()
}

/// Reads one frame of a client.
///
/// # Errors
/// When the frame is not a JSON object or a known event cannot be read.
pub fn decode(frame: &str) -> Result<ClientEvent, DecodeError> {
    let kind = decode::kind(frame)?;
    Ok(match kind.as_ref() {
        "response.create" => ClientEvent::Create(decode::body(&kind, frame)?),
        "response.interrupt" => ClientEvent::Interrupt(decode::body(&kind, frame)?),
        _ => ClientEvent::Unknown(decode::body(&kind, frame)?),
    })
}

/// The body of a request; over HTTP it stands alone, over a WebSocket it is a `response.create`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct CreateResponse {
    /// The model's name, in lower case; left out where only the server knows it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub model: String,
    /// The system's text.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// The response that this one continues; `input` then holds only what is new.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub previous_response_id: Option<String>,
    /// What the model is to answer. A plain string is read as one message of the user.
    #[serde(deserialize_with = "input")]
    pub input: Vec<InputItem>,
    /// How hard the model thinks.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Reasoning>,
    /// Whether the server keeps the response.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub store: Option<bool>,
    /// Whether events are wanted; over a WebSocket they always are.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// Extra output that is wanted.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub include: Option<Vec<String>>,
    /// `priority`, `flex` or `ultrafast`.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub service_tier: Option<String>,
    /// Which requests share a prompt cache.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub prompt_cache_key: Option<String>,
    /// How the text is to be.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub text: Option<TextOptions>,
    /// `false` only reads the input in, to be continued from.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub generate: Option<bool>,
    /// The most tokens to write.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u32>,
    /// How much chance plays.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Facts for the server's records; ours hold the task.
    #[serde(
        deserialize_with = "lenient",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub metadata: BTreeMap<String, String>,
    /// Facts about the client.
    #[serde(
        deserialize_with = "lenient",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub client_metadata: BTreeMap<String, String>,
    /// The lane.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub stream_id: Option<String>,
}

/// How hard the model thinks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Reasoning {
    /// `none`, `minimal`, `low`, `medium`, `high` or `xhigh`.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub effort: Option<String>,
    /// Whether it tells its thoughts; some models refuse the field.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// How the text is to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, serde::Deserialize)]
#[serde(default)]
pub struct TextOptions {
    /// `low`, `medium` or `high`.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub verbosity: Option<String>,
    /// A schema that the text must keep to, passed on unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Raw>,
}

/// One item of the input.
#[derive(Debug, Clone, PartialEq)]
pub enum InputItem {
    /// A message.
    Message(Message),
    /// An item of another type (calls of tools, reasoning), passed on unread.
    Other(Raw),
}

/// A message of the input.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Message {
    /// Whose it is: `user`, `assistant`, `developer` or `system`.
    pub role: String,
    /// Its parts.
    pub content: Vec<Part>,
}

/// One part of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Text to the model.
    Input(String),
    /// Text that the model wrote earlier.
    Output(String),
    /// A part of another type, passed on unread.
    Other(Raw),
}

impl InputItem {
    /// A message of the user in one part.
    pub fn user(text: impl Into<String>) -> Self {
        InputItem::Message(Message {
            role: "user".to_owned(),
            content: vec![Part::Input(text.into())],
        })
    }

    /// What the model wrote, as an item of the next input.
    pub fn assistant(text: impl Into<String>) -> Self {
        InputItem::Message(Message {
            role: "assistant".to_owned(),
            content: vec![Part::Output(text.into())],
        })
    }
}

impl CreateResponse {
    /// All text of the input, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.input
            .iter()
            .filter_map(|item| match item {
                InputItem::Message(message) => Some(message),
                InputItem::Other(_) => None,
            })
            .flat_map(|message| &message.content)
            .filter_map(|part| match part {
                Part::Input(text) | Part::Output(text) => Some(text.as_str()),
                Part::Other(_) => None,
            })
    }
}

impl Serialize for InputItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Typed<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            #[serde(flatten)]
            message: &'a Message,
        }
        match self {
            InputItem::Message(message) => Typed {
                kind: "message",
                message,
            }
            .serialize(serializer),
            InputItem::Other(raw) => raw.serialize(serializer),
        }
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Typed<'a> {
            #[serde(rename = "type")]
            kind: &'static str,
            text: &'a str,
        }
        match self {
            Part::Input(text) => Typed {
                kind: "input_text",
                text,
            }
            .serialize(serializer),
            Part::Output(text) => Typed {
                kind: "output_text",
                text,
            }
            .serialize(serializer),
            Part::Other(raw) => raw.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for InputItem {
    /// An item without a type but with a role is a message, as the documentation's short form has it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Wire {
            #[serde(rename = "type", default, deserialize_with = "lenient")]
            kind: Option<String>,
            #[serde(default, deserialize_with = "lenient")]
            role: String,
            #[serde(default, deserialize_with = "content")]
            content: Vec<Part>,
        }
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match serde_json::from_str::<Wire>(raw.get()) {
            Ok(wire)
                if wire.kind.as_deref().unwrap_or("message") == "message"
                    && !wire.role.is_empty() =>
            {
                Ok(InputItem::Message(Message {
                    role: wire.role,
                    content: wire.content,
                }))
            }
            Ok(_) => Ok(InputItem::Other(raw.into())),
            Err(error) => Err(D::Error::custom(error)),
        }
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Wire {
            #[serde(rename = "type", default, deserialize_with = "lenient")]
            kind: String,
            #[serde(default, deserialize_with = "lenient")]
            text: Option<String>,
        }
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let wire: Wire = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(match (wire.kind.as_str(), wire.text) {
            ("input_text" | "text", Some(text)) => Part::Input(text),
            ("output_text", Some(text)) => Part::Output(text),
            _ => Part::Other(raw.into()),
        })
    }
}

/// `input`: items, or a string in place of one message.
fn input<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<InputItem>, D::Error> {
    text_or_list(deserializer, InputItem::user)
}

/// `content`: parts, or a string in place of one.
fn content<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Part>, D::Error> {
    text_or_list(deserializer, Part::Input)
}

fn text_or_list<'de, D, T>(
    deserializer: D,
    from_text: impl FnOnce(String) -> T,
) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    let json = raw.get();
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json).map(|text| vec![from_text(text)]),
        Some(b'[') => serde_json::from_str(json),
        _ => Ok(Vec::new()),
    }
    .map_err(D::Error::custom)
}
