//! What the menu says of an action besides its title: its kind, and that a model writes what comes of it.

use serde_json::{Value, json};

use super::Scene;

const PYTHON: &str = "def first(a):$0\n    return a\n";
const ANSWER: &str = "def first(a):\n    return a + 1\n";
/// LSP 3.18's `CodeActionTag.LLMGenerated`.
const LLM_GENERATED: u64 = 1;

/// The titles of the actions with the tag, and of those without.
fn by_tag(actions: &[Value]) -> (Vec<&str>, Vec<&str>) {
    let is_tagged = |action: &&Value| {
        let tags = action["tags"].as_array();
        tags.is_some_and(|tags| tags.iter().any(|tag| *tag == LLM_GENERATED))
    };
    let (tagged, plain): (Vec<&Value>, Vec<&Value>) = actions.iter().partition(is_tagged);
    (titles_of(tagged), titles_of(plain))
}

fn titles_of(actions: Vec<&Value>) -> Vec<&str> {
    actions
        .into_iter()
        .filter_map(|action| action["title"].as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_writes_is_tagged_for_clients_that_know_the_tag() {
    let knows =
        |tags: Value| json!({"textDocument": {"codeAction": {"tagSupport": {"valueSet": tags}}}});
    for (capabilities, is_told) in [
        (json!({}), false),
        (knows(json!([])), false),
        (knows(json!([7])), false),
        (knows(json!([LLM_GENERATED, 7])), true),
    ] {
        let scene = Scene::of_client(&[ANSWER], capabilities.clone()).await;
        let uri = scene.open("a.py", PYTHON);
        scene.choose(&uri, "Simplify").await;
        scene.end().await;
        let listed = scene.actions(&uri, json!([])).await;
        let (tagged, plain) = by_tag(&listed);
        let by_model = ["Simplify", "Memoize", "Explain", "Simplify in another way"];
        let by_nobody = ["Run the tests", "Revert Simplify"];
        for title in by_model {
            assert_eq!(tagged.contains(&title), is_told, "{title}: {capabilities}");
            assert_eq!(plain.contains(&title), !is_told, "{title}: {capabilities}");
        }
        for title in by_nobody {
            assert!(plain.contains(&title), "{title}: {listed:?}");
        }
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_kinds_are_listed_that_the_client_asks_for() {
    let scene = Scene::new(&[""]).await;
    let uri = scene.open("a.py", PYTHON);
    for (only, expected) in [
        ("refactor.extract", vec!["refactor.extract"]),
        ("source", vec!["source"]),
        ("quickfix", vec![]),
    ] {
        let mut params = scene.editor.here(&uri);
        let at = params["position"].take();
        params["range"] = json!({"start": at, "end": at});
        params["context"] = json!({"diagnostics": [], "only": [only]});
        let listed = scene
            .editor
            .client
            .request("textDocument/codeAction", params);
        let listed = listed.await.unwrap();
        let kind = |action: &Value| action["kind"].clone();
        let kinds: Vec<_> = listed.as_array().unwrap().iter().map(kind).collect();
        assert_eq!(kinds, expected);
    }
    scene.finish().await;
}
