//! What an error of the server asks us to do: the table of the protocol, row by row.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use firesteel_protocol::error::ErrorEvent;
use firesteel_protocol::response::ResponseError;
use firesteel_task::Error;

use crate::secret::{Secret, scrub};

/// How much of a server's words is kept.
const MAX_MESSAGE_SHOWN: usize = 500;

/// What follows from an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The request is over.
    Fail(Error),
    /// The connection is used up: the request goes out again, whole, on another one.
    Reconnect(Error),
    /// The server has forgotten what the request continues: it goes out again, whole.
    Resend(Error),
    /// The key is not accepted: with a fresh one the request goes out again.
    Renew(Error),
    /// The server knows no lanes: the request goes out again without one.
    NoLanes(Error),
    /// The server has fewer lanes than were used: the request goes out again on another one.
    FewerLanes(Error),
    /// The server refuses a field that a request may do without: it goes out again without it.
    Without(&'static str, Error),
}

/// Fields that a request may do without, the longer names first.
const OPTIONAL: [&str; 11] = [
    "reasoning.summary",
    "reasoning.effort",
    "max_output_tokens",
    "prompt_cache_key",
    "client_metadata",
    "service_tier",
    "temperature",
    "reasoning",
    "metadata",
    "include",
    "store",
];

impl Verdict {
    /// What its request ends with where nothing can be done about it.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Verdict::Fail(error)
            | Verdict::Reconnect(error)
            | Verdict::Resend(error)
            | Verdict::Renew(error)
            | Verdict::NoLanes(error)
            | Verdict::FewerLanes(error)
            | Verdict::Without(_, error) => error,
        }
    }
}

/// Reads an `error` event.
pub(crate) fn of_event(event: &ErrorEvent, key: Option<&Secret>) -> Verdict {
    let message = shown(&event.error.message, key);
    let code = event.code().to_owned();
    if let Some(field) = refused_field(event) {
        return Verdict::Without(field, Error::Refused { code, message });
    }
    match code.as_str() {
        "websocket_connection_limit_reached" => {
            return Verdict::Reconnect(Error::Disconnected { why: message });
        }
        "previous_response_not_found" => return Verdict::Resend(Error::Refused { code, message }),
        "websocket_stream_limit_reached" => {
            return Verdict::FewerLanes(Error::Refused { code, message });
        }
        _ if is_about_lanes(event) => return Verdict::NoLanes(Error::Refused { code, message }),
        _ if event.status == Some(401) => return Verdict::Renew(Error::Auth { message }),
        _ => {}
    }
    Verdict::Fail(match event.status {
        Some(403) => Error::Auth { message },
        Some(429) if is_plan(&code) => Error::Quota {
            retry_after: resets_in(event),
            message,
        },
        Some(429) => Error::RateLimited {
            retry_after: resets_in(event).or_else(|| delay_in(&message)),
            message,
        },
        Some(status) if status >= 500 && !is_overload(&code) && status != 503 => {
            Error::Failed { code, message }
        }
        _ => by_code(code, message),
    })
}

/// The field that an error complains of, where a request may do without it.
fn refused_field(event: &ErrorEvent) -> Option<&'static str> {
    if event
        .status
        .is_some_and(|status| !matches!(status, 400 | 422))
    {
        return None;
    }
    let optional = || OPTIONAL.iter().copied();
    if let Some(param) = &event.error.param {
        return optional().find(|field| field == param);
    }
    let text = event.error.message.to_lowercase();
    let complaints = [
        "unsupported",
        "unknown",
        "unrecognized",
        "not supported",
        "not permitted",
    ];
    let complains = complaints.iter().any(|complaint| text.contains(complaint));
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let names = |field: &&str| {
        text.split(|char| !is_part(char) && char != '.')
            .any(|word| word.trim_end_matches('.') == *field)
    };
    optional().find(|field| complains && names(field))
}

/// Reads the error of a `response.failed`.
pub(crate) fn of_failed(error: Option<&ResponseError>, key: Option<&Secret>) -> Verdict {
    let error = error.cloned().unwrap_or_default();
    Verdict::Fail(by_code(error.code, shown(&error.message, key)))
}

fn by_code(code: String, message: String) -> Error {
    match code.as_str() {
        "context_length_exceeded" => Error::ContextLength,
        "invalid_api_key" => Error::Auth { message },
        "rate_limit_exceeded" => Error::RateLimited {
            retry_after: delay_in(&message),
            message,
        },
        _ if is_plan(&code) => Error::Quota {
            retry_after: delay_in(&message),
            message,
        },
        _ if is_overload(&code) => Error::Overloaded { message },
        "server_error" | "internal_error" | "" => Error::Failed { code, message },
        _ => Error::Refused { code, message },
    }
}

fn is_overload(code: &str) -> bool {
    matches!(code, "server_is_overloaded" | "slow_down" | "overloaded")
}

/// Codes of an account whose quota is used up, or whose plan lacks the model.
fn is_plan(code: &str) -> bool {
    matches!(
        code,
        "usage_limit_reached" | "usage_not_included" | "insufficient_quota"
    )
}

/// Servers without lanes refuse the field that names one, each in its own words.
fn is_about_lanes(event: &ErrorEvent) -> bool {
    const FIELD: &str = "stream_id";
    let names_it =
        event.error.param.as_deref() == Some(FIELD) || event.error.message.contains(FIELD);
    event.code() == "invalid_stream_id" || (event.status.is_none_or(|s| s == 400) && names_it)
}

/// When the server says that a limit ends.
fn resets_in(event: &ErrorEvent) -> Option<Duration> {
    let by_clock = || {
        let at = UNIX_EPOCH + Duration::from_secs(event.error.resets_at?);
        at.duration_since(SystemTime::now()).ok()
    };
    let by_header = || {
        let value = event.headers.get("retry-after")?;
        value.parse().ok().map(Duration::from_secs)
    };
    let by_field = event.error.resets_in_seconds.map(Duration::from_secs);
    by_field.or_else(by_clock).or_else(by_header)
}

/// Servers put the delay into the words: "try again in 1.5s", "in 300 ms", "in 20 seconds".
fn delay_in(message: &str) -> Option<Duration> {
    let (_, rest) = message.split_once("try again in ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = rest[..end].parse().ok()?;
    let unit = rest[end..].trim_start();
    let seconds = if unit.starts_with("ms") {
        number / 1000.0
    } else {
        number
    };
    Duration::try_from_secs_f64(seconds).ok()
}

fn shown(message: &str, key: Option<&Secret>) -> String {
    let message: String = message.chars().take(MAX_MESSAGE_SHOWN).collect();
    scrub(&message, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_field_is_recognised() {
        let field = |status: u16, message: &str, param: Option<&str>| {
            let event = ErrorEvent::new(status, "invalid_request_error", "x", message);
            let event = match param {
                Some(param) => event.with_param(param),
                None => event,
            };
            match of_event(&event, None) {
                Verdict::Without(field, _) => Some(field),
                _ => None,
            }
        };
        assert_eq!(
            field(400, "why", Some("reasoning.effort")),
            Some("reasoning.effort")
        );
        assert_eq!(
            field(400, "Unsupported parameter: max_output_tokens", None),
            Some("max_output_tokens")
        );
        assert_eq!(
            field(400, "Unknown parameter: 'store'.", None),
            Some("store")
        );
        assert_eq!(field(400, "the store is closed", None), None);
        assert_eq!(field(400, "why", Some("model")), None);
        assert_eq!(field(500, "unsupported temperature", None), None);
    }

    #[test]
    fn delays_are_read_from_words() {
        assert_eq!(
            delay_in("please try again in 1.5s."),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            delay_in("try again in 300 ms"),
            Some(Duration::from_millis(300))
        );
        assert_eq!(
            delay_in("try again in 20 seconds"),
            Some(Duration::from_secs(20))
        );
        assert_eq!(delay_in("try again later"), None);
    }
}
