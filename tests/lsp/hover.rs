//! Hovers by the embedded engine: signature, documentation, definition, uses and an example, or nothing.

use firesteel_testkit::editor::ApplyStyle;
use serde_json::json;

use crate::harness::{editor, finish};

const DEFINITION: &str = "\
/// Adds two numbers.
pub fn add(left: u32, right: u32) -> u32 {
    left + right
}
";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_about_a_name_and_nothing_about_none() {
    let root = json!({"rootUri": "file:///project"});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, root).await;
    editor.open("file:///project/add.rs", "rust", DEFINITION);
    let user = "file:///project/user.rs";
    let text = "fn main() {\n    let twice = add(1, 2) + add(3, 4);\n    let sum = add(1, 2);\n    // 42\n}\n";
    editor.open(user, "rust", text);
    let hover = async |offset: usize| {
        editor.move_to(user, offset);
        editor
            .client
            .request("textDocument/hover", editor.here(user))
            .await
            .unwrap()
    };
    let known = hover(text.rfind("add").unwrap() + 1).await;
    let markdown = known["contents"]["value"].as_str().unwrap_or_default();
    assert_eq!(known["contents"]["kind"], "markdown");
    for part in [
        "pub fn add(left: u32, right: u32) -> u32",
        "Adds two numbers.",
        "Defined in `add.rs:2`",
        "For example in `user.rs:2`:",
        "let twice = add(1, 2) + add(3, 4);",
    ] {
        assert!(markdown.contains(part), "{part} is missing in {markdown}");
    }
    assert!(hover(text.find("42").unwrap()).await.is_null());
    assert!(hover(text.len()).await.is_null());
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_name_means_is_not_looked_for_in_files_of_another_language() {
    let root = json!({"rootUri": "file:///project"});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, root).await;
    let others = [
        ("a.toml", "toml", "name = \"just\"\nname(2)\n"),
        ("b.py", "python", "def name(x):\n    return name(x)\n"),
        ("c.js", "javascript", "function size() {}\nsize(1)\n"),
    ];
    for (path, language, text) in others {
        editor.open(&format!("file:///project/{path}"), language, text);
    }
    let user = "file:///project/user.rs";
    let text = "fn name() -> u32 {\n    1\n}\n\nfn main() {\n    size(name());\n    size(2);\n}\n";
    editor.open(user, "rust", text);
    for (at, known) in [
        ("name() ->", "Defined in `user.rs:1`"),
        ("size(n", "No definition"),
    ] {
        editor.move_to(user, text.find(at).unwrap() + 1);
        let hover = editor
            .client
            .request("textDocument/hover", editor.here(user));
        let hover = hover.await.unwrap().to_string();
        assert!(hover.contains(known), "{hover}");
        for (path, ..) in others {
            assert!(!hover.contains(path), "{path} is in {hover}");
        }
    }
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_is_text_whatever_it_says() {
    for (comment, shown) in [
        ("[run](command:workbench.x)", "[run\\](command:workbench.x)"),
        ("[run][ref] `a`", "[run\\][ref] `a`"),
        ("[ref]: command:x", "[ref\\]: command:x"),
        (
            "![i](https://example.org/p.png)",
            "![i\\](https\\://example.org/p.png)",
        ),
        ("<img src=x onerror=y>", "\\<img src=x onerror=y>"),
        ("<!-- hidden -->", "\\<!-- hidden -->"),
        ("<https://example.org>", "\\<https\\://example.org>"),
        ("see vscode://x", "see vscode\\://x"),
        ("`unclosed <a>", "\\`unclosed \\<a>"),
        ("a\u{202e}b\u{200b}c", "abc"),
        ("use `Vec<u8>`", "use `Vec<u8>`"),
    ] {
        let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
        let uri = "file:///a.rs";
        let text =
            format!("/// Before.\n/// {comment}\nfn hostile() {{}}\n\nfn f() {{ hostile() }}\n");
        editor.open(uri, "rust", &text);
        editor.move_to(uri, text.rfind("hostile").unwrap());
        let hover = editor
            .client
            .request("textDocument/hover", editor.here(uri));
        let hover = hover.await.unwrap();
        let markdown = hover["contents"]["value"].as_str().unwrap();
        let expected = format!("\nBefore.\n{shown}\n");
        assert!(markdown.contains(&expected), "{comment:?}: {markdown}");
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn code_in_a_hover_ends_where_it_says() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let uri = "file:///a%60%5D(command:x)%60.rs";
    let text = "fn hostile(a: &str /* ``` [x](command:y) */) {}\n\nfn f() { hostile(\"``` [z](command:z)\") }\n";
    editor.open(uri, "rust", text);
    editor.move_to(uri, text.rfind("hostile").unwrap());
    let hover = editor
        .client
        .request("textDocument/hover", editor.here(uri));
    let hover = hover.await.unwrap();
    let markdown = hover["contents"]["value"].as_str().unwrap();
    assert!(markdown.starts_with("````rust\nfn hostile("), "{markdown}");
    // Without the blocks and their contents nothing of it is left.
    let outside: Vec<&str> = markdown.split("````").step_by(2).collect();
    assert!(
        !outside.concat().contains("[x]") && !outside.concat().contains("[z]"),
        "{markdown}"
    );
    assert!(!markdown.contains(" `a`]"), "{markdown}");
    finish(&editor.client, ended).await;
}

/// What is only held open is kept as its text alone, which is enough to explain what it defines.
#[tokio::test(flavor = "multi_thread")]
async fn a_definition_is_found_in_a_file_that_nobody_has_looked_at_for_long() {
    let root = json!({"rootUri": "file:///project"});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, root).await;
    editor.open("file:///project/add.rs", "rust", DEFINITION);
    for number in 0..100 {
        let line = format!("fn filler_{number}(value: u32) -> u32 {{ value }}\n");
        let uri = format!("file:///project/filler_{number}.rs");
        editor.open(&uri, "rust", &line.repeat(120));
    }
    let user = "file:///project/user.rs";
    editor.open(user, "rust", "fn main() {\n    add(1, 2);\n}\n");
    editor.move_to(user, 17);
    let hover = editor
        .client
        .request("textDocument/hover", editor.here(user));
    let hover = hover.await.unwrap();
    let markdown = hover["contents"]["value"].as_str().unwrap_or_default();
    for part in ["pub fn add(left", "Adds two numbers.", "`add.rs:2`"] {
        assert!(markdown.contains(part), "{part} is missing in {markdown}");
    }
    finish(&editor.client, ended).await;
}
