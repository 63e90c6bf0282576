//! A key that the server refuses is replaced by a fresh one, where the user has said how to get it.

#![cfg(unix)]

use std::path::Path;
use std::time::Duration;

use firesteel_model::{
    Client, Endpoint, Error, KeyCommand, Options, Priority, Timeouts, Transport,
};
use firesteel_testkit::script::{Connection, Reply, Script, Server};
use serde_json::json;

use crate::helper::{ask, options, start};

/// A client whose key is in a file, as a login tool would write it.
fn client(server: &Server, file: &Path) -> Client {
    let words = ["cat", &file.display().to_string()].map(str::to_owned);
    let timeouts = Timeouts {
        key_pause: Duration::ZERO,
        keepalive: Duration::from_millis(100),
        ..options().timeouts
    };
    let options = Options {
        key_command: KeyCommand::new(words.to_vec()),
        timeouts,
        ..Options::default()
    };
    Client::new(Endpoint::url(server.url()), options)
}

fn keys_of(server: &Server) -> Vec<String> {
    let handshakes = server.log().handshakes;
    let mut keys: Vec<_> = handshakes
        .iter()
        .map(|handshake| handshake.headers["authorization"].clone())
        .collect();
    keys.dedup();
    keys
}

fn write(file: &Path, key: &str) {
    std::fs::write(file, format!("{key}\n")).expect("a disk");
}

#[tokio::test]
async fn a_key_that_is_refused_in_a_response_is_renewed_and_the_request_sent_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    write(&file, "old");
    let refusal = json!({"type": "error", "status": 401, "error": {"code": "token_expired", "message": "expired"}});
    let script = Script::new()
        .reply(Reply::error(refusal.clone()))
        .reply(Reply::text("good"))
        .reply(Reply::error(refusal));
    let server = start(script).await;
    let client = client(&server, &file);
    server.wait(|log| log.upgrades() == 2).await;
    write(&file, "new");
    assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok("good"));
    assert_eq!(keys_of(&server), ["Bearer old", "Bearer new"]);
    // Refused again, and the command knows nothing fresher: then the user is told.
    let again = ask(&client, Priority::Edit).await;
    let message = "expired".to_owned();
    assert_eq!(again, Err(Error::Auth { message }));
}

#[tokio::test]
async fn a_key_that_is_refused_at_the_upgrade_is_renewed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    write(&file, "old");
    let server = start(Script::new().reply(Reply::text("good"))).await;
    let client = client(&server, &file);
    server.wait(|log| log.upgrades() == 2).await;
    write(&file, "new");
    server.push_connection(Connection::refused(401));
    server.freeze();
    server.wait(|log| log.upgrades() >= 4).await;
    assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok("good"));
    assert_eq!(keys_of(&server), ["Bearer old", "Bearer new"]);
}

#[tokio::test]
async fn by_http_a_refused_key_is_renewed_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    write(&file, "old");
    let refusing = Connection {
        post_status: Some(401),
        ..Connection::new()
    };
    let script = Script::new()
        .connection(Connection::refused(426))
        .connection(refusing)
        .reply(Reply::text("good"));
    let server = start(script).await;
    let client = client(&server, &file);
    server.wait(|log| log.upgrades() == 1).await;
    write(&file, "new");
    assert_eq!(ask(&client, Priority::Edit).await.as_deref(), Ok("good"));
    assert_eq!(client.transport(), Transport::Http);
    assert_eq!(keys_of(&server), ["Bearer old", "Bearer new"]);
}

#[tokio::test]
async fn a_command_that_fails_is_told_without_what_it_wrote() {
    let server = start(Script::new().reply(Reply::text("good"))).await;
    let words = ["sh", "-c", "echo very-secret; exit 3"].map(str::to_owned);
    let options = Options {
        key_command: KeyCommand::new(words.to_vec()),
        ..options()
    };
    let client = Client::new(Endpoint::url(server.url()), options);
    let error = ask(&client, Priority::Inline)
        .await
        .expect_err("there is no key");
    assert!(
        matches!(&error, Error::Auth { message } if message.contains("the key command sh failed")),
        "{error:?}"
    );
    assert!(!format!("{error:?} {client:?}").contains("very-secret"));
    assert_eq!(
        server.log().handshakes.len(),
        0,
        "nothing was sent without the key"
    );
}
