//! The faults of a hosted model, and what a user sees of each.

use firesteel_testkit::script::{Connection, End, Fault, Pings, Reply};
use serde_json::json;

/// One fault, and what comes of it.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// What happens to the first request; later ones are answered.
    pub(super) first: First,
    pub(super) seen: Seen,
}

pub(super) enum First {
    /// The response goes wrong.
    Reply(fn(Reply) -> Reply),
    /// The first connection does.
    Connection(Connection),
    /// Every connection does, until it is repaired.
    Always(Connection),
    /// The sockets die without a word while nobody asks: sleep, or another network.
    Asleep,
}

/// What the user sees of it.
#[derive(Clone, Copy)]
pub(super) enum Seen {
    /// Nothing: the model's text comes.
    Nothing,
    /// The embedded engine's suggestion where it has one, else this reason; an edit ends with this reason.
    Reason(&'static str),
}

use Seen::{Nothing, Reason};

fn case(name: &'static str, spoil: fn(Reply) -> Reply, seen: Seen) -> Case {
    Case {
        name,
        first: First::Reply(spoil),
        seen,
    }
}

fn connection(name: &'static str, connection: Connection, seen: Seen) -> Case {
    Case {
        name,
        first: First::Always(connection),
        seen,
    }
}

fn error(reply: Reply, status: Option<u16>, code: &str) -> Reply {
    let mut frame =
        json!({"type": "error", "error": {"code": code, "message": "the server's words"}});
    if let Some(status) = status {
        frame["status"] = json!(status);
    }
    Reply {
        text: String::new(),
        ..reply.end(End::Error(frame))
    }
}

fn failed(reply: Reply, code: &str) -> Reply {
    let (code, message) = (code.to_owned(), "the server's words".to_owned());
    reply.end(End::Failed { code, message })
}

fn incomplete(reply: Reply, reason: &str) -> Reply {
    reply.end(End::Incomplete(reason.to_owned()))
}

/// The waits, each named as users see it.
const LATE: Seen = Reason("timed out waiting for the first event");
const MUTE: Seen = Reason("timed out waiting for the next event");
// By the second time HTTP is tried, and then it is the first event that does not come.
const UNREACHED: Seen = Reason("timed out waiting for the");
const LOST: Seen = Reason("disconnected");

pub(super) fn cases() -> Vec<Case> {
    let plain = Connection::new;
    let mut cases = vec![
        case("slow first token", |r| Reply { ttft_ms: 50, ..r }, Nothing),
        case("slow tokens", |r| r.rate(200.0), Nothing),
        case("one character at a time", |r| r.delta_chars(1), Nothing),
        case(
            "a queue",
            |r| Reply {
                queue_ms: 60_000,
                ..r
            },
            LATE,
        ),
        case(
            "limits and facts before the response",
            |r| {
                r.before(json!({"type": "codex.rate_limits", "rate_limits": {"allowed": true, "limit_reached": false, "primary": {"used_percent": 12, "window_minutes": 300}, "secondary": null}}))
                    .before(json!({"type": "codex.response.metadata", "headers": {"openai-model": ["m"]}}))
            },
            Nothing,
        ),
        case("broken JSON", |r| r.fault(1, Fault::Broken), Nothing),
        case("an unknown event", |r| r.fault(1, Fault::Unknown), Nothing),
        case("a stale frame", |r| r.fault(1, Fault::Stale), Nothing),
        case(
            "a reset before output",
            |r| r.fault(0, Fault::Reset),
            Nothing,
        ),
        case("an end before output", |r| r.fault(0, Fault::Drop), Nothing),
        case("a deploy", |r| r.fault(0, Fault::Close(1001)), Nothing),
        case("a missed pong", |r| r.fault(0, Fault::Close(1011)), Nothing),
        case(
            "a binary frame before output",
            |r| r.fault(0, Fault::Binary),
            Nothing,
        ),
        case("a reset in mid-frame", |r| r.fault(1, Fault::Reset), LOST),
        case("an abrupt end", |r| r.fault(1, Fault::Drop), LOST),
        case(
            "too large a message",
            |r| r.fault(1, Fault::Close(1009)),
            LOST,
        ),
        case("a binary frame", |r| r.fault(1, Fault::Binary), LOST),
        case("a response that hangs", |r| r.fault(1, Fault::Hang), MUTE),
        case("sleep in mid-response", |r| r.fault(1, Fault::Freeze), MUTE),
        case("sleep before output", |r| r.fault(0, Fault::Freeze), MUTE),
        case(
            "a refusal",
            |r| error(r, Some(400), "invalid_prompt"),
            Reason("refused"),
        ),
        case(
            "a refusal without status",
            |r| error(r, None, "invalid_prompt"),
            Reason("refused"),
        ),
        case(
            "an error without code",
            |r| error(r, None, ""),
            Reason("failed"),
        ),
        case(
            "a bad key",
            |r| error(r, Some(401), "invalid_api_key"),
            Reason("not authorized"),
        ),
        case(
            "a limit of the rate",
            |r| error(r, Some(429), "slow"),
            Reason("rate limited"),
        ),
        case(
            "a used-up quota",
            |r| error(r, Some(429), "usage_limit_reached"),
            Reason("quota"),
        ),
        case(
            "a plan without the model",
            |r| error(r, Some(429), "usage_not_included"),
            Reason("quota"),
        ),
        case(
            "an overload",
            |r| error(r, Some(503), "server_is_overloaded"),
            Reason("overloaded"),
        ),
        case(
            "a server's own error",
            |r| error(r, Some(500), "server_error"),
            Reason("failed"),
        ),
        case(
            "a lost continuation",
            |r| error(r, Some(400), "previous_response_not_found"),
            Reason("refused"),
        ),
        case(
            "an old connection",
            |r| error(r, Some(400), "websocket_connection_limit_reached"),
            Nothing,
        ),
        case(
            "a long prompt",
            |r| failed(r, "context_length_exceeded"),
            Reason("too long"),
        ),
        case(
            "no quota",
            |r| failed(r, "insufficient_quota"),
            Reason("quota"),
        ),
        case("a policy", |r| failed(r, "cyber_policy"), Reason("refused")),
        case(
            "a failed overload",
            |r| failed(r, "slow_down"),
            Reason("overloaded"),
        ),
        case(
            "a failed rate",
            |r| failed(r, "rate_limit_exceeded"),
            Reason("rate limited"),
        ),
        case(
            "a failed response",
            |r| failed(r, "server_error"),
            Reason("failed"),
        ),
        case(
            "the limit of tokens",
            |r| incomplete(r, "max_output_tokens"),
            Nothing,
        ),
        case(
            "a content filter",
            |r| incomplete(r, "content_filter"),
            Reason("cut short"),
        ),
        connection("a black hole", Connection::black_hole(), UNREACHED),
        connection(
            "a swallowed upgrade",
            Connection {
                upgrade_delay_ms: 60_000,
                ..plain()
            },
            UNREACHED,
        ),
        connection(
            "a slow handshake",
            Connection {
                upgrade_delay_ms: 150,
                ..plain()
            },
            Nothing,
        ),
        connection(
            "no lanes",
            Connection {
                lanes: None,
                ..plain()
            },
            Nothing,
        ),
        connection(
            "pings while the user reads",
            Connection {
                pings: Some(Pings {
                    every_ms: 20,
                    pong_within_ms: 2_000,
                }),
                ..plain()
            },
            Nothing,
        ),
        Case {
            name: "a limit of age",
            first: First::Connection(Connection {
                max_age_ms: Some(0),
                ..plain()
            }),
            seen: Nothing,
        },
        Case {
            name: "asleep",
            first: First::Asleep,
            seen: LATE,
        },
    ];
    for (status, seen) in [
        (401, Reason("not authorized")),
        (403, Reason("not authorized")),
        (429, Reason("rate limited")),
        (426, Nothing),
        (404, Nothing),
        (503, Nothing),
    ] {
        cases.push(connection(
            "a refused upgrade",
            Connection::refused(status),
            seen,
        ));
    }
    cases
}
