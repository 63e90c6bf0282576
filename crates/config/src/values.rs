//! The types of single values: each refuses what is not one, and describes itself in the schema.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::secret::HIDDEN;

/// The longest wait that can be set: a minute is longer than anybody waits.
const MAX_MILLIS: u32 = 60_000;

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u64")]
pub struct Limited<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Limited<MIN, MAX> {
    /// The nearest number in the range.
    pub const fn new(number: u32) -> Self {
        match number {
            n if n < MIN => Self(MIN),
            n if n > MAX => Self(MAX),
            n => Self(n),
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> From<Limited<MIN, MAX>> for u32 {
    fn from(limited: Limited<MIN, MAX>) -> Self {
        limited.0
    }
}

impl<const MIN: u32, const MAX: u32> TryFrom<u64> for Limited<MIN, MAX> {
    type Error = OutOfRange;

    fn try_from(number: u64) -> Result<Self, OutOfRange> {
        let number = u32::try_from(number).ok();
        let number = number.filter(|number| (MIN..=MAX).contains(number));
        number.map(Self).ok_or(OutOfRange { min: MIN, max: MAX })
    }
}

/// A number is not in its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number from {min} to {max}")]
pub struct OutOfRange {
    min: u32,
    max: u32,
}

impl<const MIN: u32, const MAX: u32> JsonSchema for Limited<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Limited{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": MIN, "maximum": MAX})
    }
}

/// A wait in milliseconds.
pub type Millis = Limited<1, MAX_MILLIS>;

impl Millis {
    /// The wait.
    pub fn duration(self) -> Duration {
        Duration::from_millis(u64::from(self.0))
    }
}

/// Defines a string that is checked when it is read.
macro_rules! checked_string {
    ($(#[$doc:meta])* $name:ident, $check:path, $shown:path, $problem:literal, {$($schema:tt)*}) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text without what may be a secret in it.
            pub fn shown(&self) -> String {
                $shown(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.shown(), f)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, &'static str> {
                if $check(&text) { Ok(Self(text)) } else { Err($problem) }
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", $($schema)*})
            }
        }
    };
}

checked_string!(
    /// A string that is not empty.
    Word, is_word, str::to_owned, "a string that is not empty", {"minLength": 1}
);
checked_string!(
    /// Where an endpoint is: a URL with a host, of a scheme that the model client speaks.
    EndpointUrl, is_endpoint, public_part, "a URL with https, wss, http or ws",
    {"pattern": "^(https?|wss?)://[^/]", "x-expects": "a URL with https, wss, http or ws"}
);
checked_string!(
    /// The name of an environment variable.
    Variable, is_variable, str::to_owned, "the name of an environment variable",
    {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "x-expects": "the name of an environment variable"}
);

fn is_word(text: &str) -> bool {
    !text.trim().is_empty()
}

fn is_endpoint(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    // `url` repairs `http:/host`, `http:host` and `http:///host`; what is repaired may be another host than was meant.
    let rest = text.strip_prefix(&format!("{}://", url.scheme()));
    rest.is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && matches!(url.scheme(), "https" | "wss" | "http" | "ws")
        && url.has_host()
}

/// A URL without its user info, and with only the names of its query: keys are put in both.
fn public_part(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return HIDDEN.to_owned();
    };
    let names: Vec<String> = url
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    let is_plain = url.username().is_empty() && url.password().is_none();
    if is_plain && names.is_empty() {
        return text.to_owned();
    }
    // A URL with a host can have both.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if !names.is_empty() {
        let hidden = names.iter().map(|name| (name, HIDDEN));
        url.query_pairs_mut().clear().extend_pairs(hidden);
    }
    url.into()
}

fn is_variable(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && text.chars().all(is_part) && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// A relative path would mean a file of the project that is open.
fn is_program(text: &str) -> bool {
    let path = std::path::Path::new(text);
    let is_name = path.components().count() == 1 && !text.contains(['/', '\\']) && text != "..";
    is_word(text) && (is_name || path.is_absolute())
}

/// A program and its arguments.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct CommandLine(Vec<String>);

impl CommandLine {
    /// The program, then its arguments.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

/// The arguments may hold a secret.
impl std::fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} …", self.0.first())
    }
}

impl From<CommandLine> for Vec<String> {
    fn from(command: CommandLine) -> Self {
        command.0
    }
}

impl TryFrom<Vec<String>> for CommandLine {
    type Error = &'static str;

    fn try_from(words: Vec<String>) -> Result<Self, &'static str> {
        match words.first() {
            Some(program) if is_program(program) => Ok(Self(words)),
            _ => Err("a list that begins with the name or the absolute path of a program"),
        }
    }
}

impl JsonSchema for CommandLine {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CommandLine".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "x-expects": "a list of strings that begins with the name or the absolute path of a program"
        })
    }
}

/// Names of models, most wanted first; one name may stand for a list of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<String>", from = "OneOrMany")]
pub struct Names(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Names {
    fn from(names: OneOrMany) -> Self {
        match names {
            OneOrMany::One(name) => Self(vec![name]),
            OneOrMany::Many(names) => Self(names),
        }
    }
}

impl From<Names> for Vec<String> {
    fn from(names: Names) -> Self {
        names.0
    }
}

impl JsonSchema for Names {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Names".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "x-expects": "the name of a model, or a list of names"
        })
    }
}
