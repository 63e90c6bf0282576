//! Runs under way: the user types, stops, redirects, takes back; several at once; clients that lie.

use std::sync::Arc;

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::json;
use tokio::sync::Notify;

use super::Scene;

pub(super) const PYTHON: &str = "\
def first(a):$0
    x = a + 1
    y = x * 2
    return y


def second(b):
    z = b - 1
    w = z * 3
    return w
";

pub(super) fn plain() -> String {
    PYTHON.replace("$0", "")
}

/// A model that says the first part, waits for the sign, and says the second.
pub(super) fn halves(first: &'static str, second: &'static str, go_on: Arc<Notify>) -> Script {
    Script::new().answer(move |request, mut responder| {
        let go_on = go_on.clone();
        async move {
            let _ = responder.created().await;
            let later = request.number > 0;
            if !later {
                let _ = responder.text(first).await;
                tokio::select! {
                    () = go_on.notified() => {}
                    () = responder.interrupted() => {
                        let _ = responder.incomplete("interrupted").await;
                        return;
                    }
                }
            }
            let _ = responder.text(second).await;
            let _ = responder.completed().await;
        }
    })
}

pub(super) const FIRST: &str = "def first(a):\n    x = a + 10\n    y = x * 2\n";
const SECOND: &str = "    return y + 1\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_user_types_during_a_run_and_wins_on_the_same_lines() {
    for style in [
        ApplyStyle::EchoFirst,
        ApplyStyle::ReplyFirst,
        ApplyStyle::Liar,
    ] {
        let go_on = Arc::new(Notify::new());
        let scene = Scene::with(halves(FIRST, SECOND, go_on.clone()), style, json!({})).await;
        let uri = scene.open("a.py", PYTHON);
        scene.instruct(&uri, "Change it").await;
        scene.until(&uri, |text| text.contains("a + 10")).await;
        scene.editor.edit(&uri, 0..0, "# Mine.\n");
        let at = scene.editor.text(&uri).find("    return y").unwrap() + "    return y".len();
        scene.editor.edit(&uri, at..at, "  # mine");
        go_on.notify_one();
        let said = scene.end().await;
        assert!(said.contains("1 conflicting change"), "{style:?}: {said}");
        let expected = format!(
            "# Mine.\n{}",
            plain()
                .replace("a + 1\n", "a + 10\n")
                .replace("return y", "return y  # mine")
        );
        assert_eq!(scene.editor.text(&uri), expected, "{style:?}");
        let listed = scene.actions(&uri, json!([])).await;
        scene
            .choose_of(&listed, "Change it, over your own changes")
            .await;
        assert_eq!(scene.end().await, "done");
        assert_eq!(
            scene.editor.text(&uri),
            expected.replace("return y  # mine", "return y + 1")
        );
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_reverted_after_later_typing_and_saving_as_a_whole_or_in_part() {
    let answer = "def first(a):\n    x = a + 10\n    y = x * 2\n    return y + 1\n";
    let scene = Scene::new(&[answer]).await;
    let uri = scene.open("a.py", PYTHON);
    scene.instruct(&uri, "Change it").await;
    scene.end().await;
    let changed = plain()
        .replace("a + 1\n", "a + 10\n")
        .replace("return y\n", "return y + 1\n");
    assert_eq!(scene.editor.text(&uri), changed);
    scene.editor.edit(&uri, 0..0, "import os\n\n\n");
    let end = scene.editor.text(&uri).len();
    scene.editor.edit(&uri, end..end, "# The end.\n");
    scene.editor.client.notify(
        "textDocument/didSave",
        json!({"textDocument": {"uri": uri}}),
    );
    scene
        .editor
        .move_to(&uri, scene.editor.text(&uri).find("a + 10").unwrap());
    scene.choose(&uri, "Revert this part of Change it").await;
    assert_eq!(scene.end().await, "reverted");
    let typed = |text: &str| format!("import os\n\n\n{text}# The end.\n");
    assert_eq!(
        scene.editor.text(&uri),
        typed(&changed.replace("a + 10", "a + 1"))
    );
    scene.choose(&uri, "Revert Change it").await;
    assert_eq!(scene.end().await, "reverted");
    assert_eq!(scene.editor.text(&uri), typed(&plain()));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_reverted_after_its_document_was_closed_and_opened_again() {
    // A line is gone, so that nothing of it stands anywhere; and another one is there twice.
    let twice = "    w = z * 3\n";
    let answer = format!("def first(a):\n{twice}    return y + 1\n");
    let scene = Scene::new(&[&answer]).await;
    let uri = scene.open("a.py", PYTHON);
    scene.instruct(&uri, "Change it").await;
    scene.end().await;
    let changed = scene.editor.close(&uri);
    let (_, rest) = PYTHON.split_once("\n\n\n").unwrap();
    assert_eq!(changed, format!("{answer}\n\n{rest}"));
    // Somebody else has worked on the file meanwhile.
    let others = |text: &str| format!("import os\n\n\n{text}# The end.\n");
    scene.open("a.py", &others(&changed));
    scene.choose(&uri, "Revert Change it").await;
    assert_eq!(scene.end().await, "reverted");
    assert_eq!(scene.editor.text(&uri), others(&plain()));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reverting_leaves_lines_that_the_user_has_changed_since() {
    let answer = "def first(a):\n    x = a + 10\n    y = x * 2\n    return y + 1\n";
    let scene = Scene::new(&[answer]).await;
    let uri = scene.open("a.py", PYTHON);
    scene.instruct(&uri, "Change it").await;
    scene.end().await;
    let at = scene.editor.text(&uri).find("y + 1").unwrap() + 5;
    scene.editor.edit(&uri, at..at, "00");
    scene.command("firesteel.revert", json!([])).await;
    let said = scene.end().await;
    assert!(said.contains("1 stays"), "{said}");
    assert_eq!(
        scene.editor.text(&uri),
        plain().replace("return y", "return y + 100")
    );
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_undo_of_a_hunk_stops_its_run() {
    let scene = Scene::with(
        halves(FIRST, SECOND, Arc::default()),
        ApplyStyle::EchoFirst,
        json!({}),
    )
    .await;
    let uri = scene.open("a.py", PYTHON);
    scene.instruct(&uri, "Change it").await;
    let text = scene.until(&uri, |text| text.contains("a + 10")).await;
    let at = text.find("a + 10").unwrap();
    scene.editor.edit(&uri, at..at + 6, "a + 1");
    assert!(scene.end().await.starts_with("stopped"));
    assert_eq!(scene.editor.text(&uri), plain());
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_on_different_items_go_at_once_and_on_the_same_in_turn() {
    let go_on = Arc::new(Notify::new());
    let held = go_on.clone();
    let script = Script::new().answer(move |request, mut responder| {
        let held = held.clone();
        async move {
            let body = request.body.to_string();
            let _ = responder.created().await;
            if body.contains("Hold it") {
                held.notified().await;
                let _ = responder.text("def first(a):\n    return a + 7\n").await;
            } else if body.contains("At once") {
                let _ = responder.text("def second(b):\n    return b - 7\n").await;
            } else {
                let _ = responder.text("def first(a):\n    return a + 8\n").await;
            }
            let _ = responder.completed().await;
        }
    });
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let uri = scene.open("a.py", PYTHON);
    scene.instruct(&uri, "Hold it").await;
    scene.model.wait(|log| log.requests.len() == 1).await;
    scene.instruct(&uri, "After it").await;
    let waits = |message: &serde_json::Value| {
        message["params"]["value"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("waits for “Hold it”"))
    };
    scene.editor.client.notification(waits).await.unwrap();
    scene.editor.move_to(&uri, plain().find("second").unwrap());
    scene.instruct(&uri, "At once").await;
    scene.until(&uri, |text| text.contains("b - 7")).await;
    assert_eq!(scene.model.log().requests.len(), 2, "the third waits");
    go_on.notify_one();
    scene.until(&uri, |text| text.contains("a + 8")).await;
    let told = scene.sent(2);
    assert!(
        told.contains("a + 7"),
        "what waited sees what came before: {told}"
    );
    for _ in 0..3 {
        scene.end().await;
    }
    assert_eq!(
        scene.editor.text(&uri),
        "def first(a):\n    return a + 8\n\n\ndef second(b):\n    return b - 7\n"
    );
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instruction_without_a_place_is_for_where_the_user_was_last() {
    let scene = Scene::new(&["def second(b):\n    return b\n"]).await;
    let uri = scene.open("a.py", PYTHON);
    scene.editor.move_to(&uri, plain().find("second").unwrap());
    scene.actions(&uri, json!([])).await;
    scene
        .command("firesteel.edit", json!(["Make", "it", "short"]))
        .await;
    scene.end().await;
    assert!(
        scene
            .editor
            .text(&uri)
            .ends_with("def second(b):\n    return b\n")
    );
    assert!(scene.sent(0).contains("Make it short"));
    let refused = scene.editor.client.request(
        "workspace/executeCommand",
        json!({"command": "firesteel.edit", "arguments": []}),
    );
    assert!(
        refused
            .await
            .unwrap_err()
            .to_string()
            .contains("needs an instruction")
    );
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_leaves_nothing_half_done() {
    use firesteel_testkit::script::Fault;

    let reply = Reply::text(format!("{FIRST}{SECOND}")).fault(14, Fault::Close(1011));
    let scene = Scene::with(Script::new().reply(reply), ApplyStyle::EchoFirst, json!({})).await;
    let uri = scene.open("a.py", PYTHON);
    scene.instruct(&uri, "Change it").await;
    scene.end().await;
    assert_eq!(scene.editor.text(&uri), plain());
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_fails_at_is_offered_offline_where_that_can_be() {
    use firesteel_testkit::script::Fault;

    let fib =
        "def fib(n):$0\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)\n";
    let answer = fib.replace("$0", "").replace("n < 2", "n < 3");
    let broken = Reply::text(&answer).fault(12, Fault::Close(1011));
    let unfit = Reply::text("<<<<<<< SEARCH\nnothing of this\n");
    for (reply, why) in [(broken, "1011"), (unfit, "=======")] {
        let scene = Scene::with(Script::new().reply(reply), ApplyStyle::EchoFirst, json!({})).await;
        let uri = scene.open("a.py", fib);
        scene.choose(&uri, "Memoize").await;
        let said = scene.end().await;
        assert!(said.contains(why), "{said}");
        assert!(
            said.ends_with("“Memoize (offline)” is among the code actions"),
            "{said}"
        );
        assert_eq!(scene.editor.text(&uri), fib.replace("$0", ""));
        scene.choose(&uri, "Memoize (offline)").await;
        assert_eq!(scene.end().await, "done");
        let text = scene.editor.text(&uri);
        assert!(text.contains("@functools.cache\ndef fib"), "{text}");
        let n_requests = scene.model.log().requests.len();
        scene.choose(&uri, "Simplify").await;
        let said = scene.end().await;
        assert!(
            !said.contains("offline"),
            "nothing simplifies offline: {said}"
        );
        assert!(scene.model.log().requests.len() > n_requests);
        scene.finish().await;
    }
}
