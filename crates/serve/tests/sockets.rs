//! The service on a socket, byte by byte: who is let in, what is no upgrade, and what is too much or too slow.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use firesteel_serve::{ListenError, Service, Token};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use common::{Echo, service};

/// What a service answers to these bytes, up to the end of its head.
async fn head(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            break;
        }
        answer.push(byte[0]);
    }
    String::from_utf8_lossy(&answer).to_lowercase()
}

/// The status that a request over TCP gets.
async fn status(service: &Service, token: Option<&str>, request: &str) -> String {
    let token = token.and_then(Token::new);
    let listening = service.listen("127.0.0.1:0", token).await.unwrap();
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let answer = head(&mut stream, request).await;
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A request for a WebSocket with one of its lines in another form.
fn upgrade(instead: &str, with: &str) -> String {
    let whole = format!(
        "GET /v1/responses HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    );
    assert!(whole.contains(instead), "{instead}");
    whole.replace(instead, with)
}

#[tokio::test]
async fn upgrades_are_checked_by_the_rfc() {
    let service = service(Echo::default());
    for (instead, with, expected) in [
        ("", "", "101"),
        (
            "Connection: Upgrade",
            "Connection: keep-alive, upgrade",
            "101",
        ),
        (
            "Connection: Upgrade",
            "Connection: keep-alive\r\nConnection: UPGRADE",
            "101",
        ),
        ("Upgrade: websocket", "Upgrade: WebSocket", "101"),
        ("Connection: Upgrade\r\n", "", "400"),
        ("Connection: Upgrade", "Connection: keep-alive", "400"),
        ("Connection: Upgrade", "Connection: notupgrade", "400"),
        ("Upgrade: websocket", "Upgrade: h2c", "400"),
        (
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Version: 8",
            "426",
        ),
        ("Sec-WebSocket-Version: 13\r\n", "", "426"),
        (
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8",
            "426",
        ),
        (KEY, "c2hvcnQ=", "400"),
        (KEY, "dGhlIHNhbXBsZSBub25jZSBpcyBsb25n", "400"),
        (KEY, "!!!!IHNhbXBsZSBub25jZQ==", "400"),
        (KEY, "", "400"),
        (
            KEY,
            "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "400",
        ),
        ("HTTP/1.1", "HTTP/1.0", "400"),
        ("GET", "POST", "400"),
        ("GET", "PUT", "405"),
        (
            "Upgrade: websocket",
            "Upgrade: websocket\r\nContent-Length: 4",
            "400",
        ),
    ] {
        let request = upgrade(instead, with);
        assert_eq!(
            status(&service, None, &request).await,
            expected,
            "{request}"
        );
    }
    let listening = service.listen("127.0.0.1:0", None).await.unwrap();
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let answer = head(&mut stream, &upgrade("", "")).await;
    assert!(answer.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{answer}");
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let answer = head(&mut stream, &upgrade("Version: 13", "Version: 7")).await;
    assert!(answer.contains("sec-websocket-version: 13"), "{answer}");
}

#[tokio::test]
async fn other_names_and_other_sites_are_refused() {
    let service = service(Echo::default());
    for (headers, expected) in [
        ("Host: localhost", "200"),
        ("Host: localhost:4000", "200"),
        ("Host: 127.0.0.1", "200"),
        ("Host: [::1]:80", "200"),
        ("Host: localhost\r\nSec-Fetch-Site: none", "200"),
        ("Host: evil.example", "403"),
        ("Host: localhost.evil.example", "403"),
        ("Host: 127.0.0.1.nip.io:80", "403"),
        ("Host: 192.168.0.1", "403"),
        ("Host: ", "403"),
        ("Accept: */*", "403"),
        ("Host: localhost\r\nHost: evil.example", "403"),
        ("Host: localhost\r\nOrigin: null", "403"),
        ("Host: localhost\r\nOrigin: http://localhost", "403"),
        ("Host: localhost\r\nSec-Fetch-Site: cross-site", "403"),
        ("Host: localhost\r\nSec-Fetch-Site: same-site", "403"),
        ("Host: localhost\r\nSec-Fetch-Site: same-origin", "403"),
    ] {
        for path in ["/v1/models", "/nowhere"] {
            let request = format!("GET {path} HTTP/1.1\r\n{headers}\r\n\r\n");
            let expected = match (path, expected) {
                ("/nowhere", "200") => "404",
                (_, expected) => expected,
            };
            assert_eq!(
                status(&service, None, &request).await,
                expected,
                "{request}"
            );
        }
        let request = upgrade("Host: localhost", headers);
        let expected = if expected == "200" { "101" } else { "403" };
        assert_eq!(
            status(&service, None, &request).await,
            expected,
            "{request}"
        );
    }
    let request = "GET http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(status(&service, None, request).await, "403");
}

#[tokio::test]
async fn the_network_needs_a_token() {
    let service = service(Echo::default());
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let refused = service.listen(address, None).await;
        assert!(
            matches!(refused, Err(ListenError::NeedsToken(_))),
            "{address}"
        );
    }
    let listening = service
        .listen("0.0.0.0:0", Token::new("s3cret"))
        .await
        .unwrap();
    for (header, expected) in [
        ("", "401"),
        ("Authorization: Bearer wrong\r\n", "401"),
        ("Authorization: Bearer s3cre\r\n", "401"),
        ("Authorization: Bearer s3crets\r\n", "401"),
        ("Authorization: Basic s3cret\r\n", "401"),
        ("Authorization: s3cret\r\n", "401"),
        (
            "Authorization: Bearer s3cret\r\nAuthorization: Bearer s3cret\r\n",
            "401",
        ),
        ("Authorization: Bearer s3cret\r\n", "200"),
        ("Authorization: bearer  s3cret\r\n", "200"),
    ] {
        let port = listening.address.port();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let request = format!("GET /v1/models HTTP/1.1\r\nHost: dev.example\r\n{header}\r\n");
        let answer = head(&mut stream, &request).await;
        assert_eq!(answer.split(' ').nth(1), Some(expected), "{header}");
    }
    // Where there is one, this machine needs it too.
    let models = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(status(&service, Some("s3cret"), models).await, "401");
    let upgrade = upgrade("", "");
    assert_eq!(status(&service, Some("s3cret"), &upgrade).await, "401");
}

#[tokio::test]
async fn heads_and_bodies_have_their_sizes() {
    let service = service(Echo::default());
    let long = format!(
        "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
        "x".repeat(200 << 10)
    );
    // What is left of it unread may have the answer dropped.
    let refused = status(&service, None, &long).await;
    assert!(["431", ""].contains(&refused.as_str()), "{refused}");
    let many = format!(
        "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
        "X: y\r\n".repeat(100)
    );
    assert_eq!(status(&service, None, &many).await, "431");
    let large =
        "POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n{";
    assert_eq!(status(&service, None, large).await, "413");
}

#[tokio::test(start_paused = true)]
async fn who_is_slow_is_let_go() {
    let service = service(Echo::default());
    for slow in ["", "GET /v1/mod", "GET /v1/models HTTP/1.1\r\nHost: local"] {
        let mut stream = service.pipe();
        // The clock runs on as soon as nothing else does.
        let answer = head(&mut stream, slow).await;
        assert!(!answer.contains("200"), "{answer}");
    }
    let mut stream = service.pipe();
    let slow = "POST /v1/responses HTTP/1.1\r\nContent-Length: 100\r\n\r\n{\"mod";
    let answer = head(&mut stream, slow).await;
    assert!(answer.starts_with("http/1.1 408"), "{answer}");
}

#[tokio::test]
async fn so_many_are_served_at_a_time_and_places_are_given_back() {
    let service = service(Echo::default());
    let listening = service.listen("127.0.0.1:0", None).await.unwrap();
    let mut sockets = Vec::new();
    for _ in 0..64 {
        let mut stream = TcpStream::connect(listening.address).await.unwrap();
        assert!(head(&mut stream, &upgrade("", "")).await.contains("101"));
        sockets.push(stream);
    }
    let models = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    assert_eq!(head(&mut stream, models).await, "");
    sockets.clear();
    loop {
        let mut stream = TcpStream::connect(listening.address).await.unwrap();
        if head(&mut stream, models).await.contains("200") {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn socket(service: &Service) -> WebSocketStream<tokio::io::DuplexStream> {
    let (socket, _) = client_async("ws://localhost/v1/responses", service.pipe())
        .await
        .unwrap();
    socket
}

/// The last event of a response.
async fn last(socket: &mut WebSocketStream<tokio::io::DuplexStream>) -> Value {
    loop {
        let message = socket.next().await.unwrap().unwrap();
        let event: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        let kind = event["type"].as_str().unwrap();
        if ["response.completed", "error"].contains(&kind) {
            return event;
        }
    }
}

#[tokio::test]
async fn conversations_are_remembered_within_bounds() {
    let service = service(Echo::default());
    let mut socket = socket(&service).await;
    let mut previous = Value::Null;
    let mut n_forgotten = 0;
    for _ in 0..16 {
        let text = "x".repeat(4 << 20);
        let input = json!([{"role": "user", "content": [{"type": "input_text", "text": text}]}]);
        let request = json!({"type": "response.create", "model": "m", "input": input, "previous_response_id": previous});
        socket
            .send(Message::text(request.to_string()))
            .await
            .unwrap();
        let event = last(&mut socket).await;
        previous = event["response"]["id"].clone();
        if event["type"] == "error" {
            assert_eq!(event["error"]["code"], "previous_response_not_found");
            n_forgotten += 1;
        }
    }
    // A conversation ends where it no longer fits, and the next request begins another one.
    assert!((1..=3).contains(&n_forgotten), "{n_forgotten}");
}
