//! The process and its pipes: headers that tell nonsense, and ends that close.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::ChildStdout;
use tokio::time::timeout;

use super::{PATIENCE, ended, firesteel, piped};

fn framed(message: &Value) -> String {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len())
}

fn initialize() -> String {
    framed(
        &json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}),
    )
}

/// Reads until this was said.
async fn said(out: &mut ChildStdout, what: &str) -> String {
    let mut all = String::new();
    let reading = async {
        while !all.contains(what) {
            let mut bytes = [0; 4096];
            let n = out.read(&mut bytes).await.unwrap();
            assert!(n > 0, "it ended: {all}");
            all.push_str(&String::from_utf8_lossy(&bytes[..n]));
        }
    };
    timeout(PATIENCE, reading).await.expect("it says nothing");
    all
}

#[tokio::test]
async fn an_absurd_length_is_answered_and_logged_and_the_next_message_is_read() {
    let home = tempfile::tempdir().unwrap();
    for (header, answer) in [
        ("Content-Length: 99999999999999", "message too large"),
        ("Content-Length: 18446744073709551616", "message too large"),
        ("Content-Length: -1", "no length"),
        ("Content-Length: many", "no length"),
        ("Content-Length: 200000000", "shorter than"),
        ("Content-Type: application/json", "without Content-Length"),
    ] {
        let (mut out, mut input, mut server) = piped(
            firesteel(home.path(), &["lsp", "--log-file", "log"])
                .stderr(std::process::Stdio::null()),
        );
        let request = json!({"jsonrpc": "2.0", "id": 7, "method": "x"});
        let bytes = format!("{header}\r\n\r\n{request}{}", initialize());
        input.write_all(bytes.as_bytes()).await.unwrap();
        let all = said(&mut out, "\"id\":1").await;
        assert!(
            all.contains(answer) && all.contains("-32600"),
            "{header}: {all}"
        );
        let log = std::fs::read_to_string(home.path().join("log")).unwrap();
        assert!(log.contains(answer), "{log}");
        server.kill().await.unwrap();
    }
}

#[tokio::test]
async fn a_closed_output_ends_the_process_with_and_without_a_word() {
    let home = tempfile::tempdir().unwrap();
    for says_more in [true, false] {
        let (mut out, mut input, mut server) = piped(&mut firesteel(home.path(), &["lsp"]));
        input.write_all(initialize().as_bytes()).await.unwrap();
        said(&mut out, "\"id\":1").await;
        drop(out);
        if says_more {
            let request = framed(&json!({"jsonrpc": "2.0", "id": 2, "method": "shutdown"}));
            // It may have gone already.
            let _ = input.write_all(request.as_bytes()).await;
        }
        assert_eq!(ended(&mut server).await.code(), Some(1));
        drop(input);
    }
}

#[tokio::test]
async fn an_input_that_ends_in_a_message_or_a_header_ends_the_process() {
    let home = tempfile::tempdir().unwrap();
    for cut in ["", "Content-Le", "Content-Length: 99\r\n\r\n{\"json"] {
        let (_out, mut input, mut server) = piped(&mut firesteel(home.path(), &["lsp"]));
        input
            .write_all((initialize() + cut).as_bytes())
            .await
            .unwrap();
        drop(input);
        assert_eq!(ended(&mut server).await.code(), Some(1), "{cut}");
    }
}
