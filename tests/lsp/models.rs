//! What clients are told of the models: how each stands, which is ready and which is not, and another choice.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::http::{Answer, HttpServer};
use firesteel_testkit::script::{Connection, Script};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::harness::{editor, finish, texts};

const URI: &str = "file:///x.rs";
const RUST: &str = "fn total(items: &[u32]) -> u32 {\n    \n}\n";
const CURSOR: usize = "fn total(items: &[u32]) -> u32 {\n    ".len();

async fn start(settings: Value) -> (Editor, JoinHandle<firesteel_server::Ended>) {
    let params = json!({"capabilities": {"experimental": {"firesteelStatus": true}}});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, params).await;
    editor.open(URI, "rust", RUST);
    editor.move_to(URI, CURSOR);
    (editor, ended)
}

async fn execute(editor: &Editor, command: &str, argument: Value) -> Result<Value, String> {
    let params = json!({"command": command, "arguments": [argument]});
    let answer = editor
        .client
        .request("workspace/executeCommand", params)
        .await;
    answer.map_err(|error| format!("{error:?}"))
}

/// Waits until the client is told that a role is in a state, and gives what it is told of the role.
async fn told(editor: &Editor, role: &str, state: &str) -> Value {
    let is_it = |message: &Value| {
        message["method"] == "firesteel/status"
            && message["params"]["roles"][role]["state"] == state
    };
    let message = editor.client.notification(is_it).await.unwrap();
    message["params"]["roles"][role].clone()
}

/// A chat server that says this.
async fn saying(text: &'static str) -> HttpServer {
    let chunk = json!({"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]});
    let answer = Answer::sse(&[&chunk.to_string(), "[DONE]"]);
    let nothing = Answer::json(404, r#"{"error":{"message":"no such route"}}"#);
    HttpServer::start(
        move |request| match request.path.ends_with("chat/completions") {
            true => answer.clone(),
            false => nothing.clone(),
        },
    )
    .await
    .unwrap()
}

async fn refusing(status: u16, body: &'static str) -> HttpServer {
    HttpServer::start(move |_| Answer::json(status, body))
        .await
        .unwrap()
}

fn chat(server: &HttpServer) -> Value {
    json!({"preset": "chat", "url": server.url(), "name": "m"})
}

#[tokio::test(flavor = "multi_thread")]
async fn no_model_is_ready_before_it_has_answered() {
    let server = saying("items.iter().sum()").await;
    let (editor, ended) = start(json!({"model": chat(&server)})).await;
    let before = told(&editor, "complete", "untried").await;
    assert_eq!(
        (&before["model"], &before["wire"]),
        (&json!("m"), &json!("chat")),
        "{before}"
    );
    let answer = editor.inline_completion(URI, 1).result().await.unwrap();
    assert!(!texts(&answer).is_empty());
    let after = told(&editor, "complete", "ready").await;
    assert_eq!(after["answering"], "hosted", "{after}");
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_never_ready_and_says_why() {
    let route = refusing(404, r#"{"error":{"message":"no such route"}}"#).await;
    let key = refusing(401, r#"{"error":{"message":"bad key"}}"#).await;
    let page = HttpServer::start(|_| Answer::text(200, "text/html", "<html>It works!</html>"))
        .await
        .unwrap();
    for (server, why) in [
        (&route, "right port"),
        (&key, "bad key"),
        (&page, "right port"),
    ] {
        let (editor, ended) = start(json!({"model": chat(server)})).await;
        let _ = editor.inline_completion(URI, 1).result().await.unwrap();
        let role = told(&editor, "complete", "refused").await;
        assert!(role["why"].as_str().unwrap().contains(why), "{role}");
        assert_eq!(role["answering"], "embedded", "{role}");
        finish(&editor.client, ended).await;
    }
    // A key that a socket's server refuses is no lack of a network.
    let socket = Script::new()
        .otherwise(Connection::refused(401))
        .start()
        .await
        .unwrap();
    let (editor, ended) = start(json!({"model.url": socket.base_url(), "model.name": "m"})).await;
    let role = told(&editor, "complete", "refused").await;
    assert_eq!(role["answering"], "embedded", "{role}");
    finish(&editor.client, ended).await;
    let (editor, ended) = start(json!({"model.url": "ws://127.0.0.1:9/v1"})).await;
    assert!(told(&editor, "edit", "away").await["why"].is_string());
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_model_the_embedded_engine_is_named() {
    let (editor, ended) = start(json!({})).await;
    let status = execute(&editor, "firesteel.status", Value::Null)
        .await
        .unwrap();
    let states: Vec<_> = ["complete", "edit", "explain", "ask"]
        .map(|role| status["roles"][role]["state"].clone())
        .into();
    assert_eq!(states, ["embedded", "none", "embedded", "embedded"]);
    assert!(status["hosted"].is_null());
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_is_asked_for_as_long_as_the_session_lasts() {
    let (one, two) = (
        saying("items.iter().sum()").await,
        saying("items.len() as u32").await,
    );
    let settings = json!({
        "models": {"one": chat(&one), "two": chat(&two), "broken": {"name": "m"}},
        "roles": {"complete": ["one"], "edit": ["one"]},
        "local.assist": false,
    });
    let (editor, ended) = start(settings).await;
    let listed = execute(&editor, "firesteel.models", Value::Null)
        .await
        .unwrap();
    let states = |listed: &Value| -> Vec<(String, String)> {
        let entry = |entry: &Value| {
            let text = |field: &str| entry[field].as_str().unwrap().to_owned();
            (text("name"), text("state"))
        };
        listed["models"]
            .as_array()
            .unwrap()
            .iter()
            .map(entry)
            .collect()
    };
    let expected = [
        ("broken", "unusable"),
        ("one", "untried"),
        ("two", "unused"),
        ("embedded", "embedded"),
    ];
    assert_eq!(
        states(&listed),
        expected.map(|(name, state)| (name.to_owned(), state.to_owned()))
    );
    for (bad, said) in [
        (
            json!({"model": "three"}),
            "there are broken, one, two, embedded",
        ),
        (
            json!({"model": "two", "role": "cook"}),
            "no role is called cook",
        ),
        (
            json!({"model": "embedded", "role": "edit"}),
            "no part in edit",
        ),
    ] {
        let refused = execute(&editor, "firesteel.useModel", bad.clone())
            .await
            .unwrap_err();
        assert!(refused.contains(said), "{bad}: {refused}");
    }
    let chosen = execute(
        &editor,
        "firesteel.useModel",
        json!({"model": "two", "role": "complete"}),
    )
    .await;
    let chosen = chosen.unwrap();
    assert_eq!(
        chosen["roles"]["complete"]["choices"],
        json!(["two", "one", "embedded"]),
        "{chosen}"
    );
    assert_eq!(chosen["roles"]["edit"]["name"], "one");
    let answer = editor.inline_completion(URI, 1).result().await.unwrap();
    assert_eq!(texts(&answer), ["    items.len() as u32"]);
    // It holds when settings come, which know nothing of it.
    editor.client.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"suggest.max_lines": 7}}),
    );
    let listed = execute(&editor, "firesteel.models", Value::Null)
        .await
        .unwrap();
    assert_eq!(listed["roles"]["complete"]["name"], "two");
    let all = execute(&editor, "firesteel.useModel", json!({"model": "embedded"}))
        .await
        .unwrap();
    assert_eq!(all["roles"]["complete"]["state"], "embedded", "{all}");
    assert_eq!(
        all["roles"]["edit"]["name"], "one",
        "it has no part there: {all}"
    );
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_tried_on_request_and_the_user_told() {
    let key = refusing(401, r#"{"error":{"message":"bad key"}}"#).await;
    let good = saying("left * right").await;
    let cases = [
        (
            json!({"model": chat(&good)}),
            json!({"model": "model"}),
            "m (chat at http://127.0.0.1",
            "answers: first token",
        ),
        (
            json!({"model": chat(&key)}),
            Value::Null,
            "the key is not accepted",
            "bad key",
        ),
        (
            json!({}),
            Value::Null,
            "no model is configured",
            "firesteel setup",
        ),
        (
            json!({"model": chat(&good)}),
            json!({"model": "other"}),
            "other",
            "not asked in any role",
        ),
    ];
    for (settings, argument, one, two) in cases {
        let (editor, ended) = start(settings).await;
        let answer = execute(&editor, "firesteel.testModel", argument).await;
        assert_eq!(answer, Ok(Value::Null));
        let is_told = |message: &Value| message["method"] == "window/showMessage";
        let message = editor.client.notification(is_told).await.unwrap();
        let text = message["params"]["message"].as_str().unwrap();
        assert!(text.contains(one) && text.contains(two), "{text}");
        finish(&editor.client, ended).await;
    }
}
