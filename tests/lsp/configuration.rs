//! Configuration over LSP: precedence, and what is unknown is told to the user.

use firesteel_config::Layer;
use firesteel_server::Ended;
use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::fixture;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::harness::{PATTERN, POLLS, editor, finish, offline, server_of, texts};

const URI: &str = "file:///shapes.rs";

#[tokio::test(flavor = "multi_thread")]
async fn initial_options_win_over_later_changes_which_win_over_files_and_the_environment() {
    let initial = json!({"initializationOptions": {"suggest": {"max_lines": 1}}});
    let base = json!({"suggest.eagerness": "off"});
    let (editor, ended) = editor(base, ApplyStyle::EchoFirst, initial).await;
    let (text, cursor) = fixture::cursor(PATTERN);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    assert!(
        editor
            .inline_completion(URI, 2)
            .result()
            .await
            .unwrap()
            .is_null(),
        "it is switched off"
    );
    let changed =
        json!({"settings": {"firesteel": {"suggest": {"eagerness": "eager", "max_lines": 9}}}});
    editor
        .client
        .notify("workspace/didChangeConfiguration", changed);
    let mut answer = Value::Null;
    // A notification is handled at its own time, as is the request that asks whether it was.
    for _ in 0..POLLS {
        if !answer.is_null() {
            break;
        }
        answer = editor.inline_completion(URI, 2).result().await.unwrap();
    }
    assert_eq!(
        texts(&answer)[0].lines().count(),
        1,
        "the initial options still limit the lines"
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_settings_are_told_to_the_user() {
    let params = json!({"initializationOptions": {"sugest": {"eagerness": "off"}}});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
    let shown = editor
        .client
        .notification(|message| message["method"] == "window/showMessage")
        .await
        .unwrap();
    let text = shown["params"]["message"].as_str().unwrap_or_default();
    assert!(text.contains("unknown setting sugest.eagerness"), "{text}");
    finish(&editor.client, ended).await;
}

/// A server whose user decided nothing, in a project with these settings.
async fn in_project(project: Value, initial: Value) -> (Editor, JoinHandle<Ended>) {
    let layers = vec![
        Layer::trusted("user", offline(json!({}))),
        Layer::untrusted("/p/firesteel.toml", project),
    ];
    let server = server_of(layers);
    let params = json!({"initializationOptions": initial});
    let editor = Editor::start(server.out, server.input, ApplyStyle::EchoFirst, params);
    (editor.await.unwrap(), server.ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_may_be_quieter_than_the_editor_and_never_louder() {
    // What the editor sends, what the project wants, and whether something is suggested unasked.
    let cases = [
        ("eager", "off", false),
        ("normal", "off", false),
        ("off", "eager", false),
        ("off", "normal", false),
        ("normal", "eager", true),
    ];
    for (own, wanted, is_shown) in cases {
        let project = json!({"suggest": {"eagerness": wanted}});
        let initial = json!({"suggest.eagerness": own});
        let (editor, ended) = in_project(project, initial).await;
        let (text, cursor) = fixture::cursor(PATTERN);
        editor.open(URI, "rust", &text);
        editor.move_to(URI, cursor);
        let mut answer = Value::Null;
        for _ in 0..if is_shown { POLLS } else { 3 } {
            answer = editor.inline_completion(URI, 2).result().await.unwrap();
            if !answer.is_null() {
                break;
            }
        }
        assert_eq!(!answer.is_null(), is_shown, "{own}, {wanted}");
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_project_tried_is_told_once_though_settings_change() {
    let project = json!({"model": {"url": "ws://127.0.0.1:1/v1", "effort": "xhigh"}, "edits.apply": "stream", "suggest.max_lines": 199});
    let (editor, ended) = in_project(project, json!({"edits.apply": "preview"})).await;
    for n in 0..3 {
        let changed = json!({"settings": {"firesteel": {format!("change{n}"): 1}}});
        editor
            .client
            .notify("workspace/didChangeConfiguration", changed);
    }
    let mut told = Vec::new();
    while told.len() < 6 {
        let shown = editor
            .client
            .notification(|message| message["method"] == "window/showMessage");
        let text = shown.await.unwrap()["params"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        told.push(text.replace("Firesteel: ", ""));
    }
    told.sort();
    let expected = [
        "/p/firesteel.toml: edits.apply: a project may only ask for more confirmation",
        "/p/firesteel.toml: ignored, because only you decide: model.effort, model.url. Set them in your editor or in your own firesteel.toml",
        "/p/firesteel.toml: suggest.max_lines: a project may only lower it",
        "didChangeConfiguration: unknown setting change0",
        "didChangeConfiguration: unknown setting change1",
        "didChangeConfiguration: unknown setting change2",
    ];
    assert_eq!(told, expected);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_can_be_told_what_is_in_force_and_why() {
    let project = json!({"suggest.max_lines": 3, "model.url": "ws://127.0.0.1:1/v1"});
    let initial = json!({"hover": {"deadline_ms": 77}, "model.key": "sk-of-the-editor"});
    let (editor, ended) = in_project(project, initial).await;
    let params = json!({"command": "firesteel.configuration", "arguments": []});
    let told = editor
        .client
        .request("workspace/executeCommand", params)
        .await
        .unwrap();
    let settings = &told["settings"];
    let of = |name: &str| {
        (
            settings[name]["value"].clone(),
            settings[name]["origin"].as_str().unwrap_or_default(),
        )
    };
    assert_eq!(
        of("hover.deadline_ms"),
        (json!(77), "initializationOptions")
    );
    assert_eq!(of("suggest.max_lines"), (json!(3), "/p/firesteel.toml"));
    assert_eq!(of("suggest.menu"), (Value::Null, "default"));
    assert_eq!(of("model.key"), (json!("***"), "initializationOptions"));
    assert_eq!(told["roles"]["complete"], json!(["embedded"]));
    assert_eq!(told["problems"].as_array().unwrap().len(), 1, "{told}");
    finish(&editor.client, ended).await;
}
