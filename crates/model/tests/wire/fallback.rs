//! Where no WebSocket passes: the same answers by HTTP and server-sent events.

use std::time::Duration;

use firesteel_model::{
    Capabilities, Client, ConnectionState, Endpoint, Error, Event, Options, Priority, Route,
    Transport, Wait,
};
use firesteel_testkit::script::{Connection, End, Fault, Reply, Script, Server};
use serde_json::json;

use crate::helper::{ask, client, options, request, start};

fn refusing(status: u16) -> Script {
    Script::new().otherwise(Connection::refused(status))
}

#[tokio::test]
async fn a_refused_upgrade_turns_to_http_at_once() {
    for status in [426, 404, 501, 502] {
        let server = start(refusing(status).reply(Reply::text("let x = 1;\n\"é\""))).await;
        let client = client(&server);
        for _ in 0..3 {
            assert_eq!(
                ask(&client, Priority::Inline).await.as_deref(),
                Ok("let x = 1;\n\"é\""),
                "{status}"
            );
        }
        assert_eq!(
            (client.transport(), client.state()),
            (Transport::Http, ConnectionState::Ready)
        );
        let log = server.log();
        assert_eq!(log.upgrades(), 1, "one attempt is enough");
        assert_eq!(log.accepted, 2, "the connection for HTTP is kept");
        let post = &log.handshakes[1];
        assert_eq!(
            (post.method.as_str(), post.headers["accept"].as_str()),
            ("POST", "text/event-stream")
        );
        assert_eq!(
            (
                &log.requests[0].body["stream"],
                &log.requests[0].body["type"]
            ),
            (&json!(true), &json!(null))
        );
    }
}

#[tokio::test]
async fn the_user_can_force_either_transport() {
    let forced = |server: &Server, route| {
        let capabilities = Capabilities {
            route,
            ..Capabilities::default()
        };
        let options = Options {
            capabilities,
            ..options()
        };
        Client::new(Endpoint::url(server.url()), options)
    };
    let server = start(Script::new().reply(Reply::text("good"))).await;
    let by_http = forced(&server, Route::Http);
    assert_eq!(ask(&by_http, Priority::Edit).await.as_deref(), Ok("good"));
    assert_eq!(server.log().upgrades(), 0);
    let server = start(refusing(426).reply(Reply::text("good"))).await;
    let by_socket = forced(&server, Route::Websocket);
    let refused = ask(&by_socket, Priority::Inline).await;
    assert!(matches!(refused, Err(Error::Disconnected { .. })));
    assert_eq!(server.log().requests.len(), 0);
}

#[tokio::test]
async fn a_dropped_reply_ends_its_stream() {
    let script = refusing(426).answer(|_, mut responder| async move {
        let _ = responder.created().await;
        let _ = responder.text("a").await;
        responder.gone().await;
    });
    let server = start(script).await;
    let client = client(&server);
    let mut reply = client.request(request("long"), Priority::Edit);
    while !matches!(reply.next().await, Some(Ok(Event::Text(_)))) {}
    drop(reply);
    server.wait(|log| log.open() == 0).await;
    assert_eq!(server.log().open(), 0);
}

#[tokio::test]
async fn what_goes_wrong_by_http_is_told_as_well() {
    type Expected = fn(&Error) -> bool;
    let cases: [(Reply, Expected); 4] = [
        (Reply::text("let x = 1;").fault(1, Fault::Reset), |e| {
            matches!(e, Error::Disconnected { .. })
        }),
        (Reply::text("let x = 1;").fault(1, Fault::Hang), |e| {
            matches!(e, Error::Timeout(Wait::NextEvent))
        }),
        (Reply::failed("context_length_exceeded", "long"), |e| {
            matches!(e, Error::ContextLength)
        }),
        (
            Reply::text("x").end(End::Error(json!({"type": "error", "message": "why"}))),
            |e| matches!(e, Error::Failed { .. }),
        ),
    ];
    for (reply, is_expected) in cases {
        let server = start(refusing(426).reply(reply).reply(Reply::text("good"))).await;
        let client = client(&server);
        let error = ask(&client, Priority::Inline)
            .await
            .expect_err("the fault is seen");
        assert!(is_expected(&error), "{error:?}");
        assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    }
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_again() {
    let server = start(refusing(426).reply(Reply::text("good"))).await;
    let url = server.url();
    let client = client(&server);
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
    drop(server);
    assert!(matches!(
        ask(&client, Priority::Inline).await,
        Err(Error::Disconnected { .. })
    ));
    // HTTP reached nobody, so the next dial is a WebSocket again.
    let address = url
        .trim_start_matches("ws://")
        .trim_end_matches("/v1/responses");
    let server = Script::new()
        .reply(Reply::text("back"))
        .listen(address)
        .await
        .expect("the port is free again");
    server.wait(|log| log.upgrades() == 2).await;
    assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok("back"));
    assert_eq!(client.transport(), Transport::Socket);
}

#[tokio::test]
async fn upgrades_that_are_swallowed_turn_to_http() {
    let slow = Connection {
        upgrade_delay_ms: 60_000,
        ..Connection::new()
    };
    let script = Script::new()
        .connection(slow.clone())
        .connection(slow)
        .reply(Reply::text("good"));
    let server = start(script).await;
    let client = client(&server);
    assert_eq!(
        ask(&client, Priority::Inline).await,
        Err(Error::Timeout(Wait::Connect))
    );
    let mut answer = ask(&client, Priority::Edit).await;
    while answer.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        answer = ask(&client, Priority::Edit).await;
    }
    assert_eq!(answer.as_deref(), Ok("good"));
    assert_eq!(client.transport(), Transport::Http);
}
