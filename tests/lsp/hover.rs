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
