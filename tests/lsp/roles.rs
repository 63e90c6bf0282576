//! Roles: which of several models is asked for what, and who stands in for one that is away.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::http::{Answer, HttpServer};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::harness::{editor, finish, texts};

const RUST: &str = "fn total(items: &[u32]) -> u32 {\n    \n}\n";
const CURSOR: usize = "fn total(items: &[u32]) -> u32 {\n    ".len();

/// A server of OpenAI's routes that answers with this text.
async fn saying(text: &'static str) -> HttpServer {
    let answer = move |path: &str| {
        let text = json!(text);
        match path {
            "/v1/completions" => Answer::sse(&[
                &format!(r#"{{"choices":[{{"text":{text},"finish_reason":"stop"}}]}}"#),
                "[DONE]",
            ]),
            "/v1/chat/completions" => Answer::sse(&[
                &format!(
                    r#"{{"choices":[{{"delta":{{"content":{text}}},"finish_reason":"stop"}}]}}"#
                ),
                "[DONE]",
            ]),
            _ => Answer::json(404, r#"{"error":{"message":"no such route"}}"#),
        }
    };
    HttpServer::start(move |request| answer(&request.path))
        .await
        .unwrap()
}

/// The questions that a server was asked, without those about itself.
fn asked(server: &HttpServer) -> Vec<(String, Value)> {
    let requests = server.log().requests.into_iter();
    let questions = requests.filter(|request| request.path.contains("completions"));
    questions
        .map(|request| (request.path, request.body))
        .collect()
}

async fn start(settings: Value) -> (Editor, JoinHandle<firesteel_server::Ended>) {
    let params = json!({"rootUri": "file:///home/somebody/project"});
    editor(settings, ApplyStyle::EchoFirst, params).await
}

fn open(editor: &Editor) -> String {
    let uri = "file:///home/somebody/project/src/total.rs".to_owned();
    editor.open(&uri, "rust", RUST);
    editor.move_to(&uri, CURSOR);
    uri
}

#[tokio::test(flavor = "multi_thread")]
async fn each_model_is_asked_for_its_own_role_only() {
    let (here, cloud) = (
        saying("items.iter().sum()").await,
        saying("fn total() {}\n").await,
    );
    let (editor, ended) = start(json!({
        "models": {
            "here": {"preset": "openai-compatible", "url": here.url(), "name": "qwen2.5-coder:1.5b"},
            "cloud": {"preset": "chat", "url": cloud.url(), "name": "big"},
        },
        "roles": {"complete": "here", "edit": ["cloud"]},
        "local.assist": false,
    }))
    .await;
    let uri = open(&editor);
    let answer = editor.inline_completion(&uri, 2).result().await.unwrap();
    assert_eq!(texts(&answer), ["    items.iter().sum()"]);
    assert!(asked(&cloud).is_empty(), "it has no role in this");
    let (path, body) = asked(&here).remove(0);
    assert_eq!(path, "/v1/completions");
    let prompt = body["prompt"].as_str().unwrap();
    assert!(
        prompt.contains("<|fim_prefix|>") && prompt.contains("fn total(items"),
        "{prompt}"
    );
    let at = json!({"uri": uri, "range": {"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 3}}, "instruction": "Take nothing"});
    let command = json!({"command": "firesteel.edit", "arguments": [at]});
    editor
        .client
        .request("workspace/executeCommand", command)
        .await
        .unwrap();
    cloud
        .wait(|log| {
            log.requests
                .iter()
                .any(|request| request.path.contains("chat"))
        })
        .await;
    let of_edit = |(_, body): &(String, Value)| body.to_string().contains("Take nothing");
    assert!(
        !asked(&here).iter().any(of_edit),
        "the edit is not its business"
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_choice_of_a_role_stands_in_for_one_that_is_away() {
    let there = saying("items.iter().sum()").await;
    // Nobody listens here any more.
    let gone = {
        let server = saying("").await;
        server.url()
    };
    let (editor, ended) = start(json!({
        "models": {
            "gone": {"preset": "openai-compatible", "url": gone, "name": "qwen2.5-coder:1.5b"},
            "there": {"preset": "openai-compatible", "url": there.url(), "name": "starcoder2:3b"},
        },
        "roles": {"complete": ["gone", "there"]},
        "local.assist": false,
    }))
    .await;
    let uri = open(&editor);
    // The first one is found to be away by asking it.
    let mut shown = Vec::new();
    for _ in 0..20 {
        let answer = editor.inline_completion(&uri, 1).result().await.unwrap();
        shown = texts(&answer);
        if !asked(&there).is_empty() && !shown.is_empty() {
            break;
        }
    }
    assert_eq!(
        shown.first().map(String::as_str),
        Some("    items.iter().sum()")
    );
    let (_, body) = asked(&there).remove(0);
    let prompt = body["prompt"].as_str().unwrap();
    assert!(
        prompt.contains("<fim_prefix>"),
        "each model's own format: {prompt}"
    );
    finish(&editor.client, ended).await;
}
