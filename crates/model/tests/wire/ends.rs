//! How requests end is counted by its real cause, each request once.

use std::time::Duration;

use firesteel_model::{Client, End, Endpoint, Event, Options, Priority, Wait};
use firesteel_testkit::script::{Connection, End as Ending, Fault, Reply, Script};
use serde_json::json;

use crate::helper::{ask, client, options, request, start};

fn error(status: u16, code: &str) -> Reply {
    Reply::error(
        json!({"type": "error", "status": status, "error": {"code": code, "message": "why"}}),
    )
}

#[tokio::test]
async fn every_end_has_its_cause() {
    let whole = || Reply::text("let x = 1;");
    let cases = [
        (whole(), End::Completed),
        (
            whole().end(Ending::Incomplete("max_output_tokens".to_owned())),
            End::Limit,
        ),
        (
            whole().end(Ending::Incomplete("content_filter".to_owned())),
            End::CutShort,
        ),
        (whole().fault(1, Fault::Reset), End::Lost),
        (
            whole().fault(1, Fault::Hang),
            End::TimedOut(Wait::NextEvent),
        ),
        (
            Reply {
                queue_ms: 60_000,
                ..whole()
            },
            End::TimedOut(Wait::FirstEvent),
        ),
        (error(400, "invalid_prompt"), End::Refused),
        (error(401, "invalid_api_key"), End::Unauthorized),
        (error(429, "slow_down_please"), End::RateLimited),
        (error(429, "usage_limit_reached"), End::Quota),
        (error(503, "server_is_overloaded"), End::Overloaded),
        (error(500, "server_error"), End::Failed),
        (error(400, "context_length_exceeded"), End::TooLong),
    ];
    for (reply, end) in cases {
        let server = start(Script::new().reply(reply)).await;
        let client = client(&server);
        let _ = ask(&client, Priority::Edit).await;
        let edits = client.metrics().kind(Priority::Edit).clone();
        assert_eq!(
            (edits.requests(), edits.ended(end)),
            (1, 1),
            "{end:?}: {:?}",
            edits.ends
        );
    }
}

#[tokio::test]
async fn what_was_never_sent_is_counted_too() {
    let server = start(Script::new().otherwise(Connection::refused(401))).await;
    let refused = client(&server);
    let _ = ask(&refused, Priority::Inline).await;
    let server = start(Script::new().otherwise(Connection::black_hole())).await;
    let unreached = client(&server);
    let _ = ask(&unreached, Priority::Inline).await;
    for (client, end) in [
        (refused, End::Unauthorized),
        (unreached, End::TimedOut(Wait::Connect)),
    ] {
        let ends = client.metrics().kind(Priority::Inline).ends.clone();
        assert_eq!(ends.into_iter().collect::<Vec<_>>(), [(end, 1)]);
    }
}

#[tokio::test]
async fn a_reader_says_why_it_leaves() {
    for end in [End::Cancelled, End::Enough, End::Superseded] {
        let server = start(Script::new().answer(|_, mut responder| async move {
            let _ = responder.created().await;
            let _ = responder.text("a").await;
            responder.gone().await;
        }))
        .await;
        let client = client(&server);
        let mut reply = client.request(request("long"), Priority::Edit);
        while !matches!(reply.next().await, Some(Ok(Event::Text(_)))) {}
        reply.if_dropped(end);
        drop(reply);
        server.wait(|log| log.closed.len() == 1).await;
        let ends = client.metrics().kind(Priority::Edit).ends.clone();
        assert_eq!(ends.into_iter().collect::<Vec<_>>(), [(end, 1)]);
    }
}

#[tokio::test]
async fn a_keystroke_waits_no_longer_than_it_may_whatever_it_waits_for() {
    let silent = Connection {
        upgrade_delay_ms: 60_000,
        ..Connection::new()
    };
    let hang = Reply {
        queue_ms: 60_000,
        ..Reply::text("late")
    };
    let mut timeouts = options().timeouts;
    timeouts.keystroke = Duration::from_millis(100);
    timeouts.connect = Duration::from_secs(600);
    timeouts.first_event = Duration::from_secs(600);
    for (connection, wait) in [
        (silent, Wait::Connect),
        (Connection::new(), Wait::FirstEvent),
    ] {
        let server = start(Script::new().otherwise(connection).reply(hang.clone())).await;
        let options = Options {
            timeouts: timeouts.clone(),
            ..Options::default()
        };
        let client = Client::new(Endpoint::url(server.url()), options);
        let answer = ask(&client, Priority::Inline).await;
        assert_eq!(answer, Err(firesteel_model::Error::Timeout(wait)));
    }
}

#[tokio::test]
async fn a_limit_is_remembered_as_long_as_the_server_says() {
    let used_up = json!({"type": "error", "status": 429,
        "error": {"type": "usage_limit_reached", "message": "no more", "resets_in_seconds": 600}});
    let server = start(Script::new().reply(Reply::error(used_up))).await;
    let client = client(&server);
    assert_eq!(client.quota().pause(), None);
    let _ = ask(&client, Priority::Inline).await;
    let quota = client.quota();
    assert!(quota.limit_reached);
    assert!(
        quota
            .pause()
            .is_some_and(|pause| pause > Duration::from_secs(500))
    );
}

#[tokio::test]
async fn a_prompt_beyond_the_models_window_is_not_sent() {
    let server = start(Script::new().reply(Reply::text("good"))).await;
    let preset = firesteel_model::Preset {
        context_tokens: Some(1000),
        usable_percent: 95,
        ..firesteel_model::Preset::default()
    };
    let options = Options {
        timeouts: options().timeouts,
        preset: Some(std::sync::Arc::new(preset)),
        ..Options::default()
    };
    let client = Client::new(Endpoint::url(server.url()), options);
    let long = request(&"x".repeat(10_000));
    let answer = client.request(long, Priority::Edit).text().await;
    assert_eq!(answer, Err(firesteel_model::Error::ContextLength));
    assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok("good"));
    assert_eq!(server.log().requests.len(), 1);
    assert_eq!(client.metrics().kind(Priority::Edit).ended(End::TooLong), 1);
}

#[tokio::test]
async fn a_field_that_is_refused_is_left_out_from_then_on() {
    let refusal = |param: &str| {
        Reply::error(json!({
            "type": "error", "status": 400,
            "error": {"type": "invalid_request_error", "code": "unsupported_parameter", "message": "why", "param": param},
        }))
    };
    for upgrade_status in [None, Some(426)] {
        let connection = Connection {
            upgrade_status,
            ..Connection::new()
        };
        let script = Script::new().otherwise(connection);
        let script = script
            .reply(refusal("max_output_tokens"))
            .reply(refusal("temperature"))
            .reply(Reply::text("good"));
        let server = start(script).await;
        let client = client(&server);
        let ask = || {
            let request = firesteel_protocol::client::CreateResponse {
                max_output_tokens: Some(64),
                temperature: Some(0.0),
                ..request("x")
            };
            client.request(request, Priority::Edit).text()
        };
        assert_eq!(ask().await.as_deref(), Ok("good"), "{upgrade_status:?}");
        assert_eq!(ask().await.as_deref(), Ok("good"));
        let log = server.log();
        assert_eq!(log.requests.len(), 4, "{upgrade_status:?}");
        for request in &log.requests[2..] {
            assert!(
                request.body["max_output_tokens"].is_null()
                    && request.body["temperature"].is_null()
            );
        }
    }
    // What is refused though it is not there is no reason to ask again.
    let server = start(Script::new().reply(refusal("store"))).await;
    let refused = ask(&client(&server), Priority::Edit).await;
    assert!(
        matches!(refused, Err(firesteel_model::Error::Refused { .. })),
        "{refused:?}"
    );
    assert_eq!(server.log().requests.len(), 1);
}
