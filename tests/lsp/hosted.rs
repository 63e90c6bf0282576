//! A hosted model behind the server, played by a script on a real socket: what users see of it, also when it fails.

use std::sync::Arc;

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Fault, Reply, Script, Server};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::harness::{editor, finish, texts};

const RUST: &str = "fn total(items: &[u32]) -> u32 {\n    \n}\n";
const CURSOR: usize = "fn total(items: &[u32]) -> u32 {\n    ".len();

async fn hosted(
    script: Script,
) -> (
    Server,
    Editor,
    tokio::task::JoinHandle<firesteel_server::Ended>,
) {
    let server = script.start().await.unwrap();
    let settings = json!({"model.url": server.base_url(), "model.key": "sk-very-secret-key"});
    let params = json!({"rootUri": "file:///home/somebody/project"});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, params).await;
    (server, editor, ended)
}

fn open(editor: &Editor, name: &str) -> String {
    let uri = format!("file:///home/somebody/project/src/{name}");
    editor.open(&uri, "rust", RUST);
    editor.move_to(&uri, CURSOR);
    uri
}

async fn why(editor: &Editor, uri: &str) -> String {
    let params = json!({"command": "firesteel.whyNoSuggestion", "arguments": [uri]});
    let why = editor
        .client
        .request("workspace/executeCommand", params)
        .await
        .unwrap();
    why.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_models_text_is_shown_and_it_learns_no_folder_above_the_project_and_no_secret() {
    let (model, editor, ended) =
        hosted(Script::new().reply(Reply::text("items.iter().sum()"))).await;
    let uri = open(&editor, "total.rs");
    editor.edit(&uri, 0..0, "const API_KEY: &str = \"0123456789abcdef\";\n");
    let answer = editor.inline_completion(&uri, 2).result().await.unwrap();
    assert_eq!(texts(&answer), ["    items.iter().sum()"]);
    let log = model.wait(|log| log.requests.len() == 1).await;
    assert!(
        log.requests[0].body.get("model").is_none(),
        "a model that only the server knows by name is not asked for as an empty one"
    );
    let sent = log.requests[0].body.to_string();
    assert!(
        sent.contains("src/total.rs") && sent.contains("fn total(items"),
        "{sent}"
    );
    assert!(
        !sent.contains("somebody") && !sent.contains("0123456789abcdef"),
        "{sent}"
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_how_a_completion_is_asked_for() {
    let cases = [
        (
            json!({"preset": "vllm", "name": "Qwen2.5-Coder-1.5B"}),
            "Qwen2.5-Coder-1.5B",
            "in the format qwen",
        ),
        (
            json!({"preset": "openai-compatible", "name": "m", "format": "granite"}),
            "m",
            "in the format granite for m, as set",
        ),
        (
            json!({"preset": "chat", "name": "m"}),
            "m",
            "in a conversation (chat)",
        ),
        // Nobody has asked the server yet what it has.
        (json!({"preset": "llama.cpp"}), "llama.cpp", "(infill)"),
    ];
    for (mut model, name, format) in cases {
        model["url"] = json!("http://127.0.0.1:9");
        let params = json!({"rootUri": "file:///home/somebody/project"});
        let (editor, ended) = editor(json!({"model": model}), ApplyStyle::EchoFirst, params).await;
        let command = json!({"command": "firesteel.status", "arguments": []});
        let status = editor
            .client
            .request("workspace/executeCommand", command)
            .await
            .unwrap();
        let words = status["format"].as_str().unwrap();
        assert!(words.contains(format), "{status}");
        assert_eq!(status["model"], name);
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_slow_requests_stop_neither_edits_nor_cancels_nor_other_documents() {
    let hang = Reply::text("never").fault(0, Fault::Hang);
    let (_model, editor, ended) = hosted(Script::new().reply(hang)).await;
    let uris: Vec<_> = (0..4)
        .map(|number| open(&editor, &format!("slow_{number}.rs")))
        .collect();
    let slow: Vec<_> = uris
        .iter()
        .map(|uri| editor.inline_completion(uri, 2))
        .collect();
    editor.edit(&uris[0], 3..8, "renamed");
    editor
        .client
        .notify("$/cancelRequest", json!({"id": slow[0].id}));
    editor.move_to(&uris[0], 5);
    let hover = editor
        .client
        .request("textDocument/hover", editor.here(&uris[0]))
        .await
        .unwrap();
    assert!(
        hover["contents"]["value"]
            .as_str()
            .is_some_and(|text| text.contains("fn renamed")),
        "{hover}"
    );
    let mut slow = slow.into_iter();
    let cancelled = slow.next().unwrap().answer().await.unwrap();
    assert_eq!(cancelled.expect_err("cancelled")["code"], -32800);
    for pending in slow {
        let _ = pending.answer().await.unwrap();
    }
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_request_supersedes_one_that_the_model_hangs_on() {
    let script = Script::new()
        .reply(Reply::text("never").fault(0, Fault::Hang))
        .reply(Reply::text("items.iter().sum()"));
    let (model, editor, ended) = hosted(script).await;
    let uri = open(&editor, "total.rs");
    let older = editor.inline_completion(&uri, 2);
    model.wait(|log| log.requests.len() == 1).await;
    let newer = editor.inline_completion(&uri, 2);
    assert!(older.result().await.unwrap().is_null());
    assert_eq!(
        texts(&newer.result().await.unwrap()),
        ["    items.iter().sum()"]
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_break_the_code_is_trimmed_or_not_shown() {
    let script = Script::new()
        .reply(Reply::text("let sum = items.iter().sum();\n    sum)}"))
        .reply(Reply::text(")))"));
    let (_model, editor, ended) = hosted(script).await;
    let trimmed = open(&editor, "trimmed.rs");
    let answer = editor
        .inline_completion(&trimmed, 2)
        .result()
        .await
        .unwrap();
    assert_eq!(
        texts(&answer),
        ["    let sum = items.iter().sum();\n    sum"]
    );
    let broken = open(&editor, "broken.rs");
    assert!(
        editor
            .inline_completion(&broken, 2)
            .result()
            .await
            .unwrap()
            .is_null()
    );
    assert_eq!(
        why(&editor, &broken).await,
        "the suggestion would have broken the syntax"
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_is_told_of_and_the_next_request_is_served() {
    let script = Script::new()
        .reply(Reply::failed("invalid_prompt", "no"))
        .reply(Reply::text("items.iter().sum()"));
    let (_model, editor, ended) = hosted(script).await;
    let uri = open(&editor, "total.rs");
    // The embedded engine steps in; it knows nothing of this file but what stands in it.
    let _ = editor.inline_completion(&uri, 2).result().await.unwrap();
    editor.type_text(&uri, "items");
    let answer = editor.inline_completion(&uri, 2).result().await.unwrap();
    assert_eq!(texts(&answer), ["    items.iter().sum()"]);
    finish(&editor.client, ended).await;
}

fn document_action(uri: &str, editor: &Editor) -> Value {
    let offset = editor.text(uri).find("total").unwrap();
    editor.move_to(uri, offset);
    let mut here = editor.here(uri);
    let at = here["position"].take();
    let args =
        json!({"action": "document", "uri": uri, "version": 0, "range": {"start": at, "end": at}});
    json!({"command": "firesteel.action", "arguments": [args]})
}

/// Waits for the editor's buffer to fulfil a wish.
async fn until(editor: &Editor, uri: &str, wish: impl Fn(&str) -> bool) -> String {
    for _ in 0..1_000 {
        let text = editor.text(uri);
        if wish(&text) {
            return text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("it did not happen in\n{}", editor.text(uri));
}

/// A model that says one line, waits for the sign, and goes on.
fn stepwise(go_on: Arc<Notify>) -> Script {
    Script::new().answer(move |_request, mut responder| {
        let go_on = go_on.clone();
        async move {
            let _ = responder.created().await;
            let _ = responder.text("/// Adds up.\n").await;
            go_on.notified().await;
            let _ = responder.text("///\n/// Zero for none.\n").await;
            let _ = responder.completed().await;
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_streams_line_by_line_while_the_user_types_elsewhere() {
    let go_on = Arc::new(Notify::new());
    let (_model, editor, ended) = hosted(stepwise(go_on.clone())).await;
    let uri = open(&editor, "total.rs");
    let command = document_action(&uri, &editor);
    editor
        .client
        .request("workspace/executeCommand", command)
        .await
        .unwrap();
    until(&editor, &uri, |text| {
        text.starts_with("/// Adds up.\nfn total")
    })
    .await;
    editor.edit(&uri, 0..0, "// The user's own line.\n");
    let end = editor.text(&uri).len();
    editor.edit(&uri, end..end, "// And one below.\n");
    go_on.notify_one();
    let text = until(&editor, &uri, |text| text.contains("Zero for none.")).await;
    assert_eq!(
        text,
        format!(
            "// The user's own line.\n/// Adds up.\n///\n/// Zero for none.\n{RUST}// And one below.\n"
        )
    );
    let end = editor
        .client
        .notification(|message| message["params"]["value"]["kind"] == "end")
        .await
        .unwrap();
    assert_eq!(end["params"]["value"]["message"], "3 lines written");
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_edit_stops_the_model_and_keeps_what_landed() {
    let (model, editor, ended) = hosted(stepwise(Arc::default())).await;
    let uri = open(&editor, "total.rs");
    let command = document_action(&uri, &editor);
    editor
        .client
        .request("workspace/executeCommand", command)
        .await
        .unwrap();
    until(&editor, &uri, |text| text.starts_with("/// Adds up.\n")).await;
    let begin = |message: &Value| message["params"]["value"]["kind"] == "begin";
    let begun = editor.client.notification(begin).await.unwrap();
    editor.client.notify(
        "window/workDoneProgress/cancel",
        json!({"token": begun["params"]["token"]}),
    );
    let end = editor
        .client
        .notification(|message| message["params"]["value"]["kind"] == "end")
        .await
        .unwrap();
    assert_eq!(
        end["params"]["value"]["message"],
        "stopped; 1 lines written"
    );
    let log = model.wait(|log| !log.closed.is_empty()).await;
    assert!(
        log.closed[0].by_client && log.closed[0].during_response,
        "the model goes on"
    );
    assert_eq!(editor.text(&uri), format!("/// Adds up.\n{RUST}"));
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_excluded_is_never_sent() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join(".firesteelignore"), "internal/\n").unwrap();
    let model = Script::new()
        .reply(Reply::text("leak"))
        .start()
        .await
        .unwrap();
    let params = json!({"rootUri": format!("file://{}", root.path().display())});
    let (editor, ended) = editor(
        json!({"model.url": model.base_url()}),
        ApplyStyle::EchoFirst,
        params,
    )
    .await;
    for name in ["internal/prices.rs", ".env", "server.key", "id_rsa"] {
        let uri = format!("file://{}/{name}", root.path().display());
        editor.open(&uri, "rust", RUST);
        editor.move_to(&uri, CURSOR);
        assert!(
            editor
                .inline_completion(&uri, 1)
                .result()
                .await
                .unwrap()
                .is_null()
        );
        assert!(!why(&editor, &uri).await.is_empty());
        let command = document_action(&uri, &editor);
        editor
            .client
            .request("workspace/executeCommand", command)
            .await
            .unwrap();
        editor
            .client
            .notification(|message| message["params"]["value"]["kind"] == "end")
            .await
            .unwrap();
        editor
            .client
            .request("textDocument/hover", editor.here(&uri))
            .await
            .unwrap();
    }
    assert_eq!(model.log().requests.len(), 0);
    finish(&editor.client, ended).await;
}
