//! The real binary as its users start it: as an editor's server, as a demo, as a doctor, as a service for other programs.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod configuration;
mod edits;
mod eval;
mod frames;
mod serve;
mod servers;
mod settings;
mod setup;

use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use firesteel_protocol::client::{CreateResponse, InputItem};
use firesteel_testkit::client::{AnswerNull, Client};
use firesteel_testkit::script::{Connection, Fault, Reply, Script};
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex,
};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Longer than anything here takes, so that a hang is a failure and not a wait.
const PATIENCE: Duration = Duration::from_secs(60);

/// The binary with nothing of this machine's settings, and with `home` as the user's folder.
fn firesteel(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firesteel"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .current_dir(home)
        .kill_on_drop(true);
    command
}

async fn output(command: &mut Command) -> Output {
    tokio::time::timeout(PATIENCE, command.output())
        .await
        .expect("it hangs")
        .unwrap()
}

async fn ended(server: &mut Child) -> ExitStatus {
    tokio::time::timeout(PATIENCE, server.wait())
        .await
        .expect("it does not end")
        .unwrap()
}

fn start(command: &mut Command) -> (Client, Child) {
    let (out, input, server) = piped(command);
    (Client::new(out, input, AnswerNull), server)
}

/// The process with its two pipes, as an editor has them.
fn piped(command: &mut Command) -> (ChildStdout, ChildStdin, Child) {
    let mut server = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (out, input) = (server.stdout.take().unwrap(), server.stdin.take().unwrap());
    (out, input, server)
}

#[tokio::test]
async fn an_editors_server_speaks_nothing_but_the_protocol_and_ends_as_it_should() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("firesteel.log");
    let arguments = [
        "lsp",
        "--stdio",
        "--log-file",
        log.to_str().unwrap(),
        "--log-level",
        "debug",
    ];
    let (client, mut server) = start(&mut firesteel(home.path(), &arguments));
    client
        .initialize(json!({"capabilities": {}}))
        .await
        .unwrap();
    let document = json!({"uri": "file:///x.rs", "languageId": "rust", "version": 1, "text": "fn first() {}\n"});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
    let at =
        json!({"textDocument": {"uri": "file:///x.rs"}, "position": {"line": 0, "character": 14}});
    client.request("textDocument/hover", at).await.unwrap();
    client.shutdown().await.unwrap();
    assert_eq!(ended(&mut server).await.code(), Some(0));
    let log = std::fs::read_to_string(log).unwrap();
    assert!(
        log.contains("initialized") && !log.contains("fn first"),
        "{log}"
    );
}

#[tokio::test]
async fn exit_without_shutdown_and_a_closed_pipe_end_it_with_code_1() {
    let home = tempfile::tempdir().unwrap();
    let (client, mut server) = start(&mut firesteel(home.path(), &["lsp"]));
    client
        .initialize(json!({"capabilities": {}}))
        .await
        .unwrap();
    client.notify("exit", Value::Null);
    assert_eq!(ended(&mut server).await.code(), Some(1));
    let mut command = firesteel(home.path(), &["lsp"]);
    let mut server = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(ended(&mut server).await.code(), Some(1));
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_when_the_editor_dies_though_the_pipe_stays_open() {
    let home = tempfile::tempdir().unwrap();
    let mut editor = Command::new("sleep")
        .arg("600")
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let (client, mut server) = start(&mut firesteel(home.path(), &["lsp"]));
    client
        .initialize(json!({"processId": editor.id(), "capabilities": {}}))
        .await
        .unwrap();
    editor.kill().await.unwrap();
    assert_eq!(ended(&mut server).await.code(), Some(1));
}

#[tokio::test]
async fn the_demo_reads_well_in_a_pipe_and_sends_nothing_outside() {
    let home = tempfile::tempdir().unwrap();
    let demo = output(&mut firesteel(home.path(), &["demo"])).await;
    let text = String::from_utf8(demo.stdout).unwrap();
    assert!(demo.status.success(), "{text}");
    assert!(!text.contains('\x1b'), "colors in a pipe");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    for part in [
        "A pattern that you are in the middle of",
        "‹",
        "Tab",
        "Why no suggestion?",
        "# Errors",
        "key to ghost text",
        "sent over the network",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(text.contains("0 bytes"), "{text}");
}

#[tokio::test]
async fn the_demo_says_in_a_line_why_a_file_shows_nothing() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("empty.py"), "\n").unwrap();
    std::fs::write(path("binary.rs"), [0xff, 0xfe, 0, 1, 2]).unwrap();
    for (name, why) in [
        ("empty.py", "is empty"),
        ("binary.rs", "is not a text file"),
        ("missing.rs", "no file"),
    ] {
        let demo = output(&mut firesteel(home.path(), &["demo", &path(name)])).await;
        let said = String::from_utf8(demo.stderr).unwrap();
        assert!(!demo.status.success() && said.contains(why), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    // Nothing here is like anything else.
    std::fs::write(path("odd.yaml"), "alpha: one two three\n").unwrap();
    let demo = output(&mut firesteel(home.path(), &["demo", &path("odd.yaml")])).await;
    let said = String::from_utf8(demo.stdout).unwrap();
    assert!(said.contains("of no line the engine is sure"), "{said}");
    let unknown = ["demo", "--model", "nobody"];
    let demo = output(&mut firesteel(home.path(), &unknown)).await;
    let said = String::from_utf8(demo.stderr).unwrap();
    assert!(said.contains("have no model nobody"), "{said}");
}

#[tokio::test]
async fn the_demo_plays_on_a_users_file_and_leaves_it_alone() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("mine.py");
    let text = "def scale(values, factor):\n    scaled = [value * factor for value in values]\n    return scaled\n";
    std::fs::write(&file, text).unwrap();
    let demo = output(&mut firesteel(
        home.path(),
        &["demo", file.to_str().unwrap()],
    ))
    .await;
    assert!(demo.status.success());
    assert!(String::from_utf8(demo.stdout).unwrap().contains("mine.py"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    let missing = output(&mut firesteel(home.path(), &["demo", "missing.rs"])).await;
    assert!(!missing.status.success());
    assert!(
        String::from_utf8(missing.stderr)
            .unwrap()
            .contains("no file missing.rs")
    );
}

#[tokio::test]
async fn the_cache_is_told_and_cleared_and_nothing_else_in_its_folder() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("cache");
    let cache = |arguments: &[&str]| {
        let mut command = firesteel(home.path(), arguments);
        command.env("FIRESTEEL_LOCAL_CACHE_DIR", &folder);
        command
    };
    let none = output(&mut cache(&["cache"])).await;
    assert!(String::from_utf8(none.stdout).unwrap().contains("0 files"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("workspace-1.fsindex"), [0; 2_000_000]).unwrap();
    std::fs::write(folder.join("mine.txt"), "mine").unwrap();
    let told = output(&mut cache(&["cache"])).await;
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("1 files of indexes, 2.0 MB"), "{told}");
    let cleared = output(&mut cache(&["cache", "clear"])).await;
    assert!(cleared.status.success());
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[tokio::test]
async fn the_doctor_tells_which_engine_answers_and_fails_when_something_is_wrong() {
    let home = tempfile::tempdir().unwrap();
    let well = output(&mut firesteel(home.path(), &["doctor"])).await;
    let text = String::from_utf8(well.stdout).unwrap();
    assert!(well.status.success() && text.contains("embedded"), "{text}");
    let ill = output(
        firesteel(home.path(), &["doctor"]).env("FIRESTEEL_MODEL_URL", "ws://127.0.0.1:9/v1"),
    )
    .await;
    let text = String::from_utf8(ill.stdout).unwrap();
    assert_eq!(ill.status.code(), Some(1), "{text}");
    let lines = ["!!  complete", "!!  edit", "!!  explain", "ok  embedded"];
    assert!(lines.iter().all(|line| text.contains(line)), "{text}");
    let model = Script::new().reply(Reply::text("x")).start().await.unwrap();
    let mut command = firesteel(home.path(), &["doctor"]);
    command
        .env("FIRESTEEL_MODEL_URL", model.base_url())
        .env("OPENAI_API_KEY", "sk-very-secret-key");
    let hosted = output(&mut command).await;
    let text = String::from_utf8(hosted.stdout).unwrap();
    assert!(
        hosted.status.success() && text.contains("ok  complete"),
        "{text}"
    );
    assert!(!text.contains("very-secret"));
}

#[tokio::test]
async fn others_are_served_over_a_socket() {
    let home = tempfile::tempdir().unwrap();
    let mut command = firesteel(home.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line())
        .await
        .expect("it says nothing");
    let line = line.unwrap().unwrap();
    let url = line
        .split_whitespace()
        .find(|word| word.starts_with("ws://"))
        .unwrap();
    let client =
        firesteel_model::Client::new(firesteel_model::Endpoint::url(url), Default::default());
    let text = "let a = first(1);\nlet b = first(2);\nlet c = ";
    let request = CreateResponse {
        model: "firesteel-embedded".to_owned(),
        input: vec![InputItem::user(text)],
        ..CreateResponse::default()
    };
    let reply = client.request(request, firesteel_model::Priority::Inline);
    let text = tokio::time::timeout(PATIENCE, reply.text())
        .await
        .expect("it hangs");
    assert!(text.is_ok(), "{text:?}");
}

/// What packages install beside the program names what the program can do.
#[tokio::test]
async fn completions_and_manual_pages() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let written = output(&mut firesteel(home.path(), &["completions", shell])).await;
        assert!(written.status.success(), "{shell}");
        let script = String::from_utf8(written.stdout).unwrap();
        assert!(script.contains("doctor"), "{shell}: {script}");
    }
    let page = output(&mut firesteel(home.path(), &["man"])).await;
    assert!(String::from_utf8(page.stdout).unwrap().starts_with(".ie"));
    let pages = output(&mut firesteel(home.path(), &["man", "pages"])).await;
    assert!(pages.status.success());
    for page in ["firesteel.1", "firesteel-lsp.1", "firesteel-config-show.1"] {
        assert!(home.path().join("pages").join(page).is_file(), "{page}");
    }
}

/// Everything that a process writes, while somebody else reads it too.
fn overheard(
    mut from: impl AsyncRead + Unpin + Send + 'static,
    heard: Arc<Mutex<Vec<u8>>>,
) -> DuplexStream {
    let (mut ours, theirs) = duplex(64 << 10);
    tokio::spawn(async move {
        let mut bytes = vec![0; 16 << 10];
        while let Ok(count @ 1..) = from.read(&mut bytes).await {
            heard.lock().unwrap().extend_from_slice(&bytes[..count]);
            // Nobody reads standard error; what it says is overheard all the same.
            let _ = timeout(Duration::from_millis(100), ours.write_all(&bytes[..count])).await;
        }
    });
    theirs
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_is_in_nothing_that_it_writes_at_any_level() {
    const KEY: &str = "sk-very-secret-0123456789";
    let quoting = json!({"type": "error", "status": 401, "error": {"message": format!("bad key {KEY}"), "code": "invalid_api_key"}});
    let from_editor = json!({"model.key": KEY});
    let from_command =
        json!({"model.key_command": ["sh", "-c", format!("echo {KEY}; echo {KEY} >&2")]});
    let from_header = json!({"model.headers": {"x-api-key": KEY}, "model.query": {"key": KEY}});
    for settings in [json!({}), from_editor, from_command, from_header] {
        let script = Script::new()
            .reply(Reply::error(quoting.clone()))
            .reply(Reply::failed("server_error", &format!("key {KEY} is bad")))
            .reply(Reply::text("bad").fault(1, Fault::Reset))
            .reply(Reply::text("good"));
        let refusing = Connection::refused(401);
        for script in [script, Script::new().otherwise(refusing)] {
            let model = script.start().await.unwrap();
            let home = tempfile::tempdir().unwrap();
            let mut command = firesteel(home.path(), &["lsp", "--log-level", "trace"]);
            command
                .env("PATH", std::env::var_os("PATH").unwrap())
                .env("RUST_LOG", "trace")
                .env("OPENAI_API_KEY", KEY)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut server = command.spawn().unwrap();
            let heard = Arc::<Mutex<Vec<u8>>>::default();
            let out = overheard(server.stdout.take().unwrap(), heard.clone());
            let _errors = overheard(server.stderr.take().unwrap(), heard.clone());
            let client = Client::new(out, server.stdin.take().unwrap(), AnswerNull);
            let mut options = settings.clone();
            options["model.url"] = json!(model.base_url());
            let params = json!({"capabilities": {}, "initializationOptions": options});
            client.initialize(params).await.unwrap();
            let document = json!({"uri": "file:///x.rs", "languageId": "rust", "version": 1, "text": "fn first() {\n    \n}\n"});
            client.notify("textDocument/didOpen", json!({"textDocument": document}));
            let here = json!({"textDocument": {"uri": "file:///x.rs"}, "position": {"line": 1, "character": 4}, "context": {"triggerKind": 1}});
            for _ in 0..4 {
                let ghost = "textDocument/inlineCompletion";
                client.request(ghost, here.clone()).await.unwrap();
                let commands = ["firesteel.whyNoSuggestion", "firesteel.status"];
                for command in commands {
                    let params = json!({"command": command, "arguments": ["file:///x.rs"]});
                    client
                        .request("workspace/executeCommand", params)
                        .await
                        .unwrap();
                }
            }
            client.shutdown().await.unwrap();
            ended(&mut server).await;
            let handshakes = model.log().handshakes;
            let sent = handshakes
                .iter()
                .any(|one| format!("{one:?}").contains(KEY));
            assert!(sent, "the key was not even used: {settings}");
            let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
            assert!(heard.contains("initialized"), "nothing was logged");
            let found = heard.find("very-secret");
            let around =
                found.map(|at| heard[..at + 20].chars().rev().take(300).collect::<String>());
            assert_eq!(around, None, "backwards, for {settings}");
        }
    }
}
