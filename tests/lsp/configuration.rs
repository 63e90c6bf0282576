//! Configuration over LSP: precedence, and what is unknown is told to the user.

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::fixture;
use serde_json::{Value, json};

use crate::harness::{PATTERN, POLLS, editor, finish, texts};

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
