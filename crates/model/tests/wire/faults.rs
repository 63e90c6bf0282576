//! The client against everything that a server can do wrong: what the asker sees, and that the next
//! request works.

use std::time::Duration;

use firesteel_model::{
    Capabilities, Client, ConnectionState, Endpoint, Error, Event, Options, Priority, Secret,
    Timeouts, Wait,
};
use firesteel_protocol::client::CreateResponse;
use firesteel_testkit::script::{Connection, End, Fault, Pings, Reply, Script};
use serde_json::json;

use crate::helper::{ask, client, options, request, start};

/// Plays one fault to each kind of request; the next request must work.
async fn check(fault: Reply, seen: impl Fn(&Result<String, Error>) -> bool) {
    for priority in Priority::ALL {
        let server = start(
            Script::new()
                .reply(fault.clone())
                .reply(Reply::text("good")),
        )
        .await;
        let client = client(&server);
        let first = ask(&client, priority).await;
        assert!(seen(&first), "{priority:?}: {first:?}");
        assert_eq!(
            ask(&client, priority).await.as_deref(),
            Ok("good"),
            "{priority:?}"
        );
    }
}

fn is(text: &str) -> impl Fn(&Result<String, Error>) -> bool {
    move |result| result.as_deref() == Ok(text)
}

fn is_disconnected(result: &Result<String, Error>) -> bool {
    matches!(result, Err(Error::Disconnected { .. }))
}

#[tokio::test]
async fn text_comes_whole_at_any_pace() {
    check(Reply::text("let x = 1;"), is("let x = 1;")).await;
    check(
        Reply::text("let x = 1;")
            .ttft(Duration::from_millis(20))
            .rate(1200.0)
            .delta_chars(1),
        is("let x = 1;"),
    )
    .await;
    check(
        Reply::text("äöü🦀\n\"\\\t").delta_chars(1),
        is("äöü🦀\n\"\\\t"),
    )
    .await;
}

#[tokio::test]
async fn frames_of_no_meaning_are_passed_over() {
    for fault in [Fault::Broken, Fault::Unknown, Fault::Stale] {
        check(Reply::text("let x = 1;").fault(1, fault), is("let x = 1;")).await;
    }
}

#[tokio::test]
async fn a_connection_that_dies_before_output_costs_nothing() {
    for fault in [
        Fault::Reset,
        Fault::Drop,
        Fault::Close(1001),
        Fault::Close(1011),
        Fault::Binary,
    ] {
        check(Reply::text("let x = 1;").fault(0, fault), is("good")).await;
    }
}

#[tokio::test]
async fn a_connection_that_dies_after_output_is_told() {
    for fault in [Fault::Reset, Fault::Drop, Fault::Close(1009), Fault::Binary] {
        check(Reply::text("let x = 1;").fault(2, fault), is_disconnected).await;
    }
}

#[tokio::test]
async fn silence_ends_at_its_timeout() {
    for fault in [Fault::Hang, Fault::Freeze] {
        check(Reply::text("let x = 1;").fault(2, fault), |result| {
            matches!(result, Err(Error::Timeout(Wait::NextEvent)))
        })
        .await;
    }
    let slow = Reply {
        queue_ms: 60_000,
        ..Reply::text("late")
    };
    check(slow, |result| {
        matches!(result, Err(Error::Timeout(Wait::FirstEvent)))
    })
    .await;
}

#[tokio::test]
async fn errors_of_the_server_have_their_meaning() {
    let error = |status: u16, code: &str| {
        Reply::error(
            json!({"type": "error", "status": status, "error": {"code": code, "message": "why"}}),
        )
    };
    check(
        error(400, "invalid_prompt"),
        |r| matches!(r, Err(Error::Refused { code, .. }) if code == "invalid_prompt"),
    )
    .await;
    check(error(401, "invalid_api_key"), |r| {
        matches!(r, Err(Error::Auth { .. }))
    })
    .await;
    check(error(429, "slow_down_please"), |r| {
        matches!(r, Err(Error::RateLimited { .. }))
    })
    .await;
    for code in ["usage_limit_reached", "usage_not_included"] {
        check(error(429, code), |r| matches!(r, Err(Error::Quota { .. }))).await;
    }
    check(error(503, "server_is_overloaded"), |r| {
        matches!(r, Err(Error::Overloaded { .. }))
    })
    .await;
    check(error(500, "server_error"), |r| {
        matches!(r, Err(Error::Failed { .. }))
    })
    .await;
    check(error(400, "websocket_connection_limit_reached"), is("good")).await;
    let without_status = Reply::error(json!({"type": "error", "message": "why"}));
    check(
        without_status,
        |r| matches!(r, Err(Error::Failed { message, .. }) if message == "why"),
    )
    .await;
    check(Reply::failed("context_length_exceeded", "long"), |r| {
        matches!(r, Err(Error::ContextLength))
    })
    .await;
    check(Reply::failed("rate_limit_exceeded", "try again in 2s"), |r| {
        matches!(r, Err(Error::RateLimited { retry_after: Some(wait), .. }) if wait.as_secs() == 2)
    })
    .await;
    check(
        Reply::text("cut").end(End::Incomplete("content_filter".to_owned())),
        |r| matches!(r, Err(Error::CutShort { reason }) if reason == "content_filter"),
    )
    .await;
}

#[tokio::test]
async fn a_limit_of_tokens_is_an_end_like_any_other() {
    let reply = Reply::text("let x").end(End::Incomplete("max_output_tokens".to_owned()));
    let server = start(Script::new().reply(reply)).await;
    let client = client(&server);
    let mut reply = client.request(request("x"), Priority::Inline);
    let mut last = None;
    while let Some(event) = reply.next().await {
        last = Some(event);
    }
    assert!(
        matches!(
            last,
            Some(Ok(Event::Done {
                truncated: true,
                usage: Some(_)
            }))
        ),
        "{last:?}"
    );
}

#[tokio::test]
async fn a_refused_upgrade_is_told_at_once() {
    for status in [401, 403, 429] {
        let server = start(Script::new().otherwise(Connection::refused(status))).await;
        let client = client(&server);
        let first = ask(&client, Priority::Inline).await;
        let expected = match status {
            429 => matches!(first, Err(Error::RateLimited { .. })),
            _ => matches!(first, Err(Error::Auth { .. })),
        };
        assert!(expected, "{status}: {first:?}");
        let state = client.state();
        let is_told = match status {
            429 => matches!(state, ConnectionState::Disconnected { .. }),
            _ => matches!(state, ConnectionState::Refused { .. }),
        };
        assert!(is_told, "{status}: {state:?}");
        server.set_otherwise(Connection::new());
        // A code action asks again at once, without waiting for the next dial.
        assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok(""));
        assert_eq!(client.state(), ConnectionState::Ready);
    }
}

#[tokio::test]
async fn a_black_hole_ends_at_the_connect_timeout() {
    let server = start(Script::new().otherwise(Connection::black_hole())).await;
    let first = ask(&client(&server), Priority::Inline).await;
    assert_eq!(first, Err(Error::Timeout(Wait::Connect)));
}

#[tokio::test]
async fn nobody_at_home_is_told_at_once() {
    let server = start(Script::new()).await;
    let url = server.url();
    drop(server);
    let client = Client::new(Endpoint::url(url), options());
    assert!(is_disconnected(&ask(&client, Priority::Inline).await));
}

#[tokio::test]
async fn pings_are_answered_while_nobody_asks() {
    let pings = Connection {
        pings: Some(Pings {
            every_ms: 20,
            pong_within_ms: 2000,
        }),
        ..Connection::new()
    };
    let server = start(Script::new().otherwise(pings)).await;
    let client = client(&server);
    let log = server.wait(|log| log.pongs >= 6).await;
    assert!(log.closed.is_empty());
    assert_eq!(client.state(), ConnectionState::Ready);
}

#[tokio::test]
async fn a_pair_of_sockets_is_kept() {
    let server = start(
        Script::new()
            .reply(Reply::text("good").fault(0, Fault::Drop))
            .reply(Reply::text("good")),
    )
    .await;
    let client = client(&server);
    server.wait(|log| log.upgrades() == 2).await;
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    server
        .wait(|log| log.upgrades() == 3 && log.open() == 2)
        .await;
    assert_eq!(client.metrics().replays, 1);
}

#[tokio::test]
async fn a_dropped_reply_costs_its_socket_only_if_the_rest_is_long() {
    let server = Script::new()
        .answer(|_, mut responder| async move {
            let _ = responder.created().await;
            let _ = responder.text("a").await;
            responder.gone().await;
        })
        .start()
        .await
        .expect("server");
    let client = client(&server);
    server.wait(|log| log.upgrades() == 2).await;
    let mut reply = client.request(request("long"), Priority::Edit);
    while !matches!(reply.next().await, Some(Ok(Event::Text(_)))) {}
    drop(reply);
    let log = server.wait(|log| log.closed.len() == 1).await;
    assert!(log.closed[0].by_client && log.closed[0].during_response);
    server.wait(|log| log.open() == 2).await;
}

#[tokio::test]
async fn a_short_rest_is_drained_and_its_socket_kept() {
    let server = start(
        Script::new()
            .reply(Reply::text("0123456789").delta_chars(1).rate(200.0))
            .reply(Reply::text("good")),
    )
    .await;
    let client = client(&server);
    server.wait(|log| log.upgrades() == 2).await;
    let short = CreateResponse {
        max_output_tokens: Some(16),
        ..request("short")
    };
    let mut reply = client.request(short, Priority::Inline);
    while !matches!(reply.next().await, Some(Ok(Event::Text(_)))) {}
    drop(reply);
    for _ in 0..3 {
        assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    }
    assert!(server.log().closed.is_empty());
}

#[tokio::test]
async fn an_interrupt_keeps_the_socket() {
    let server = start(
        Script::new()
            .otherwise(Connection {
                interrupt: true,
                ..Connection::new()
            })
            .reply(Reply::text("a".repeat(4000)).rate(100.0))
            .reply(Reply::text("good")),
    )
    .await;
    let capabilities = Capabilities {
        interrupt: true,
        ..Capabilities::default()
    };
    let client = Client::new(
        Endpoint::url(server.url()),
        Options {
            capabilities,
            ..options()
        },
    );
    let mut reply = client.request(request("long"), Priority::Edit);
    while !matches!(reply.next().await, Some(Ok(Event::Text(_)))) {}
    drop(reply);
    let log = server.wait(|log| log.interrupts.len() == 1).await;
    assert_eq!(log.interrupts, ["resp_0"]);
    assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok("good"));
    assert!(server.log().closed.is_empty());
}

#[tokio::test]
async fn lanes_share_one_socket() {
    let server = Script::new()
        .otherwise(Connection {
            lanes: Some(16),
            ..Connection::new()
        })
        .answer(|request, mut responder| async move {
            let _ = responder.created().await;
            if request.body["input"][0]["content"][0]["text"] == "slow" {
                responder.gone().await;
            }
            let _ = responder.text("good").await;
            let _ = responder.completed().await;
        })
        .start()
        .await
        .expect("server");
    let capabilities = Capabilities {
        lanes: 16,
        sockets: 1,
        ..Capabilities::default()
    };
    let client = Client::new(
        Endpoint::url(server.url()),
        Options {
            capabilities,
            ..options()
        },
    );
    let slow: Vec<_> = (0..4)
        .map(|_| client.request(request("slow"), Priority::Edit))
        .collect();
    for _ in 0..5 {
        assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    }
    drop(slow);
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    assert_eq!(server.log().upgrades(), 1);
}

#[tokio::test]
async fn an_edit_never_delays_a_keystroke() {
    let server = Script::new()
        .answer(|request, mut responder| async move {
            let _ = responder.created().await;
            if request.body["input"][0]["content"][0]["text"] == "slow" {
                responder.gone().await;
            }
            let _ = responder.text("good").await;
            let _ = responder.completed().await;
        })
        .start()
        .await
        .expect("server");
    let patient = Timeouts {
        first_event: Duration::from_secs(60),
        next_event: Duration::from_secs(60),
        ..options().timeouts
    };
    let client = Client::new(
        Endpoint::url(server.url()),
        Options {
            timeouts: patient,
            ..Options::default()
        },
    );
    let slow: Vec<_> = (0..6)
        .map(|_| client.request(request("slow"), Priority::Edit))
        .collect();
    server.wait(|log| log.requests.len() == 3).await;
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    drop(slow);
    assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok("good"));
}

#[tokio::test]
async fn rate_limits_reach_the_quota() {
    let limits = json!({"type": "codex.rate_limits", "plan_type": "pro", "rate_limits": {"allowed": true,
        "limit_reached": false, "primary": {"used_percent": 91.5, "window_minutes": 300, "reset_at": 1790000000}, "secondary": null}});
    let server = start(Script::new().reply(Reply::text("good").before(limits))).await;
    let client = client(&server);
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    assert_eq!(client.quota().used_percent(), Some(91.5));
}

#[tokio::test]
async fn the_key_travels_in_its_header_only() {
    let server = start(Script::new().reply(Reply::text("good"))).await;
    let endpoint = Endpoint::Socket {
        url: server.url(),
        headers: vec![(
            "OpenAI-Beta".to_owned(),
            "responses_websockets=2026-02-06".to_owned(),
        )],
        key: Some(Secret::new("very-secret")),
    };
    let client = Client::new(endpoint, options());
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    let log = server.log();
    assert_eq!(
        log.handshakes[0].headers["authorization"],
        "Bearer very-secret"
    );
    assert_eq!(
        log.handshakes[0].headers["openai-beta"],
        "responses_websockets=2026-02-06"
    );
    assert!(!format!("{client:?}").contains("very-secret"));
}

#[tokio::test]
async fn a_reply_that_nobody_reads_ends_and_its_socket_with_it() {
    let server = start(Script::new().answer(|request, mut responder| async move {
        let _ = responder.created().await;
        if request.number == 0 {
            let _ = responder.flood(&"x".repeat(1000), 20_000).await;
        }
        let _ = responder.completed().await;
    }))
    .await;
    let client = client(&server);
    let mut unread = client.request(request("long"), Priority::Edit);
    server.wait(|log| log.closed.len() == 1).await;
    assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok(""));
    let mut last = None;
    while let Some(event) = unread.next().await {
        last = Some(event);
    }
    assert_eq!(last, Some(Err(Error::Unread)));
}
