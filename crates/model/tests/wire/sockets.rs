//! The life of sockets: death without a word, rotation, and what a connection remembers.

use std::time::{Duration, Instant};

use firesteel_model::{Capabilities, Client, Endpoint, Options, Priority, Timeouts};
use firesteel_protocol::client::{CreateResponse, InputItem};
use firesteel_testkit::script::{Connection, Pings, Reply, Script};
use serde_json::json;

use crate::helper::{ask, client, options, request, start};

#[tokio::test]
async fn sockets_that_died_in_their_sleep_cost_nothing() {
    let server = start(Script::new().reply(Reply::text("good"))).await;
    // No socket is trusted without proof, as after a long silence.
    let timeouts = Timeouts {
        trust: Duration::ZERO,
        ..options().timeouts
    };
    let client = Client::new(
        Endpoint::url(server.url()),
        Options {
            timeouts,
            ..Options::default()
        },
    );
    for priority in Priority::ALL {
        server.wait(|log| log.open() >= 2).await;
        assert_eq!(ask(&client, priority).await.as_deref(), Ok("good"));
        server.freeze();
        assert_eq!(
            ask(&client, priority).await.as_deref(),
            Ok("good"),
            "{priority:?}"
        );
    }
}

#[tokio::test]
async fn a_dead_socket_is_noticed_while_idle() {
    let server = start(Script::new().reply(Reply::text("good"))).await;
    let timeouts = Timeouts {
        keepalive: Duration::from_millis(30),
        pong: Duration::from_millis(300),
        ..options().timeouts
    };
    let client = Client::new(
        Endpoint::url(server.url()),
        Options {
            timeouts,
            ..Options::default()
        },
    );
    server
        .wait(|log| log.upgrades() == 2 && log.pings >= 4)
        .await;
    server.freeze();
    let log = server.wait(|log| log.upgrades() == 4).await;
    assert_eq!(log.upgrades(), 4);
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    assert_eq!(client.metrics().replays, 0);
}

#[tokio::test]
async fn old_sockets_are_replaced_before_they_go() {
    let server = start(Script::new().reply(Reply::text("good"))).await;
    let timeouts = Timeouts {
        rotate: Duration::from_millis(100),
        ..options().timeouts
    };
    let client = Client::new(
        Endpoint::url(server.url()),
        Options {
            timeouts,
            ..Options::default()
        },
    );
    while server.log().upgrades() < 8 {
        assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
        assert!(server.log().open() >= 1);
    }
    let log = server.wait(|log| log.closed.len() >= 4).await;
    assert!(
        log.closed
            .iter()
            .all(|closed| closed.by_client && !closed.during_response)
    );
    assert_eq!(client.metrics().replays, 0);
}

#[tokio::test]
async fn a_server_that_tires_of_a_connection_costs_nothing() {
    let tired = Connection {
        max_age_ms: Some(0),
        ..Connection::new()
    };
    let server = start(Script::new().connection(tired).reply(Reply::text("good"))).await;
    let client = client(&server);
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    assert_eq!(client.metrics().replays, 1);
}

#[tokio::test]
async fn a_longer_conversation_sends_only_what_is_new() {
    let server = start(
        Script::new()
            .reply(Reply::text("one"))
            .reply(Reply::text("two")),
    )
    .await;
    let capabilities = Capabilities {
        continuation: true,
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
    assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok("one"));
    let longer = CreateResponse {
        input: vec![
            InputItem::user("x"),
            InputItem::assistant("one"),
            InputItem::user("and now"),
        ],
        ..request("x")
    };
    assert_eq!(
        client
            .request(longer.clone(), Priority::Edit)
            .text()
            .await
            .as_deref(),
        Ok("two")
    );
    // The same again is no longer conversation than the last, so it goes out whole.
    assert_eq!(
        client
            .request(longer, Priority::Edit)
            .text()
            .await
            .as_deref(),
        Ok("two")
    );
    let bodies: Vec<_> = server
        .log()
        .requests
        .into_iter()
        .map(|request| request.body)
        .collect();
    assert_eq!(bodies[1]["previous_response_id"], "resp_0");
    assert_eq!(bodies[1]["input"].as_array().map(Vec::len), Some(1));
    assert_eq!(bodies[1]["input"][0]["content"][0]["text"], "and now");
    assert_eq!(
        (
            &bodies[2]["previous_response_id"],
            bodies[2]["input"].as_array().map(Vec::len)
        ),
        (&json!(null), Some(3))
    );
}

#[tokio::test]
async fn a_forgotten_conversation_is_sent_whole() {
    let forgetful = json!({"type": "error", "status": 400, "error": {"code": "previous_response_not_found", "message": "gone"}});
    let server = start(
        Script::new()
            .reply(Reply::text("one"))
            .reply(Reply::error(forgetful))
            .reply(Reply::text("two")),
    )
    .await;
    let capabilities = Capabilities {
        continuation: true,
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
    assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok("one"));
    let longer = CreateResponse {
        input: vec![
            InputItem::user("x"),
            InputItem::assistant("one"),
            InputItem::user("and now"),
        ],
        ..request("x")
    };
    assert_eq!(
        client
            .request(longer, Priority::Edit)
            .text()
            .await
            .as_deref(),
        Ok("two")
    );
    let bodies: Vec<_> = server
        .log()
        .requests
        .into_iter()
        .map(|request| request.body)
        .collect();
    assert_eq!(bodies[1]["input"].as_array().map(Vec::len), Some(1));
    assert_eq!(bodies[2]["input"].as_array().map(Vec::len), Some(3));
    assert_eq!(bodies[2]["previous_response_id"], json!(null));
    assert_eq!(server.log().upgrades(), 1);
}

#[tokio::test]
async fn the_spare_takes_over_from_a_socket_that_died_in_its_sleep() {
    let server = start(Script::new().reply(Reply::text("good"))).await;
    let timeouts = Timeouts {
        trust: Duration::ZERO,
        ..options().timeouts
    };
    let client = Client::new(
        Endpoint::url(server.url()),
        Options {
            timeouts,
            ..Options::default()
        },
    );
    server.wait(|log| log.upgrades() == 2).await;
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    let first = server.log().requests[0].connection;
    server.freeze_connection(first);
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    let log = server.log();
    assert_eq!(
        (log.requests.len(), log.requests[1].connection),
        (2, 1 - first),
        "the spare was there already"
    );
}

#[tokio::test]
async fn a_server_that_hangs_up_at_once_is_not_dialled_in_a_loop() {
    let hangs_up = Connection {
        pings: Some(Pings {
            every_ms: 1,
            pong_within_ms: 0,
        }),
        ..Connection::new()
    };
    let server = start(Script::new().otherwise(hangs_up)).await;
    let begun = Instant::now();
    let _client = client(&server);
    server.wait(|log| log.upgrades() >= 6).await;
    // The pair, a wait, and again: a loop would be there in a few milliseconds.
    assert!(
        begun.elapsed() >= Duration::from_millis(200),
        "no wait between the dials"
    );
}

#[tokio::test]
async fn a_connection_may_be_for_one_response_only() {
    let server = start(Script::new().reply(Reply::text("good"))).await;
    let capabilities = Capabilities {
        reuse: false,
        ..Capabilities::default()
    };
    let client = Client::new(
        Endpoint::url(server.url()),
        Options {
            capabilities,
            ..options()
        },
    );
    for _ in 0..6 {
        assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    }
    let mut connections: Vec<usize> = server
        .log()
        .requests
        .iter()
        .map(|request| request.connection)
        .collect();
    connections.sort_unstable();
    connections.dedup();
    assert_eq!(connections.len(), 6);
}

#[tokio::test]
async fn a_prefix_may_be_read_in_beforehand() {
    let server = start(Script::new().reply(Reply::text("good"))).await;
    let capabilities = Capabilities {
        continuation: true,
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
    let prefix = CreateResponse {
        generate: Some(false),
        ..request("a long prefix")
    };
    assert_eq!(
        client
            .request(prefix.clone(), Priority::Edit)
            .text()
            .await
            .as_deref(),
        Ok("")
    );
    let mut whole = CreateResponse {
        generate: None,
        ..prefix
    };
    whole.input.push(InputItem::user("and a question"));
    assert_eq!(
        client
            .request(whole, Priority::Inline)
            .text()
            .await
            .as_deref(),
        Ok("good")
    );
    let asked = &server.log().requests[1].body;
    assert_eq!(
        (
            &asked["previous_response_id"],
            asked["input"].as_array().map(Vec::len)
        ),
        (&json!("resp_0"), Some(1))
    );
}
