//! Sensitive code after a run: noted as diagnostics, looked at, taken back, or read by a slower model.

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Value, json};

use crate::edits::Scene;

const SOURCE: &str = "import os\n\n\ndef remove$0(path):\n    return path\n";
const ANSWER: &str = "def remove(path):\n    os.system(f\"rm {path}\")\n    return path\n";

/// A run whose text starts a process; the slower model answers with `findings`.
async fn changed(findings: &str, settings: Value) -> (Scene, String) {
    let script = Script::new()
        .reply(Reply::text(ANSWER))
        .reply(Reply::text(findings));
    let scene = Scene::with(script, ApplyStyle::EchoFirst, settings).await;
    let uri = scene.open("module.py", SOURCE);
    scene.choose(&uri, "Simplify").await;
    (scene, uri)
}

/// What the server says next about what is to be looked at.
async fn marks(scene: &Scene) -> Vec<Value> {
    let is_published = |message: &Value| message["method"] == "textDocument/publishDiagnostics";
    let published = scene
        .editor
        .client
        .notification(is_published)
        .await
        .unwrap();
    published["params"]["diagnostics"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_starts_a_process_is_noted_and_a_slower_model_reads_it() {
    let findings = "Here is what I found:\n\n- **5**: error: the path is run by a shell\n";
    let (scene, uri) = changed(findings, json!({"deep.name": "slow-model"})).await;
    let notes = marks(&scene).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(
        (&notes[0]["severity"], &notes[0]["source"]),
        (&json!(3), &json!("firesteel"))
    );
    let message = notes[0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("review this: ") && message.contains("os.system"),
        "{message}"
    );
    assert_eq!(
        notes[0]["range"]["start"],
        json!({"line": 4, "character": 4})
    );
    scene.end().await;

    scene
        .editor
        .move_to(&uri, scene.editor.text(&uri).find("os.system").unwrap());
    scene.choose(&uri, "Review with slow-model").await;
    let found = marks(&scene).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["message"], "the path is run by a shell");
    assert_eq!(
        (&found[0]["severity"], &found[0]["range"]["start"]["line"]),
        (&json!(1), &json!(4))
    );
    assert_eq!(scene.end().await, "1 finding");
    let asked = scene.sent(1);
    assert!(
        asked.contains("slow-model") && asked.contains("+    5     os.system"),
        "{asked}"
    );
    assert!(
        !asked.contains(scene.root.path().to_str().unwrap()),
        "{asked}"
    );

    scene.choose(&uri, "Mark as reviewed").await;
    assert_eq!(marks(&scene).await, [] as [Value; 0]);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slower_model_that_finds_nothing_takes_the_note_away() {
    let (scene, uri) = changed("none", json!({"deep.name": "slow-model"})).await;
    assert_eq!(marks(&scene).await.len(), 1);
    scene.end().await;
    scene
        .editor
        .move_to(&uri, scene.editor.text(&uri).find("os.system").unwrap());
    scene.choose(&uri, "Review with slow-model").await;
    assert_eq!(marks(&scene).await.len(), 0);
    assert_eq!(scene.end().await, "the slower model found nothing");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_slower_model_there_is_only_the_note_which_goes_with_the_run() {
    let (scene, uri) = changed("", json!({})).await;
    assert_eq!(marks(&scene).await.len(), 1);
    scene.end().await;
    scene
        .editor
        .move_to(&uri, scene.editor.text(&uri).find("os.system").unwrap());
    let titles = scene.actions(&uri, json!([])).await;
    let has = |title: &str| {
        titles.iter().any(|action| {
            action["title"]
                .as_str()
                .is_some_and(|text| text.starts_with(title))
        })
    };
    assert!(has("Mark as reviewed") && !has("Review with"), "{titles:?}");
    scene.command("firesteel.revert", json!([])).await;
    assert_eq!(marks(&scene).await.len(), 0);
    scene.finish().await;
}

/// In Rust and in Python, a function that does nothing sensitive and what a model makes of it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sensitive_is_noted_for_its_reason() {
    let rust = [
        (
            "unsafe { *path.as_ptr() };",
            "is not checked by the compiler: `unsafe",
        ),
        ("std::process::Command::new(path);", "starts a process"),
        (
            "query(&format!(\"DELETE FROM users WHERE id = {path}\"));",
            "builds SQL from strings",
        ),
        ("sha256(path);", "does cryptography: `sha256`"),
        (
            "check_password(path);",
            "decides who may do what: `check_password`",
        ),
        ("send(api_key);", "handles a secret: `api_key`"),
    ];
    let python = [
        ("subprocess.run(path)", "starts a process"),
        (
            "db.execute(f\"DELETE FROM users WHERE id = {path}\")",
            "builds SQL from strings",
        ),
        ("sha256(path)", "does cryptography: `sha256`"),
        (
            "check_password(path)",
            "decides who may do what: `check_password`",
        ),
        ("send(api_key)", "handles a secret: `api_key`"),
    ];
    let in_rust = |line: &str| format!("fn f(path: &str) {{\n    {line}\n    g(path);\n}}\n");
    let in_python = |line: &str| format!("def f(path):\n    {line}\n    g(path)\n");
    let rust = rust.map(|(line, why)| ("module.rs", in_rust("h(path);"), in_rust(line), why));
    let python =
        python.map(|(line, why)| ("module.py", in_python("h(path)"), in_python(line), why));
    for (name, before, after, why) in rust.into_iter().chain(python) {
        let script = Script::new().reply(Reply::text(&after));
        let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
        let uri = scene.open(name, &before);
        scene.choose(&uri, "Simplify").await;
        let notes = marks(&scene).await;
        let message = notes[0]["message"].as_str().unwrap();
        assert!(
            message.starts_with("review this: it ") && message.contains(why),
            "{name}: {notes:?}"
        );
        assert_eq!(notes[0]["range"]["start"]["line"], 1, "{name}: {notes:?}");
        scene.end().await;
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_configured_paths_are_noted_whatever_is_in_them() {
    let script = Script::new().reply(Reply::text("def f():\n    return 2\n"));
    let settings = json!({"edits.review_paths": ["billing/"]});
    let scene = Scene::with(script, ApplyStyle::EchoFirst, settings).await;
    let uri = scene.open("billing/module.py", "def f$0():\n    return 1\n");
    scene.choose(&uri, "Simplify").await;
    let notes = marks(&scene).await;
    assert!(
        notes[0]["message"]
            .as_str()
            .unwrap()
            .contains("always read"),
        "{notes:?}"
    );
    scene.end().await;
    scene.finish().await;
}

/// What the marks say, in order.
fn says(marks: &[Value]) -> Vec<&str> {
    { marks.iter() }
        .filter_map(|mark| mark["message"].as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_runs_in_the_same_lines_the_later_speaks_until_it_is_taken_back() {
    let again = ANSWER.replace("{path}", "-f {path}");
    let without = SOURCE.replace("$0", "");
    let function = &without[without.find("def").unwrap()..];
    let script = Script::new()
        .reply(Reply::text(ANSWER))
        .reply(Reply::text(&again))
        .reply(Reply::text(function));
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let uri = scene.open("module.py", SOURCE);
    let starts = ["review this: it starts a process or runs text as code: `os.system`"];
    for _ in 0..2 {
        scene.choose(&uri, "Simplify").await;
        assert_eq!(says(&marks(&scene).await), starts);
        scene.end().await;
    }
    // The third takes out what the second wrote: there is nothing to look at.
    scene.choose(&uri, "Simplify").await;
    assert_eq!(says(&marks(&scene).await), [""; 0]);
    scene.end().await;
    scene.command("firesteel.revert", json!([])).await;
    assert_eq!(says(&marks(&scene).await), starts);
    scene.end().await;
    scene.command("firesteel.revert", json!([])).await;
    assert_eq!(says(&marks(&scene).await), starts);
    scene.end().await;
    scene.command("firesteel.revert", json!([])).await;
    assert_eq!(says(&marks(&scene).await), [""; 0]);
    scene.end().await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_took_away_and_the_next_brought_back_is_not_said_to_be_gone() {
    let with = "def f(path):\n    check_permission(path)\n    g(path)\n";
    let without = "def f(path):\n    g(path)\n";
    let script = Script::new()
        .reply(Reply::text(without))
        .reply(Reply::text(with));
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let uri = scene.open("module.py", with);
    scene.choose(&uri, "Simplify").await;
    let gone = "review this: it no longer decides who may do what: `check_permission`";
    assert_eq!(says(&marks(&scene).await), [gone]);
    scene.end().await;
    scene.choose(&uri, "Simplify").await;
    let there = "review this: it decides who may do what: `check_permission`";
    assert_eq!(says(&marks(&scene).await), [there]);
    scene.end().await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_is_a_reason_only_where_there_is_no_other_and_once() {
    let script = Script::new()
        .reply(Reply::text("def f(a):\n    return a\n"))
        .reply(Reply::text("def f(a):\n    return (a)\n"))
        .reply(Reply::text("def f(a):\n    return login(a)\n"));
    let settings = json!({"edits.review_paths": ["billing/"]});
    let scene = Scene::with(script, ApplyStyle::EchoFirst, settings).await;
    let uri = scene.open("billing/module.py", "def f$0(a):\n    return a + 0\n");
    for part in [
        "always read",
        "always read",
        "decides who may do what: `login`",
    ] {
        scene.choose(&uri, "Simplify").await;
        let marks = marks(&scene).await;
        let said = says(&marks);
        assert!(
            said.len() == 1 && said[0].contains(part),
            "{part}: {said:?}"
        );
        scene.end().await;
    }
    scene.finish().await;
}
