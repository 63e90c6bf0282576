//! Bad input: a clear error, nothing lost, and the next message is served.

use firesteel_server::Ended;
use firesteel_testkit::client::{AnswerNull, Client};
use firesteel_testkit::frame;
use serde_json::{Value, json};

use crate::harness::{client, finish, server, texts};

const URI: &str = "file:///hostile.rs";

fn open(client: &Client, text: &str) {
    let document = json!({"uri": URI, "languageId": "rust", "version": 1, "text": text});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
}

fn insert(client: &Client, version: i32, line: u64, character: u64, text: &str) {
    let at = json!({"line": line, "character": character});
    client.notify(
        "textDocument/didChange",
        json!({
            "textDocument": {"uri": URI, "version": version},
            "contentChanges": [{"range": {"start": at, "end": at}, "text": text}],
        }),
    );
}

fn at(line: u64, character: u64) -> Value {
    json!({"textDocument": {"uri": URI}, "position": {"line": line, "character": character}})
}

/// The word that a hover is about, in characters of its line.
async fn hovered(client: &Client, line: u64, character: u64) -> Option<(u64, u64)> {
    let hover = client
        .request("textDocument/hover", at(line, character))
        .await
        .unwrap();
    let end = |end: &str| hover["range"][end]["character"].as_u64();
    Some((end("start")?, end("end")?))
}

async fn inline(client: &Client, line: u64, character: u64) -> Value {
    let mut params = at(line, character);
    params["context"] = json!({"triggerKind": 1});
    client
        .request("textDocument/inlineCompletion", params)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_json_is_answered_and_the_next_message_is_served() {
    let (client, ended) = client().await;
    for body in ["{\"jsonrpc\":\"2.0\",\"id\":", "nonsense", "[]", "{}", "42"] {
        client.write_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
        let stray = client.stray_answers().await.unwrap();
        assert!(stray[0]["error"]["code"].is_i64(), "{body}: {stray:?}");
        assert!(stray[0]["id"].is_null());
    }
    open(&client, "fn alive() {}\n");
    assert!(hovered(&client, 0, 4).await.is_some());
    finish(&client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_methods_and_bad_parameters_are_errors() {
    let (client, ended) = client().await;
    let code = async |method: &str, params: Value| {
        let answer = client.send(method, params).answer().await.unwrap();
        answer.expect_err("an error")["code"].as_i64()
    };
    assert_eq!(code("firesteel/unknown", json!({})).await, Some(-32601));
    assert_eq!(
        code("textDocument/hover", json!({"textDocument": 1})).await,
        Some(-32602)
    );
    assert_eq!(
        code("textDocument/inlineCompletion", json!([])).await,
        Some(-32602)
    );
    assert_eq!(
        code("workspace/executeCommand", json!({"command": "rm"})).await,
        Some(-32602)
    );
    assert_eq!(
        code(
            "workspace/executeCommand",
            json!({"command": "firesteel.action", "arguments": [{}]})
        )
        .await,
        Some(-32602)
    );
    client.notify("textDocument/didOpen", json!({"textDocument": "no"}));
    client.notify("$/unknown", json!({}));
    client.notify("unknown/notification", Value::Null);
    open(&client, "fn alive() {}\n");
    assert!(hovered(&client, 0, 4).await.is_some());
    finish(&client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_and_changes_past_the_end_are_clamped() {
    let (client, ended) = client().await;
    open(&client, "fn alive() {}\n");
    for (line, character) in [
        (0, 10_000),
        (10_000, 0),
        (u64::from(u32::MAX), u64::from(u32::MAX)),
    ] {
        inline(&client, line, character).await;
        let _ = hovered(&client, line, character).await;
    }
    insert(&client, 2, 999, 999, "fn added() {}\n");
    assert!(hovered(&client, 1, 4).await.is_some());
    let inverted =
        json!({"start": {"line": 1, "character": 3}, "end": {"line": 0, "character": 0}});
    let change = json!([{"range": inverted, "text": ""}]);
    client.notify(
        "textDocument/didChange",
        json!({"textDocument": {"uri": URI, "version": 3}, "contentChanges": change}),
    );
    inline(&client, 0, 0).await;
    finish(&client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_a_megabyte_is_served() {
    let (client, ended) = client().await;
    open(
        &client,
        &format!(
            "const X: &str = \"{}\";\nfn alive() {{}}\n",
            "x".repeat(1 << 20)
        ),
    );
    insert(&client, 2, 0, 500_000, "y");
    inline(&client, 0, 500_001).await;
    inline(&client, 1, 3).await;
    assert_eq!(hovered(&client, 1, 4).await, Some((3, 8)));
    finish(&client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn utf16_positions_behind_an_emoji_are_right() {
    let (client, ended) = client().await;
    open(
        &client,
        "fn f() { let s = \"😀\"; g(s); }\nfn g(s: &str) {}\n",
    );
    assert_eq!(
        hovered(&client, 0, 23).await,
        Some((23, 24)),
        "g stands behind a surrogate pair"
    );
    insert(&client, 2, 0, 24, "g");
    insert(&client, 3, 1, 4, "g");
    assert_eq!(hovered(&client, 0, 24).await, Some((23, 25)));
    finish(&client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lone_surrogate_costs_one_character_and_not_the_edit() {
    let (client, ended) = client().await;
    open(&client, "fn alive() {}\n");
    let body = r#"{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///hostile.rs","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"text":"/*\ud83d*/ "}]}}"#;
    client.write_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes());
    assert_eq!(hovered(&client, 0, 10).await, Some((9, 14)));
    finish(&client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_in_lower_case_many_in_one_write_and_one_in_many_writes() {
    let (client, ended) = client().await;
    let message = |version: i32, text: &str| {
        let document = json!({"uri": URI, "version": version});
        let params = json!({"textDocument": document, "contentChanges": [{"text": text}]});
        json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params})
    };
    open(&client, "");
    let lower = |value: &Value| {
        String::from_utf8(frame::encode(value))
            .unwrap()
            .to_lowercase()
    };
    let lower_case = lower(&message(2, "fn lower() {}\n")).replace("didchange", "didChange");
    let lower_case = lower_case
        .replace("textdocument", "textDocument")
        .replace("contentchanges", "contentChanges");
    client.write_raw(lower_case.into_bytes());
    assert_eq!(hovered(&client, 0, 4).await, Some((3, 8)));
    let two = [
        frame::encode(&message(3, "fn a() {}\n")),
        frame::encode(&message(4, "fn both() {}\n")),
    ];
    client.write_raw(two.concat());
    assert_eq!(hovered(&client, 0, 4).await, Some((3, 7)));
    let large = format!("fn large() {{}}\n// {}\n", "é".repeat(60_000));
    for piece in frame::encode(&message(5, &large)).chunks(1_000) {
        client.write_raw(piece.to_vec());
    }
    assert_eq!(hovered(&client, 0, 4).await, Some((3, 8)));
    finish(&client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_are_not_open_and_other_schemes_are_answered() {
    let (client, ended) = client().await;
    let never_opened = json!({"textDocument": {"uri": "file:///never.rs"}, "position": {"line": 0, "character": 0}});
    assert!(
        client
            .request("textDocument/hover", never_opened.clone())
            .await
            .unwrap()
            .is_null()
    );
    insert(&client, 2, 0, 0, "lost");
    for uri in [
        "untitled:Untitled-1",
        "vscode-notebook-cell:/n.ipynb#W0",
        "git:/x.rs?ref=HEAD",
    ] {
        let document =
            json!({"uri": uri, "languageId": "rust", "version": 1, "text": "fn other() {}\n"});
        client.notify("textDocument/didOpen", json!({"textDocument": document}));
        let here = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 4}});
        let hover = client.request("textDocument/hover", here).await.unwrap();
        assert!(hover["contents"]["value"].is_string(), "{uri}: {hover}");
        client.notify(
            "textDocument/didClose",
            json!({"textDocument": {"uri": uri}}),
        );
    }
    finish(&client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_and_a_binary_file_are_opened_and_kept_silent_about() {
    let (client, ended) = client().await;
    open(
        &client,
        &"let x = 1; // a line of a large file\n".repeat(50 * 1024 * 1024 / 37),
    );
    let answer = inline(&client, 3, 0).await;
    assert!(texts(&answer).is_empty());
    let why = json!({"command": "firesteel.whyNoSuggestion", "arguments": [URI]});
    let why = client
        .request("workspace/executeCommand", why)
        .await
        .unwrap();
    assert_eq!(why, "the file is too large");
    open(&client, &"\u{0}\u{1}\u{fffd}\r\u{7f}ELF".repeat(10_000));
    inline(&client, 3, 0).await;
    insert(&client, 2, 1, 1, "\u{0}");
    inline(&client, 1, 2).await;
    finish(&client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_before_initialize_and_after_shutdown_are_refused() {
    let server = server(json!({}));
    let client = Client::new(server.out, server.input, AnswerNull);
    client.notify("textDocument/didOpen", json!({}));
    let early = client
        .send("textDocument/hover", at(0, 0))
        .answer()
        .await
        .unwrap();
    assert_eq!(early.expect_err("too early")["code"], -32002);
    client
        .initialize(json!({"capabilities": {}}))
        .await
        .unwrap();
    let again = client
        .send("initialize", json!({"capabilities": {}}))
        .answer()
        .await
        .unwrap();
    assert!(again.is_err());
    client.request("shutdown", Value::Null).await.unwrap();
    let late = client
        .send("textDocument/hover", at(0, 0))
        .answer()
        .await
        .unwrap();
    assert_eq!(late.expect_err("too late")["code"], -32600);
    client.notify("exit", Value::Null);
    assert_eq!(server.ended.await.unwrap(), Ended::Properly);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_or_exits_early_ends_the_server_abruptly() {
    let (client, ended) = client().await;
    client.notify("exit", Value::Null);
    assert_eq!(ended.await.unwrap(), Ended::Abruptly);
    let server = server(json!({}));
    drop((server.out, server.input));
    assert_eq!(server.ended.await.unwrap(), Ended::Abruptly);
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_changes_as_there_may_be_are_one_step() {
    for n_changes in [300, 10_000_u64] {
        let (client, ended) = client().await;
        open(&client, &"fn f() {}\n".repeat(1_000));
        let change = |n: u64| {
            let at = json!({"line": n * 37 % 1_000, "character": 3});
            json!({"range": {"start": at, "end": at}, "text": "x"})
        };
        let changes: Vec<Value> = (0..n_changes).map(change).collect();
        client.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": URI, "version": 2}, "contentChanges": changes}),
        );
        // It is answered from the text after all of them.
        let per_line = n_changes.div_ceil(1_000);
        let end = hovered(&client, 0, 4).await.unwrap();
        assert_eq!(end, (3, 3 + per_line + 1));
        finish(&client, ended).await;
    }
}
