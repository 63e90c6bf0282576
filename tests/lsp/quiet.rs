//! Where and when the user wants to be left alone: by language, by path, for some minutes.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::Script;
use serde_json::{Value, json};

use crate::harness::{editor, finish, texts};

const FILE: &str = "file:///home/somebody/project/";

async fn command(editor: &Editor, command: &str, argument: Value) -> Value {
    let params = json!({"command": command, "arguments": [argument]});
    let request = editor.client.request("workspace/executeCommand", params);
    request.await.unwrap()
}

/// Whether a model's text is shown in a file that is opened, unasked or not.
async fn is_shown(editor: &Editor, id: &str, name: &str, trigger: u8) -> bool {
    let uri = format!("{FILE}{name}");
    let text = "let x = ";
    editor.open(&uri, id, text);
    editor.move_to(&uri, text.len());
    let answer = editor
        .inline_completion(&uri, trigger)
        .result()
        .await
        .unwrap();
    !texts(&answer).is_empty()
}

async fn why(editor: &Editor, name: &str) -> String {
    let why = command(
        editor,
        "firesteel.whyNoSuggestion",
        json!(format!("{FILE}{name}")),
    )
    .await;
    why.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snooze_a_path_and_a_language_keep_suggestions_away() {
    let script = Script::new().answer(|_, mut responder| async move {
        let _ = responder.created().await;
        let _ = responder.text("one(two);").await;
        let _ = responder.completed().await;
    });
    let model = script.start().await.unwrap();
    let settings = json!({
        "model.url": model.base_url(),
        "local.assist": false,
        "suggest.disabled_globs": ["*.min.js", "docs/"],
        // Neovim's name for what VS Code calls shellscript.
        "suggest.eagerness_by_language": {"sh": "off"},
    });
    let params = json!({"rootUri": "file:///home/somebody/project"});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, params).await;
    for (id, name) in [("javascript", "a.min.js"), ("rust", "docs/deep/a.rs")] {
        assert!(!is_shown(&editor, id, name, 2).await, "{name}");
        let why = why(&editor, name).await;
        assert!(why.contains("suggest.disabled_globs"), "{why}");
        assert!(is_shown(&editor, id, name, 1).await, "{name} on request");
    }
    assert!(!is_shown(&editor, "shellscript", "a.sh", 2).await);
    assert!(is_shown(&editor, "javascript", "a.js", 2).await);

    let minutes = command(&editor, "firesteel.snooze", json!(15)).await;
    assert_eq!(minutes, json!({"minutes": 15}));
    assert!(!is_shown(&editor, "rust", "b.rs", 2).await);
    let reason = why(&editor, "b.rs").await;
    assert!(reason.contains("snoozed for 15 min"), "{reason}");
    let status = command(&editor, "firesteel.status", Value::Null).await;
    assert_eq!(status["snoozed_minutes"], 15);
    assert!(is_shown(&editor, "rust", "c.rs", 1).await, "on request");
    command(&editor, "firesteel.snooze", json!("0")).await;
    assert!(is_shown(&editor, "rust", "d.rs", 2).await);
    let status = command(&editor, "firesteel.status", Value::Null).await;
    assert_eq!(status["snoozed_minutes"], Value::Null);
    let params = json!({"command": "firesteel.snooze", "arguments": ["soon"]});
    let refused = editor.client.request("workspace/executeCommand", params);
    assert!(refused.await.is_err());
    finish(&editor.client, ended).await;
}
