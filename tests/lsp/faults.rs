//! Every fault of a hosted model in front of a user: in the middle of a suggestion, of an edit and of a hover. There is
//! an answer or a clear reason, the buffer is whole, and the next request works.

mod table;

use std::time::Duration;

use firesteel_server::Ended;
use firesteel_testkit::client::Pending;
use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::{Connection, Reply, Script, Server};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::harness::{PATTERN, editor, finish, texts};
use table::{Case, First, Seen, cases};

/// Faults that are played at once; a busy machine must still keep the waits that are not to end.
const AT_ONCE: usize = 4;
/// How often, and how many times, a user who types on asks again after a fault.
const POLL: Duration = Duration::from_millis(20);
const POLLS: usize = 500;
/// What the model writes into a document that the embedded engine knows nothing of.
const SUGGESTION: &str = "items.iter().sum()";
const LONELY: &str = "fn total(items: &[u32]) -> u32 {\n    \n}\n";
const CURSOR: usize = "fn total(items: &[u32]) -> u32 {\n    ".len();
const TYPED: &str = "// typed meanwhile\n";
const COMMENT: &str = "/// Adds up.\n///\n/// Zero for none.\n";

/// Plays every fault in the middle of one kind of request.
async fn play<F>(check: fn(Case) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut under_way = JoinSet::new();
    for case in cases() {
        if under_way.len() == AT_ONCE {
            under_way.join_next().await.unwrap().unwrap();
        }
        under_way.spawn(check(case));
    }
    while let Some(ended) = under_way.join_next().await {
        ended.unwrap();
    }
}

/// A user at work on a model with a fault.
struct Scene {
    name: &'static str,
    model: Server,
    editor: Editor,
    ended: JoinHandle<Ended>,
    is_always: bool,
}

impl Scene {
    async fn start(case: &Case, answer: &str) -> Self {
        let good = Reply::text(answer).delta_chars(8);
        let script = match &case.first {
            First::Reply(spoil) => Script::new().reply(spoil(good.clone())),
            First::Connection(connection) => Script::new().connection(connection.clone()),
            First::Always(connection) => Script::new().otherwise(connection.clone()),
            First::Asleep => Script::new(),
        };
        let model = script.reply(good).start().await.unwrap();
        let settings = json!({
            "model.url": model.base_url(),
            "model.key": "sk-very-secret-key",
            "model.quirks": {"lanes": if case.name == "no lanes" { 16 } else { 1 }},
            // Each wait as short as a busy machine allows where it is not to end.
            "model.connect_timeout_ms": 1_000,
            "model.suggest_timeout_ms": 1_500,
            "model.first_token_timeout_ms": 1_000,
            "model.idle_timeout_ms": 1_000,
        });
        let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
        if matches!(case.first, First::Asleep) {
            model.wait(|log| log.upgrades() == 2).await;
            model.freeze();
        }
        Self {
            name: case.name,
            model,
            editor,
            ended,
            is_always: matches!(case.first, First::Always(_)),
        }
    }

    fn open(&self, name: &str, text: &str) -> String {
        let uri = format!("file:///project/{name}");
        self.editor.open(&uri, "rust", &text.replace("$0", ""));
        self.editor.move_to(&uri, text.find("$0").unwrap_or(CURSOR));
        uri
    }

    /// The answer, which comes before the client calls the server hung.
    async fn answer(&self, pending: Pending) -> Value {
        let answer = pending.result().await;
        answer.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    async fn command(&self, command: Value) -> Value {
        let pending = self.editor.client.send("workspace/executeCommand", command);
        self.answer(pending).await
    }

    async fn why(&self, uri: &str) -> String {
        let why = self
            .command(json!({"command": "firesteel.whyNoSuggestion", "arguments": [uri]}))
            .await;
        why.as_str().unwrap_or_default().to_owned()
    }

    /// The fault is over.
    fn repair(&self) {
        if self.is_always {
            self.model.set_otherwise(Connection::new());
        }
    }

    /// What the model suggests once it is reached again, for which the user does nothing but type on.
    async fn suggestion_of_the_model(&self, uri: &str) -> String {
        for _ in 0..POLLS {
            let found = texts(&self.answer(self.editor.inline_completion(uri, 1)).await);
            if let Some(text) = found.into_iter().find(|text| text.contains(SUGGESTION)) {
                return text;
            }
            sleep(POLL).await;
            // What was shown once is not asked for again.
            self.editor.edit(uri, 0..0, "\n");
        }
        String::new()
    }

    /// What the model documents once it is reached again; until then the embedded engine does it.
    async fn comment_of_the_model(&self) -> String {
        let mut text = String::new();
        for turn in 0..POLLS {
            let uri = self.open(&format!("next_{turn}.rs"), LONELY);
            self.document(&uri, "").await;
            text = self.editor.text(&uri);
            if text.starts_with(COMMENT) {
                break;
            }
            sleep(POLL).await;
        }
        text
    }

    /// Documents the function while the user types at the end; gives what the progress ends with.
    async fn document(&self, uri: &str, typed: &str) -> String {
        self.editor.move_to(uri, LONELY.find("total").unwrap());
        let at = self.editor.here(uri)["position"].take();
        let range = json!({"start": at, "end": at});
        let args = json!({"action": "document", "uri": uri, "range": range, "version": 0});
        self.command(json!({"command": "firesteel.action", "arguments": [args]}))
            .await;
        let end = self.editor.text(uri).len();
        if !typed.is_empty() {
            self.editor.edit(uri, end..end, typed);
        }
        let is_end = |message: &Value| message["params"]["value"]["kind"] == "end";
        let end = self.editor.client.notification(is_end).await;
        let end = end.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let message = &end["params"]["value"]["message"];
        message.as_str().unwrap_or_default().to_owned()
    }

    async fn finish(self) {
        finish(&self.editor.client, self.ended).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_middle_of_a_suggestion() {
    play(suggestion).await;
}

async fn suggestion(case: Case) {
    let scene = Scene::start(&case, SUGGESTION).await;
    let uri = scene.open("total.rs", LONELY);
    let pending = scene.editor.inline_completion(&uri, 2);
    let end = LONELY.len();
    scene.editor.edit(&uri, end..end, TYPED);
    let found = texts(&scene.answer(pending).await);
    match case.seen {
        Seen::Nothing => assert_eq!(found, [format!("    {SUGGESTION}")], "{}", scene.name),
        Seen::Reason(_) if !found.is_empty() => assert!(!found[0].contains(SUGGESTION)),
        Seen::Reason(reason) => {
            let why = scene.why(&uri).await;
            assert!(why.contains(reason), "{}: {why}", scene.name);
        }
    }
    assert_eq!(scene.editor.text(&uri), format!("{LONELY}{TYPED}"));
    scene.repair();
    let next = scene.open("next.rs", &format!("{LONELY}{TYPED}"));
    let text = scene.suggestion_of_the_model(&next).await;
    assert_eq!(text, format!("    {SUGGESTION}"), "{}", scene.name);
    let log = scene.model.log();
    // What comes after the suggestion may have been asked for too.
    let sent = log.requests.iter().rev().map(|it| it.body.to_string());
    assert!(
        sent.into_iter()
            .any(|sent| sent.contains("typed meanwhile")),
        "{}",
        scene.name
    );
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_engine_steps_in_where_it_can() {
    play(stepping_in).await;
}

async fn stepping_in(case: Case) {
    let Seen::Reason(_) = case.seen else { return };
    let scene = Scene::start(&case, SUGGESTION).await;
    let uri = scene.open("shapes.rs", PATTERN);
    let pending = scene.editor.inline_completion(&uri, 2);
    let found = texts(&scene.answer(pending).await);
    assert!(
        found[0].contains("ShapeError::Empty"),
        "{}: {found:?}",
        scene.name
    );
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_middle_of_an_edit() {
    play(edit).await;
}

async fn edit(case: Case) {
    let scene = Scene::start(&case, COMMENT).await;
    let uri = scene.open("total.rs", LONELY);
    let message = scene.document(&uri, TYPED).await;
    let text = scene.editor.text(&uri);
    match case.seen {
        Seen::Nothing => assert_eq!(text, format!("{COMMENT}{LONELY}{TYPED}"), "{}", scene.name),
        Seen::Reason(reason) => {
            // Where it is known already that the model cannot be reached, the embedded engine is asked.
            let is_embedded = scene.is_always && text.contains("/// TODO: what `total` is for.");
            assert!(
                is_embedded || message.contains(reason),
                "{}: {message}",
                scene.name
            );
            let own: String = text
                .split_inclusive('\n')
                .filter(|line| !line.starts_with("///"))
                .collect();
            assert_eq!(own, format!("{LONELY}{TYPED}"), "{}", scene.name);
        }
    }
    scene.repair();
    let text = scene.comment_of_the_model().await;
    assert_eq!(text, format!("{COMMENT}{LONELY}"), "{}", scene.name);
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_middle_of_a_hover() {
    play(hover).await;
}

async fn hover(case: Case) {
    let scene = Scene::start(&case, SUGGESTION).await;
    let uri = scene.open("total.rs", LONELY);
    let pending = scene.editor.inline_completion(&uri, 1);
    scene.editor.move_to(&uri, LONELY.find("total").unwrap());
    for name in ["total", "whole"] {
        let hover = scene.editor.here(&uri);
        let hover = scene.editor.client.send("textDocument/hover", hover);
        let hover = scene.answer(hover).await;
        let markdown = hover["contents"]["value"].as_str().unwrap_or_default();
        assert!(markdown.contains(name), "{}: {hover}", scene.name);
        scene.editor.edit(&uri, 3..8, "whole");
    }
    scene.answer(pending).await;
    scene.finish().await;
}
