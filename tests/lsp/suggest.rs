//! Suggestions by the embedded engine, over the standard requests.

use std::sync::Arc;

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::fixture;
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Value, json};

use tokio::sync::Semaphore;

use crate::harness::{PATTERN, editor, finish, texts};

const URI: &str = "file:///shapes.rs";

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_of_the_file_is_completed_and_typing_through_it_keeps_it() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let (text, cursor) = fixture::cursor(PATTERN);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    let answer = editor.inline_completion(URI, 1).result().await.unwrap();
    let params = json!({"command": "firesteel.whyNoSuggestion", "arguments": [URI]});
    let why = editor
        .client
        .request("workspace/executeCommand", params)
        .await
        .unwrap();
    let line = texts(&answer)
        .pop()
        .unwrap_or_else(|| panic!("no suggestion: {why}"));
    assert!(
        line.starts_with("    let margin = shape.margin().ok_or(ShapeError::Empty)?;"),
        "{line}"
    );
    assert_eq!(
        answer[0]["range"]["start"]["character"], 0,
        "the item replaces its line up to the cursor"
    );
    // The same text goes on while it is typed, key by key, also over a backspace.
    for key in ["S", "h", "a", "p", "e", "E", "r"] {
        editor.type_text(URI, key);
        let answer = editor.inline_completion(URI, 2).result().await.unwrap();
        assert_eq!(texts(&answer), std::slice::from_ref(&line));
    }
    let cursor = editor.cursor(URI);
    editor.edit(URI, cursor - 7..cursor, "");
    editor.type_text(URI, "Shape");
    let answer = editor.inline_completion(URI, 1).result().await.unwrap();
    assert_eq!(texts(&answer), std::slice::from_ref(&line));
    let cursor = editor.cursor(URI);
    editor.edit(URI, cursor - 2..cursor, "");
    let answer = editor.inline_completion(URI, 1).result().await.unwrap();
    assert_eq!(texts(&answer), [line]);
    editor.accept(URI, &answer[0]).unwrap();
    assert!(
        editor
            .text(URI)
            .contains("let margin = shape.margin().ok_or(ShapeError::Empty)?;")
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_result_token_streams_and_leaves_the_answer_empty() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let (text, cursor) = fixture::cursor(PATTERN);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    let mut params = editor.here(URI);
    params["context"] = json!({"triggerKind": 1});
    params["partialResultToken"] = json!("ghost");
    let answer = editor
        .client
        .request("textDocument/inlineCompletion", params)
        .await
        .unwrap();
    assert_eq!(answer, json!([]));
    let mut last = String::new();
    while let Some(partial) = editor
        .client
        .take_notification(|message| message["params"]["token"] == "ghost")
    {
        let text = texts(&partial["params"]["value"]).pop().expect("an item");
        assert!(text.starts_with(&last), "{text} does not extend {last}");
        last = text;
    }
    assert!(last.contains("ok_or(ShapeError::Empty)?;"), "{last}");
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_has_the_suggestion_where_there_is_no_ghost_text() {
    let without_ghost_text = json!({"capabilities": {"textDocument": {"inlineCompletion": null}}});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, without_ghost_text).await;
    let (text, cursor) = fixture::cursor(PATTERN);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    let list = editor
        .client
        .request("textDocument/completion", editor.here(URI))
        .await
        .unwrap();
    assert_eq!(list["isIncomplete"], true);
    let item = &list["items"][0];
    assert!(
        item["filterText"]
            .as_str()
            .unwrap()
            .starts_with("ShapeError"),
        "{item}"
    );
    let resolved = editor
        .client
        .request("completionItem/resolve", item.clone())
        .await
        .unwrap();
    assert_eq!(&resolved, item);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn superseded_requests_are_answered_null_and_the_newest_is_served() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let (text, cursor) = fixture::cursor(PATTERN);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    let asked: Vec<_> = (0..50).map(|_| editor.inline_completion(URI, 2)).collect();
    let mut answers = Vec::new();
    for pending in asked {
        answers.push(pending.result().await.unwrap());
    }
    assert!(
        !texts(answers.last().unwrap()).is_empty(),
        "the newest request has no answer"
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_explained() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let why = async |uri: &str| {
        let params = json!({"command": "firesteel.whyNoSuggestion", "arguments": [uri]});
        editor
            .client
            .request("workspace/executeCommand", params)
            .await
            .unwrap()
    };
    editor.open(URI, "rust", "fn f() { let x = 1; }\n");
    editor.move_to(URI, 9);
    assert!(
        editor
            .inline_completion(URI, 2)
            .result()
            .await
            .unwrap()
            .is_null()
    );
    assert_eq!(
        why(URI).await,
        "the cursor is in the middle of a line of code"
    );
    let metrics = json!({"command": "firesteel.metrics"});
    let metrics = editor.client.request("workspace/executeCommand", metrics);
    let metrics = metrics.await.unwrap();
    assert_eq!(
        metrics["silences"],
        json!({"middle_of_line": 1}),
        "{metrics}"
    );
    let private = "file:///project/.env";
    editor.open(private, "plaintext", "TOKEN=");
    assert!(
        editor
            .inline_completion(private, 1)
            .result()
            .await
            .unwrap()
            .is_null()
    );
    let reason = why(private).await;
    assert!(
        reason
            .as_str()
            .is_some_and(|reason| reason.contains("private by its name")),
        "{reason}"
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_announces_what_it_serves() {
    let server = crate::harness::server(json!({}));
    let client = firesteel_testkit::client::Client::new(
        server.out,
        server.input,
        firesteel_testkit::client::AnswerNull,
    );
    let general = json!({"positionEncodings": ["utf-16", "utf-32", "utf-8"]});
    let result = client
        .initialize(json!({"capabilities": {"general": general}}))
        .await
        .unwrap();
    let capabilities = &result["capabilities"];
    assert_eq!(capabilities["positionEncoding"], "utf-8");
    assert_eq!(capabilities["inlineCompletionProvider"], true);
    assert_eq!(capabilities["completionProvider"]["resolveProvider"], true);
    assert_eq!(capabilities["codeActionProvider"]["resolveProvider"], true);
    assert_eq!(capabilities["hoverProvider"], true);
    assert_eq!(capabilities["textDocumentSync"]["change"], 2);
    let commands = capabilities["executeCommandProvider"]["commands"]
        .as_array()
        .unwrap();
    assert!(commands.contains(&Value::from("firesteel.whyNoSuggestion")));
    finish(&client, server.ended).await;
}

/// A file of which the embedded engine knows nothing to say.
const EMPTY: &str = "fn total(items: &[u32]) -> u32 {\n    $0\n}\n";

/// A hosted model that says `text` four characters at a time, each time the test lets it.
fn at_the_tests_pace(text: &'static str) -> (Script, Arc<Semaphore>) {
    let pace = Arc::new(Semaphore::new(0));
    let steps = pace.clone();
    let script = Script::new().answer(move |_, mut responder| {
        let steps = steps.clone();
        async move {
            let _ = responder.created().await;
            for piece in text.as_bytes().chunks(4) {
                steps.acquire().await.unwrap().forget();
                let _ = responder.text(std::str::from_utf8(piece).unwrap()).await;
            }
            let _ = responder.completed().await;
        }
    });
    (script, pace)
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_agree_with_a_text_being_written_go_on_with_it() {
    let (script, pace) = at_the_tests_pace("items.iter().sum()");
    let model = script.start().await.unwrap();
    // Nothing is to be prefetched where requests are counted.
    let settings = json!({"model.url": model.base_url(), "suggest.eagerness": "quiet"});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
    let (text, cursor) = fixture::cursor(EMPTY);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    let mut asked = vec![editor.inline_completion(URI, 2)];
    model.wait(|log| log.requests.len() == 1).await;
    for key in ["i", "t", "e"] {
        editor.type_text(URI, key);
        asked.push(editor.inline_completion(URI, 2));
        pace.add_permits(1);
    }
    let last = asked.pop().unwrap();
    for superseded in asked {
        assert!(superseded.result().await.unwrap().is_null());
    }
    pace.add_permits(100);
    let last = last.result().await.unwrap();
    assert_eq!(texts(&last), ["    items.iter().sum()"]);
    // Backspace, and the same once more: from memory.
    let cursor = editor.cursor(URI);
    editor.edit(URI, cursor - 3..cursor, "");
    let answer = editor.inline_completion(URI, 2).result().await.unwrap();
    assert_eq!(texts(&answer), ["    items.iter().sum()"]);
    assert_eq!(model.log().requests.len(), 1);
    finish(&editor.client, ended).await;
}

/// A file in which the first line of a function breaks the code until some of it is typed.
const METHODS: &str = "impl Store {\n    fn one(&self) {}\n$0\n}\n";

/// A model that says the first line of a function where nothing of it stands yet, and elsewhere nothing for ever.
fn says_it_once(may_speak: Arc<Semaphore>) -> Script {
    Script::new().answer(move |request, mut responder| {
        let may_speak = may_speak.clone();
        async move {
            let _ = responder.created().await;
            if request.body.to_string().matches("fn ").count() > 1 {
                std::future::pending::<()>().await;
            }
            let _permit = may_speak.acquire().await.unwrap();
            let _ = responder.text("    fn two(&self) -> usize {").await;
            let _ = responder.completed().await;
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_breaks_the_code_is_shown_once_enough_of_it_is_typed() {
    for typed_while_it_is_written in [true, false] {
        let may_speak = Arc::new(Semaphore::new(0));
        let model = says_it_once(may_speak.clone()).start().await.unwrap();
        let settings = json!({"model.url": model.base_url(), "suggest.eagerness": "eager"});
        let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
        let (text, cursor) = fixture::cursor(METHODS);
        editor.open(URI, "rust", &text);
        editor.move_to(URI, cursor);
        let first = editor.inline_completion(URI, 2);
        model.wait(|log| log.requests.len() == 1).await;
        if !typed_while_it_is_written {
            may_speak.add_permits(1);
            let refused = first.result().await.unwrap();
            assert!(texts(&refused).is_empty(), "{refused}");
        }
        editor.type_text(URI, "    fn ");
        let newest = editor.inline_completion(URI, 2);
        may_speak.add_permits(1);
        let shown = texts(&newest.result().await.unwrap());
        assert_eq!(shown, ["    fn two(&self) -> usize"]);
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_text_that_nobody_waits_for_is_remembered() {
    let (script, pace) = at_the_tests_pace("items.iter().sum()");
    let model = script.start().await.unwrap();
    // Nothing is to be prefetched where requests are counted.
    let settings = json!({"model.url": model.base_url(), "suggest.eagerness": "quiet"});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
    let (text, cursor) = fixture::cursor(EMPTY);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    let left = editor.inline_completion(URI, 2);
    pace.add_permits(1);
    model.wait(|log| log.requests.len() == 1).await;
    // The model has said `item` when the user types something else.
    editor.type_text(URI, "x");
    let other = editor.inline_completion(URI, 2);
    assert!(left.result().await.unwrap().is_null());
    pace.add_permits(100);
    let _ = other.result().await.unwrap();
    let cursor = editor.cursor(URI);
    editor.edit(URI, cursor - 1..cursor, "");
    let answer = editor.inline_completion(URI, 2).result().await.unwrap();
    assert_eq!(texts(&answer), ["    items.iter().sum()"]);
    assert!(model.log().requests.len() <= 2);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_late_finds_the_answer_begun_with_its_edit() {
    let (script, pace) = at_the_tests_pace("tems.iter().sum()");
    let model = script.start().await.unwrap();
    // Nothing is to be prefetched where requests are counted.
    let settings = json!({"model.url": model.base_url(), "suggest.eagerness": "quiet"});
    let without_ghost_text = json!({"capabilities": {"textDocument": {"inlineCompletion": null}}});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, without_ghost_text).await;
    let (text, cursor) = fixture::cursor(EMPTY);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    editor.type_text(URI, "i");
    pace.add_permits(100);
    model.wait(|log| log.requests.len() == 1).await;
    let here = editor.here(URI);
    let list = editor.client.request("textDocument/completion", here);
    let list = list.await.unwrap();
    assert_eq!(
        list["items"][0]["textEdit"]["newText"],
        "items.iter().sum()"
    );
    assert_eq!(model.log().requests.len(), 1);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_a_suggestion_is_there_when_it_is_taken() {
    let script = Script::new().answer(|request, mut responder| async move {
        let is_ahead = request.body.to_string().contains("items.iter().sum()");
        let text = if is_ahead {
            " + 1"
        } else {
            "items.iter().sum()"
        };
        let _ = responder.created().await;
        let _ = responder.text(text).await;
        let _ = responder.completed().await;
    });
    let model = script.start().await.unwrap();
    let settings = json!({"model.url": model.base_url()});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
    let (text, cursor) = fixture::cursor(EMPTY);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    let answer = editor.inline_completion(URI, 2).result().await.unwrap();
    model.wait(|log| log.requests.len() == 2).await;
    editor.accept(URI, &answer[0]).unwrap();
    let accepted = answer[0]["command"].clone();
    editor
        .client
        .request("workspace/executeCommand", accepted)
        .await
        .unwrap();
    let answer = editor.inline_completion(URI, 2).result().await.unwrap();
    assert_eq!(texts(&answer), ["    items.iter().sum() + 1"]);
    // A word of it is taken, as editors do that by themselves: the rest is there with no request.
    editor.edit(URI, cursor + 18..cursor + 18, " + ");
    editor.move_to(URI, cursor + 21);
    let answer = editor.inline_completion(URI, 2).result().await.unwrap();
    assert_eq!(texts(&answer), ["    items.iter().sum() + 1"]);
    let metrics = json!({"command": "firesteel.metrics"});
    let metrics = editor
        .client
        .request("workspace/executeCommand", metrics)
        .await
        .unwrap();
    assert_eq!(metrics["shown"], 2, "{metrics}");
    assert_eq!(metrics["accepted"], 1, "{metrics}");
    assert_eq!(metrics["partially_accepted"], 1, "{metrics}");
    assert_eq!(metrics["silences"], json!({}), "{metrics}");
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_is_told_when_it_changes_to_clients_that_want_it() {
    let wants = json!({"capabilities": {"experimental": {"firesteelStatus": true}}});
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, wants).await;
    let told = async |silent: bool| {
        let is_status = |message: &Value| message["method"] == "firesteel/status";
        let notification = editor
            .client
            .notification(|it| is_status(it) && it["params"]["silence"].is_string() == silent);
        notification.await.unwrap()["params"].clone()
    };
    assert_eq!(told(false).await["answering"], "local");
    editor.open(URI, "rust", "fn f() { let x = 1; }\n");
    editor.move_to(URI, 9);
    let _ = editor.inline_completion(URI, 2).result().await.unwrap();
    let silent = told(true).await;
    assert_eq!(
        silent["silence"],
        "the cursor is in the middle of a line of code"
    );
    assert_eq!(silent["source"], Value::Null);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_by_a_key_is_given_alternatives() {
    let texts_in_turn = [
        "items.iter().sum()",
        "items.len() as u32",
        "items.len() as u32",
    ];
    let script = texts_in_turn.iter().fold(Script::new(), |script, text| {
        script.reply(Reply::text(*text))
    });
    let model = script.start().await.unwrap();
    let settings = json!({"model.url": model.base_url(), "suggest.eagerness": "off"});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
    let (text, cursor) = fixture::cursor(EMPTY);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    let unasked = editor.inline_completion(URI, 2).result().await.unwrap();
    assert!(unasked.is_null(), "it is off");
    let answer = editor.inline_completion(URI, 1).result().await.unwrap();
    let mut found = texts(&answer);
    found.sort();
    assert_eq!(found, ["    items.iter().sum()", "    items.len() as u32"]);
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_hosted_model_the_alternatives_are_the_likeliest_lines() {
    const OPEN: &str = "fn first(item: &Item) {\n    send(item.name.clone());\n}\n\nfn second(item: &Item) {\n    \
        send(item.value.clone());\n}\n\nfn third(item: &Item) {\n    send(item.$0\n}\n";
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let (text, cursor) = fixture::cursor(OPEN);
    editor.open(URI, "rust", &text);
    editor.move_to(URI, cursor);
    let answer = editor.inline_completion(URI, 1).result().await.unwrap();
    let found = texts(&answer);
    for line in [
        "    send(item.name.clone());",
        "    send(item.value.clone());",
    ] {
        assert!(found.iter().any(|it| it == line), "{found:?}");
    }
    let unasked = editor.inline_completion(URI, 2).result().await.unwrap();
    assert!(texts(&unasked).len() <= 1, "{unasked}");
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_appears_unasked_in_what_a_machine_has_made() {
    let (editor, ended) = editor(json!({}), ApplyStyle::EchoFirst, json!({})).await;
    let (pattern, cursor) = fixture::cursor(PATTERN);
    let line = "let total = entries.map((entry) => entry.weight); ".repeat(40);
    let minified = format!("{line}\n{line}\n{line}\n");
    let data = format!(
        "[{}]\n",
        "{\"name\": \"entry\", \"weight\": 1}, ".repeat(400)
    );
    let prose = format!("{}\n\n", "A paragraph is one line. ".repeat(30)).repeat(20);
    for (name, language, head, is_quiet) in [
        ("a.rs", "rust", "", false),
        ("b.rs", "rust", "// @generated by a tool\n", true),
        (
            "c.go",
            "go",
            "// Code generated by protoc-gen-go. DO NOT EDIT.\n",
            true,
        ),
        ("d.js", "javascript", minified.as_str(), true),
        ("e.json", "json", data.as_str(), true),
        ("f.md", "markdown", prose.as_str(), false),
    ] {
        let uri = format!("file:///made/{name}");
        editor.open(&uri, language, &format!("{head}{pattern}"));
        editor.move_to(&uri, head.len() + cursor);
        let answer = editor.inline_completion(&uri, 2).result().await.unwrap();
        let params = json!({"command": "firesteel.whyNoSuggestion", "arguments": [uri]});
        let why = editor.client.request("workspace/executeCommand", params);
        let why = why.await.unwrap().to_string();
        assert_eq!(
            why.contains("generated or minified"),
            is_quiet,
            "{name}: {why}"
        );
        if is_quiet {
            assert_eq!(texts(&answer), [""; 0], "{name}");
        }
        // Asked explicitly it is treated as any other file.
        let answer = editor.inline_completion(&uri, 1).result().await.unwrap();
        if ["rust", "go"].contains(&language) {
            assert!(!texts(&answer).is_empty(), "{name}");
        }
    }
    finish(&editor.client, ended).await;
}
