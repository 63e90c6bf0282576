//! A document is what it is, however its URI is spelled: opened, edited by name while it is not saved, made, continued and
//! taken back, each by the spelling of some editor.

mod elsewhere;
mod spelled;

use std::path::PathBuf;

use firesteel_prompt::blocks;
use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Value, json};

use crate::edits::Scene;
use crate::next_edit::{press, reads, retype};

/// What is on the disk: an edit of this loses the user's lines.
const DISK: &str = "# saved long ago\n";
/// What the user has in the editor.
const BUFFER: &str = "def f():\n    count = 1\n    print(count)\n    return count\n";
/// What a model makes of it.
const EDITED: &str = "def f():\n    count = 1\n    print(count)\n    return count or 2\n";
/// What the user makes of it, and the next edit goes on with.
const RETYPED: &str = "def f():\n    total = 1\n    print(total)\n    return count\n";

/// An answer that edits a file by its name, and makes another one of that name in a folder.
fn answer(name: &str) -> String {
    let edit = blocks::change(Some(name), "    return count\n", "    return count or 2\n");
    edit + &blocks::create(&format!("new/{name}"), "made = True\n")
}

/// A project in which the model answers these, one after the other, and the document from which it is asked.
async fn scene(answers: &[String]) -> (Scene, String) {
    let reply = |script: Script, answer: &String| script.reply(Reply::text(answer));
    let script = answers.iter().fold(Script::new(), reply);
    // A hover takes none of the answers.
    let settings = json!({"hover.model": false});
    let scene = Scene::with(script, ApplyStyle::EchoFirst, settings).await;
    let home = scene.open("home.py", "import os\n$0\n");
    (scene, home)
}

impl Scene {
    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.path(name)).ok()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The documents that the server edited after so many edits, each with the version that it named; and what it made
    /// or removed.
    fn changed(&self, since: usize) -> (Vec<(String, Value)>, Vec<String>) {
        let (mut edited, mut operations) = (Vec::new(), Vec::new());
        for asked in &self.editor.asked()[since..] {
            for change in asked["edit"]["documentChanges"].as_array().unwrap() {
                match change["kind"].as_str() {
                    Some(_) => operations.push(change["uri"].as_str().unwrap().to_owned()),
                    None => {
                        let document = &change["textDocument"];
                        let uri = document["uri"].as_str().unwrap().to_owned();
                        edited.push((uri, document["version"].clone()));
                    }
                }
            }
        }
        (edited, operations)
    }
}

/// Everything that an edit, and its end, may do to a document of this name that is open under this URI.
async fn check(scene: &Scene, home: &str, name: &str, uri: &str) {
    let editor = &scene.editor;
    scene.write(name, DISK);
    editor.open(uri, "python", BUFFER);
    let n_asked = editor.n_asked();
    scene.instruct(home, "Do it").await;
    let said = scene.end().await;
    assert_eq!(editor.text(uri), EDITED, "{name} as {uri}: {said}");
    assert_eq!(scene.read(name).as_deref(), Some(DISK), "{uri}");
    let new = format!("new/{name}");
    assert_eq!(scene.read(&new).as_deref(), Some("made = True\n"), "{uri}");
    let (edited, made) = scene.changed(n_asked);
    for uri in &made {
        let parsed = url::Url::parse(uri).unwrap();
        assert_eq!(parsed.to_file_path().unwrap(), scene.path(&new));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/%".contains(c);
        assert!(uri.chars().all(is_plain), "{uri}");
    }
    let open = edited.iter().filter(|(edited, _)| edited == uri);
    assert!(open.clone().count() > 0, "{edited:?}");
    for (_, version) in open {
        assert!(version.is_i64(), "{uri} at {version}");
    }
    let others = edited.iter().filter(|(edited, _)| edited != uri);
    for (other, _) in others {
        assert!(made.contains(other), "{other} is none of {made:?}");
    }

    scene.command("firesteel.revert", json!([])).await;
    assert_eq!(scene.end().await, "reverted", "{uri}");
    assert_eq!(editor.text(uri), BUFFER, "{uri}");
    assert_eq!(scene.read(&new), None, "{uri}");

    retype(editor, uri, "    ", "count", "total");
    let listed = scene.actions(uri, json!([])).await;
    assert!(!listed.is_empty());
    for argument in listed
        .iter()
        .map(|action| &action["command"]["arguments"][0]["uri"])
    {
        assert!(
            argument.is_null() || argument == uri,
            "{argument} for {uri}"
        );
    }
    press(editor, uri).await;
    reads(editor, uri, RETYPED).await;
    assert_eq!(scene.read(name).as_deref(), Some(DISK), "{uri}");
    let hover = editor
        .client
        .request("textDocument/hover", editor.here(uri));
    hover.await.unwrap();
    editor.close(uri);
}
