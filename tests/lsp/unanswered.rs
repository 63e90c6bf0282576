//! A client that answers nothing, or refuses all that it is asked: the server goes on without.

use firesteel_testkit::client::{ANSWER_TIMEOUT, Client, Responder};
use serde_json::{Value, json};

use crate::harness::{finish, offline, server};

/// Answers no request, or refuses each.
struct Unhelpful {
    refuses: bool,
}

impl Responder for Unhelpful {
    fn respond(&mut self, id: &Value, _: &str, _: &Value, send: &mut dyn FnMut(Value)) {
        if self.refuses {
            let error = json!({"code": -32603, "message": "no"});
            send(json!({"jsonrpc": "2.0", "id": id, "error": error}));
        }
    }
}

/// Announces all that the server has requests for.
fn everything() -> Value {
    json!({
        "workspace": {
            "applyEdit": true,
            "configuration": true,
            "didChangeConfiguration": {"dynamicRegistration": true},
            "didChangeWatchedFiles": {"dynamicRegistration": true},
            "workspaceEdit": {"documentChanges": true},
        },
        "window": {"workDoneProgress": true, "showDocument": {"support": true}},
        "textDocument": {"inlineCompletion": {}},
    })
}

async fn execute(client: &Client, command: &str, argument: Value) -> Value {
    let params = json!({"command": command, "arguments": [argument]});
    let answer = client.request("workspace/executeCommand", params);
    answer.await.unwrap()
}

/// Asks until a value is what it should be.
async fn becomes(expected: Value, ask: impl AsyncFn() -> Value) {
    let asking = async { while ask().await != expected {} };
    let asked = tokio::time::timeout(ANSWER_TIMEOUT, asking).await;
    assert!(asked.is_ok(), "it never becomes {expected}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_does_not_answer_keeps_nothing_waiting() {
    for refuses in [true, false] {
        let root = tempfile::tempdir().unwrap();
        let folder = format!("file://{}", root.path().display());
        let server = server(offline(json!({})));
        let client = Client::new(server.out, server.input, Unhelpful { refuses });
        let params = json!({"rootUri": folder, "capabilities": everything()});
        client.initialize(params).await.unwrap();
        // It is asked for its settings, in vain, and tells them later after all.
        for settings in [Value::Null, json!({"suggest.max_lines": 7})] {
            let params = json!({"settings": settings});
            client.notify("workspace/didChangeConfiguration", params);
        }
        let lines = async || {
            let all = execute(&client, "firesteel.configuration", Value::Null).await;
            all["settings"]["suggest.max_lines"]["value"].clone()
        };
        becomes(json!(7), lines).await;
        // An edit ends, and says why nothing has come of it.
        let uri = format!("{folder}/a.rs");
        let text = "pub fn parse(text: &str) -> u32 {\n    text.len() as u32\n}\n";
        let document = json!({"uri": uri, "languageId": "rust", "version": 1, "text": text});
        client.notify("textDocument/didOpen", json!({"textDocument": document}));
        let at = json!({"line": 0, "character": 8});
        let params = json!({
            "textDocument": {"uri": uri},
            "range": {"start": at, "end": at},
            "context": {"diagnostics": []},
        });
        let listed = client.request("textDocument/codeAction", params).await;
        let listed = listed.unwrap();
        let listed = listed.as_array().unwrap();
        let is_it = |action: &&Value| action["title"].as_str().unwrap().starts_with("Document");
        let command = listed.iter().find(is_it).unwrap()["command"].clone();
        let started = client.request("workspace/executeCommand", command);
        started.await.unwrap();
        let is_told = |message: &Value| message["method"] == "window/showMessage";
        let told = client.notification(is_told).await.unwrap();
        assert!(told["params"]["message"].is_string(), "{told}");
        // What it does not watch for us we watch ourselves.
        let by = async || {
            let status = execute(&client, "firesteel.status", Value::Null).await;
            status["files"]["by"].clone()
        };
        becomes(json!("server"), by).await;
        finish(&client, server.ended).await;
    }
}
