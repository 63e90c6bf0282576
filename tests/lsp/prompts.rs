//! What was sent to a model, as `firesteel.showPrompt` shows it: what the model got, of which pieces, and no secret.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::http::{Answer, HttpServer};
use firesteel_testkit::script::{Connection, Reply, Script};
use serde_json::{Value, json};

use crate::edits::Scene;
use crate::harness::{POLLS, editor, finish};
use crate::related::llama;

const SECRET: &str = "0123456789abcdef";
const KEY: &str = "sk-very-secret-key";
const RUST: &str =
    "const API_KEY: &str = \"0123456789abcdef\";\n\nfn total(items: &[u32]) -> u32 {\n    $0\n}\n";

/// What the command answers, for a role or for all.
async fn shown(editor: &Editor, role: Value) -> Value {
    let arguments = if role.is_null() {
        json!([])
    } else {
        json!([role])
    };
    let params = json!({"command": "firesteel.showPrompt", "arguments": arguments});
    let shown = editor.client.request("workspace/executeCommand", params);
    shown.await.unwrap()
}

fn prompts(shown: &Value) -> &[Value] {
    shown["prompts"].as_array().unwrap()
}

/// The pieces of a prompt that come from such a place.
fn pieces<'a>(prompt: &'a Value, from: &str) -> Vec<&'a Value> {
    let pieces = prompt["pieces"].as_array().unwrap().iter();
    pieces.filter(|piece| piece["from"] == from).collect()
}

/// Asks until nothing of what was sent is under way any more.
async fn settled(editor: &Editor) -> Value {
    for _ in 0..POLLS {
        let all = shown(editor, Value::Null).await;
        if prompts(&all).iter().all(|prompt| !prompt["end"].is_null()) {
            return all;
        }
        tokio::task::yield_now().await;
    }
    panic!("it is under way still");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_what_the_model_got_without_secrets_and_keys() {
    for transport in ["websocket", "http"] {
        got_over(transport).await;
    }
}

async fn got_over(transport: &str) {
    let script = Script::new().reply(Reply::text("items.iter().sum()"));
    let settings = json!({
        "model.key": KEY,
        "model.quirks": {"transport": transport},
        "local.assist": false,
    });
    let scene = Scene::with(script, ApplyStyle::EchoFirst, settings).await;
    let nothing = shown(&scene.editor, Value::Null).await;
    assert_eq!(nothing["prompts"], json!([]));
    let words = "nothing was sent to a model in this session; the embedded engine needs no prompt";
    assert!(nothing["markdown"].as_str().unwrap().contains(words));

    let uri = scene.open("total.rs", RUST);
    let asked = scene.editor.inline_completion(&uri, 2);
    asked.result().await.unwrap();
    let all = settled(&scene.editor).await;
    let [prompt] = prompts(&all) else {
        panic!("{all}");
    };
    assert_eq!(prompt["body"], scene.model.log().requests[0].body);
    assert_eq!(
        (&prompt["role"], &prompt["wire"], &prompt["end"]),
        (&json!("complete"), &json!("responses"), &json!("completed"))
    );
    let before = pieces(prompt, "before_cursor")[0];
    assert_eq!(before["path"], "total.rs");
    assert_eq!(before["sent_bytes"], before["bytes"]);
    let kind = "assigned-token";
    let redacted = json!([{"placeholder": "REDACTED_SECRET_1", "kind": kind}]);
    assert_eq!(before["redacted"], redacted);
    let page = all["markdown"].as_str().unwrap();
    assert!(
        page.contains(&format!("`REDACTED_SECRET_1` ({kind})")),
        "{page}"
    );
    assert!(
        page.contains("fn total(items: &[u32]) -> u32 {\n"),
        "{page}"
    );
    for hidden in [SECRET, KEY] {
        assert!(!all.to_string().contains(hidden), "{hidden} in {all}");
    }
    assert_eq!(
        shown(&scene.editor, json!("edit")).await["prompts"],
        json!([])
    );
    let of_role = shown(&scene.editor, json!({"role": "complete"})).await;
    assert_eq!(prompts(&of_role).len(), 1);
    let unknown = json!({"command": "firesteel.showPrompt", "arguments": ["poet"]});
    let refused = scene
        .editor
        .client
        .request("workspace/executeCommand", unknown);
    assert!(refused.await.is_err());
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_models_own_counts_are_shown_and_others_are_marked_as_estimates() {
    for (usage, count) in [
        (
            r#"{"prompt_tokens":321,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":300}}"#,
            Some(321),
        ),
        ("null", None),
    ] {
        let server = HttpServer::start(move |_| {
            let said = r#"{"choices":[{"delta":{"content":"items.len()"},"finish_reason":"stop"}],"usage":USAGE}"#;
            Answer::sse(&[&said.replace("USAGE", usage), "[DONE]"])
        })
        .await
        .unwrap();
        let settings = json!({
            "model": {"preset": "chat", "url": server.url(), "name": "big"},
            "local.assist": false,
        });
        let params = json!({"rootUri": "file:///home/somebody/project"});
        let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, params).await;
        let uri = "file:///home/somebody/project/total.rs";
        editor.open(uri, "rust", &RUST.replace("$0", ""));
        editor.move_to(uri, RUST.find("$0").unwrap());
        editor.inline_completion(uri, 2).result().await.unwrap();
        let all = settled(&editor).await;
        let prompt = &prompts(&all)[0];
        let log = server.log();
        let got = log
            .requests
            .iter()
            .find(|request| request.path.contains("chat"));
        assert_eq!(prompt["body"], got.unwrap().body);
        assert_eq!(prompt["model"], "big");
        assert_eq!(prompt["tokens"]["estimated"], count.is_none());
        let page = all["markdown"].as_str().unwrap();
        match count {
            Some(count) => {
                assert_eq!(prompt["tokens"]["count"], count);
                assert_eq!(prompt["cached_tokens"], 300);
                assert!(
                    page.contains("321 read, 300 of them from the server's cache"),
                    "{page}"
                );
            }
            None => assert!(page.contains("estimated"), "{page}"),
        }
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_of_other_files_tell_their_lines_and_why_they_were_chosen() {
    let root = tempfile::tempdir().unwrap();
    let pool = "pub struct Pool;\n\nimpl Pool {\n    pub fn checkout_connection(&self, timeout: Duration) -> Result<Connection> {\n        self.slots.take(timeout)\n    }\n}\n";
    std::fs::write(root.path().join("pool.rs"), pool).unwrap();
    let server = llama().await;
    let settings = json!({"model": {"preset": "llama.cpp", "url": server.url()}});
    let params = json!({"rootUri": format!("file://{}", root.path().display())});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, params).await;
    let uri = format!("file://{}/two.rs", root.path().display());
    let text = "fn two(pool: &Pool) {\n    let connection = pool.checkout_connection(";
    editor.open(&uri, "rust", text);
    editor.move_to(&uri, text.len());
    let mut found = Value::Null;
    for _ in 0..POLLS {
        editor.type_text(&uri, "x");
        editor.inline_completion(&uri, 1).result().await.unwrap();
        let all = shown(&editor, json!("complete")).await;
        let asked = prompts(&all)
            .iter()
            .find(|prompt| prompt["read_ahead"] == false);
        if let Some(prompt) = asked.filter(|prompt| !pieces(prompt, "other_file").is_empty()) {
            found = prompt.clone();
            break;
        }
    }
    let piece = pieces(&found, "other_file")[0];
    assert_eq!(piece["path"], "pool.rs");
    assert_eq!(piece["lines"], json!([4, 4]));
    assert_eq!(
        piece["why"],
        "defines checkout_connection, which stands near the cursor"
    );
    assert_eq!(piece["sent_bytes"], piece["bytes"]);
    let log = server.log();
    assert!(
        log.requests
            .iter()
            .any(|request| request.body == found["body"]),
        "{found}"
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_eight_of_a_role_are_kept_and_the_embedded_engine_has_none() {
    let script = Script::new().answer(|_, mut responder| async move {
        let _ = responder.created().await;
        let _ = responder.completed().await;
    });
    let scene = Scene::with(
        script,
        ApplyStyle::EchoFirst,
        json!({"local.assist": false}),
    )
    .await;
    let uri = scene.open("total.rs", RUST);
    for _ in 0..12 {
        scene.editor.type_text(&uri, "x");
        scene
            .editor
            .inline_completion(&uri, 1)
            .result()
            .await
            .unwrap();
    }
    let all = settled(&scene.editor).await;
    assert_eq!(prompts(&all).len(), 8);
    let requests = scene.model.log().requests;
    let newest = &requests.last().unwrap().body;
    assert_eq!(&prompts(&all)[0]["body"], newest, "the newest comes first");
    scene.finish().await;

    let scene = Scene::offline(ApplyStyle::EchoFirst).await;
    let uri = scene.open("total.rs", RUST);
    scene
        .editor
        .inline_completion(&uri, 1)
        .result()
        .await
        .unwrap();
    let hover = scene.editor.here(&uri);
    scene
        .editor
        .client
        .request("textDocument/hover", hover)
        .await
        .unwrap();
    scene.choose(&uri, "Document").await;
    scene.end().await;
    assert_eq!(
        shown(&scene.editor, Value::Null).await["prompts"],
        json!([])
    );
    scene.finish().await;
}

const PYTHON: &str = "def first(a):$0\n    x = a + 1\n    y = x * 2\n    return y\n";

/// A model whose first answer does not end before it is stopped.
fn talkative() -> Script {
    Script::new().answer(|request, mut responder| async move {
        let _ = responder.created().await;
        if request.number == 0 {
            let first = "def first(a):\n    x = a + 10\n    y = x * 2\n";
            let _ = responder.text(first).await;
            responder.interrupted().await;
            let _ = responder.incomplete("interrupted").await;
            return;
        }
        let _ = responder.text("def first(a):\n    return a * 2\n").await;
        let _ = responder.completed().await;
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_turn_of_an_edit_is_shown() {
    for interrupt in [true, false] {
        let connection = Connection {
            interrupt,
            ..Connection::new()
        };
        let settings = json!({"model.quirks": {"interrupt": interrupt}});
        let script = talkative().otherwise(connection);
        let scene = Scene::with(script, ApplyStyle::EchoFirst, settings).await;
        let uri = scene.open("a.py", PYTHON);
        scene.instruct(&uri, "Change it").await;
        scene.until(&uri, |text| text.contains("a + 10")).await;
        let wish = json!([{"instruction": "Double it, and token = \"qKz81vJw0PmX77\""}]);
        scene.command("firesteel.redirect", wish).await;
        scene.until(&uri, |text| text.contains("a * 2")).await;
        let all = settled(&scene.editor).await;
        let bodies: Vec<&Value> = prompts(&all).iter().map(|prompt| &prompt["body"]).collect();
        let log = scene.model.log();
        let got: Vec<&Value> = log
            .requests
            .iter()
            .rev()
            .map(|request| &request.body)
            .collect();
        assert_eq!(bodies, got);
        let newest = &prompts(&all)[0];
        assert_eq!(newest["role"], "edit");
        for from in ["instructions", "code", "instruction", "answer", "request"] {
            assert_eq!(pieces(newest, from).len(), 1, "{from} in {newest}");
        }
        let request = pieces(newest, "request")[0];
        assert_eq!(request["redacted"][0]["placeholder"], "REDACTED_SECRET_1");
        let page = all["markdown"].as_str().unwrap();
        for said in ["Change it", "a + 10", "Double it"] {
            assert!(page.contains(said), "{said} in {page}");
        }
        assert!(!all.to_string().contains("qKz81vJw0PmX77"), "{all}");
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_names_the_kinds_of_what_its_diff_does_not_show() {
    let answer = "def remove(path):\n    password = \"REDACTED_SECRET_1\"\n    os.system(f\"rm {path}\")\n    return path\n";
    let script = Script::new()
        .reply(Reply::text(answer))
        .reply(Reply::text("none\n"));
    let settings = json!({"deep.name": "slow-model"});
    let scene = Scene::with(script, ApplyStyle::EchoFirst, settings).await;
    let source =
        "import os\n\n\ndef remove$0(path):\n    password = \"zQ7vw-Kp2mXy\"\n    return path\n";
    let uri = scene.open("module.py", source);
    scene.choose(&uri, "Simplify").await;
    scene.end().await;
    let at = scene.editor.text(&uri).find("os.system").unwrap();
    scene.editor.move_to(&uri, at);
    scene.choose(&uri, "Review with slow-model").await;
    scene.end().await;
    let all = settled(&scene.editor).await;
    let prompt = &prompts(&all)[0];
    assert_eq!(
        (&prompt["role"], &prompt["model"]),
        (&json!("review"), &json!("slow-model"))
    );
    let change = pieces(prompt, "change")[0];
    assert_eq!(change["sent_bytes"], change["bytes"]);
    let redacted = json!([{"placeholder": "REDACTED_SECRET_1", "kind": "assigned-password"}]);
    assert_eq!(change["redacted"], redacted);
    assert!(!all.to_string().contains("zQ7vw-Kp2mXy"), "{all}");
    scene.finish().await;
}
