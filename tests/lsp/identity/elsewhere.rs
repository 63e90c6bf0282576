//! One document by two spellings, links, normal forms, Windows, and documents that are no files.

use firesteel_prompt::blocks;
use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Value, json};

use super::{BUFFER, DISK, EDITED, answer, scene};
use crate::edits::Scene;
use crate::harness::{editor, finish};
use crate::next_edit::elsewhere::shows;
use crate::next_edit::{press, reads, retype};

/// Pairs of spellings that a client may mix.
const PAIRS: &[(&str, &str)] = &[
    ("file:///w/%2Bpage.py", "file:///w/+page.py"),
    ("file:///w/[id]/a.py", "file:///w/%5Bid%5D/a.py"),
    ("file:///w/a b%.py", "file:///w/a%20b%25.py"),
    ("file:///w/é.py", "file:///w/%C3%A9.py"),
    ("file:///w/e\u{301}.py", "file:///w/%C3%A9.py"),
    ("file:///c%3A/Users/Me/a.py", "file:///C:/Users/Me/a.py"),
    ("file:///C:/Users/Me/a.py", "file:///c:/users/me/A.py"),
    ("file:///c:/x/a.py", "C:\\x\\a.py"),
    ("file://server/share/a.py", "file://SERVER/share/a.py"),
    ("file://wsl%24/Ubuntu/a.py", "file://wsl$/Ubuntu/a.py"),
    ("file:/w/a.py", "file:///w/a.py"),
    ("untitled:a b", "untitled:a%20b"),
    (
        "git:/w/a.py?{\"ref\":\"~\"}",
        "git:/w/a.py?%7B%22ref%22%3A%22~%22%7D",
    ),
    (
        "vscode-notebook-cell:/w/n.ipynb#W0%3D",
        "vscode-notebook-cell:/w/n.ipynb#W0=",
    ),
    ("no uri at all", "no uri at all"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_mix_spellings_and_hears_the_one_that_it_opened_a_document_by() {
    let answers = PAIRS.iter().map(|_| "    return count or 2\n");
    let script = answers.fold(Script::new(), |script, answer| {
        script.reply(Reply::text(answer))
    });
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    for (opened, asked) in PAIRS {
        scene
            .editor
            .open(opened, "python", &BUFFER.replace("count\n", "coun\n"));
        // A change by the other spelling is a change of this document.
        let at = json!({"line": 3, "character": 15});
        let change = json!({
            "textDocument": {"uri": asked, "version": 1},
            "contentChanges": [{"range": {"start": at, "end": at}, "text": "t"}],
        });
        scene.editor.client.notify("textDocument/didChange", change);
        let params = json!({
            "textDocument": {"uri": asked},
            "range": {"start": at, "end": at},
            "context": {"diagnostics": []},
        });
        let listed = scene
            .editor
            .client
            .request("textDocument/codeAction", params);
        let listed = listed.await.unwrap();
        let args = listed.pointer("/0/data").unwrap();
        assert_eq!(
            (&args["uri"], &args["version"]),
            (&json!(opened), &json!(1)),
            "{asked}"
        );
        scene.editor.client.notify(
            "textDocument/didClose",
            json!({"textDocument": {"uri": asked}}),
        );
        scene.editor.close(opened);
    }
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_spelling_closes_is_closed_for_all() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    for (opened, asked) in PAIRS {
        editor.open(opened, "python", BUFFER);
        let here = editor.here(opened);
        let request = |uri: &str| {
            let params = json!({
                "uri": uri, "range": {"start": here["position"], "end": here["position"]}, "instruction": "x",
            });
            let params = json!({"command": "firesteel.edit", "arguments": [params]});
            editor.client.request("workspace/executeCommand", params)
        };
        request(asked).await.unwrap();
        editor.client.notify(
            "textDocument/didClose",
            json!({"textDocument": {"uri": asked}}),
        );
        for uri in [opened, asked] {
            let error = request(uri).await.unwrap_err().to_string();
            assert!(
                error.contains("is not open") && !error.contains("x-quoted"),
                "{uri}: {error}"
            );
        }
    }
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_are_not_the_same_are_kept_apart() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let different = [
        "file:///w/a.py",
        "file:///w/A.py",
        "file:///w/é.py",
        "file:///w/e\u{301}.py",
        "file:///w/a.py?x",
        "file:///w/%FF.py",
        "file:///w/%FE.py",
        "untitled:/w/a.py",
        "git:/w/a.py?%7B%22ref%22%3A%22~%22%7D",
        "git:/w/a.py?%7B%22ref%22%3A%22HEAD%22%7D",
        "vscode-notebook-cell:/w/n.ipynb#W0",
        "vscode-notebook-cell:/w/n.ipynb#W1",
        "vscode-vfs://github/w/a.py",
        "vscode-vfs://gitlab/w/a.py",
        "file://server/w/a.py",
        "",
    ];
    for uri in different {
        editor.open(uri, "python", BUFFER);
    }
    // Closing one leaves the others open.
    for uri in different.iter().rev() {
        editor.move_to(uri, BUFFER.len() - 1);
        let mut params = editor.here(uri);
        let at = params["position"].take();
        params["range"] = json!({"start": at, "end": at});
        params["context"] = json!({"diagnostics": []});
        let listed = editor
            .client
            .request("textDocument/codeAction", params)
            .await;
        assert_eq!(listed.unwrap().pointer("/0/data/uri"), Some(&json!(uri)));
        editor.close(uri);
    }
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_by_a_link_is_not_edited_on_the_disk() {
    let names = ["real/a.py", "linked/a.py", "real/b.py", "hard.py"];
    let answers: Vec<String> = names.iter().map(|name| answer(name)).collect();
    let (scene, home) = scene(&answers).await;
    let root = scene.root.path();
    scene.write("real/a.py", DISK);
    std::os::unix::fs::symlink(root.join("real"), root.join("linked")).unwrap();
    std::os::unix::fs::symlink(root.join("real/a.py"), root.join("real/b.py")).unwrap();
    std::fs::hard_link(root.join("real/a.py"), root.join("hard.py")).unwrap();
    for (opened, name) in ["linked/a.py", "real/a.py", "linked/a.py", "real/a.py"]
        .into_iter()
        .zip(names)
    {
        let uri = scene.uri(opened);
        scene.editor.open(&uri, "python", BUFFER);
        scene.instruct(&home, "Do it").await;
        let said = scene.end().await;
        assert_eq!(
            scene.editor.text(&uri),
            EDITED,
            "{name} open as {opened}: {said}"
        );
        assert_eq!(scene.read("real/a.py").as_deref(), Some(DISK));
        scene.command("firesteel.revert", json!([])).await;
        assert_eq!(scene.end().await, "reverted");
        assert_eq!(scene.editor.text(&uri), BUFFER);
        scene.editor.close(&uri);
    }
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_normal_form_is_meant_where_only_it_is_there() {
    let (composed, decomposed) = ("b\u{fc}cher.py", "bu\u{308}cher.py");
    let edit = blocks::change(
        Some(composed),
        "    return count\n",
        "    return count or 2\n",
    );
    let disk = blocks::change(Some(composed), DISK, "# edited\n");
    let (scene, home) = scene(&[edit, disk]).await;
    let uri = scene.uri(decomposed);
    scene.editor.open(&uri, "python", BUFFER);
    scene.instruct(&home, "Do it").await;
    let said = scene.end().await;
    assert_eq!(scene.editor.text(&uri), EDITED, "{said}");
    // Here it is there itself, and is not open.
    scene.write(composed, DISK);
    scene.instruct(&home, "Do it").await;
    let said = scene.end().await;
    assert_eq!(
        scene.read(composed).as_deref(),
        Some("# edited\n"),
        "{said}"
    );
    assert_eq!(scene.editor.text(&uri), EDITED);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_out_of_sync_is_not_edited_on_the_disk_either() {
    let (scene, home) = scene(&[blocks::change(Some("a.py"), DISK, "# edited\n")]).await;
    scene.write("a.py", DISK);
    let uri = scene.uri("a.py");
    scene.editor.open(&uri, "python", BUFFER);
    let stale = json!({"textDocument": {"uri": uri, "version": 0}, "contentChanges": []});
    scene.editor.client.notify("textDocument/didChange", stale);
    scene.instruct(&home, "Do it").await;
    let said = scene.end().await;
    assert!(said.contains("out of sync"), "{said}");
    assert_eq!(scene.read("a.py").as_deref(), Some(DISK));
    assert_eq!(scene.editor.n_asked(), 0);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notebook_that_is_open_is_not_edited_on_the_disk() {
    let (scene, home) = scene(&[blocks::change(Some("n.ipynb"), DISK, "# edited\n")]).await;
    scene.write("n.ipynb", DISK);
    let cell = scene
        .uri("n.ipynb")
        .replace("file://", "vscode-notebook-cell:")
        + "#W0";
    scene.editor.open(&cell, "python", BUFFER);
    scene.instruct(&home, "Do it").await;
    let said = scene.end().await;
    assert!(said.contains("notebook"), "{said}");
    assert_eq!(scene.read("n.ipynb").as_deref(), Some(DISK));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_without_a_file_is_edited_by_the_name_that_the_model_was_given() {
    let edit =
        |name: &str| blocks::change(Some(name), "    return count\n", "    return count or 2\n");
    let opened = [
        "untitled:Untitled-1",
        "vscode-vfs://github/o/r/src/a.py",
        "untitled:/nowhere/new.py",
    ];
    let names = ["Untitled-1", "a.py", "new.py"];
    let answers: Vec<String> = names.iter().map(|name| edit(name)).collect();
    let (scene, _) = scene(&answers).await;
    for uri in opened {
        scene.editor.open(uri, "python", BUFFER);
        scene.instruct(uri, "Do it").await;
        let said = scene.end().await;
        assert_eq!(scene.editor.text(uri), EDITED, "{uri}: {said}");
    }
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_may_have_any_name_in_any_spelling() {
    for name in ["plain", "a b", "[x]|{y}", "100%", "dé#?", "@scope+(1)"] {
        let encoded = url::Url::from_file_path(format!("/{name}")).unwrap();
        let raw = Some(format!("/{name}")).filter(|_| !name.contains(['#', '?']));
        for spelled in [Some(encoded.path().to_owned()), raw].into_iter().flatten() {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path().join(name);
            std::fs::create_dir(&root).unwrap();
            std::fs::write(root.join("a.py"), DISK).unwrap();
            let uri = |file: &str| format!("file://{}{spelled}/{file}", folder.path().display());
            for roots in [
                json!({"rootUri": uri("")}),
                json!({"rootUri": null, "workspaceFolders": [{"uri": uri(""), "name": "w"}]}),
            ] {
                let script = Script::new().reply(Reply::text(answer("a.py")));
                let model = script.start().await.unwrap();
                let settings = json!({"model.url": model.base_url()});
                let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, roots).await;
                let (open, home) = (uri("a.py"), uri("home.py"));
                editor.open(&open, "python", BUFFER);
                editor.open(&home, "python", "import os\n");
                let argument = json!({"uri": home, "range": {
                    "start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0},
                }, "instruction": "Do it"});
                let params = json!({"command": "firesteel.edit", "arguments": [argument]});
                editor
                    .client
                    .request("workspace/executeCommand", params)
                    .await
                    .unwrap();
                let is_end = |message: &Value| message["params"]["value"]["kind"] == "end";
                let said = editor.client.notification(is_end).await.unwrap();
                assert_eq!(editor.text(&open), EDITED, "{open}: {said}");
                let new = root.join("new/a.py");
                assert_eq!(std::fs::read_to_string(&new).unwrap(), "made = True\n");
                std::fs::remove_file(new).unwrap();
                finish(&editor.client, ended).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_answer_repeats_of_a_message_is_spelled_as_it_was() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let (uri, other) = ("file:///w/[id]/a b%.rs", "file:///w/{x}|é.rs");
    editor.open(uri, "rust", "fn f() -> u32 {\n    missing\n}\n");
    let range = json!({"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 11}});
    let problem = json!({
        "range": range,
        "message": "cannot find `missing`",
        "relatedInformation": [{"location": {"uri": other, "range": range}, "message": "here"}],
    });
    let params = json!({
        "textDocument": {"uri": uri},
        "range": range,
        "context": {"diagnostics": [problem], "only": ["quickfix"]},
    });
    let listed = editor.client.request("textDocument/codeAction", params);
    let listed = listed.await.unwrap();
    let listed = listed.as_array().unwrap();
    let is_fix = |action: &&Value| action["diagnostics"].is_array();
    let fix = listed
        .iter()
        .find(is_fix)
        .unwrap_or_else(|| panic!("no fix in {listed:?}"));
    assert_eq!(
        fix["diagnostics"][0]["relatedInformation"],
        problem["relatedInformation"]
    );
    assert_eq!(fix["data"]["uri"], uri);
    let resolved = editor.client.request("codeAction/resolve", fix.clone());
    assert_eq!(resolved.await.unwrap(), *fix);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_edit_leads_to_another_document_by_its_own_spelling() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let (uri, other) = ("file:///w/[a] b%.py", "file:///W%2Bx/{ü}|.py");
    let user = "from w import area\n";
    editor.open(other, "python", user);
    editor.open(uri, "python", "def area(w):\n    return w\n");
    retype(&editor, uri, "def ", "area", "size");
    press(&editor, uri).await;
    reads(&editor, other, &user.replace("area", "size")).await;
    shows(&editor, other).await;
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn diagnostics_are_for_the_spelling_that_the_client_knows() {
    let sensitive = "def f():\n    import os\n    os.system(\"rm x\")\n";
    let script = Script::new().reply(Reply::text(sensitive));
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let (opened, asked) = (scene.uri("[a] b.py"), scene.uri("%5Ba%5D%20b.py"));
    scene
        .editor
        .open(&opened, "python", "def f():\n    return 1\n");
    scene.editor.move_to(&opened, 4);
    scene.instruct(&opened, "Do it").await;
    let is_published = |message: &Value| message["method"] == "textDocument/publishDiagnostics";
    let published = scene
        .editor
        .client
        .notification(is_published)
        .await
        .unwrap();
    assert_eq!(published["params"]["uri"], opened.as_str());
    assert_ne!(published["params"]["diagnostics"], json!([]));
    scene.end().await;
    // A client that closes it by another spelling knows the diagnostics by the first one.
    let closed = json!({"textDocument": {"uri": asked}});
    scene.editor.client.notify("textDocument/didClose", closed);
    let published = scene
        .editor
        .client
        .notification(is_published)
        .await
        .unwrap();
    assert_eq!(published["params"]["uri"], opened.as_str());
    assert_eq!(published["params"]["diagnostics"], json!([]));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_paths_to_one_file_in_an_answer_are_one_file() {
    let edits = [
        blocks::change(Some("[a].py"), "    count = 1\n", "    count = 5\n"),
        blocks::change(
            Some("./[a].py"),
            "    return count\n",
            "    return count or 2\n",
        ),
    ];
    let creates = [
        blocks::create("new.py", "x = 1\n"),
        blocks::create("./new.py", "x = 2\n"),
    ];
    let (scene, home) = scene(&[edits.concat(), creates.concat()]).await;
    let uri = scene.uri("%5Ba%5D.py");
    scene.editor.open(&uri, "python", BUFFER);
    scene.instruct(&home, "Do it").await;
    let said = scene.end().await;
    let expected = EDITED.replace("count = 1", "count = 5");
    assert_eq!(scene.editor.text(&uri), expected, "{said}");
    scene.instruct(&home, "Do it").await;
    let said = scene.end().await;
    assert!(said.contains("twice"), "{said}");
    assert_eq!(scene.read("new.py"), None);
    scene.finish().await;
}
