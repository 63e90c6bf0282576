//! Versions of a document that go back, stay or are missing: what can be mended is, and what cannot is explained.

use firesteel_server::Ended;
use firesteel_testkit::client::Client;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::harness::{client, finish};

/// A document at version 7, which says `fn one() {}`, and its file.
struct Scene {
    client: Client,
    ended: JoinHandle<Ended>,
    uri: String,
    root: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let (client, ended) = client().await;
        let root = tempfile::tempdir().unwrap();
        let uri = format!("file://{}/versions.rs", root.path().display());
        let scene = Self {
            client,
            ended,
            uri,
            root,
        };
        scene.open(7, "fn one() {}\n");
        scene
    }

    fn open(&self, version: i32, text: &str) {
        let document =
            json!({"uri": self.uri, "languageId": "rust", "version": version, "text": text});
        let params = json!({"textDocument": document});
        self.client.notify("textDocument/didOpen", params);
    }

    fn change(&self, version: Value, changes: Value) {
        let document = json!({"uri": self.uri, "version": version});
        let params = json!({"textDocument": document, "contentChanges": changes});
        self.client.notify("textDocument/didChange", params);
    }

    /// What the function is called, as a hover says; empty where the server says nothing.
    async fn name(&self) -> String {
        let at = json!({"line": 0, "character": 4});
        let here = json!({"textDocument": {"uri": self.uri}, "position": at});
        let hover = self.client.request("textDocument/hover", here).await;
        let hover = hover.unwrap()["contents"]["value"].clone();
        let text = hover.as_str().unwrap_or_default().to_owned();
        let name = text
            .split_once("fn ")
            .and_then(|(_, rest)| rest.split_once('('));
        name.map_or(text.clone(), |(name, _)| name.to_owned())
    }

    async fn why(&self) -> String {
        let at = json!({"line": 0, "character": 4});
        let context = json!({"triggerKind": 1});
        let ask = json!({"textDocument": {"uri": self.uri}, "position": at, "context": context});
        let asked = self.client.request("textDocument/inlineCompletion", ask);
        assert!(asked.await.unwrap().is_null());
        let params = json!({"command": "firesteel.whyNoSuggestion", "arguments": [self.uri]});
        let why = self.client.request("workspace/executeCommand", params);
        why.await.unwrap().as_str().unwrap_or_default().to_owned()
    }

    async fn finish(self) {
        finish(&self.client, self.ended).await;
    }
}

/// The name in place of the one that is there, which has so many characters.
fn rename(length: usize, name: &str) -> Value {
    let end = json!({"line": 0, "character": 3 + length});
    json!({"range": {"start": {"line": 0, "character": 3}, "end": end}, "text": name})
}

fn whole(name: &str) -> Value {
    json!({"text": format!("fn {name}() {{}}\n")})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_does_not_follow_is_not_applied_and_says_so() {
    for (version, said) in [
        (json!(7), "version 7 came after version 7"),
        (json!(6), "version 6 came after version 7"),
        (json!(0), "version 0 came after version 7"),
        (json!(-3), "version -3 came after version 7"),
        (json!(1_i64 << 40), "a change could not be read"),
        (json!("eight"), "a change could not be read"),
    ] {
        let scene = Scene::new().await;
        scene.change(version.clone(), json!([rename(3, "two")]));
        assert_eq!(scene.name().await, "", "{version}");
        let why = scene.why().await;
        assert!(why.contains(said), "{version}: {why}");
        // What comes then does not tell the text either, and the reason stays what it was.
        scene.change(json!(9), json!([rename(3, "six")]));
        assert_eq!(scene.name().await, "");
        assert_eq!(scene.why().await, why);
        // Any of three things does.
        match version.as_i64() {
            Some(7) => scene.change(json!(10), json!([whole("three")])),
            Some(6) => {
                let file = scene.root.path().join("versions.rs");
                std::fs::write(file, "fn three() {}\n").unwrap();
                let params = json!({"textDocument": {"uri": scene.uri}});
                scene.client.notify("textDocument/didSave", params);
            }
            _ => {
                let params = json!({"textDocument": {"uri": scene.uri}});
                scene.client.notify("textDocument/didClose", params);
                scene.open(1, "fn three() {}\n");
            }
        }
        assert_eq!(scene.name().await, "three", "{version}");
        scene.change(json!(11), json!([rename(5, "four")]));
        assert_eq!(scene.name().await, "four", "{version}");
        let why = scene.why().await;
        assert!(!why.contains("out of sync"), "{version}: {why}");
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_text_is_taken_whatever_its_version() {
    for version in [7, 6, 0, i32::MAX] {
        let scene = Scene::new().await;
        scene.change(json!(version), json!([whole("three")]));
        assert_eq!(scene.name().await, "three", "{version}");
        let twice = json!([rename(5, "lost"), whole("three"), rename(5, "four")]);
        scene.change(json!(version), twice);
        assert_eq!(scene.name().await, "four", "{version}");
        if let Some(next) = version.checked_add(1) {
            scene.change(json!(next), json!([rename(4, "five")]));
            assert_eq!(scene.name().await, "five", "{version}");
        }
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_a_version_is_the_next() {
    let scene = Scene::new().await;
    scene.change(Value::Null, json!([rename(3, "two")]));
    assert_eq!(scene.name().await, "two");
    let document = json!({"uri": scene.uri});
    let params = json!({"textDocument": document, "contentChanges": [rename(3, "three")]});
    scene.client.notify("textDocument/didChange", params);
    assert_eq!(scene.name().await, "three");
    scene.change(json!(10), json!([rename(5, "four")]));
    assert_eq!(scene.name().await, "four");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_not_open_has_a_reason_too() {
    let scene = Scene::new().await;
    let params = json!({"textDocument": {"uri": scene.uri}});
    scene.client.notify("textDocument/didClose", params);
    scene.change(json!(8), json!([rename(3, "two")]));
    assert_eq!(scene.name().await, "");
    assert_eq!(scene.why().await, "the document is not open");
    scene.finish().await;
}
