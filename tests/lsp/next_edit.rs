//! The next edit: what was done in one place is offered at the next, and one key goes there and does it.

pub(crate) mod elsewhere;
mod hosted;

use std::time::Duration;

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Value, json};

use crate::harness::{POLLS, editor, finish, texts};

const RUST: &str = "file:///next.rs";
const PYTHON: &str = "file:///next.py";

/// Deletes the word that begins at the mark and types another, key by key.
pub(crate) fn retype(editor: &Editor, uri: &str, at: &str, old: &str, new: &str) {
    let start = editor.text(uri).find(at).unwrap() + at.len();
    for end in (start + 1..=start + old.len()).rev() {
        editor.edit(uri, end - 1..end, "");
    }
    editor.move_to(uri, start);
    editor.type_text(uri, new);
}

/// The key that makes the next edit.
pub(crate) async fn press(editor: &Editor, uri: &str) {
    let here = editor.here(uri);
    let at = json!({"uri": uri, "position": here["position"]});
    let params = json!({"command": "firesteel.nextEdit", "arguments": [at]});
    let answer = editor.client.request("workspace/executeCommand", params);
    assert!(answer.await.unwrap().is_null());
}

/// Waits until the buffer reads so.
pub(crate) async fn reads(editor: &Editor, uri: &str, expected: &str) {
    for _ in 0..POLLS {
        if editor.text(uri) == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it reads {}", editor.text(uri));
}

/// Why nothing was done, as the user is told.
async fn told(editor: &Editor) -> String {
    let is_message = |message: &Value| message["method"] == "window/showMessage";
    let message = editor.client.notification(is_message).await.unwrap();
    let text = message["params"]["message"].as_str();
    text.unwrap_or_default().to_owned()
}

/// The titles of the next edits in the menu at the cursor.
async fn listed(editor: &Editor, uri: &str) -> Vec<String> {
    let here = editor.here(uri);
    let at = &here["position"];
    let params = json!({
        "textDocument": {"uri": uri},
        "range": {"start": at, "end": at},
        "context": {"diagnostics": []},
    });
    let actions = editor.client.request("textDocument/codeAction", params);
    let actions = actions.await.unwrap();
    let titles = actions.as_array().cloned().unwrap_or_default();
    let titles = titles.iter().filter_map(|action| action["title"].as_str());
    titles
        .filter(|title| title.starts_with("Next edit: "))
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_in_rust_goes_on_from_place_to_place_and_ends() {
    for style in [ApplyStyle::EchoFirst, ApplyStyle::ReplyFirst] {
        let (editor, ended) = editor(json!({}), style, json!({})).await;
        let source = "fn f() -> u32 {\n    let count = 1;\n    g(count); // count\n    let h = |count: u32| count + 1;\n    h(count) + \"count\".len()\n}\n";
        editor.open(RUST, "rust", source);
        retype(&editor, RUST, "let ", "count", "total");
        assert_eq!(
            listed(&editor, RUST).await,
            ["Next edit: `count` → `total` (line 3)"]
        );
        press(&editor, RUST).await;
        let one = source
            .replacen("let count", "let total", 1)
            .replacen("g(count)", "g(total)", 1);
        reads(&editor, RUST, &one).await;
        let behind = one.find("g(total").unwrap() + "g(total".len();
        for _ in 0..POLLS {
            if editor.cursor(RUST) == behind {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(editor.cursor(RUST), behind, "the cursor went there");
        press(&editor, RUST).await;
        let two = one.replacen("h(count)", "h(total)", 1);
        reads(&editor, RUST, &two).await;
        press(&editor, RUST).await;
        assert_eq!(
            told(&editor).await,
            "Firesteel: no other place is like the one that you edited"
        );
        assert_eq!(editor.text(RUST), two);
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_literal_in_python_goes_on_where_it_is_for_the_same() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let source = "get(a, timeout=30)\nwait(30)\nget(b, timeout=30)\n";
    editor.open(PYTHON, "python", source);
    retype(&editor, PYTHON, "timeout=", "30", "60");
    press(&editor, PYTHON).await;
    reads(
        &editor,
        PYTHON,
        "get(a, timeout=60)\nwait(30)\nget(b, timeout=60)\n",
    )
    .await;
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_tokens_are_replaced_again() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let source = "fn f() -> Option<u32> {\n    let a = g().unwrap();\n    // h().unwrap()\n    let b = h().unwrap();\n    Some(a + b)\n}\n";
    editor.open(RUST, "rust", source);
    retype(&editor, RUST, "g()", ".unwrap()", "?");
    press(&editor, RUST).await;
    let expected =
        source
            .replacen("g().unwrap()", "g()?", 1)
            .replacen("b = h().unwrap()", "b = h()?", 1);
    reads(&editor, RUST, &expected).await;
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_its_place_it_is_ghost_text() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let source = "def f(items):\n    print(items)\n    return len(items)\n";
    editor.open(PYTHON, "python", source);
    retype(&editor, PYTHON, "def f(", "items", "items_left");
    let place = editor.text(PYTHON).find("len(items").unwrap() + "len(".len();
    editor.move_to(PYTHON, place);
    let answer = editor.inline_completion(PYTHON, 2).result().await.unwrap();
    assert_eq!(texts(&answer), ["items_left"]);
    let range = &answer[0]["range"];
    assert_eq!(
        (
            range["start"]["line"].as_u64(),
            range["end"]["line"].as_u64()
        ),
        (Some(2), Some(2))
    );
    editor.accept(PYTHON, &answer[0]).unwrap();
    assert!(editor.text(PYTHON).ends_with("return len(items_left)\n"));
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undo_and_what_the_server_did_are_not_repeated() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let source = "def f(count):\n    return count\n";
    editor.open(PYTHON, "python", source);
    press(&editor, PYTHON).await;
    assert_eq!(
        told(&editor).await,
        "Firesteel: there is no edit of yours to repeat"
    );
    editor.edit(PYTHON, 6..11, "total_sum");
    assert_eq!(listed(&editor, PYTHON).await.len(), 1);
    editor.edit(PYTHON, 6..15, "count");
    press(&editor, PYTHON).await;
    assert_eq!(
        told(&editor).await,
        "Firesteel: there is no edit of yours to repeat"
    );
    assert_eq!(editor.text(PYTHON), source);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ghost_text_does_not_bring_back_what_was_just_removed() {
    let script = Script::new().reply(Reply::text("    log(items);"));
    let model = script.start().await.unwrap();
    let settings = json!({"model.url": model.base_url(), "model.key": "sk-very-secret-key"});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
    let source = "fn f(items: &[u32]) {\n    log(items);\n}\n";
    editor.open(RUST, "rust", source);
    let line = source.find("log").unwrap();
    editor.edit(RUST, line..line + "log(items);".len(), "");
    editor.move_to(RUST, line);
    let answer = editor.inline_completion(RUST, 2).result().await.unwrap();
    assert!(answer.is_null(), "{answer}");
    let params = json!({"command": "firesteel.whyNoSuggestion", "arguments": [RUST]});
    let why = editor.client.request("workspace/executeCommand", params);
    assert_eq!(
        why.await.unwrap(),
        "the suggestion would have undone your last edit"
    );
    finish(&editor.client, ended).await;
}
