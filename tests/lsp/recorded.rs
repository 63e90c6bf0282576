//! What real editors said, recorded by tests/editors/record.py and played as they said it, ids and all.

use std::collections::HashMap;
use std::path::Path;

use firesteel_server::Ended;
use firesteel_testkit::client::ANSWER_TIMEOUT;
use firesteel_testkit::frame;
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};

use crate::harness::{offline, server};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// How what an editor said is played to the server.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pace {
    /// As by a user who waits for what is offered.
    EachAnswerAwaited,
    /// Everything at once, as by one who types ahead.
    Pipelined,
}

/// One recorded editor.
struct Recording {
    name: String,
    capabilities: Value,
    messages: Vec<Value>,
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every recorded editor; that its two fixtures belong together goes by their names.
fn recordings() -> Vec<Recording> {
    let folder = std::fs::read_dir(Path::new(FIXTURES).join("initialize")).unwrap();
    let paths = folder.map(|entry| entry.unwrap().path());
    let recording = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let params: Value = serde_json::from_str(&read(&path)).unwrap();
        let traffic = read(&Path::new(FIXTURES).join(format!("traffic/{name}.jsonl")));
        let mut messages: Vec<Value> = traffic
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|message: &Value| {
                message["method"] != "shutdown" && message["method"] != "exit"
            })
            .collect();
        messages[0]["params"] = params.clone();
        Recording {
            name,
            capabilities: params["capabilities"].clone(),
            messages,
        }
    };
    paths.map(recording).collect()
}

/// The text that the editor has at the end, and its URI. Recorded texts are ASCII, so every encoding counts alike.
fn final_text(messages: &[Value]) -> (String, String) {
    let (mut uri, mut text) = (String::new(), String::new());
    for message in messages {
        let document = &message["params"]["textDocument"];
        if message["method"] == "textDocument/didOpen" {
            document["uri"].as_str().unwrap().clone_into(&mut uri);
            document["text"].as_str().unwrap().clone_into(&mut text);
        }
        for change in message["params"]["contentChanges"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let range =
                offset(&text, &change["range"]["start"])..offset(&text, &change["range"]["end"]);
            text.replace_range(range, change["text"].as_str().unwrap());
        }
    }
    assert!(text.is_ascii());
    (uri, text)
}

fn offset(text: &str, position: &Value) -> usize {
    let line = position["line"].as_u64().unwrap() as usize;
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    before + position["character"].as_u64().unwrap() as usize
}

/// A connection on which whatever the server says is checked against what the editor announced.
struct Wire {
    input: WriteHalf<DuplexStream>,
    out: BufReader<ReadHalf<DuplexStream>>,
    capabilities: Value,
    answers: HashMap<String, Value>,
    partial_results: Vec<Value>,
    tokens: Vec<Value>,
}

impl Wire {
    async fn send(&mut self, message: &Value) {
        for token in ["partialResultToken", "workDoneToken"] {
            self.tokens.extend(message["params"].get(token).cloned());
        }
        self.input.write_all(&frame::encode(message)).await.unwrap();
    }

    /// Reads on until the request with this id is answered.
    async fn answer(&mut self, id: &Value) -> Value {
        loop {
            if let Some(answer) = self.answers.get(&id.to_string()) {
                return answer.clone();
            }
            let message = tokio::time::timeout(ANSWER_TIMEOUT, frame::read(&mut self.out)).await;
            let message = message.unwrap_or_else(|_| panic!("no answer to {id}"));
            self.take(message.unwrap().expect("the server goes on talking"))
                .await;
        }
    }

    async fn take(&mut self, message: Value) {
        let Some(method) = message["method"].as_str() else {
            let id = message["id"].to_string();
            assert_eq!(
                self.answers.insert(id, message.clone()),
                None,
                "a second answer: {message}"
            );
            return;
        };
        let is_announced = match method {
            "workspace/applyEdit" => self.capabilities["workspace"]["applyEdit"] == true,
            "window/workDoneProgress/create" => {
                self.tokens.push(message["params"]["token"].clone());
                self.capabilities["window"]["workDoneProgress"] == true
            }
            "client/registerCapability" => {
                let asked = message["params"]["registrations"].as_array().unwrap();
                let can = |registration: &Value| {
                    let method = registration["method"].as_str().unwrap_or_default();
                    let name = method.trim_start_matches("workspace/");
                    self.capabilities["workspace"][name]["dynamicRegistration"] == true
                };
                asked.iter().all(can)
            }
            "$/progress" => self.tokens.contains(&message["params"]["token"]),
            // Every editor must bear these.
            _ => message.get("id").is_none(),
        };
        assert!(is_announced, "not announced: {message}");
        if method == "$/progress" {
            self.partial_results.extend(
                message["params"]["value"]
                    .as_array()
                    .cloned()
                    .into_iter()
                    .flatten(),
            );
        }
        if message.get("id").is_some() {
            self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null}))
                .await;
        }
    }
}

/// What the server says of itself must be within what the editor says of itself.
fn check_introduction(answer: &Value, capabilities: &Value) {
    let ours = &answer["result"]["capabilities"];
    let encodings = capabilities["general"]["positionEncodings"]
        .as_array()
        .unwrap();
    assert!(encodings.contains(&ours["positionEncoding"]), "{ours}");
    // In an editor with ghost text an open menu hides it.
    let has_ghost_text = capabilities["textDocument"]["inlineCompletion"].is_object();
    assert_eq!(
        ours["completionProvider"]["triggerCharacters"].is_null(),
        has_ghost_text,
        "{ours}"
    );
}

/// What is offered must be what the editor can show, at the place where it asked; returns how much is offered.
fn check_offer(request: &Value, answer: &Value, wire: &mut Wire, text: &str) -> usize {
    let result = &answer["result"];
    let listed = || result.as_array().cloned().unwrap_or_default();
    let asked_at = &request["params"]["position"];
    let before = |start: &Value| &text[offset(text, start)..offset(text, asked_at)];
    match request["method"].as_str().unwrap() {
        "textDocument/inlineCompletion" => {
            let partial = std::mem::take(&mut wire.partial_results);
            let items = [partial, listed()].concat();
            for item in &items {
                assert_eq!(item["range"]["end"], *asked_at, "{item}");
                let insert = item["insertText"].as_str().expect("plain text");
                assert!(
                    insert.starts_with(before(&item["range"]["start"])),
                    "{item}"
                );
            }
            items.len()
        }
        "textDocument/completion" => {
            let items = result["items"].as_array().cloned().unwrap_or_default();
            for item in &items {
                assert!(
                    item["insertTextFormat"].is_null() || item["insertTextFormat"] == 1,
                    "{item}"
                );
                let typed = before(&item["textEdit"]["range"]["start"]);
                assert!(
                    item["filterText"].as_str().unwrap().starts_with(typed),
                    "{item}"
                );
            }
            items.len()
        }
        "textDocument/codeAction" => {
            let disabled =
                wire.capabilities["textDocument"]["codeAction"]["disabledSupport"] == true;
            assert!(
                disabled || listed().iter().all(|action| action["disabled"].is_null()),
                "{answer}"
            );
            0
        }
        _ => 0,
    }
}

/// The server's text is the editor's: each function is found where the editor has it.
async fn check_text(wire: &mut Wire, uri: &str, text: &str) {
    let mut functions = 0;
    for (number, line) in text.lines().enumerate() {
        let Some(at) = ["fn ", "def "]
            .iter()
            .find_map(|word| Some(line.find(word)? + word.len()))
        else {
            continue;
        };
        let name = line[at..].split('(').next().unwrap();
        let id = json!(format!("hover {number}"));
        let params =
            json!({"textDocument": {"uri": uri}, "position": {"line": number, "character": at}});
        wire.send(
            &json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/hover", "params": params}),
        )
        .await;
        let hover = wire.answer(&id).await;
        let said = hover["result"]["contents"]["value"]
            .as_str()
            .unwrap_or_default();
        assert!(
            said.contains(&format!("{name}(")),
            "line {number}, {line}: {hover}"
        );
        functions += 1;
    }
    assert!(functions >= 5, "too few to tell:\n{text}");
}

async fn play(recording: &Recording, pace: Pace) {
    let server = server(offline(json!({})));
    let mut wire = Wire {
        input: server.input,
        out: BufReader::new(server.out),
        capabilities: recording.capabilities.clone(),
        answers: HashMap::new(),
        partial_results: Vec::new(),
        tokens: Vec::new(),
    };
    let requests: Vec<&Value> = recording
        .messages
        .iter()
        .filter(|message| is_request(message))
        .collect();
    let mut offered = 0;
    for (index, message) in recording.messages.iter().enumerate() {
        wire.send(message).await;
        if pace == Pace::EachAnswerAwaited && is_request(message) {
            let answer = wire.answer(&message["id"]).await;
            let (_, text) = final_text(&recording.messages[..=index]);
            offered += check_offer(message, &answer, &mut wire, &text);
        }
    }
    for request in &requests {
        let answer = wire.answer(&request["id"]).await;
        let is_its_cancel = |message: &&Value| {
            message["method"] == "$/cancelRequest" && message["params"]["id"] == request["id"]
        };
        // Whether the answer or the cancel is faster is open.
        let was_cancelled = recording
            .messages
            .iter()
            .any(|message| is_its_cancel(&message))
            && answer["error"]["code"] == -32800;
        assert!(
            answer["error"].is_null() || was_cancelled,
            "{request}: {answer}"
        );
    }
    check_introduction(
        &wire.answer(&requests[0]["id"]).await,
        &recording.capabilities,
    );
    let (uri, text) = final_text(&recording.messages);
    check_text(&mut wire, &uri, &text).await;
    wire.send(&json!({"jsonrpc": "2.0", "id": "shutdown", "method": "shutdown"}))
        .await;
    wire.answer(&json!("shutdown")).await;
    wire.send(&json!({"jsonrpc": "2.0", "method": "exit"}))
        .await;
    while let Some(message) = frame::read(&mut wire.out).await.unwrap() {
        wire.take(message).await;
    }
    assert_eq!(server.ended.await.unwrap(), Ended::Properly);
    assert!(
        offered > 0 || pace == Pace::Pipelined,
        "{} was offered nothing",
        recording.name
    );
}

fn is_request(message: &Value) -> bool {
    message.get("id").is_some() && message.get("method").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_recorded_editor_is_served_within_what_it_announced() {
    let recordings = recordings();
    assert!(recordings.len() >= 4, "recordings are missing");
    for recording in &recordings {
        for pace in [Pace::EachAnswerAwaited, Pace::Pipelined] {
            eprintln!("{}, {pace:?}", recording.name);
            play(recording, pace).await;
        }
    }
}
