//! Models that are slow, and servers that want a pause: what a client that takes one answer gets, and when.

use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::http::{Answer, HttpServer};
use firesteel_testkit::script::{Script, Server};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::harness::{POLLS, editor, finish, texts};

const URI: &str = "file:///total.rs";
const RUST: &str = "fn total(items: &[u32]) -> u32 {\n    \n}\n";
const CURSOR: usize = "fn total(items: &[u32]) -> u32 {\n    ".len();
const FIRST: &str = "let sum = items.iter().sum();";

async fn open(settings: Value) -> (Editor, JoinHandle<firesteel_server::Ended>) {
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
    editor.open(URI, "rust", RUST);
    editor.move_to(URI, CURSOR);
    (editor, ended)
}

/// What is shown without a stream, for a shortcut that the user pressed or for typing.
async fn shown(editor: &Editor, trigger: u8) -> Vec<String> {
    let answer = editor.inline_completion(URI, trigger).result().await;
    let texts = texts(&answer.unwrap()).into_iter();
    texts.map(|text| text.trim_start().to_owned()).collect()
}

async fn why(editor: &Editor) -> String {
    let params = json!({"command": "firesteel.whyNoSuggestion", "arguments": [URI]});
    let why = editor
        .client
        .request("workspace/executeCommand", params)
        .await;
    why.unwrap().as_str().unwrap_or_default().to_owned()
}

/// A model that writes a line and the beginning of the next, and goes on by so many steps as it is let.
async fn in_lines(steps: &watch::Sender<usize>) -> Server {
    let steps = steps.subscribe();
    let script = Script::new().answer(move |_, mut responder| {
        let mut steps = steps.clone();
        async move {
            let _ = responder.created().await;
            let _ = responder.text(&format!("{FIRST}\n    let")).await;
            for (step, more) in [(1, " twice = 2 * sum;\n    tw"), (2, "ice")] {
                let _ = steps.wait_for(|steps| *steps >= step).await;
                let _ = responder.text(more).await;
            }
            let _ = responder.completed().await;
        }
    });
    script.start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_line_is_shown_at_once_and_what_came_since_when_the_user_asks_again() {
    let both = format!("{FIRST}\n    let twice = 2 * sum;");
    let all = format!("{both}\n    twice");
    // For typing, and for a shortcut, which asks for other texts as well.
    for (assist, trigger, steps) in [
        (true, 2, &[1, 2][..]),
        (false, 2, &[1, 2]),
        (false, 1, &[2]),
    ] {
        let step = watch::Sender::new(0);
        let model = in_lines(&step).await;
        let (editor, ended) =
            open(json!({"model.url": model.base_url(), "local.assist": assist})).await;
        let first = shown(&editor, 2).await;
        assert_eq!(
            first,
            [FIRST],
            "{assist}, {trigger}: {}",
            why(&editor).await
        );
        assert_eq!(shown(&editor, 2).await, [FIRST], "nothing has come since");
        for n_steps in steps {
            step.send_replace(*n_steps);
            let longer = [&both, &all][n_steps - 1];
            let mut last = Vec::new();
            for _ in 0..POLLS {
                last = shown(&editor, trigger).await;
                if last.first() == Some(longer) {
                    break;
                }
                assert!(
                    last.first().is_some_and(|text| text.starts_with(FIRST)),
                    "what is shown gives way only to what extends it: {last:?}"
                );
            }
            assert_eq!(last.first(), Some(longer), "{assist} {trigger}");
        }
        // It is kept: nobody is asked for it once more.
        assert_eq!(shown(&editor, 2).await, [all.as_str()]);
        finish(&editor.client, ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_not_kept_waiting_by_a_pause_that_the_server_wants() {
    let limit = r#"{"error":{"message":"slow down"}}"#;
    // Each of these pauses is one that a keystroke could wait for.
    let refusals = [
        (
            "429 with a time",
            Answer::json(429, limit).header("Retry-After", "2"),
        ),
        ("429 without one", Answer::json(429, limit)),
        (
            "503 with a time",
            Answer::json(503, limit).header("Retry-After", "2"),
        ),
        ("503 without one", Answer::json(503, limit)),
        ("529", Answer::json(529, limit)),
        (
            "408, empty",
            Answer::text(408, "text/plain", "").header("Retry-After", "2"),
        ),
    ];
    for (name, refusal) in refusals {
        let server = HttpServer::start(move |_| refusal.clone()).await.unwrap();
        let model = json!({"preset": "chat", "url": server.url(), "name": "m"});
        let (editor, ended) = open(json!({"model": model, "local.assist": false})).await;
        let mut reasons = Vec::new();
        for key in ["a", "b", "c", "d", "e", "f"] {
            editor.type_text(URI, key);
            assert!(shown(&editor, 2).await.is_empty(), "{name}");
            reasons.push(why(&editor).await);
        }
        // One that waits is asked after all, and then has the server's words for a reason.
        assert!(
            reasons.iter().any(|why| why.contains("wants a pause")),
            "{name}: {reasons:?}"
        );
        assert!(
            server.log().requests.len() < reasons.len(),
            "{name}: {reasons:?}"
        );
        finish(&editor.client, ended).await;
    }
}
