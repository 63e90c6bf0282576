//! The service as the model client sees it, over a pipe and over a socket.

mod common;

use std::sync::atomic::Ordering;

use firesteel_host::{Embedded, LocalOptions};
use firesteel_model::{Capabilities, Client, Endpoint, Error, Event, Options, Priority, Route};
use firesteel_protocol::client::{CreateResponse, InputItem};
use firesteel_serve::Service;

use common::{Echo, service};

fn plain(text: &str) -> CreateResponse {
    CreateResponse {
        model: "echo".to_owned(),
        input: vec![InputItem::user(text)],
        ..CreateResponse::default()
    }
}

fn pipe(service: &Service) -> Client {
    let service = service.clone();
    let capabilities = Capabilities {
        interrupt: true,
        ..Capabilities::default()
    };
    Client::new(
        Endpoint::pipe(move || service.pipe()),
        Options {
            capabilities,
            ..Options::default()
        },
    )
}

#[tokio::test]
async fn a_request_is_answered_over_a_pipe() {
    let client = pipe(&service(Echo::default()));
    let mut reply = client.request(plain("let x"), Priority::Inline);
    assert!(matches!(
        reply.next().await,
        Some(Ok(Event::Started { .. }))
    ));
    let mut text = String::new();
    loop {
        match reply.next().await {
            Some(Ok(Event::Text(more))) => text.push_str(&more),
            Some(Ok(Event::Done { usage, truncated })) => {
                assert_eq!(usage.map(|usage| usage.output_tokens), Some(2));
                assert!(!truncated);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(text, "let x");
    assert_eq!(reply.next().await, None);
}

#[tokio::test]
async fn a_socket_serves_as_a_pipe_does() {
    let service = service(Echo::default());
    let listening = service.listen("127.0.0.1:0", None).await.expect("listen");
    let client = Client::new(
        Endpoint::url(format!("ws://{}/v1/responses", listening.address)),
        Options::default(),
    );
    for text in ["one", "one two three", "äöü 🦀 \"quoted\"\n"] {
        assert_eq!(
            client
                .request(plain(text), Priority::Inline)
                .text()
                .await
                .as_deref(),
            Ok(text)
        );
    }
    let elsewhere = Client::new(
        Endpoint::url(format!("ws://{}/elsewhere", listening.address)),
        Options::default(),
    );
    let refused = elsewhere.request(plain("x"), Priority::Inline).text().await;
    assert!(
        matches!(&refused, Err(Error::Refused { code, .. }) if code == "not_found"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn web_pages_are_not_served() {
    let service = service(Echo::default());
    let listening = service.listen("127.0.0.1:0", None).await.expect("listen");
    for origin in ["https://evil.example", "http://localhost:3000", "null"] {
        for route in [Route::Websocket, Route::Http] {
            let endpoint = Endpoint::Socket {
                url: format!("ws://{}/v1/responses", listening.address),
                headers: vec![("origin".to_owned(), origin.to_owned())],
                key: None,
            };
            let capabilities = Capabilities {
                route,
                ..Capabilities::default()
            };
            let options = Options {
                capabilities,
                ..Options::default()
            };
            let page = Client::new(endpoint, options);
            let refused = page.request(plain("x"), Priority::Inline).text().await;
            assert!(
                matches!(&refused, Err(Error::Auth { message }) if message.contains("web pages")),
                "{origin} {route:?}: {refused:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_embedded_engine_counts_what_it_reads_and_writes() {
    let service = service(Embedded::start(LocalOptions {
        dependencies: false,
        ..LocalOptions::default()
    }));
    let client = pipe(&service);
    let text = "let a = first(1);\nlet b = first(2);\nlet c = ";
    let mut reply = client.request(plain(text), Priority::Inline);
    let usage = loop {
        match reply.next().await {
            Some(Ok(Event::Done { usage, .. })) => break usage.expect("it is counted"),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(usage.input_tokens, 19);
}

#[tokio::test]
async fn a_failure_ends_its_own_response_only() {
    let client = pipe(&service(Echo::default()));
    for bad in ["fail", "panic"] {
        let failed = client.request(plain(bad), Priority::Inline).text().await;
        assert!(
            matches!(&failed, Err(Error::Failed { code, .. }) if code == "server_error"),
            "{failed:?}"
        );
        assert_eq!(
            client
                .request(plain("good"), Priority::Inline)
                .text()
                .await
                .as_deref(),
            Ok("good")
        );
    }
}

#[tokio::test]
async fn a_dropped_reply_stops_the_engine() {
    let echo = Echo::default();
    let client = pipe(&service(echo.clone()));
    for n in 1..=3 {
        let mut reply = client.request(plain("for ever"), Priority::Edit);
        while !matches!(reply.next().await, Some(Ok(Event::Text(_)))) {}
        drop(reply);
        while echo.cancelled.load(Ordering::Relaxed) < n {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(
        client
            .request(plain("next"), Priority::Inline)
            .text()
            .await
            .as_deref(),
        Ok("next")
    );
    assert_eq!(client.metrics().replays, 0);
}

#[tokio::test]
async fn a_client_that_goes_stops_the_engine() {
    let echo = Echo::default();
    let service = service(echo.clone());
    let client = pipe(&service);
    let mut reply = client.request(plain("for ever"), Priority::Edit);
    while !matches!(reply.next().await, Some(Ok(Event::Text(_)))) {}
    client.shutdown();
    assert_eq!(reply.next().await, Some(Err(Error::ShutDown)));
    while echo.cancelled.load(Ordering::Relaxed) < 1 {
        tokio::task::yield_now().await;
    }
}
