//! Order: edits apply in the order of the wire, and each request sees exactly the edits before it.

use firesteel_testkit::editor::ApplyStyle;
use serde_json::json;

use crate::harness::{editor, finish};

/// Hover answers about the word at the cursor, so it tells what text a request saw.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_pipelined_edits_keep_their_order_and_requests_see_the_edits_before_them() {
    const EDITS: usize = 10_000;
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let uri = "file:///order.rs";
    editor.open(uri, "rust", "");
    let mut asked = Vec::new();
    for number in 0..EDITS {
        // Each edit replaces the whole name, so that a lost or swapped one cannot hide.
        let text = format!("fn name_{number}() {{}}\n");
        editor.edit(uri, 0..editor.text(uri).len(), &text);
        if number % 100 == 99 {
            editor.move_to(uri, 5);
            let hover = editor.client.send("textDocument/hover", editor.here(uri));
            let action = json!({
                "textDocument": {"uri": uri},
                "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
                "context": {"diagnostics": []},
            });
            asked.push((
                number,
                hover,
                editor.client.send("textDocument/codeAction", action),
            ));
        }
    }
    for (number, hover, actions) in asked {
        let hover = hover.result().await.unwrap();
        // The embedded engine has read on by then and may know nothing of the name; the range is the request's own.
        if let Some(end) = hover["range"]["end"]["character"].as_u64() {
            assert_eq!(end as usize, format!("fn name_{number}").len());
        }
        for action in actions
            .result()
            .await
            .unwrap()
            .as_array()
            .into_iter()
            .flatten()
        {
            assert_eq!(
                action["data"]["version"],
                number + 1,
                "a request saw another version"
            );
        }
    }
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open_change_and_request_in_one_write() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let uri = "file:///at_once.rs";
    editor.open(uri, "rust", "fn first() {}\n");
    editor.edit(uri, 3..8, "second");
    editor.move_to(uri, 5);
    let hover = editor
        .client
        .send("textDocument/hover", editor.here(uri))
        .result()
        .await
        .unwrap();
    assert!(
        hover["contents"]["value"]
            .as_str()
            .is_some_and(|text| text.contains("fn second()")),
        "{hover}"
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_does_not_grow_is_refused_until_the_full_text_comes() {
    let (client, ended) = crate::harness::client().await;
    let uri = "file:///versions.rs";
    let change = |version: i32, changes: serde_json::Value| {
        let document = json!({"uri": uri, "version": version});
        client.notify(
            "textDocument/didChange",
            json!({"textDocument": document, "contentChanges": changes}),
        );
    };
    let document = json!({"uri": uri, "languageId": "rust", "version": 7, "text": "fn one() {}\n"});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
    change(
        7,
        json!([{"range": {"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 6}}, "text": "two"}]),
    );
    let here = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 4}});
    let hover = client
        .request("textDocument/hover", here.clone())
        .await
        .unwrap();
    assert!(
        hover.is_null(),
        "an out-of-sync document was answered for: {hover}"
    );
    change(8, json!([{"text": "fn three() {}\n"}]));
    let hover = client.request("textDocument/hover", here).await.unwrap();
    assert!(
        hover["contents"]["value"]
            .as_str()
            .is_some_and(|text| text.contains("three")),
        "{hover}"
    );
    finish(&client, ended).await;
}
