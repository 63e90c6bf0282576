//! Hovers with a hosted model: what it has written by then, asked for once, and never waited for.

use std::sync::Arc;

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Fault, Reply, Script, Server};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::harness::{POLLS, editor, finish};

const RUST: &str = "\
/// Adds up.
fn total(items: &[u32]) -> u32 {
    items.iter().sum()
}

fn other(value: u32) -> u32 {
    value
}
";

async fn started(
    model: &Server,
    mut settings: Value,
    root: &str,
) -> (Editor, JoinHandle<firesteel_server::Ended>) {
    settings["model.url"] = json!(model.base_url());
    // Longer than a client waits: a hover that waited for the model would fail.
    let options = json!({"hover.deadline_ms": 60_000});
    let params = json!({"rootUri": format!("file://{root}"), "initializationOptions": options});
    editor(settings, ApplyStyle::EchoFirst, params).await
}

async fn hosted(script: Script) -> (Server, Editor, JoinHandle<firesteel_server::Ended>) {
    let model = script.start().await.unwrap();
    let (editor, ended) = started(&model, json!({}), "/project").await;
    (model, editor, ended)
}

fn open(editor: &Editor, name: &str, text: &str) -> String {
    let uri = format!("file:///project/src/{name}");
    editor.open(&uri, "rust", text);
    uri
}

/// The hover on the first of these words; empty where there is none.
async fn hover(editor: &Editor, uri: &str, on: &str) -> String {
    editor.move_to(uri, editor.text(uri).find(on).unwrap());
    let hover = editor
        .client
        .request("textDocument/hover", editor.here(uri));
    let hover = hover.await.unwrap();
    let markdown = hover["contents"]["value"].as_str();
    markdown.unwrap_or_default().to_owned()
}

/// Looks again until the hover says this.
async fn until(editor: &Editor, uri: &str, on: &str, wish: &str) -> String {
    let mut shown = String::new();
    for _ in 0..POLLS {
        shown = hover(editor, uri, on).await;
        if shown.contains(wish) {
            return shown;
        }
    }
    panic!("{wish:?} is missing in {shown}");
}

async fn status(editor: &Editor) -> Value {
    let command = json!({"command": "firesteel.status", "arguments": []});
    let status = editor.client.request("workspace/executeCommand", command);
    status.await.unwrap()["explanations"].clone()
}

fn n_asked(model: &Server) -> usize {
    model.log().requests.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_hangs_delays_no_hover_and_what_it_has_written_is_shown_as_such() {
    let go_on = Arc::new(Notify::new());
    let wait = go_on.clone();
    let script = Script::new().answer(move |_, mut responder| {
        let wait = wait.clone();
        async move {
            let _ = responder.created().await;
            wait.notified().await;
            let _ = responder.text("It adds").await;
            wait.notified().await;
            let _ = responder.text(" them up.").await;
            let _ = responder.completed().await;
        }
    });
    let (model, editor, ended) = hosted(script).await;
    let uri = open(&editor, "total.rs", RUST);
    let first = hover(&editor, &uri, "total").await;
    assert!(
        first.contains("fn total(items: &[u32]) -> u32"),
        "what is known without it: {first}"
    );
    let log = model.wait(|log| log.requests.len() == 1).await;
    let sent = log.requests[0].body.to_string();
    assert!(sent.contains("six short lines") && sent.contains("fn total("));
    assert_eq!(hover(&editor, &uri, "total").await, first);
    go_on.notify_one();
    let partly = until(&editor, &uri, "total", "It adds …").await;
    assert!(partly.starts_with(&first) && partly.contains("on `total`, still writing:**"));
    go_on.notify_one();
    let whole = until(&editor, &uri, "total", "It adds them up.").await;
    assert!(
        whole.starts_with(&first) && !whole.contains('…') && !whole.contains("still writing"),
        "{whole}"
    );
    assert_eq!(n_asked(&model), 1);
    let status = status(&editor).await;
    assert_eq!([&status["asked"], &status["written"]], [1, 1]);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_asked_about_once_for_each_text_of_it() {
    let script = Script::new()
        .reply(Reply::text("The first text."))
        .reply(Reply::text("The second text."));
    let (model, editor, ended) = hosted(script).await;
    let uri = open(&editor, "total.rs", RUST);
    until(&editor, &uri, "total", "The first text.").await;
    for on in ["items", "sum", "u32"] {
        let shown = hover(&editor, &uri, on).await;
        assert!(shown.contains("The first text."), "{on}: {shown}");
    }
    editor.edit(&uri, 0..0, "use std::fmt;\n\n");
    let shown = hover(&editor, &uri, "sum").await;
    assert!(
        shown.contains("The first text."),
        "an edit elsewhere: {shown}"
    );
    let copy = open(&editor, "copy.rs", RUST);
    let shown = hover(&editor, &copy, "sum").await;
    assert!(shown.contains("The first text."), "another file: {shown}");
    assert_eq!(n_asked(&model), 1);
    let at = editor.text(&uri).find(".sum").unwrap();
    editor.edit(&uri, at..at, ".copied()");
    let shown = hover(&editor, &uri, "sum").await;
    assert!(!shown.contains("The first text."), "an edit in it: {shown}");
    until(&editor, &uri, "sum", "The second text.").await;
    editor.edit(&uri, at..at + ".copied()".len(), "");
    let shown = hover(&editor, &uri, "sum").await;
    assert!(shown.contains("The first text."), "taken back: {shown}");
    assert_eq!(n_asked(&model), 2);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn code_in_a_private_file_is_neither_sent_nor_explained() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join(".firesteelignore"), "internal/\n").unwrap();
    let model = Script::new().reply(Reply::text("Explained."));
    let model = model.start().await.unwrap();
    let root = root.path().display().to_string();
    let (editor, ended) = started(&model, json!({}), &root).await;
    let private = ["internal/total.rs", ".env", "server.key"];
    let private = private.map(|name| format!("file://{root}/{name}"));
    for uri in &private {
        editor.open(uri, "rust", RUST);
        assert_eq!(hover(&editor, uri, "total").await, "", "{uri}");
    }
    let public = format!("file://{root}/public.rs");
    editor.open(&public, "rust", RUST);
    until(&editor, &public, "total", "Explained.").await;
    for uri in &private {
        assert_eq!(hover(&editor, uri, "total").await, "", "{uri}");
    }
    let sent = model.log().requests;
    assert!(sent.len() == 1 && sent[0].body.to_string().contains("public.rs"));
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_leaves_the_hover_as_it_is() {
    let script = Script::new().reply(Reply::failed("invalid_prompt", "no such thing"));
    let (model, editor, ended) = hosted(script).await;
    let uri = open(&editor, "total.rs", RUST);
    let first = hover(&editor, &uri, "total").await;
    let mut why = Value::Null;
    for _ in 0..POLLS {
        why = status(&editor).await["why"].clone();
        if !why.is_null() {
            break;
        }
    }
    let words = why.as_str().unwrap_or_default();
    assert!(words.contains("no such thing"), "{why}");
    for _ in 0..3 {
        assert_eq!(hover(&editor, &uri, "total").await, first);
    }
    assert_eq!(n_asked(&model), 1, "it has just failed at this");
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn six_lines_without_placeholders_are_shown_of_whatever_the_model_says() {
    let secret = "0123456789abcdef";
    let text =
        format!("fn key() -> &'static str {{\n    let api_key = \"{secret}\";\n    api_key\n}}\n");
    let said = "### Code in question\n\nIt returns REDACTED_SECRET_1.\n2\n3 [run](command:x)\n4\n5\n6\n7\n8\n";
    let (model, editor, ended) = hosted(Script::new().reply(Reply::text(said))).await;
    let uri = open(&editor, "key.rs", &text);
    let shown = until(&editor, &uri, "key()", "It returns").await;
    let shown = match shown.contains('…') {
        true => until(&editor, &uri, "key()", "\n6").await,
        false => shown,
    };
    let (_, shown) = shown.rsplit_once(":**\n\n").unwrap();
    assert_eq!(
        shown,
        "It returns (a secret).\n2\n3 [run\\](command:x)\n4\n5\n6"
    );
    let sent = model.log().requests[0].body.to_string();
    assert!(!sent.contains(secret) && sent.contains("REDACTED_SECRET_1"));
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_under_the_cursor_is_explained_without_the_secrets_that_it_repeats() {
    let script = Script::new()
        .reply(Reply::text("Return a number."))
        .reply(Reply::text("It returns the key."));
    let (model, editor, ended) = hosted(script).await;
    let secret = "0123456789abcdef";
    let text = format!("fn key() -> u32 {{\n    let api_key = \"{secret}\";\n    api_key\n}}\n");
    let uri = open(&editor, "key.rs", &text);
    let list = async |on: &str, message: &str| {
        editor.move_to(&uri, text.rfind(on).unwrap());
        let mut params = editor.here(&uri);
        let at = params["position"].take();
        let end = json!({"line": at["line"], "character": at["character"].as_u64().unwrap() + on.len() as u64});
        let problem = json!({"range": {"start": at, "end": end}, "message": message});
        params["range"] = json!({"start": at, "end": at});
        params["context"] = json!({"diagnostics": [problem]});
        let list = editor.client.request("textDocument/codeAction", params);
        list.await.unwrap();
    };
    list("api_key\n", "expected `u32`, found `&str`").await;
    until(&editor, &uri, "api_key\n", "Return a number.").await;
    let sent = model.log().requests[0].body.to_string();
    assert!(
        sent.contains("expected `u32`") && sent.contains("what to change so that it goes away"),
        "{sent}"
    );
    list("api_key\n", &format!("`{secret}` is no number")).await;
    until(&editor, &uri, "api_key\n", "It returns the key.").await;
    let sent = model.log().requests[1].body.to_string();
    assert!(
        !sent.contains(secret) && !sent.contains("is no number"),
        "{sent}"
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_its_document_ends_an_explanation() {
    let hang = Reply::text("never ends").fault(1, Fault::Hang);
    let (model, editor, ended) = hosted(Script::new().reply(hang)).await;
    let uri = open(&editor, "total.rs", RUST);
    hover(&editor, &uri, "total").await;
    model.wait(|log| log.requests.len() == 1).await;
    editor.close(&uri);
    let log = model.wait(|log| !log.closed.is_empty()).await;
    assert!(log.closed[0].by_client && log.closed[0].during_response);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_makes_room_for_ghost_text_of_a_model_on_the_same_machine() {
    let script = Script::new()
        .reply(Reply::text("never ends").fault(1, Fault::Hang))
        .reply(Reply::text("items.len()"));
    let (model, editor, ended) = hosted(script).await;
    let uri = open(&editor, "total.rs", RUST);
    hover(&editor, &uri, "total").await;
    model.wait(|log| log.requests.len() == 1).await;
    let at = RUST.find("items.iter").unwrap();
    editor.edit(&uri, at..at + "items.iter().sum()".len(), "");
    editor.move_to(&uri, at);
    let ghost = editor.inline_completion(&uri, 1).result().await.unwrap();
    assert!(ghost.to_string().contains("items.len()"), "{ghost}");
    let log = model.wait(|log| !log.closed.is_empty()).await;
    assert!(log.closed[0].by_client && log.closed[0].during_response);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_explanation_is_written_at_a_time_and_the_newest_look_comes_next() {
    let go_on = Arc::new(Notify::new());
    let wait = go_on.clone();
    let script = Script::new().answer(move |request, mut responder| {
        let wait = wait.clone();
        async move {
            let _ = responder.created().await;
            wait.notified().await;
            let text = format!("Answer {}.", request.number);
            let _ = responder.text(&text).await;
            let _ = responder.completed().await;
        }
    });
    let (model, editor, ended) = hosted(script).await;
    let third = "\nfn third(value: i64) -> i64 {\n    -value\n}\n";
    let uri = open(&editor, "total.rs", &format!("{RUST}{third}"));
    for on in ["total", "other", "third"] {
        hover(&editor, &uri, on).await;
    }
    model.wait(|log| log.requests.len() == 1).await;
    go_on.notify_one();
    let log = model.wait(|log| log.requests.len() == 2).await;
    let target = |at: usize| log.requests[at].body.to_string().replace("\\\\n", "\n");
    let question = target(1);
    let (_, question) = question.split_once("Code in question").unwrap();
    assert!(question.contains("third"), "{question}");
    go_on.notify_one();
    until(&editor, &uri, "third", "Answer 1.").await;
    until(&editor, &uri, "total", "Answer 0.").await;
    assert_eq!(n_asked(&model), 2);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_model_is_asked_where_the_setting_is_off() {
    let model = Script::new().reply(Reply::text("Explained."));
    let model = model.start().await.unwrap();
    let settings = json!({"hover.model": false});
    let (editor, ended) = started(&model, settings, "/project").await;
    let uri = open(&editor, "total.rs", RUST);
    for _ in 0..3 {
        assert!(!hover(&editor, &uri, "total").await.is_empty());
    }
    assert_eq!(status(&editor).await["asked"], 0);
    assert_eq!(n_asked(&model), 0);
    finish(&editor.client, ended).await;
}
