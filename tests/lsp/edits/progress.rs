//! Progress: shown as soon as the client has made room for it, while the work goes on.

use firesteel_testkit::client::{Client, Responder};
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Value, json};

use crate::harness::{finish, offline, server};

/// A client that makes room for a progress only when it is asked to apply an edit, which it then refuses.
#[derive(Default)]
struct Late {
    asked: Option<Value>,
}

impl Responder for Late {
    fn respond(&mut self, id: &Value, method: &str, _: &Value, send: &mut dyn FnMut(Value)) {
        let answer =
            |id: &Value, result: Value| json!({"jsonrpc": "2.0", "id": id, "result": result});
        match method {
            "window/workDoneProgress/create" => self.asked = Some(id.clone()),
            "workspace/applyEdit" => {
                if let Some(asked) = self.asked.take() {
                    send(answer(&asked, Value::Null));
                }
                send(answer(id, json!({"applied": false, "failureReason": "no"})));
            }
            _ => send(answer(id, Value::Null)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_asked_before_the_client_has_made_room_for_a_progress() {
    let script = Script::new().reply(Reply::text("fn f() -> u32 {\n    2\n}\n"));
    let model = script.start().await.unwrap();
    let server = server(offline(json!({"model.url": model.base_url()})));
    let client = Client::new(server.out, server.input, Late::default());
    let capabilities = json!({
        "workspace": {"applyEdit": true, "workspaceEdit": {"documentChanges": true}},
        "window": {"workDoneProgress": true},
    });
    let hello = json!({"processId": null, "rootUri": null, "capabilities": capabilities});
    client.initialize(hello).await.unwrap();
    let uri = "file:///a.rs";
    let document = json!({"uri": uri, "languageId": "rust", "version": 1, "text": "fn f() -> u32 {\n    1\n}\n"});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
    let at = json!({"line": 1, "character": 4});
    let argument = json!({"uri": uri, "range": {"start": at, "end": at}, "instruction": "Say 2"});
    let params = json!({"command": "firesteel.edit", "arguments": [argument]});
    client
        .request("workspace/executeCommand", params)
        .await
        .unwrap();
    let of_kind = |kind: &'static str| move |it: &Value| it["params"]["value"]["kind"] == kind;
    client.notification(of_kind("begin")).await.unwrap();
    client.notification(of_kind("end")).await.unwrap();
    finish(&client, server.ended).await;
}
