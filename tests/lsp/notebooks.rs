//! Notebooks: a model reads the other cells of the language, whichever way the client sends them, under the rules of the
//! notebook's file; hovers and edits are the cell's.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::Script;
use serde_json::json;

use crate::edits::Scene;
use crate::harness::{editor, finish, texts};

fn cell(notebook: &str, number: usize) -> String {
    format!("vscode-notebook-cell:/home/somebody/project/{notebook}#W{number}")
}

fn document(uri: &str, language: &str, text: &str) -> serde_json::Value {
    json!({"uri": uri, "languageId": language, "version": 1, "text": text})
}

/// Opens a notebook with these cells, as a whole or each cell alone.
fn open(editor: &Editor, notebook: &str, cells: &[(&str, &str)], is_synced: bool) {
    let uris = (0..cells.len()).map(|number| cell(notebook, number));
    let documents: Vec<_> = { uris.zip(cells) }
        .map(|(uri, (language, text))| document(&uri, language, text))
        .collect();
    if !is_synced {
        for document in documents {
            editor
                .client
                .notify("textDocument/didOpen", json!({"textDocument": document}));
        }
        return;
    }
    let uri = format!("file:///home/somebody/project/{notebook}");
    let listed: Vec<_> = { documents.iter() }
        .map(|document| json!({"kind": 2, "document": document["uri"]}))
        .collect();
    let opened =
        json!({"uri": uri, "notebookType": "jupyter-notebook", "version": 1, "cells": listed});
    let params = json!({"notebookDocument": opened, "cellTextDocuments": documents});
    editor.client.notify("notebookDocument/didOpen", params);
}

/// What a model is told, and what is shown, at the end of a cell's first line.
async fn asked(
    notebook: &str,
    cells: &[(&str, &str)],
    at: usize,
    is_synced: bool,
    change: Option<serde_json::Value>,
) -> (Option<String>, Option<String>) {
    let script = Script::new().answer(|_, mut responder| async move {
        let _ = responder.created().await;
        let _ = responder.text("load_the_ledger()").await;
        let _ = responder.completed().await;
    });
    let model = script.start().await.unwrap();
    let settings = json!({"model.url": model.base_url(), "local.assist": false});
    let params = json!({"rootUri": "file:///home/somebody/project"});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, params).await;
    open(&editor, notebook, cells, is_synced);
    if let Some(change) = change {
        let uri = format!("file:///home/somebody/project/{notebook}");
        let params =
            json!({"notebookDocument": {"uri": uri, "version": 2}, "change": {"cells": change}});
        editor.client.notify("notebookDocument/didChange", params);
    }
    let params = json!({
        "textDocument": {"uri": cell(notebook, at)},
        "position": {"line": 0, "character": cells[at].1.len()},
        "context": {"triggerKind": 2},
    });
    let answer = editor
        .client
        .request("textDocument/inlineCompletion", params);
    let shown = texts(&answer.await.unwrap()).pop();
    let told = model.log().requests.last().map(|it| it.body.to_string());
    finish(&editor.client, ended).await;
    (told, shown)
}

const CELLS: [(&str, &str); 4] = [
    ("python", "def load_the_ledger(): pass"),
    ("markdown", "Some words between."),
    ("python", "ledger = "),
    ("python", "print(what_comes_later)"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_cells_around_are_read() {
    for is_synced in [true, false] {
        let (told, shown) = asked("a.ipynb", &CELLS, 2, is_synced, None).await;
        let told = told.expect("a question");
        assert!(told.contains("def load_the_ledger"), "{told}");
        assert!(!told.contains("Some words"), "{told}");
        let at = |text: &str| {
            told.find(text)
                .unwrap_or_else(|| panic!("{text} in {told}"))
        };
        assert!(at("def load_the_ledger") < at("ledger = "), "{told}");
        assert!(at("ledger = ") < at("print(what_comes_later)"), "{told}");
        assert!(shown.is_some_and(|it| it.ends_with("load_the_ledger()")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_that_come_and_go_and_change_are_followed() {
    let new = cell("a.ipynb", 9);
    let change = json!({
        "structure": {
            "array": {"start": 0, "deleteCount": 1, "cells": [{"kind": 2, "document": new}]},
            "didOpen": [document(&new, "python", "def load_another(): pass")],
            "didClose": [{"uri": cell("a.ipynb", 0)}],
        },
        "textContent": [{
            "document": {"uri": cell("a.ipynb", 3), "version": 2},
            "changes": [{"text": "print(changed)"}],
        }],
    });
    let (told, _) = asked("a.ipynb", &CELLS, 2, true, Some(change)).await;
    let told = told.expect("a question");
    assert!(told.contains("def load_another"), "{told}");
    assert!(!told.contains("def load_the_ledger"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_notebook_is_not_shown() {
    for is_synced in [true, false] {
        for private in [".ssh/a.ipynb", ".aws/b.ipynb"] {
            let (told, shown) = asked(private, &CELLS, 2, is_synced, None).await;
            assert_eq!((told, shown), (None, None), "{private}");
        }
    }
}

/// A secret in a cell above is hidden as one in the cell itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_above_is_redacted() {
    let key = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let above = format!("GITHUB_TOKEN = \"{key}\"");
    let cells = [("python", above.as_str()), ("python", "ledger = ")];
    let (told, _) = asked("a.ipynb", &cells, 1, true, None).await;
    let told = told.expect("a question");
    assert!(
        told.contains("GITHUB_TOKEN") && !told.contains("ghp_"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_that_of_its_cell_and_read_with_the_others() {
    let scene = Scene::new(&["def total(rows):\n    return sum(rows)"]).await;
    let (root, old) = (
        scene.root.path().display(),
        "def total(rows):\n    return rows\n",
    );
    let cells = [
        "def load_the_ledger(): pass\n",
        old,
        "print(what_comes_later)\n",
    ];
    let uris = [0, 1, 2].map(|number| format!("vscode-notebook-cell:{root}/a.ipynb#W{number}"));
    for (uri, text) in uris.iter().zip(cells) {
        scene.editor.open(uri, "python", text);
    }
    scene.editor.move_to(&uris[1], 5);
    scene.instruct(&uris[1], "Add them up").await;
    scene.end().await;
    let texts = uris.each_ref().map(|uri| scene.editor.text(uri));
    let new = old.replace("return rows", "return sum(rows)");
    assert_eq!(texts, [cells[0], &new, cells[2]]);
    let told = scene.model.log().requests[0].body.to_string();
    let at = |text: &str| {
        told.find(text)
            .unwrap_or_else(|| panic!("{text} in {told}"))
    };
    let (before, after) = (at("### Code before"), at("### Code after"));
    assert!(
        (before..after).contains(&at("def load_the_ledger")),
        "{told}"
    );
    assert!(after < at("print(what_comes_later)"), "{told}");
    scene.finish().await;
}

/// What a cell defines is known in the others, also in those above, which are run again.
#[tokio::test(flavor = "multi_thread")]
async fn a_hover_knows_what_other_cells_define() {
    let root = json!({"rootUri": "file:///home/somebody/project"});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, root).await;
    let define =
        "def load(path):\n    \"\"\"Loads the rows of a file.\"\"\"\n    return open(path)\n";
    for number in 0..3 {
        let text = if number == 1 {
            define
        } else {
            "rows = load(1)\n"
        };
        editor.open(&cell("a.ipynb", number), "python", text);
    }
    for (number, offset) in [(0, 8), (1, 5), (2, 8)] {
        let uri = cell("a.ipynb", number);
        editor.move_to(&uri, offset);
        let hover = editor
            .client
            .request("textDocument/hover", editor.here(&uri));
        let said = hover.await.unwrap()["contents"]["value"].to_string();
        for part in ["def load(path)", "Loads the rows of a file."] {
            assert!(said.contains(part), "{part} in cell {number}: {said}");
        }
    }
    finish(&editor.client, ended).await;
}
