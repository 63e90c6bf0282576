//! Endpoints that were thought to have lanes and have none, or fewer.

use std::time::Duration;

use firesteel_model::{Capabilities, Client, Endpoint, Options, Priority};
use firesteel_testkit::script::{Connection, Reply, Script, Server};
use serde_json::json;

use crate::helper::{ask, options, request, start};

fn hopeful(server: &Server) -> Client {
    let capabilities = Capabilities {
        lanes: 16,
        ..Capabilities::default()
    };
    let options = Options {
        capabilities,
        ..options()
    };
    Client::new(Endpoint::url(server.url()), options)
}

/// Several at once, and then some more: all are answered.
async fn check(server: &Server, client: &Client) {
    let replies: Vec<_> = (0..12)
        .map(|_| client.request(request("x"), Priority::Inline))
        .collect();
    for reply in replies {
        assert_eq!(reply.text().await.as_deref(), Ok("good"));
    }
    let before = server.log().requests.len();
    assert_eq!(ask(client, Priority::Edit).await.as_deref(), Ok("good"));
    let last = &server.log().requests[before..];
    assert_eq!(last.len(), 1, "it is known by now");
}

#[tokio::test]
async fn an_endpoint_without_lanes_is_asked_without_them_from_then_on() {
    // In the words of the public API, and in those of the ChatGPT backend.
    let refusals = [
        Connection::new(),
        Connection {
            rejects: vec!["stream_id".to_owned()],
            ..Connection::new()
        },
    ];
    for refusing in refusals {
        let server = start(Script::new().otherwise(refusing).reply(Reply::text("good"))).await;
        let client = hopeful(&server);
        check(&server, &client).await;
        let log = server.log();
        assert!(
            log.requests
                .iter()
                .all(|request| request.body["stream_id"].is_null()),
            "a request with a lane was taken"
        );
    }
}

#[tokio::test]
async fn an_endpoint_with_fewer_lanes_is_asked_by_those_it_has() {
    let few = Connection {
        lanes: Some(16),
        lane_names: 3,
        ..Connection::new()
    };
    let server = start(
        Script::new()
            .otherwise(few)
            .reply(Reply::text("good").ttft(Duration::from_millis(20))),
    )
    .await;
    let client = hopeful(&server);
    check(&server, &client).await;
    let lanes = |log: firesteel_testkit::script::Log| {
        let mut names: Vec<_> = log
            .requests
            .iter()
            .map(|request| request.body["stream_id"].to_string())
            .collect();
        names.sort();
        names.dedup();
        names.len()
    };
    assert_eq!(lanes(server.log()), 3);
}

#[tokio::test]
async fn a_server_that_overlooks_lanes_and_answers_in_turn_is_understood() {
    let overlooking = Script::new().answer(|request, mut responder| async move {
        let text = request.body["input"][0]["content"][0]["text"].clone();
        let id = format!("resp_{}", request.number);
        let about = |status: &str| json!({"id": id, "status": status});
        let events = [
            json!({"type": "response.created", "response": about("in_progress")}),
            json!({"type": "response.output_text.delta", "delta": text}),
            json!({"type": "response.completed", "response": about("completed")}),
        ];
        for event in events {
            let _ = responder.raw(event.to_string()).await;
        }
    });
    let server = start(overlooking).await;
    let client = hopeful(&server);
    server.wait(|log| log.upgrades() == 2).await;
    let replies: Vec<_> = (0..8)
        .map(|number| client.request(request(&number.to_string()), Priority::Inline))
        .collect();
    for (number, reply) in replies.into_iter().enumerate() {
        assert_eq!(reply.text().await, Ok(number.to_string()));
    }
    assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("x"));
    let log = server.log();
    let last = log
        .requests
        .last()
        .map(|request| &request.body["stream_id"]);
    assert_eq!(last, Some(&json!(null)));
}
