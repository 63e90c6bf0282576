//! What servers say in place of an answer, in all the shapes in which they say it, and what it means.

use std::time::Duration;

use hyper::header::HeaderMap;
use serde_json::{Map, Value};

use crate::secret::{Secret, scrub};
use crate::transport::limits::retry_after;
use crate::wire::Kind;

/// How much of a server's words is kept.
const MAX_MESSAGE_SHOWN: usize = 300;

/// A server's refusal, whatever its shape.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status, or none within a stream.
    pub(crate) status: Option<u16>,
    /// Its code or its type, whichever says more.
    pub(crate) code: String,
    pub(crate) message: String,
    /// The field that it is about, where it names one.
    pub(crate) param: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// Tokens that the model takes, where it says so.
    pub(crate) limit: Option<u32>,
    /// The request that was refused.
    pub(crate) sent: Map<String, Value>,
    /// The wire that it was sent by.
    pub(crate) by: Option<Kind>,
}

/// What a refusal means, and so what is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The server does not fill in the middle by itself.
    NoInsert,
    /// There is no such route.
    NoRoute,
    /// The model's name is not known there.
    NoModel,
    /// A field is not known there, or its value not taken.
    Field(String),
    /// The prompt is too long.
    TooLong,
    /// The model is being loaded.
    Starting,
    /// The key is not accepted.
    Key,
    /// The account has no money or no quota.
    Money,
    /// A limit of requests or tokens is reached.
    Limited,
    /// The server has too much to do.
    Overloaded,
    /// The server failed, which may pass.
    Failed,
    /// It refuses; asking again is of no use.
    Refused,
}

impl Refusal {
    /// A web page where an answer was expected: there is no such route.
    pub(crate) fn page(sent: Map<String, Value>) -> Self {
        Refusal {
            status: Some(404),
            message: "it answers with a web page".to_owned(),
            sent,
            ..Refusal::default()
        }
    }

    /// Reads an answer with a status other than 2xx.
    pub(crate) fn of(status: u16, headers: &HeaderMap, body: &str, key: Option<&Secret>) -> Self {
        let mut refusal = match serde_json::from_str::<Value>(body.trim()) {
            Ok(value) => Self::in_json(&value).unwrap_or_default(),
            // Proxies and routers write plain text, or a page.
            Err(_) => Refusal {
                message: plain(body),
                ..Refusal::default()
            },
        };
        refusal.status = Some(status);
        refusal.retry_after = retry_after(headers);
        if refusal.message.is_empty() {
            refusal.message = format!("status {status}");
        }
        refusal.shorten(key);
        refusal
    }

    /// Reads what a frame of a stream, or a body behind a 200, says of an error; none where it does not.
    pub(crate) fn in_frame(frame: &Value, key: Option<&Secret>) -> Option<Self> {
        let is_error = match frame {
            Value::Array(items) => items.first().is_some_and(|item| !item["error"].is_null()),
            _ => {
                !frame["error"].is_null() || frame["object"] == "error" || frame["type"] == "error"
            }
        };
        let mut refusal = is_error.then(|| Self::in_json(frame))??;
        refusal.shorten(key);
        Some(refusal)
    }

    fn in_json(value: &Value) -> Option<Self> {
        match value {
            Value::Array(items) => Self::in_json(items.first()?),
            Value::String(message) => Some(Refusal {
                message: message.clone(),
                ..Refusal::default()
            }),
            Value::Object(fields) => match fields.get("error") {
                Some(Value::Null) | None => Some(Self::flat(fields)),
                Some(Value::Object(inner)) => Some(Self::flat(inner)),
                Some(error) => Self::in_json(error),
            },
            _ => None,
        }
    }

    fn flat(fields: &Map<String, Value>) -> Self {
        let text = |name: &str| {
            fields
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let status = fields.get("code").or_else(|| fields.get("status"));
        let status = status.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        // A code that is a number says what the status says; the type then says more.
        let named = [text("code"), text("type"), text("status")];
        let code = named
            .into_iter()
            .find(|code| !code.is_empty() && code.parse::<u64>().is_err());
        let (detail, field) = detail(fields.get("detail"));
        let message = Some(text("message"))
            .filter(|message| !message.is_empty())
            .or(detail);
        let limit = fields.get("n_ctx").and_then(Value::as_u64);
        Refusal {
            status: status
                .and_then(|status| u16::try_from(status).ok())
                .filter(|status| *status >= 400),
            code: code.unwrap_or_default(),
            message: message.unwrap_or_default(),
            param: Some(text("param"))
                .filter(|param| !param.is_empty())
                .or(field),
            retry_after: None,
            limit: limit.and_then(|limit| u32::try_from(limit).ok()),
            sent: Map::new(),
            by: None,
        }
    }

    fn shorten(&mut self, key: Option<&Secret>) {
        let message: String = self.message.chars().take(MAX_MESSAGE_SHOWN).collect();
        self.message = scrub(&message, key);
        self.limit = self.limit.or_else(|| limit_in(&self.message));
    }

    /// The same about this request.
    pub(crate) fn of_request(self, by: Kind, sent: Map<String, Value>) -> Self {
        let by = Some(by);
        Refusal { sent, by, ..self }
    }

    /// What it means for the request that was refused.
    pub(crate) fn meaning(&self) -> Meaning {
        let body = &self.sent;
        let text = self.message.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let code = self.code.to_lowercase();
        if self.is_too_long(&text, &code) {
            return Meaning::TooLong;
        }
        if code == "insufficient_quota"
            || code == "insufficient_system_resource"
            || self.status == Some(402)
        {
            return Meaning::Money;
        }
        if has(&[
            "does not support insert",
            "infill is not supported",
            "suffix is not currently supported",
        ]) || (self.is_about("suffix", &text) && body.contains_key("suffix"))
        {
            return Meaning::NoInsert;
        }
        if has(&["loading model", "model is loading", "is currently loading"]) {
            return Meaning::Starting;
        }
        match self.status.unwrap_or_default() {
            401 | 403 => Meaning::Key,
            404 | 405 if names_model(&text, &code) => Meaning::NoModel,
            404 | 405 => Meaning::NoRoute,
            501 => Meaning::NoRoute,
            408 | 429 => Meaning::Limited,
            503 if self.retry_after.is_some() => Meaning::Limited,
            503 | 529 => Meaning::Overloaded,
            400 | 422 => self.bad_request(&text, &code, body),
            status if status >= 500 => Meaning::Failed,
            _ => by_code(&code, &text),
        }
    }

    fn bad_request(&self, text: &str, code: &str, body: &Map<String, Value>) -> Meaning {
        let named = self
            .param
            .as_ref()
            .is_some_and(|param| body.contains_key(param) && param != "model");
        if !named && names_model(text, code) {
            return Meaning::NoModel;
        }
        match self.field(text, body) {
            Some(field) => Meaning::Field(field),
            None => by_code(code, text),
        }
    }

    fn is_too_long(&self, text: &str, code: &str) -> bool {
        let codes = [
            "exceed_context_size_error",
            "context_length_exceeded",
            "string_above_max_length",
        ];
        let words = [
            "maximum context length",
            "context length exceeded",
            "exceeds the available context",
            "context window",
            "contextwindowexceeded",
            "prompt is too long",
            "too large for model",
            "exceeds the context",
            "exceeds the model's maximum context",
        ];
        let is_bad = self
            .status
            .is_none_or(|status| matches!(status, 400 | 413 | 422 | 500));
        is_bad && (codes.contains(&code) || words.iter().any(|word| text.contains(word)))
    }

    /// The field of a request that the words complain of, where the endpoint may do without it.
    fn field(&self, text: &str, body: &Map<String, Value>) -> Option<String> {
        /// Without these a request makes no sense.
        const NEEDED: [&str; 6] = [
            "model",
            "prompt",
            "messages",
            "stream",
            "input_prefix",
            "input_suffix",
        ];
        /// What words of complaint hold.
        const COMPLAINTS: [&str; 17] = [
            "unsupported",
            "unknown",
            "unrecognized",
            "unrecognised",
            "unexpected",
            "not support",
            "not permitted",
            "not allowed",
            "not accept",
            "invalid",
            "extra",
            "additional propert",
            "must be",
            "should be",
            "deprecated",
            "no longer",
            "too many",
        ];
        let optional = |name: &&String| !NEEDED.contains(&name.as_str());
        let candidates = || body.keys().filter(optional);
        if let Some(param) = &self.param {
            let first = param.split(['.', '[']).next().unwrap_or_default();
            if let Some(field) = candidates().find(|name| *name == first) {
                return Some(field.clone());
            }
        }
        if !COMPLAINTS.iter().any(|complaint| text.contains(complaint)) {
            return None;
        }
        // Of several that are named the first one is complained of; what is to be used instead comes later.
        let named = candidates().filter_map(|name| Some((word(text, name)?, name)));
        named.min().map(|(_, name)| name.clone())
    }

    fn is_about(&self, field: &str, text: &str) -> bool {
        let is_bad = matches!(self.status, Some(400 | 422));
        is_bad && (self.param.as_deref() == Some(field) || word(text, field).is_some())
    }
}

/// FastAPI's list of what is wrong with a request: the words, and the field.
fn detail(detail: Option<&Value>) -> (Option<String>, Option<String>) {
    match detail {
        Some(Value::String(text)) => (Some(text.clone()), None),
        Some(Value::Array(items)) => {
            let Some(first) = items.first() else {
                return (None, None);
            };
            let place = first["loc"].as_array().into_iter().flatten();
            let field = place.filter_map(Value::as_str).find(|part| *part != "body");
            let words = first["msg"].as_str().unwrap_or_default();
            let shown = match field {
                Some(field) => format!("{words}: {field}"),
                None => words.to_owned(),
            };
            (Some(shown), field.map(str::to_owned))
        }
        _ => (None, None),
    }
}

/// Where a name stands as a word of its own.
fn word(text: &str, name: &str) -> Option<usize> {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    text.match_indices(name)
        .find(|(at, _)| {
            let before = text[..*at].chars().next_back().is_some_and(is_part);
            let after = text[at + name.len()..].chars().next().is_some_and(is_part);
            !before && !after
        })
        .map(|(at, _)| at)
}

fn names_model(text: &str, code: &str) -> bool {
    let unknown = [
        "not found",
        "not exist",
        "does not exist",
        "not available",
        "unknown model",
        "invalid model",
        "not loaded",
        "retired",
        "decommissioned",
    ];
    let missing = text.contains("model name is missing");
    let says = || text.contains("model") && unknown.iter().any(|word| text.contains(word));
    matches!(
        code,
        "model_not_found" | "model_not_available" | "invalid_model"
    ) || missing
        || says()
}

fn by_code(code: &str, text: &str) -> Meaning {
    match code {
        "rate_limit_exceeded" | "rate_limit_error" | "too_many_requests_error" => Meaning::Limited,
        "overloaded_error" | "overloaded" | "server_is_overloaded" | "capacity_exceeded" => {
            Meaning::Overloaded
        }
        "authentication_error" | "invalid_api_key" | "permission_error" => Meaning::Key,
        "server_error"
        | "api_error"
        | "internal_error"
        | "internalservererror"
        | "unavailable_error" => Meaning::Failed,
        "" if text.contains("rate limit") => Meaning::Limited,
        _ => Meaning::Refused,
    }
}

/// The number of tokens in words such as "maximum context length is 4096 tokens".
fn limit_in(message: &str) -> Option<u32> {
    let text = message.to_lowercase();
    let markers = [
        "maximum context length is ",
        "context window of ",
        "context length of only ",
        "available context size (",
    ];
    let rest = markers.iter().find_map(|marker| text.split_once(marker))?.1;
    let digits: String = rest
        .chars()
        .take_while(|char| char.is_ascii_digit() || *char == ',')
        .collect();
    digits.replace(',', "").parse().ok()
}

/// The words of a body that is not JSON: the first line that is not markup.
fn plain(body: &str) -> String {
    let is_page = body.trim_start().starts_with('<');
    let line = body.lines().map(str::trim).find(|line| !line.is_empty());
    line.filter(|_| !is_page).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
