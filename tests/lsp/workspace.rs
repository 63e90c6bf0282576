//! The workspace as it changes around the open documents: folders, files on the disk, and names.

use std::path::Path;

use firesteel_testkit::editor::{ApplyStyle, Editor};
use serde_json::{Value, json};

use crate::harness::{POLLS, editor, finish, texts};

/// Names a method that stands nowhere else.
fn teacher(name: &str) -> String {
    format!(
        "pub fn report(ledger: &Ledger) -> Report {{\n    let rows = ledger.group_by_{name}(Currency::Euro);\n    Report::of(rows)\n}}\n"
    )
}

/// What is suggested after so much of the name of a method of another file.
async fn suggested(editor: &Editor, folder: &str, typed: &str) -> String {
    let uri = format!("{folder}/pupil.rs");
    let text = format!(
        "pub fn chart(ledger: &Ledger) -> Chart {{\n    let rows = ledger.group_by_{typed}"
    );
    editor.open(&uri, "rust", &text);
    let answer = editor.inline_completion(&uri, 1).result().await.unwrap();
    editor.close(&uri);
    texts(&answer).pop().unwrap_or_default()
}

/// Asks until the name is suggested, or until it is not.
async fn becomes(editor: &Editor, folder: &str, typed: &str, name: &str, is_known: bool) {
    let mut last = String::new();
    for _ in 0..POLLS {
        last = suggested(editor, folder, typed).await;
        if last.contains(&format!("group_by_{name}")) == is_known {
            return;
        }
    }
    panic!("{name}, wanted {is_known}: {last}");
}

async fn status(editor: &Editor) -> Value {
    let params = json!({"command": "firesteel.status", "arguments": []});
    let status = editor.client.request("workspace/executeCommand", params);
    status.await.unwrap()
}

/// Who tells of changes on the disk, once that is decided.
async fn watched_by(editor: &Editor) -> Value {
    for _ in 0..POLLS {
        let files = status(editor).await["files"].clone();
        if !files["by"].is_null() || !files["why"].is_null() {
            return files;
        }
    }
    panic!("nobody watches");
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A folder outside of every repository, by the name that the system has for it.
fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    (folder, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_come_go_and_change_are_known_from_every_source() {
    for is_told in [true, false] {
        let (_kept, root) = folder();
        let folder = uri(&root);
        std::fs::write(root.join("old.rs"), teacher("quarter")).unwrap();
        let params = json!({"rootUri": folder, "capabilities": {"workspace": {
            "didChangeWatchedFiles": {"dynamicRegistration": is_told},
        }}});
        let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
        let by = if is_told { "client" } else { "server" };
        assert_eq!(watched_by(&editor).await["by"], by);
        let tell = |path: &Path, kind: u8| {
            if is_told {
                let changes = json!({"changes": [{"uri": uri(path), "type": kind}]});
                editor
                    .client
                    .notify("workspace/didChangeWatchedFiles", changes);
            }
        };
        becomes(&editor, &folder, "q", "quarter", true).await;
        // One is deleted, one comes in a new folder, one has another text.
        std::fs::remove_file(root.join("old.rs")).unwrap();
        tell(&root.join("old.rs"), 3);
        becomes(&editor, &folder, "q", "quarter", false).await;
        let new = root.join("src/deep");
        std::fs::create_dir_all(&new).unwrap();
        std::fs::write(new.join("new.rs"), teacher("fortnight")).unwrap();
        tell(&new.join("new.rs"), 1);
        becomes(&editor, &folder, "f", "fortnight", true).await;
        std::fs::write(new.join("new.rs"), teacher("weekday")).unwrap();
        tell(&new.join("new.rs"), 2);
        becomes(&editor, &folder, "w", "weekday", true).await;
        becomes(&editor, &folder, "f", "fortnight", false).await;
        // A folder is renamed, and is gone at last.
        std::fs::rename(root.join("src"), root.join("lib")).unwrap();
        tell(&root.join("src"), 3);
        tell(&root.join("lib"), 1);
        becomes(&editor, &folder, "w", "weekday", true).await;
        std::fs::remove_dir_all(root.join("lib")).unwrap();
        tell(&root.join("lib"), 3);
        becomes(&editor, &folder, "w", "weekday", false).await;
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_change_on_the_disk_count_from_every_source() {
    for is_told in [true, false] {
        let (_kept, root) = folder();
        let folder = uri(&root);
        std::fs::create_dir_all(root.join(".git/info")).unwrap();
        std::fs::create_dir(root.join("inner")).unwrap();
        std::fs::write(root.join("inner/a.rs"), teacher("quarter")).unwrap();
        let params = json!({"rootUri": folder, "capabilities": {"workspace": {
            "didChangeWatchedFiles": {"dynamicRegistration": is_told},
        }}});
        let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
        watched_by(&editor).await;
        for name in [".gitignore", ".firesteelignore", "inner/.aiexclude"] {
            becomes(&editor, &folder, "q", "quarter", true).await;
            std::fs::write(root.join(name), "a.rs\n").unwrap();
            let tell = |kind: u8| {
                if is_told {
                    // One of many in a message, or alone.
                    let others = if name == ".firesteelignore" { 1_000 } else { 0 };
                    let others = (0..others).map(|at| root.join(format!("branch/{at}.rs")));
                    let all = others.chain([root.join(name)]);
                    let changes: Vec<Value> = all
                        .map(|path| json!({"uri": uri(&path), "type": kind}))
                        .collect();
                    let changes = json!({"changes": changes});
                    editor
                        .client
                        .notify("workspace/didChangeWatchedFiles", changes);
                }
            };
            tell(1);
            becomes(&editor, &folder, "q", "quarter", false).await;
            std::fs::remove_file(root.join(name)).unwrap();
            tell(3);
        }
        // The settings of the project are such rules, too.
        std::fs::write(root.join("firesteel.toml"), "[suggest]\nmax_lines = 3\n").unwrap();
        if is_told {
            let changes =
                json!({"changes": [{"uri": uri(&root.join("firesteel.toml")), "type": 1}]});
            editor
                .client
                .notify("workspace/didChangeWatchedFiles", changes);
        }
        setting_becomes(&editor, "suggest.max_lines", &json!(3)).await;
        finish(&editor.client, ended).await;
    }
}

/// Asks until a setting has a value.
pub(crate) async fn setting_becomes(editor: &Editor, name: &str, value: &Value) {
    let mut told = Value::Null;
    for _ in 0..POLLS {
        let params = json!({"command": "firesteel.configuration", "arguments": []});
        let all = editor.client.request("workspace/executeCommand", params);
        told = all.await.unwrap()["settings"][name]["value"].clone();
        if told == *value {
            return;
        }
    }
    panic!("{name} is {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_come_and_go_with_their_files_rules_and_settings() {
    let ((_one, one), (_two, two), (_three, three)) = (folder(), folder(), folder());
    std::fs::write(one.join("a.rs"), teacher("quarter")).unwrap();
    std::fs::write(two.join("b.rs"), teacher("fortnight")).unwrap();
    std::fs::create_dir(three.join("hidden")).unwrap();
    std::fs::write(three.join("hidden/c.rs"), teacher("millennium")).unwrap();
    std::fs::write(three.join("c.rs"), teacher("weekday")).unwrap();
    std::fs::write(three.join(".aiexclude"), "hidden/\n").unwrap();
    std::fs::write(three.join("firesteel.toml"), "[suggest]\nmax_lines = 4\n").unwrap();
    let of = |path: &Path| json!({"uri": uri(path), "name": "a folder"});
    let params = json!({"workspaceFolders": [of(&one), of(&two)]});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
    let home = uri(&one);
    becomes(&editor, &home, "q", "quarter", true).await;
    becomes(&editor, &home, "f", "fortnight", true).await;
    let params = json!({"event": {"added": [of(&three)], "removed": [of(&two)]}});
    editor
        .client
        .notify("workspace/didChangeWorkspaceFolders", params);
    becomes(&editor, &home, "w", "weekday", true).await;
    becomes(&editor, &home, "f", "fortnight", false).await;
    becomes(&editor, &home, "q", "quarter", true).await;
    assert!(!suggested(&editor, &home, "m").await.contains("millennium"));
    setting_becomes(&editor, "suggest.max_lines", &json!(4)).await;
    // What is in the new folder is watched.
    std::fs::write(three.join("d.rs"), teacher("hour")).unwrap();
    becomes(&editor, &home, "h", "hour", true).await;
    let params = json!({"event": {"added": [], "removed": [of(&three)]}});
    editor
        .client
        .notify("workspace/didChangeWorkspaceFolders", params);
    becomes(&editor, &home, "w", "weekday", false).await;
    setting_becomes(&editor, "suggest.max_lines", &json!(12)).await;
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_changes_make_one_index_and_folders_that_nobody_wants_none() {
    let (_kept, root) = folder();
    let folder = uri(&root);
    std::fs::create_dir(root.join("target")).unwrap();
    std::fs::create_dir(root.join("branch")).unwrap();
    let params = json!({"rootUri": folder, "capabilities": {"workspace": {
        "didChangeWatchedFiles": {"dynamicRegistration": true},
    }}});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
    assert_eq!(watched_by(&editor).await["by"], "client");
    std::fs::write(root.join("first.rs"), teacher("quarter")).unwrap();
    let first = json!({"changes": [{"uri": uri(&root.join("first.rs")), "type": 1}]});
    editor
        .client
        .notify("workspace/didChangeWatchedFiles", first);
    becomes(&editor, &folder, "q", "quarter", true).await;
    let mut before = status(&editor).await["local"]["indexed"].clone();
    for _ in 0..POLLS {
        if before.as_u64() > Some(0) {
            break;
        }
        before = status(&editor).await["local"]["indexed"].clone();
    }
    // Real files are a part of them only; what has gone again is told of, too.
    for at in 0..100 {
        let text = teacher(&format!("branch_{at}"));
        std::fs::write(root.join(format!("branch/f{at}.rs")), text).unwrap();
        std::fs::write(root.join(format!("target/f{at}.rs")), teacher("objects")).unwrap();
    }
    for part in 0..10 {
        let changes: Vec<Value> = (0..1000)
            .map(|at| (part * 1000 + at, ["branch", "target"][at % 2]))
            .map(|(at, folder)| root.join(format!("{folder}/f{at}.rs")))
            .map(|path| json!({"uri": uri(&path), "type": 1}))
            .collect();
        let changes = json!({"changes": changes});
        editor
            .client
            .notify("workspace/didChangeWatchedFiles", changes);
    }
    becomes(&editor, &folder, "branch_9", "branch_9", true).await;
    assert!(!suggested(&editor, &folder, "o").await.contains("objects"));
    let after = status(&editor).await["local"]["indexed"].as_u64();
    let made = after.unwrap() - before.as_u64().unwrap();
    assert!(made <= 3, "{made} indexes were made");
    finish(&editor.client, ended).await;
}
