//! Secrets that are typed, pasted and edited while a hosted model is asked at every key: nothing of them reaches its wire.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Script, Server};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::harness::{editor, finish};

/// The least of a secret that tells something of it, in bytes.
const PART: usize = 4;

/// A model that says the same to everything.
async fn listening() -> (Server, Editor, JoinHandle<firesteel_server::Ended>) {
    let script = Script::new().answer(|_, mut responder| async move {
        let _ = responder.created().await;
        let _ = responder.text("nothing_of_interest()").await;
        let _ = responder.completed().await;
    });
    let model = script.start().await.unwrap();
    let settings = json!({
        "model.url": model.base_url(),
        "suggest.eagerness": "eager",
        "local.assist": false,
    });
    let params = json!({"rootUri": "file:///home/somebody/project"});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, params).await;
    (model, editor, ended)
}

/// Every part of a secret, in the order of its text.
fn parts(secret: &str) -> impl Iterator<Item = &str> {
    let whole = secret.lines().filter(|line| !line.starts_with("-----"));
    whole.flat_map(|line| (0..line.len()).filter_map(move |at| line.get(at..at + PART)))
}

/// Types `before`, the secret and `after` key by key and asks at each; then asks for more below, and for the next edit.
async fn typed(language: &str, name: &str, before: &str, secret: &str, after: &str) {
    let (model, editor, ended) = listening().await;
    let uri = format!("file:///home/somebody/project/{name}");
    editor.open(&uri, language, before);
    editor.move_to(&uri, before.len());
    let keys = format!("{secret}{after}\n");
    for key in keys.chars() {
        editor.type_text(&uri, &key.to_string());
        let trigger = if key == '\n' { 1 } else { 2 };
        editor
            .inline_completion(&uri, trigger)
            .result()
            .await
            .unwrap();
    }
    // In the middle of it, and with some of it taken away again.
    let middle = before.len() + secret.len() / 2;
    editor.move_to(&uri, middle);
    editor.inline_completion(&uri, 1).result().await.unwrap();
    editor.edit(&uri, middle..middle + 1, "");
    editor.move_to(&uri, middle);
    editor.inline_completion(&uri, 1).result().await.unwrap();
    let end = editor.text(&uri).len();
    editor.move_to(&uri, end);
    editor.inline_completion(&uri, 1).result().await.unwrap();
    let command = json!({"command": "firesteel.nextEdit", "arguments": [editor.here(&uri)]});
    let _ = editor
        .client
        .request("workspace/executeCommand", command)
        .await;
    let requests = model.log().requests;
    assert!(!requests.is_empty(), "{before}: the model was never asked");
    let rest = format!("{before}{after}");
    for request in &requests {
        let sent = request.body.to_string();
        for part in parts(secret).filter(|part| !rest.contains(part)) {
            assert!(
                !sent.contains(part),
                "{before}: {part} of {secret} was sent: {sent}"
            );
        }
    }
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_typed_is_never_sent() {
    for (language, name, before, secret, after) in [
        (
            "python",
            "a.py",
            "import os\npassword = \"",
            "zQ7vw-Kp2mXy",
            "\"\n",
        ),
        (
            "python",
            "b.py",
            "db.connect(user='u', password='",
            "Vk9 jJq!wz",
            "')\n",
        ),
        (
            "javascript",
            "c.js",
            "const apiKey = '",
            "qKz81vJw0PmX77",
            "';\n",
        ),
        (
            "go",
            "d.go",
            "package a\n\nvar token = `",
            "jZx0wqKv9PbT4m",
            "`\n",
        ),
        (
            "rust",
            "e.rs",
            "const API_KEY: &str = \"",
            "wqJx93KzvPm0Tb",
            "\";\n",
        ),
        (
            "yaml",
            "f.yaml",
            "database:\n  password: ",
            "Zk3vQw9jXp",
            "\n",
        ),
        (
            "python",
            "g.py",
            "url = \"postgres://bob:",
            "qXk7vZw2Jp",
            "@db/x\"\n",
        ),
        (
            "python",
            "h.py",
            "pem = \"\"\"",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx1J5sYq2Lm0vN8dQw3eRtYuIoPaSdFgHjKlZxCvBnM123456\nq9W8e7R6t5Y4u3I2o1P0aSdFgHjKlZxCvBnMqWeRtYuIoPlKjHgFdSaZxCvBnM98\n-----END RSA PRIVATE KEY-----",
            "\"\"\"\n",
        ),
    ] {
        typed(language, name, before, secret, after).await;
    }
}
