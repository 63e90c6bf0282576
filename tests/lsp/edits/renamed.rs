//! Files and folders that are renamed after a run: what it has written is found, and taken back, under the new name.

use std::path::Path;

use serde_json::{Value, json};

use super::Scene;
use super::runs::{PYTHON, plain};

const ANSWER: &str = "def first(a):\n    x = a + 10\n    y = x * 2\n    return y + 1\n";

fn changed() -> String {
    plain()
        .replace("a + 1\n", "a + 10\n")
        .replace("return y\n", "return y + 1\n")
}

/// A run in `old`, whose file has that text on the disk, too.
async fn after_a_run(old: &str) -> (Scene, String) {
    let scene = Scene::new(&[ANSWER]).await;
    let path = scene.root.path().join(old);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, plain()).unwrap();
    let uri = scene.open(old, PYTHON);
    scene.instruct(&uri, "Change it").await;
    scene.end().await;
    assert_eq!(scene.editor.text(&uri), changed());
    std::fs::write(&path, changed()).unwrap();
    (scene, uri)
}

impl Scene {
    /// Says that a file or folder is about to be renamed, or that it was.
    async fn renames(&self, method: &str, old: &str, new: &str) {
        let files = json!({"files": [{"oldUri": self.uri(old), "newUri": self.uri(new)}]});
        match method {
            "workspace/willRenameFiles" => {
                let answer = self.editor.client.request(method, files).await;
                assert_eq!(answer.unwrap(), Value::Null);
            }
            _ => self.editor.client.notify(method, files),
        }
    }

    fn rename_on_disk(&self, old: &str, new: &str) {
        let of = |name: &str| self.root.path().join(name);
        let parent = |path: &Path| path.parent().map(Path::to_owned);
        std::fs::create_dir_all(parent(&of(new)).unwrap()).unwrap();
        std::fs::rename(of(old), of(new)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_taken_back_under_the_new_name() {
    // The order in which editors say it: whether the buffer moves before or after the file, and which of both messages there are.
    let orders: [&[&str]; 5] = [
        &["will", "close", "open", "did"],
        &["will", "open", "close", "did"],
        &["close", "did", "open"],
        &["did", "close", "open"],
        &["will", "did", "close", "open"],
    ];
    for (old, new, from, to) in [
        ("a.py", "b.py", "a.py", "b.py"),
        ("a.py", "inner/b.py", "a.py", "inner/b.py"),
        ("old/deep/a.py", "new/deep/a.py", "old", "new"),
    ] {
        for order in orders {
            let (scene, uri) = after_a_run(old).await;
            let renamed = scene.uri(new);
            scene.rename_on_disk(from, to);
            for step in order {
                match *step {
                    "will" => scene.renames("workspace/willRenameFiles", from, to).await,
                    "did" => scene.renames("workspace/didRenameFiles", from, to).await,
                    "close" => drop(scene.editor.close(&uri)),
                    _ => drop(scene.open(new, &changed())),
                }
            }
            scene.editor.edit(&renamed, 0..0, "# Mine.\n");
            scene.choose(&renamed, "Revert Change it").await;
            assert_eq!(scene.end().await, "reverted", "{old} {order:?}");
            let text = scene.editor.text(&renamed);
            assert_eq!(text, format!("# Mine.\n{}", plain()), "{old} {order:?}");
            scene.finish().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_open_any_more_is_found_under_its_new_name() {
    let (scene, uri) = after_a_run("a.py").await;
    scene.editor.close(&uri);
    scene.rename_on_disk("a.py", "c.py");
    scene
        .renames("workspace/didRenameFiles", "a.py", "c.py")
        .await;
    // Another document, so that there is a place to ask from.
    scene.command("firesteel.revert", json!([])).await;
    assert_eq!(scene.end().await, "reverted");
    let path = scene.root.path().join("c.py");
    assert_eq!(std::fs::read_to_string(path).unwrap(), plain());
    assert!(!scene.root.path().join("a.py").exists());
    scene.finish().await;
}
