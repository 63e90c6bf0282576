//! Characters that nobody sees: none reaches the editor that was not there before, whichever way a model's text takes, and the
//! user is told.

use firesteel_prompt::blocks;
use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Reply, Script, Server};
use serde_json::{Value, json};

use crate::edits::Scene;
use crate::harness::{editor, finish, texts};

/// Of every kind some: controls, bidirectional, zero-width, tags, variation selectors, separators.
const INVISIBLE: [char; 16] = [
    '\u{1b}',
    '\u{8}',
    '\u{9b}',
    '\u{ad}',
    '\u{200b}',
    '\u{200d}',
    '\u{202e}',
    '\u{2066}',
    '\u{2028}',
    '\u{2060}',
    '\u{3164}',
    '\u{fe00}',
    '\u{feff}',
    '\u{fff9}',
    '\u{e0061}',
    '\u{e0100}',
];
const RUST: &str = "fn total(items: &[u32]) -> u32 {\n    $0\n}\n";

/// An editor in front of a model that always says the same.
async fn hosted(
    text: &str,
) -> (
    Server,
    Editor,
    tokio::task::JoinHandle<firesteel_server::Ended>,
) {
    let model = Script::new()
        .reply(Reply::text(text))
        .start()
        .await
        .unwrap();
    let settings = json!({"model.url": model.base_url()});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
    (model, editor, ended)
}

fn open(editor: &Editor, uri: &str, text: &str) {
    editor.open(uri, "rust", &text.replace("$0", ""));
    editor.move_to(uri, text.find("$0").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn ghost_text_and_its_alternatives_have_none_and_say_why() {
    for character in INVISIBLE {
        let text = format!("items.iter().sum() // {character}x");
        let (_model, editor, ended) = hosted(&text).await;
        let uri = "file:///a.rs";
        open(&editor, uri, RUST);
        for trigger in [2, 1] {
            let answer = editor
                .inline_completion(uri, trigger)
                .result()
                .await
                .unwrap();
            assert!(!answer.to_string().contains(character), "{answer}");
            assert!(!answer.to_string().contains("sum()"), "{answer}");
        }
        let params = json!({"command": "firesteel.whyNoSuggestion", "arguments": [uri]});
        let why = editor.client.request("workspace/executeCommand", params);
        let why = why.await.unwrap().to_string();
        let code = format!("U+{:04X}", u32::from(character));
        assert!(why.contains(&code), "{why}");
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_file_has_may_be_repeated() {
    let family = "👩\u{200d}🚀 می\u{200c}خواهم";
    let text = format!("println!(\"{family}\");");
    let (_model, editor, ended) = hosted(&text).await;
    let uri = "file:///a.rs";
    open(&editor, uri, &format!("// {family}\n{RUST}"));
    let answer = editor.inline_completion(uri, 1).result().await.unwrap();
    assert_eq!(texts(&answer)[0].trim(), text);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_has_none_and_its_documentation_ends_where_it_says() {
    let text = "f(\"```\"); // [x](command:y)";
    let model = Script::new()
        .reply(Reply::text(text))
        .start()
        .await
        .unwrap();
    let settings = json!({"model.url": model.base_url(), "suggest.in_menu": true});
    let params = json!({"capabilities": {"textDocument": {"inlineCompletion": null}}});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, params).await;
    let uri = "file:///a.rs";
    open(&editor, uri, RUST);
    let list = editor
        .client
        .request("textDocument/completion", editor.here(uri));
    let list = list.await.unwrap();
    let documentation = &list["items"][0]["documentation"]["value"];
    assert_eq!(*documentation, format!("````\n{text}\n````\n"), "{list}");
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_edit_writes_one_and_the_user_is_told() {
    for character in INVISIBLE {
        let line = format!("    new(); // {character}x");
        let hidden = [
            blocks::change(None, "    old();\n", &format!("{line}\n")),
            format!("fn main() {{\n{line}\n}}\n"),
            blocks::create("docs/new.md", &format!("# New {character}\n")),
            blocks::create(&format!("docs/{character}new.md"), "# New\n"),
        ];
        for answer in hidden {
            let scene = Scene::new(&[&answer]).await;
            let source = "fn main() {$0\n    old();\n}\n";
            let main = scene.open("src/main.rs", source);
            scene.instruct(&main, "Do it").await;
            let said = scene.end().await;
            let code = format!("U+{:04X}", u32::from(character));
            assert!(said.contains(&code), "{answer:?}: {said:?}");
            assert!(!said.contains(character), "{said:?}");
            assert_eq!(scene.editor.text(&main), source.replace("$0", ""));
            let asked = json!(scene.editor.asked()).to_string();
            assert!(!asked.contains(character), "{asked}");
            assert!(!scene.root.path().join("docs").exists());
            scene.finish().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_told_may_do_better() {
    let answer =
        |comment: &str| blocks::change(None, "    old();\n", &format!("    new(); // {comment}\n"));
    let scene = Scene::new(&[&answer("a\u{202e}b"), &answer("❤️ 👨\u{200d}👩\u{200d}👧")]).await;
    let main = scene.open("src/main.rs", "fn main() {$0\n    old();\n}\n");
    scene.instruct(&main, "Do it").await;
    scene.end().await;
    let expected = "fn main() {\n    new(); // ❤️ 👨\u{200d}👩\u{200d}👧\n}\n";
    assert_eq!(scene.editor.text(&main), expected);
    assert!(scene.sent(1).contains("U+202E"));
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_has_some_may_be_changed() {
    let source = "fn main() {$0\n    say(\"\u{2067}שלום\u{2069}\");\n}\n";
    let answer = "fn main() {\n    say_it(\"\u{2067}שלום\u{2069}\");\n}\n";
    let scene = Scene::new(&[answer]).await;
    let main = scene.open("src/main.rs", source);
    scene.instruct(&main, "Do it").await;
    scene.end().await;
    assert_eq!(scene.editor.text(&main), answer);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_documentation_comment_a_next_edit_and_an_explanation_have_none() {
    let document = "fn load() {$0}\n";
    let scene = Scene::new(&["Loads\u{200b} it."]).await;
    let uri = scene.open("a.rs", document);
    scene.choose(&uri, "Document").await;
    let said = scene.end().await;
    assert!(said.contains("U+200B"), "{said}");
    assert_eq!(scene.editor.text(&uri), document.replace("$0", ""));
    scene.finish().await;

    let scene = Scene::new(&["It loads\u{202e} [x](command:y) <img src=z>."]).await;
    let uri = scene.open("a.rs", document);
    scene.choose(&uri, "Explain").await;
    assert_eq!(scene.end().await, "done");
    let shown = scene.editor.shown().unwrap();
    let text = std::fs::read_to_string(shown.strip_prefix("file://").unwrap()).unwrap();
    assert_eq!(text, "It loads [x\\](command:y) \\<img src=z>.");
    scene.finish().await;

    let (_model, editor, ended) = hosted("print(area(1, 2, 3\u{2066}))").await;
    let uri = "file:///area.py";
    let source = "def area(w, h):\n    return w * h\n\nprint(area(1, 2))\n";
    editor.open(uri, "python", source);
    editor.move_to(uri, source.find("w, h").unwrap() + 4);
    editor.type_text(uri, ", d");
    let at = json!({"uri": uri, "position": editor.here(uri)["position"]});
    let params = json!({"command": "firesteel.nextEdit", "arguments": [at]});
    editor
        .client
        .request("workspace/executeCommand", params)
        .await
        .unwrap();
    let is_message = |message: &Value| message["method"] == "window/showMessage";
    let told = editor.client.notification(is_message).await.unwrap();
    assert!(told.to_string().contains("U+2066"), "{told}");
    assert!(editor.asked().is_empty());
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_engine_brings_none_from_other_files() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let pattern = |name: &str| {
        format!(
            "fn {name}() {{\n    let wid\u{200b}get = registry.lookup(\"si\u{202e}ze\", 42);\n    wid\u{200b}get.commit();\n}}\n\n"
        )
    };
    let other: String = ["a", "b", "c", "d", "e"].map(pattern).concat();
    editor.open("file:///other.rs", "rust", &other);
    let uri = "file:///a.rs";
    for source in [
        "fn f() {\n    let wid$0\n}\n",
        "fn f() {\n    let widget = registry.lookup($0\n}\n",
        "fn f() {\n    let widget = registry.lookup(\"si$0\n}\n",
    ] {
        open(&editor, uri, source);
        let answer = editor.inline_completion(uri, 1).result().await.unwrap();
        let answer = answer.to_string();
        assert!(!answer.contains(['\u{200b}', '\u{202e}']), "{answer}");
        editor.close(uri);
    }
    finish(&editor.client, ended).await;
}
