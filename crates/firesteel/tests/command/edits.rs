//! An edit through the real binary, from its pipes to a model on a real socket: streamed, redirected, taken back.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Request, Responder, Script};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Child;

use crate::{ended, firesteel, piped};

/// A function, and what a model says of it.
struct Case {
    name: &'static str,
    language: &'static str,
    source: &'static str,
    /// What lands of the first answer, of which no more comes.
    begun: &'static str,
    /// A line that stands in the document when it has.
    landed: &'static str,
    /// The whole second answer.
    second: &'static str,
}

const CASES: [Case; 2] = [
    Case {
        name: "a.rs",
        language: "rust",
        source: "fn f(a: u32) -> u32 {\n    let b = a + 1;\n    let c = b * 2;\n    c\n}\n",
        begun: "fn f(a: u32) -> u32 {\n    let b = a + 10;\n    let c = b * 2;\n",
        landed: "let b = a + 10;",
        second: "fn f(a: u32) -> u32 {\n    let b = a + 1;\n    b * 2\n}\n",
    },
    Case {
        name: "a.py",
        language: "python",
        source: "def f(a):\n    b = a + 1\n    c = b * 2\n    return c\n",
        begun: "def f(a):\n    b = a + 10\n    c = b * 2\n",
        landed: "b = a + 10",
        second: "def f(a):\n    b = a + 1\n    return b * 2\n",
    },
];

/// A model that never comes to the end of its first answer.
fn model(case: &'static Case) -> Script {
    let answer = move |request: Request, mut responder: Responder| async move {
        let _ = responder.created().await;
        if request.number == 0 {
            let _ = responder.text(case.begun).await;
            return responder.gone().await;
        }
        let _ = responder.text(case.second).await;
        let _ = responder.completed().await;
    };
    Script::new().answer(answer)
}

async fn start(home: &TempDir, url: &str, style: ApplyStyle) -> (Editor, Child) {
    let (out, input, server) = piped(&mut firesteel(home.path(), &["lsp"]));
    let params = json!({
        "rootUri": format!("file://{}", home.path().display()),
        "initializationOptions": {"model.url": url, "local.dependencies": false},
    });
    let editor = Editor::start(out, input, style, params).await.unwrap();
    (editor, server)
}

async fn choose(editor: &Editor, uri: &str, title: &str) {
    let mut params = editor.here(uri);
    let at = params["position"].take();
    params["range"] = json!({"start": at, "end": at});
    params["context"] = json!({"diagnostics": []});
    let listed = editor.client.request("textDocument/codeAction", params);
    let listed = listed.await.unwrap();
    let mut actions = listed.as_array().unwrap().iter();
    let action = actions.find(|action| action["title"] == title).unwrap();
    execute(editor, action["command"].clone()).await;
}

async fn execute(editor: &Editor, command: Value) {
    let done = editor.client.request("workspace/executeCommand", command);
    done.await.unwrap();
}

async fn end(editor: &Editor) -> String {
    let is_end = |message: &Value| message["params"]["value"]["kind"] == "end";
    let end = editor.client.notification(is_end).await.unwrap();
    end["params"]["value"]["message"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn it_streams_is_redirected_and_is_taken_back() {
    for case in &CASES {
        for style in [ApplyStyle::EchoFirst, ApplyStyle::ReplyFirst] {
            let home = tempfile::tempdir().unwrap();
            let model = model(case).start().await.unwrap();
            let (editor, mut server) = start(&home, &model.base_url(), style).await;
            let uri = format!("file://{}/{}", home.path().display(), case.name);
            editor.open(&uri, case.language, case.source);
            editor.move_to(&uri, 4);
            choose(&editor, &uri, "Simplify").await;
            editor.asked_more(0).await.unwrap();
            let text = editor.text(&uri);
            assert!(text.contains(case.landed), "{style:?}: {text}");
            let wish = json!({"command": "firesteel.redirect", "arguments": ["Undo that, and use fewer names"]});
            execute(&editor, wish).await;
            assert!(end(&editor).await.starts_with("stopped"));
            assert_eq!(end(&editor).await, "reverted");
            assert!(end(&editor).await.ends_with("written"));
            assert_eq!(editor.text(&uri), case.second, "{style:?}");
            let asked = model.log().requests[1].body.to_string();
            assert!(asked.contains("use fewer names"), "{asked}");
            execute(&editor, json!({"command": "firesteel.revert"})).await;
            assert_eq!(end(&editor).await, "reverted");
            assert_eq!(editor.text(&uri), case.source, "{style:?}");
            editor.client.shutdown().await.unwrap();
            assert_eq!(ended(&mut server).await.code(), Some(0));
        }
    }
}
