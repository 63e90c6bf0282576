//! Pieces of other files in a hosted model's prompt: those that match the place, under the rules of what may leave.

use std::path::Path;

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::http::{Answer, HttpLog, HttpRequest, HttpServer};
use firesteel_testkit::script::Script;
use serde_json::{Value, json};

use crate::harness::{POLLS, editor, finish};

const POOL: &str = "\
pub struct Pool;

impl Pool {
    pub fn checkout_connection(&self, timeout: Duration) -> Result<Connection> {
        self.slots.take(timeout)
    }
}
";
const USER: &str = "\
const API_KEY: &str = \"0123456789abcdef\";

fn one(pool: &Pool) -> Result<()> {
    let connection = pool.checkout_connection(TIMEOUT)?;
    connection.execute(API_KEY)
}
";

/// What a model was told at most in so many requests, each from another line; `settings` beside those of the model.
async fn told(settings: serde_json::Value, enough: impl Fn(&str) -> bool) -> String {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("pool.rs"), POOL).unwrap();
    std::fs::write(root.path().join("one.rs"), USER).unwrap();
    let model = Script::new()
        .answer(|_, mut responder| async move {
            let _ = responder.created().await;
            let _ = responder.completed().await;
        })
        .start()
        .await
        .unwrap();
    let mut all = json!({"model.url": model.base_url()});
    for (name, value) in settings.as_object().unwrap() {
        all[name] = value.clone();
    }
    let params = json!({"rootUri": format!("file://{}", root.path().display())});
    let (editor, ended) = editor(all, ApplyStyle::EchoFirst, params).await;
    let uri = format!("file://{}/two.rs", root.path().display());
    let text = "fn two(pool: &Pool) -> Result<()> {";
    editor.open(&uri, "rust", text);
    editor.move_to(&uri, text.len());
    let mut told = String::new();
    for _ in 0..POLLS.min(60) {
        editor.type_text(&uri, "\n    let connection = pool.checkout_connection(");
        for _ in 0..2 {
            editor.type_text(&uri, "x");
            editor.inline_completion(&uri, 1).result().await.unwrap();
        }
        told = model
            .log()
            .requests
            .last()
            .map(|request| request.body.to_string())
            .unwrap_or_default();
        if enough(&told) {
            break;
        }
    }
    finish(&editor.client, ended).await;
    let folder = root.path().to_string_lossy().into_owned();
    assert!(!told.contains(&folder), "{told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hosted_model_sees_what_matches_elsewhere_and_no_secret_of_it() {
    let told = told(json!({}), |told| {
        told.contains("Other file: one.rs") && told.contains("timeout: Duration")
    })
    .await;
    assert!(
        told.contains("pool.checkout_connection(TIMEOUT)?;"),
        "{told}"
    );
    assert!(told.contains("timeout: Duration"), "{told}");
    assert!(!told.contains("0123456789abcdef"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_file_where_the_user_does_not_want_it() {
    let told = told(json!({"suggest.other_files": false}), |_| false).await;
    assert!(told.contains("fn two(pool: &Pool)"), "{told}");
    assert!(!told.contains("TIMEOUT"), "{told}");
}

/// A llama.cpp with two slots.
pub(crate) async fn llama() -> HttpServer {
    HttpServer::start(|request| match request.path.as_str() {
        "/infill" => Answer::sse(&[r#"{"content":"x","stop":true,"stop_type":"eos"}"#]),
        "/props" => Answer::json(
            200,
            r#"{"default_generation_settings":{"n_ctx":8192},"total_slots":2}"#,
        ),
        _ => Answer::json(404, "{}"),
    })
    .await
    .unwrap()
}

/// An editor at such a server, in a workspace with a file that others use.
async fn at_llama(
    server: &HttpServer,
    root: &Path,
) -> (Editor, tokio::task::JoinHandle<firesteel_server::Ended>) {
    std::fs::write(root.join("pool.rs"), POOL).unwrap();
    let settings = json!({"model": {"preset": "llama.cpp", "url": server.url()}});
    let params = json!({"rootUri": format!("file://{}", root.display())});
    editor(settings, ApplyStyle::EchoFirst, params).await
}

fn holes(log: &HttpLog) -> impl Iterator<Item = &HttpRequest> {
    log.requests
        .iter()
        .filter(|request| request.path == "/infill")
}

fn shows_pool(request: &HttpRequest) -> bool {
    let extra = request.body["input_extra"].to_string();
    extra.contains("fn checkout_connection")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_late_goes_along_on_the_same_line() {
    let root = tempfile::tempdir().unwrap();
    // The index is still being made when the first keystroke comes.
    for number in 0..20 {
        let text = format!("pub fn other_{number}() {{}}\n").repeat(20);
        std::fs::write(root.path().join(format!("other_{number}.rs")), text).unwrap();
    }
    let server = llama().await;
    let (editor, ended) = at_llama(&server, root.path()).await;
    let uri = format!("file://{}/two.rs", root.path().display());
    let text =
        "fn two(pool: &Pool) -> Result<()> {\n    let connection = pool.checkout_connection(";
    editor.open(&uri, "rust", text);
    editor.move_to(&uri, text.len());
    for _ in 0..POLLS {
        editor.type_text(&uri, "x");
        editor.inline_completion(&uri, 1).result().await.unwrap();
        if holes(&server.log()).last().is_some_and(shows_pool) {
            break;
        }
    }
    assert!(holes(&server.log()).last().is_some_and(shows_pool));
    finish(&editor.client, ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_shown_what_helps_where_the_cursor_comes_to_before_it_is_asked() {
    let root = tempfile::tempdir().unwrap();
    let server = llama().await;
    let (editor, ended) = at_llama(&server, root.path()).await;
    let uri = format!("file://{}/two.rs", root.path().display());
    let text = "fn one() {\n}\n\nfn two(pool: &Pool) {\n    let c = pool.checkout_connection(\n}\n";
    editor.open(&uri, "rust", text);
    let at = |offset: usize| {
        editor.move_to(&uri, offset);
        let place = editor.here(&uri)["position"].clone();
        json!({
            "textDocument": {"uri": uri}, "range": {"start": place, "end": place},
            "context": {"diagnostics": []},
        })
    };
    let is_read_ahead =
        |request: &HttpRequest| request.body["n_predict"] == 0 && shows_pool(request);
    // An editor asks for the actions at each place; nobody types.
    let is_there = |log: &HttpLog| holes(log).any(is_read_ahead);
    for _ in 0..POLLS {
        for offset in [text.len() - 3, 0] {
            let actions = editor.client.request("textDocument/codeAction", at(offset));
            actions.await.unwrap();
        }
        if is_there(&server.log()) {
            break;
        }
    }
    let log = server.wait(is_there).await;
    assert!(holes(&log).all(|request| request.body["n_predict"] == 0));
    // What comes then begins as what was read: the pieces are the same.
    editor.move_to(&uri, text.len() - 3);
    editor.type_text(&uri, "x");
    editor.inline_completion(&uri, 1).result().await.unwrap();
    let log = server.log();
    let asked = holes(&log).find(|request| request.body["n_predict"] != 0);
    let read = holes(&log).find(|request| is_read_ahead(request));
    let extra = |request: Option<&HttpRequest>| request.unwrap().body["input_extra"].clone();
    assert_ne!(extra(asked), Value::Null);
    assert_eq!(extra(asked), extra(read));
    finish(&editor.client, ended).await;
}
