//! Line endings and byte order marks: what is written ends its lines as its place does, and a mark stays first.

use firesteel_prompt::blocks;
use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::{Reply, Script};
use serde_json::json;

use super::Scene;

const ENDINGS: [&str; 3] = ["\n", "\r\n", "\r"];
const MARK: &str = "\u{feff}";

const RUST: &str =
    "use a;\n\nfn one() {$0\n    first();\n    second();\n}\n\nfn two() {\n    third();\n}\n";

/// A scene with a document in which the model's answer to an instruction has landed.
async fn edited(name: &str, document: &str, answer: &str, chars: usize) -> (Scene, String) {
    let script = Script::new().reply(Reply::text(answer).delta_chars(chars));
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let uri = scene.open(name, document);
    scene.instruct(&uri, "Make it better").await;
    let said = scene.end().await;
    assert!(said.ends_with("written"), "{said}: {document:?} {answer:?}");
    (scene, uri)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_writes_line_feeds_or_the_files_and_the_file_keeps_its_own() {
    let old = "    first();\n    second();\n";
    let new = "    first();\n    more(\n        1,\n    );\n    second();\n    last();\n";
    let item = "fn one() {\n    first();\n    second();\n}\n";
    let before = RUST.replace("$0", "");
    for ending in ENDINGS {
        for of_model in ENDINGS {
            for mark in ["", MARK] {
                let of_file = |text: &str| format!("{mark}{}", text.replace('\n', ending));
                let answer = item.replace(old, new).replace('\n', of_model);
                let (scene, uri) = edited("src/a.rs", &of_file(RUST), &answer, 3).await;
                let name = format!("{ending:?}, {of_model:?}, {mark:?}");
                let expected = of_file(&before.replace(old, new));
                assert_eq!(scene.editor.text(&uri), expected, "{name}");
                let sent = scene.sent(0);
                assert!(
                    !sent.contains("\\r") && !sent.contains(MARK),
                    "{name}: {sent}"
                );
                scene.command("firesteel.revert", json!([])).await;
                scene.end().await;
                assert_eq!(
                    scene.editor.text(&uri),
                    of_file(&before),
                    "{name}: reverted"
                );
                scene.finish().await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_mixed_file_a_line_ends_as_its_place_does() {
    let document = "one\r\ntwo\r\nthree\nfour\nfive\rsix\rseven";
    let change = |search: &str, replace: &str| blocks::change(None, search, replace);
    for (answer, expected) in [
        (
            change("two\n", "two\nnew\n"),
            document.replace("two\r\n", "two\r\nnew\r\n"),
        ),
        (
            change("two\n", "2\n3\n"),
            document.replace("two\r\n", "2\r\n3\r\n"),
        ),
        (
            change("four\n", "four\nnew\n"),
            document.replace("four\n", "four\nnew\n"),
        ),
        (
            change("six\n", "six\nnew\n"),
            document.replace("six\r", "six\rnew\r"),
        ),
        (
            change("seven\n", "seven\nnew\n"),
            format!("{document}\rnew"),
        ),
        (change("one\n", ""), document.replace("one\r\n", "")),
    ] {
        let (scene, uri) = edited("a.txt", document, &answer, 1_000).await;
        assert_eq!(scene.editor.text(&uri), expected, "{answer}");
        scene.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_order_mark_stays_first_whatever_is_done_to_the_first_line() {
    let text = "first\nsecond\nthird\n";
    let change = |search: &str, replace: &str| blocks::change(None, search, replace);
    for (answer, expected) in [
        (change("first\n", "1\n"), "1\nsecond\nthird\n"),
        (change("first\n", ""), "second\nthird\n"),
        (
            change("first\n", "nought\nfirst\n"),
            "nought\nfirst\nsecond\nthird\n",
        ),
        (
            "nought\nfirst\nsecond\nthird\n".to_owned(),
            "nought\nfirst\nsecond\nthird\n",
        ),
        ("other\nwords\n".to_owned(), "other\nwords\n"),
        (format!("{MARK}other\nwords\n"), "other\nwords\n"),
    ] {
        let document = format!("{MARK}{text}");
        let (scene, uri) = edited("a.txt", &document, &answer, 2).await;
        assert_eq!(
            scene.editor.text(&uri),
            format!("{MARK}{expected}"),
            "{answer}"
        );
        scene.command("firesteel.revert", json!([])).await;
        scene.end().await;
        assert_eq!(scene.editor.text(&uri), document, "{answer}: reverted");
        scene.finish().await;
    }
    // A file that has nothing but the mark, and a comment above the first item.
    let (scene, uri) = edited("a.txt", MARK, "words\n", 2).await;
    assert_eq!(scene.editor.text(&uri), format!("{MARK}words\n"));
    scene.finish().await;
    let document = format!("{MARK}fn one() {{}}\n");
    let scene = Scene::new(&["/// Words.\n"]).await;
    let uri = scene.open("a.rs", &document);
    scene.editor.move_to(&uri, document.find("one").unwrap());
    scene.choose(&uri, "Document").await;
    scene.end().await;
    assert_eq!(
        scene.editor.text(&uri),
        format!("{MARK}/// Words.\nfn one() {{}}\n")
    );
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_open_and_one_that_is_made_have_the_right_columns_and_ends() {
    let answer = [
        blocks::change(Some("closed.txt"), "first\n", "changed\n"),
        blocks::create("new.txt", "one\ntwo\n"),
    ];
    let script = Script::new().reply(Reply::text(answer.concat()));
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let closed = scene.root.path().join("closed.txt");
    std::fs::write(&closed, format!("{MARK}first\r\nsecond\r\n")).unwrap();
    let uri = scene.open("home.txt", "home\r\nwords\r\n");
    scene.instruct(&uri, "Change it").await;
    scene.end().await;
    let asked = scene.editor.asked().pop().unwrap().to_string();
    // Editors take the mark off before they count.
    assert!(asked.contains("\"newText\":\"changed\\r\\n\""), "{asked}");
    assert!(
        asked.contains("\"start\":{\"character\":0,\"line\":0}"),
        "{asked}"
    );
    let made = std::fs::read_to_string(scene.root.path().join("new.txt")).unwrap();
    assert_eq!(made, "one\r\ntwo\r\n");
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ghost_text_and_next_edits_end_their_lines_as_their_place_does() {
    let answer = "first();\n    second();";
    for ending in ENDINGS {
        for of_model in ENDINGS {
            for mark in ["", MARK] {
                let script = Script::new().reply(Reply::text(answer.replace('\n', of_model)));
                let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
                let text = "fn one() {\n    $0\n}\n".replace('\n', ending);
                let uri = scene.open("a.rs", &format!("{mark}{text}"));
                let shown = scene
                    .editor
                    .inline_completion(&uri, 2)
                    .result()
                    .await
                    .unwrap();
                scene.editor.accept(&uri, &shown[0]).unwrap();
                let expected = text.replace("$0", &answer.replace('\n', ending));
                assert_eq!(
                    scene.editor.text(&uri),
                    format!("{mark}{expected}"),
                    "{ending:?}"
                );
                let sent = scene.sent(0);
                assert!(!sent.contains("\\r") && !sent.contains(MARK), "{sent}");
                scene.finish().await;
            }
        }
    }
    // At the very start of a file with a mark.
    let script = Script::new().reply(Reply::text("fn one() {}"));
    let scene = Scene::with(script, ApplyStyle::EchoFirst, json!({})).await;
    let uri = scene.open("a.rs", &format!("$0{MARK}\r\nfn two() {{}}\r\n"));
    let shown = scene
        .editor
        .inline_completion(&uri, 1)
        .result()
        .await
        .unwrap();
    scene.editor.accept(&uri, &shown[0]).unwrap();
    let text = scene.editor.text(&uri);
    assert_eq!(text, format!("{MARK}fn one() {{}}\r\nfn two() {{}}\r\n"));
    scene.finish().await;
}
