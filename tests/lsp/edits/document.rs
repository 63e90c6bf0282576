//! A code action end to end: listed, resolved, streamed into the buffer, with progress and cancel.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use serde_json::{Value, json};

use crate::harness::{editor, finish};

const URI: &str = "file:///project/parse.rs";
const RUST: &str = "\
struct Number;

fn parse(text: &str, base: u32) -> Result<u32, ParseError> {
    u32::from_str_radix(text, base).map_err(|_| ParseError)
}
";

async fn actions(editor: &Editor, uri: &str, offset: usize) -> Vec<Value> {
    editor.move_to(uri, offset);
    let mut params = editor.here(uri);
    let at = params["position"].take();
    params["range"] = json!({"start": at, "end": at});
    params["context"] = json!({"diagnostics": []});
    let listed = editor
        .client
        .request("textDocument/codeAction", params)
        .await
        .unwrap();
    listed.as_array().cloned().unwrap_or_default()
}

fn document_action(actions: &[Value]) -> Value {
    let is_ours = |action: &&Value| {
        action["title"]
            .as_str()
            .is_some_and(|title| title.starts_with("Document"))
    };
    actions
        .iter()
        .find(is_ours)
        .cloned()
        .expect("the action is not offered")
}

async fn carry_out(editor: &Editor, action: &Value) -> String {
    editor
        .client
        .request("workspace/executeCommand", action["command"].clone())
        .await
        .unwrap();
    let is_end = |message: &Value| message["params"]["value"]["kind"] == "end";
    let end = editor.client.notification(is_end).await.unwrap();
    end["params"]["value"]["message"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_engine_documents_a_function_in_every_kind_of_editor() {
    for style in [ApplyStyle::EchoFirst, ApplyStyle::ReplyFirst] {
        let (editor, ended) = editor(json!({}), style, json!({})).await;
        editor.open(URI, "rust", RUST);
        let listed = actions(&editor, URI, RUST.find("parse").unwrap()).await;
        let action = document_action(&listed);
        assert_eq!(action["title"], "Document this (offline)");
        let resolved = editor
            .client
            .request("codeAction/resolve", action.clone())
            .await
            .unwrap();
        assert_eq!(resolved, action);
        carry_out(&editor, &action).await;
        let text = editor.text(URI);
        let (comment, _) = text.split_once("fn parse").unwrap();
        let said = comment.contains("/// TODO: what `parse` is for.");
        assert!(said, "{style:?}: {text}");
        assert!(
            comment.lines().skip(2).all(|line| line.starts_with("///")),
            "{text}"
        );
        assert!(
            text.ends_with(&RUST[RUST.find("fn parse").unwrap()..]),
            "the rest is untouched"
        );
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_gets_a_docstring_inside_the_function() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let uri = "file:///project/read.py";
    let python = "class Reader:\n    def read(self, path, limit=10):\n        if not path:\n            raise ValueError(path)\n        return open(path).read(limit)\n";
    editor.open(uri, "python", python);
    let listed = actions(&editor, uri, python.find("def read").unwrap()).await;
    carry_out(&editor, &document_action(&listed)).await;
    let text = editor.text(uri);
    assert!(
        text.starts_with("class Reader:\n    def read(self, path, limit=10):\n        \"\"\"TODO: what `read` is for.\n"),
        "{text}"
    );
    let raises = "        Raises:\n            ValueError: if ``not path``.\n";
    assert!(text.contains(raises), "{text}");
    assert_eq!(text.matches("\"\"\"").count(), 2);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_that_never_answers_an_edit_does_not_hang_the_server() {
    let (editor, ended) = editor(json!({}), ApplyStyle::Mute, json!({})).await;
    editor.open(URI, "rust", RUST);
    let listed = actions(&editor, URI, RUST.find("parse").unwrap()).await;
    let message = carry_out(&editor, &document_action(&listed)).await;
    assert!(message.contains("does not answer"), "{message}");
    assert_eq!(editor.text(URI), RUST);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_chosen_before_the_user_typed_finds_its_item() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    editor.open(URI, "rust", RUST);
    let listed = actions(&editor, URI, RUST.find("parse").unwrap()).await;
    let action = document_action(&listed);
    editor.edit(
        URI,
        0..0,
        "// One line.\n// And another.\nfn other() {}\n\n",
    );
    let resolved = editor
        .client
        .request("codeAction/resolve", action.clone())
        .await
        .unwrap();
    assert_eq!(resolved, action);
    carry_out(&editor, &action).await;
    let text = editor.text(URI);
    let (before, _) = text.split_once("fn parse").unwrap();
    let said = before.ends_with("/// TODO: what `parse` is for.\n");
    assert!(said, "{text}");
    finish(&editor.client, ended).await;
}
