//! The real `firesteel-dev`, as developers start it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use firesteel_model::{Client, Endpoint, Error, Priority};
use firesteel_protocol::client::CreateResponse;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

/// Longer than anything here takes, so that a hang is a failure and not a wait.
const PATIENCE: Duration = Duration::from_secs(60);

fn firesteel_dev(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firesteel-dev"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .current_dir(home)
        .kill_on_drop(true);
    command
}

#[tokio::test]
async fn a_script_reproduces_what_a_server_did() {
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("report.toml");
    let text = "replies = [{ text = \"let x\", fault = [1, \"reset\"] }, { text = \"good\" }]\n";
    std::fs::write(&script, text).unwrap();
    let arguments = ["serve", "--script", script.to_str().unwrap()];
    let mut server = firesteel_dev(home.path(), &arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line())
        .await
        .expect("it says nothing");
    let line = line.unwrap().unwrap();
    let url = line.split_whitespace().last().unwrap();
    let client = Client::new(Endpoint::url(url), Default::default());
    let ask = || client.request(CreateResponse::default(), Priority::Edit);
    let lost = ask().text().await;
    assert!(matches!(lost, Err(Error::Disconnected { .. })), "{lost:?}");
    assert_eq!(ask().text().await.as_deref(), Ok("good"));
    std::fs::write(&script, "[otherwise]\nspeed = 1\n").unwrap();
    let bad = timeout(PATIENCE, firesteel_dev(home.path(), &arguments).output())
        .await
        .expect("it hangs")
        .unwrap();
    let said = String::from_utf8_lossy(&bad.stderr);
    assert!(said.contains("speed"), "{said}");
}
