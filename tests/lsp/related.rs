//! Pieces of other files in a hosted model's prompt: those that match the place, under the rules of what may leave.

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::script::Script;
use serde_json::json;

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
        told.contains("one.rs:") && told.contains("pool.rs:4")
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
