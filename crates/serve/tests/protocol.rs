//! The protocol's own promises, by a client that knows nothing of ours.

#![expect(
    clippy::expect_used,
    reason = "what a test needs of its machine is there or the test fails"
)]

mod common;

use firesteel_serve::Service;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use common::{Echo, http, service};

type Socket = WebSocketStream<DuplexStream>;

async fn connect(service: &Service) -> Socket {
    client_async("ws://localhost/v1/responses", service.pipe())
        .await
        .expect("an upgrade")
        .0
}

async fn send(socket: &mut Socket, event: Value) {
    socket
        .send(Message::text(event.to_string()))
        .await
        .expect("an open connection");
}

async fn receive(socket: &mut Socket) -> Value {
    match socket.next().await {
        Some(Ok(Message::Text(frame))) => serde_json::from_str(&frame).expect("JSON"),
        other => panic!("{other:?}"),
    }
}

/// The events of one response, up to its end.
async fn events(socket: &mut Socket) -> Vec<Value> {
    let mut events = Vec::new();
    loop {
        let event = receive(socket).await;
        let kind = event["type"].as_str().unwrap_or_default();
        let last = matches!(
            kind,
            "response.completed" | "response.failed" | "response.incomplete" | "error"
        );
        events.push(event);
        if last {
            return events;
        }
    }
}

fn create(text: &str, previous: Option<&str>) -> Value {
    let mut event =
        json!({"type": "response.create", "model": "parrot", "input": text, "store": false});
    if let Some(previous) = previous {
        event["previous_response_id"] = json!(previous);
    }
    event
}

fn id(events: &[Value]) -> String {
    events[0]["response"]["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

#[tokio::test]
async fn events_come_in_the_documented_order() {
    let service = service(Echo::default());
    let mut socket = connect(&service).await;
    send(&mut socket, create("two words", None)).await;
    let events = events(&mut socket).await;
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let numbers: Vec<_> = events
        .iter()
        .map(|event| event["sequence_number"].as_u64())
        .collect();
    assert_eq!(numbers, (0..10).map(Some).collect::<Vec<_>>());
    let last = &events[9]["response"];
    assert_eq!(last["output"][0]["content"][0]["text"], "two words");
    assert_eq!(
        (&last["status"], &last["usage"]["output_tokens"]),
        (&json!("completed"), &json!(2))
    );
}

#[tokio::test]
async fn requests_are_answered_one_after_the_other() {
    let service = service(Echo::default());
    let mut socket = connect(&service).await;
    for n in 0..20 {
        send(&mut socket, create(&format!("number {n}"), None)).await;
    }
    for n in 0..20 {
        let events = events(&mut socket).await;
        let last = events.last().expect("an end");
        assert_eq!(
            last["response"]["output"][0]["content"][0]["text"],
            format!("number {n}")
        );
        assert!(events.iter().all(
            |event| event["response"]["id"].is_null() || event["response"]["id"] == id(&events)
        ));
    }
}

#[tokio::test]
async fn a_connection_remembers_and_another_does_not() {
    let service = service(Echo::default());
    let mut socket = connect(&service).await;
    send(&mut socket, create("first", None)).await;
    let first = id(&events(&mut socket).await);
    send(&mut socket, create("second", Some(&first))).await;
    let second = events(&mut socket).await;
    assert_eq!(
        second.last().expect("an end")["response"]["previous_response_id"],
        first
    );

    let mut other = connect(&service).await;
    send(&mut other, create("third", Some(&first))).await;
    let refused = events(&mut other).await;
    let error = &refused[0];
    assert_eq!(
        (&error["type"], &error["status"]),
        (&json!("error"), &json!(400))
    );
    assert_eq!(error["error"]["code"], "previous_response_not_found");
    assert_eq!(error["error"]["param"], "previous_response_id");
    send(&mut other, create("fourth", None)).await;
    assert_eq!(
        events(&mut other).await.last().expect("an end")["type"],
        "response.completed"
    );
}

#[tokio::test]
async fn a_failed_continuation_is_forgotten() {
    let service = service(Echo::default());
    let mut socket = connect(&service).await;
    send(&mut socket, create("first", None)).await;
    let first = id(&events(&mut socket).await);
    send(&mut socket, create("fail", Some(&first))).await;
    let failed = events(&mut socket).await;
    assert_eq!(
        failed.last().expect("an end")["response"]["error"]["code"],
        "server_error"
    );
    send(&mut socket, create("again", Some(&first))).await;
    assert_eq!(
        events(&mut socket).await[0]["error"]["code"],
        "previous_response_not_found"
    );
}

#[tokio::test]
async fn a_prewarmed_prefix_is_continued() {
    let service = service(Echo::default());
    let mut socket = connect(&service).await;
    let mut warm = create("prefix", None);
    warm["generate"] = json!(false);
    send(&mut socket, warm).await;
    let warmed = events(&mut socket).await;
    assert!(
        warmed
            .iter()
            .all(|event| event["type"] != "response.output_text.delta")
    );
    send(&mut socket, create("rest", Some(&id(&warmed)))).await;
    assert_eq!(
        events(&mut socket).await.last().expect("an end")["type"],
        "response.completed"
    );
}

#[tokio::test]
async fn frames_that_make_no_sense_are_answered_and_forgotten() {
    let service = service(Echo::default());
    let mut socket = connect(&service).await;
    for frame in [
        "{",
        "[]",
        r#"{"type":"response.cancel"}"#,
        r#"{"type":"response.create","input":7,"model":[]}"#,
    ] {
        socket
            .send(Message::text(frame))
            .await
            .expect("an open connection");
        let error = receive(&mut socket).await;
        assert_eq!(
            (&error["type"], &error["status"]),
            (&json!("error"), &json!(400)),
            "{frame}"
        );
    }
    send(
        &mut socket,
        json!({"type": "response.interrupt", "response_id": "resp_none"}),
    )
    .await;
    assert_eq!(
        receive(&mut socket).await["type"],
        "response.interrupt.failed"
    );
    send(&mut socket, create("still here", None)).await;
    assert_eq!(
        events(&mut socket).await.last().expect("an end")["type"],
        "response.completed"
    );
}

#[tokio::test]
async fn http_serves_what_the_socket_does() {
    let service = service(Echo::default());
    let streamed = http(
        &service,
        "POST /v1/responses HTTP/1.1",
        r#"{"model":"parrot","input":"two words","stream":true}"#,
    )
    .await;
    assert!(
        streamed.starts_with("HTTP/1.1 200")
            && streamed.contains("content-type: text/event-stream")
    );
    assert!(streamed.contains(
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\""
    ));
    assert!(streamed.contains("event: response.completed\n"));

    let whole = http(
        &service,
        "POST /v1/responses HTTP/1.1",
        r#"{"model":"parrot","input":"two words"}"#,
    )
    .await;
    let (_, body) = whole.split_once("\r\n\r\n").expect("a body");
    let response: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(
        (&response["object"], &response["status"]),
        (&json!("response"), &json!("completed"))
    );
    assert_eq!(response["output"][0]["content"][0]["text"], "two words");

    let models = http(&service, "GET /v1/models HTTP/1.1", "").await;
    assert!(models.contains(r#""id":"firesteel""#));
    for (head, body, status, code) in [
        ("GET /nowhere HTTP/1.1", "", "404", "not_found"),
        (
            "PUT /v1/responses HTTP/1.1",
            "",
            "405",
            "method_not_allowed",
        ),
        ("POST /v1/responses HTTP/1.1", "{", "400", "invalid_request"),
        (
            "POST /v1/responses HTTP/1.1",
            r#"{"input":"x","previous_response_id":"resp_1"}"#,
            "400",
            "previous_response_not_found",
        ),
    ] {
        let refused = http(&service, head, body).await;
        assert!(
            refused.starts_with(&format!("HTTP/1.1 {status}")) && refused.contains(code),
            "{refused}"
        );
    }
}
