//! What the menu says of an action besides its title: its kind, and that a model writes what comes of it.

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::Script;
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

const TYPED: &str = "def first$0(a: int) -> int:\n    return len(str(a))\n";
/// What the embedded engine or nobody carries out.
const WITHOUT_MODEL: [&str; 3] = [
    "Document this (offline)",
    "Generate tests (offline)",
    "Run the tests",
];

impl Scene {
    /// The actions at the cursor of the kinds in `only`, with a diagnostic there.
    async fn actions_of(&self, uri: &str, only: Value) -> Vec<Value> {
        let mut params = self.editor.here(uri);
        let at = params["position"].take();
        params["range"] = json!({"start": at, "end": at});
        let problem = json!({"range": params["range"], "message": "it is wrong"});
        params["context"] = json!({"diagnostics": [problem], "only": only});
        let listed = { &self.editor.client }.request("textDocument/codeAction", params);
        listed.await.unwrap().as_array().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_no_model_only_what_needs_none_is_listed() {
    let own = json!([{"title": "Make it shine", "prompt": "Make it shine."}]);
    for settings in [json!({}), json!({"actions": own})] {
        let model = Script::new().start().await.unwrap();
        let style = ApplyStyle::EchoFirst;
        let scene = Scene::start(model, style, settings, json!({})).await;
        let uri = scene.open("a.py", TYPED);
        let listed = scene.actions_of(&uri, Value::Null).await;
        let ready = listed.iter().all(|action| action["disabled"].is_null());
        assert!(ready, "{listed:?}");
        assert_eq!(titles_of(listed.iter().collect()), WITHOUT_MODEL);
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_kind_is_told_what_a_model_would_do() {
    let without = json!({"textDocument": {"codeAction": {"disabledSupport": false}}});
    for (capabilities, knows) in [(json!({}), true), (without, false)] {
        let model = Script::new().start().await.unwrap();
        let style = ApplyStyle::EchoFirst;
        let scene = Scene::start(model, style, json!({}), capabilities).await;
        let uri = scene.open("a.py", TYPED);
        let listed = scene.actions_of(&uri, json!(["refactor"])).await;
        let disabled: Vec<&Value> = { listed.iter() }
            .filter(|action| !action["disabled"].is_null())
            .collect();
        for action in &disabled {
            let reason = action["disabled"]["reason"].as_str().unwrap();
            assert!(reason.contains("firesteel setup"), "{reason}");
            assert!(action["command"].is_null(), "{action}");
        }
        let titles = titles_of(disabled);
        for title in ["Simplify", "Memoize", "Explain"] {
            assert_eq!(titles.contains(&title), knows, "{title}: {titles:?}");
        }
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_model_that_is_away_the_menu_says_so() {
    // The discard service, at which nobody listens.
    let settings = json!({"model.url": "ws://127.0.0.1:9/v1"});
    let model = Script::new().start().await.unwrap();
    let scene = Scene::start(model, ApplyStyle::EchoFirst, settings, json!({})).await;
    let uri = scene.open("a.py", TYPED);
    let mut listed = Vec::new();
    for _ in 0..crate::harness::POLLS {
        listed = scene.actions_of(&uri, Value::Null).await;
        if listed.iter().any(|action| !action["disabled"].is_null()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let of = |title: &str| listed.iter().find(|action| action["title"] == title);
    let reason = &of("Simplify").unwrap()["disabled"]["reason"];
    let is_said = { reason.as_str() }.is_some_and(|why| why.contains("cannot be reached"));
    assert!(is_said, "{listed:?}");
    for title in WITHOUT_MODEL {
        assert!(of(title).is_some(), "{title}: {listed:?}");
    }
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explaining_is_listed_for_the_model_that_explains() {
    let model = Script::new().start().await.unwrap();
    for (roles, explains, edits) in [
        (json!({"explain": "one", "edit": []}), true, false),
        (json!({"explain": [], "edit": "one"}), false, true),
    ] {
        let settings = json!({
            "models": {"one": {"url": model.base_url(), "name": "one"}},
            "roles": roles,
        });
        let other = Script::new().start().await.unwrap();
        let scene = Scene::start(other, ApplyStyle::EchoFirst, settings, json!({})).await;
        let uri = scene.open("a.py", TYPED);
        let listed = scene.actions_of(&uri, Value::Null).await;
        let titles = titles_of(listed.iter().collect());
        assert_eq!(titles.contains(&"Explain"), explains, "{titles:?}");
        assert_eq!(titles.contains(&"Simplify"), edits, "{titles:?}");
        scene.finish().await;
    }
}
