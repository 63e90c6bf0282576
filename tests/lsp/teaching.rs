//! What the embedded engine has learned from: every open document from the moment it is opened, and the files of the workspace as
//! they are on the disk now.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use serde_json::json;

use crate::harness::{POLLS, editor, finish, texts};

/// Names a method that stands nowhere else.
const TEACHER: &str = "\
pub fn report(ledger: &Ledger) -> Report {
    let rows = ledger.group_by_quarter(Currency::Euro);
    Report::of(rows)
}
";
const PUPIL: &str = "pub fn chart(ledger: &Ledger) -> Chart {\n    let rows = ledger.group_by_q";

/// What is suggested where another file begins to name that method.
async fn suggested(editor: &Editor, uri: &str) -> String {
    editor.open(uri, "rust", PUPIL);
    let answer = editor.inline_completion(uri, 1).result().await.unwrap();
    editor.close(uri);
    texts(&answer).pop().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_teaches_at_once_typed_in_or_not_on_disk_or_not() {
    let root = tempfile::tempdir().unwrap();
    let folder = format!("file://{}", root.path().display());
    let elsewhere = tempfile::tempdir().unwrap();
    let far = format!("file://{}/far.rs", elsewhere.path().display());
    std::fs::write(root.path().join("stale.rs"), "pub fn report() {}\n").unwrap();
    std::fs::write(root.path().join("saved.unknown"), TEACHER).unwrap();
    std::fs::write(elsewhere.path().join("far.rs"), TEACHER).unwrap();
    let long = format!("{}{TEACHER}", "// a line\n".repeat(150));
    for (uri, id, text) in [
        ("untitled:Untitled-1", "rust", TEACHER),
        ("untitled:Untitled-2", "plaintext", TEACHER),
        (&format!("{folder}/new.rs"), "rust", TEACHER),
        (&format!("{folder}/stale.rs"), "rust", TEACHER),
        (&format!("{folder}/NOTES"), "plaintext", TEACHER),
        (&format!("{folder}/some.unknown"), "", TEACHER),
        (&format!("{folder}/saved.unknown"), "", TEACHER),
        (&far, "rust", TEACHER),
        ("vscode-vfs://github/a/b/c.rs", "rust", TEACHER),
        (&format!("{folder}/long.rs"), "rust", &long),
        (
            &format!("{folder}/dos.rs"),
            "rust",
            &TEACHER.replace('\n', "\r\n"),
        ),
    ] {
        let params = json!({"rootUri": folder});
        let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
        let pupil = |at: u8| format!("{folder}/pupil{at}.rs");
        editor.open(uri, id, text);
        let answer = suggested(&editor, &pupil(0)).await;
        assert!(
            answer.contains("ledger.group_by_quarter("),
            "{uri}: {answer}"
        );
        // Typed in, it still does.
        editor.move_to(uri, 0);
        editor.type_text(uri, "// x\n");
        let answer = suggested(&editor, &pupil(1)).await;
        assert!(
            answer.contains("ledger.group_by_quarter("),
            "{uri}, typed in: {answer}"
        );
        // What was only in the editor is gone with it.
        editor.close(uri);
        let answer = suggested(&editor, &pupil(2)).await;
        assert!(
            !answer.contains("group_by_quarter"),
            "{uri}, closed: {answer}"
        );
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_private_or_ignored_teaches_nobody_though_it_is_open() {
    let root = tempfile::tempdir().unwrap();
    let folder = format!("file://{}", root.path().display());
    std::fs::create_dir(root.path().join(".git")).unwrap();
    std::fs::write(root.path().join(".gitignore"), "generated.rs\n").unwrap();
    std::fs::write(root.path().join(".firesteelignore"), "secret/\n").unwrap();
    let params = json!({"rootUri": folder});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, params).await;
    for name in ["generated.rs", "secret/a.rs", ".env"] {
        editor.open(&format!("{folder}/{name}"), "rust", TEACHER);
        let answer = suggested(&editor, &format!("{folder}/pupil.rs")).await;
        assert!(!answer.contains("group_by_quarter"), "{name}: {answer}");
    }
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_open_files_each_teaches() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    for at in 0..40 {
        let text = TEACHER.replace("quarter", &format!("quarter_{at}_of_the_year"));
        editor.open(&format!("untitled:{at}"), "rust", &text);
    }
    for at in [0, 7, 39] {
        let uri = format!("untitled:pupil-{at}");
        let text = format!("{PUPIL}uarter_{at}_");
        editor.open(&uri, "rust", &text);
        let mut answer = String::new();
        // So many are read in the background.
        for _ in 0..POLLS {
            let asked = editor.inline_completion(&uri, 1).result().await.unwrap();
            answer = texts(&asked).pop().unwrap_or_default();
            if answer.contains("_of_the_year") {
                break;
            }
        }
        let expected = format!("group_by_quarter_{at}_of_the_year");
        assert!(answer.contains(&expected), "{at}: {answer}");
    }
    finish(&editor.client, ended).await;
}
