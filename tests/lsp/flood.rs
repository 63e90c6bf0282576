//! A model that does not stop: it is cut off, whatever it was asked for, and the user gets what there is or a reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::Script;
use serde_json::{Value, json};

use crate::edits::Scene;

/// What a model would write, in bytes, if nobody stopped it.
const FLOOD: usize = 200 << 20;
/// What may have been read of it by then, in bytes. What it has written is more: a kernel keeps up to 32 MiB for a reader.
const READ: u64 = 8 << 20;
/// One delta.
const DELTA: usize = 1024;
const DELTAS: usize = 100;

/// A model that answers with this piece, again and again, and how much of that it got rid of.
fn flood(piece: &'static str) -> (Script, Arc<AtomicUsize>) {
    let written = Arc::new(AtomicUsize::new(0));
    let count = written.clone();
    let script = Script::new().answer(move |_, mut responder| {
        let (count, text) = (count.clone(), piece.repeat(DELTA / piece.len()));
        async move {
            let _ = responder.created().await;
            for _ in 0..FLOOD / DELTA / DELTAS {
                if responder.flood(&text, DELTAS).await.is_err() {
                    return;
                }
                count.fetch_add(DELTA * DELTAS, Ordering::Relaxed);
            }
            let _ = responder.completed().await;
        }
    });
    (script, written)
}

/// Ends the conversation; the model was read only so far, and did not get rid of all that it would have written.
async fn ends(scene: Scene, written: &AtomicUsize) {
    let params = json!({"command": "firesteel.status"});
    let status = scene
        .editor
        .client
        .request("workspace/executeCommand", params);
    let status = status.await.unwrap();
    let kinds = status["outside"]["kinds"].as_object().unwrap().values();
    let read: u64 = kinds.filter_map(|kind| kind["bytes_in"].as_u64()).sum();
    assert!(read <= READ, "{read} bytes were read");
    scene.finish().await;
    let written = written.load(Ordering::Relaxed);
    assert!(written < FLOOD, "it has written {} MiB", written >> 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn ghost_text_asked_for_or_not() {
    for trigger in [1, 2] {
        for piece in ["word ", "let a = b;\n", "x"] {
            let (script, written) = flood(piece);
            let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
            let uri = scene.open("a.rs", "fn f() {\n    $0\n}\n");
            let answer = scene.editor.inline_completion(&uri, trigger);
            let answer = answer.result().await.unwrap();
            assert!(answer.to_string().len() < 64 * 1024);
            ends(scene, &written).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_an_explanation_and_a_documentation_comment() {
    for (title, piece) in [
        ("Simplify", "let a = b;\n"),
        ("Simplify", "word "),
        ("Document", "It does.\n"),
        ("Explain", "It does. "),
    ] {
        let (script, written) = flood(piece);
        let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
        let source = "fn load() {$0\n    old();\n}\n";
        let uri = scene.open("a.rs", source);
        scene.choose(&uri, title).await;
        let said = scene.end().await;
        match title {
            "Explain" => {
                let shown = scene.editor.shown().unwrap();
                let text = std::fs::read(shown.strip_prefix("file://").unwrap()).unwrap();
                assert!(text.len() <= 128 * 1024, "{}", text.len());
            }
            _ => {
                assert!(
                    said.contains("too long") || said.contains("could not"),
                    "{said}"
                );
                assert_eq!(scene.editor.text(&uri), source.replace("$0", ""), "{said}");
            }
        }
        ends(scene, &written).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_edit() {
    let (script, written) = flood("word ");
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let source = "def area(w, h$0):\n    return w * h\n\nprint(area(1, 2))\n";
    let uri = scene.open("a.py", source);
    scene.editor.type_text(&uri, ", d");
    let at = json!({"uri": uri, "position": scene.editor.here(&uri)["position"]});
    scene.command("firesteel.nextEdit", json!([at])).await;
    let is_message = |message: &Value| message["method"] == "window/showMessage";
    let told = scene.editor.client.notification(is_message).await.unwrap();
    assert!(told.to_string().contains("too long"), "{told}");
    assert!(scene.editor.asked().is_empty());
    ends(scene, &written).await;
}
