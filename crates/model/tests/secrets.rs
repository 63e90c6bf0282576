//! The key appears nowhere: not in errors, not in `Debug`, not in anything that is logged at any level.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use firesteel_model::{Client, Endpoint, Options, Priority, Secret};
use firesteel_protocol::client::{CreateResponse, InputItem};
use firesteel_testkit::script::{Connection, Fault, Reply, Script};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

const KEY: &str = "sk-very-secret-0123456789";

/// Everything that the process logs.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Captured;

    fn make_writer(&'a self) -> Captured {
        self.clone()
    }
}

#[tokio::test]
async fn the_key_is_never_written() {
    let captured = Captured::default();
    tracing_subscriber::fmt()
        // The library's dumps of frames show what the server says; the server caps them all at `warn`.
        .with_env_filter("trace,tungstenite::protocol=warn")
        .with_writer(captured.clone())
        .init();
    let quoting = json!({"type": "error", "status": 401, "error": {"message": format!("bad key {KEY}"), "code": "invalid_api_key"}});
    let server = Script::new()
        .reply(Reply::text("good"))
        .reply(Reply::error(quoting))
        .reply(Reply::failed("server_error", &format!("key {KEY} is bad")))
        .reply(Reply::text("bad").fault(1, Fault::Reset))
        .reply(Reply::text("good"))
        .start()
        .await
        .expect("a free port");
    let refusing = Script::new()
        .otherwise(Connection::refused(401))
        .start()
        .await
        .expect("a free port");
    let mut shown = String::new();
    for url in [
        server.url(),
        refusing.url(),
        format!("ws://me:{KEY}@127.0.0.1:1/?key={KEY}"),
    ] {
        let headers = vec![("x-api-key".to_owned(), KEY.to_owned())];
        let client = Client::new(
            Endpoint::Socket {
                url,
                headers,
                key: Some(Secret::new(KEY)),
            },
            Options::default(),
        );
        for _ in 0..5 {
            let request = CreateResponse {
                input: vec![InputItem::user("x")],
                ..CreateResponse::default()
            };
            match client.request(request, Priority::Edit).text().await {
                Ok(text) => shown.push_str(&text),
                Err(error) => shown.push_str(&format!("{error} {error:?} ")),
            }
        }
        shown.push_str(&format!(
            "{client:?} {:?} {:?}",
            client.state(),
            client.metrics()
        ));
    }
    assert!(
        server
            .log()
            .handshakes
            .iter()
            .all(|handshake| handshake.headers["authorization"].contains(KEY))
    );
    let logged = captured.0.lock().unwrap_or_else(PoisonError::into_inner);
    let logged = String::from_utf8_lossy(&logged);
    assert!(!logged.is_empty(), "the log was captured");
    for (place, text) in [("shown", shown.as_str()), ("log", &logged)] {
        let found = text.find(KEY).or_else(|| text.find("very-secret"));
        let around = found.map(|at| &text[at.saturating_sub(200)..(at + 40).min(text.len())]);
        assert_eq!(around, None, "the key is in the {place}");
    }
}
