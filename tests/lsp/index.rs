//! The index of a workspace, as the status tells of it: two windows that start at once, and a workspace larger than it may be.

use std::path::Path;
use std::time::Duration;

use firesteel_testkit::editor::{ApplyStyle, Editor};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::{editor, finish};

/// Longer than an index takes on a busy machine, to which it gives way, so that one that never comes is a failure and not a wait.
const PATIENCE: Duration = Duration::from_secs(300);
const FILES: usize = 30;

fn workspace() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in ["one/src", "two/three/src"] {
        std::fs::create_dir_all(root.path().join(folder)).unwrap();
        for file in 0..FILES {
            let text = format!("pub fn work_{file}(job: &Job) {{ job.finish({file}); }}\n");
            let path = root.path().join(folder).join(format!("{file}.rs"));
            std::fs::write(path, text.repeat(3)).unwrap();
        }
    }
    root
}

fn params(root: &Path, settings: Value) -> Value {
    json!({"rootUri": format!("file://{}", root.display()), "initializationOptions": settings})
}

/// What the status says of the embedded engine, once it has indexed and that is so.
async fn local(editor: &Editor, is_so: impl Fn(&Value) -> bool) -> Value {
    let said = async {
        loop {
            let asked = json!({"command": "firesteel.status"});
            let answer = editor.client.request("workspace/executeCommand", asked);
            let local = answer.await.unwrap()["local"].clone();
            let is_made = local["indexing"].is_null() && local["tokens"].as_u64() > Some(0);
            if is_made && is_so(&local) {
                return local;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, said)
        .await
        .expect("the status never says so")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_windows_that_start_at_once_one_indexes() {
    let root = workspace();
    let cache = tempfile::tempdir().unwrap();
    let settings = json!({"local.cache_dir": cache.path(), "local.dependencies": false});
    let start = || {
        let params = params(root.path(), settings.clone());
        editor(settings.clone(), ApplyStyle::EchoFirst, params)
    };
    let ((one, one_ended), (other, other_ended)) = tokio::join!(start(), start());
    let told = [local(&one, |_| true).await, local(&other, |_| true).await];
    finish(&one.client, one_ended).await;
    finish(&other.client, other_ended).await;
    let read = told.each_ref().map(|local| local["files_read"].as_u64());
    let read: u64 = read.into_iter().flatten().sum();
    assert_eq!(read, 2 * FILES as u64, "{told:?}");
    assert_eq!(told[0]["tokens"], told[1]["tokens"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_larger_than_the_index_says_what_is_left_out() {
    let root = workspace();
    let settings = json!({"local.max_words": 2_500, "local.dependencies": false});
    let params = params(root.path(), settings.clone());
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, params).await;
    let uri = format!("file://{}/two/three/src/new.rs", root.path().display());
    editor.open(&uri, "rust", "\n");
    let _ = editor.inline_completion(&uri, 1).result().await.unwrap();
    let far = root.path().join("one/src").display().to_string();
    let ends_so = |local: &Value| {
        let left_out = local["left_out"].as_str();
        left_out.is_some_and(|text| text.ends_with(&format!("most in {far}")))
    };
    let local = local(&editor, ends_so).await;
    finish(&editor.client, ended).await;
    let left_out = local["left_out"].as_str().unwrap();
    assert!(
        left_out.contains("million words: those near open files first"),
        "{left_out}"
    );
}
