//! Models by HTTP, against a server that says exactly the bytes that servers have been seen to say.

mod answers;
mod connections;
mod errors;
mod http2;
mod readiness;
mod requests;
mod settling;

use std::time::Duration;

use firesteel_model::{
    Error, Event, Identity, Learnings, Model, Preset, Priority, Reply, Secret, Spec, Timeouts,
    Usage,
};
use firesteel_prompt::{Chat, Extra, Fim, Question, Turn};
use firesteel_testkit::http::{Answer, HttpRequest, HttpServer};

/// Short enough for a test, long enough for a busy machine.
const WAIT: Duration = Duration::from_secs(5);

/// A preset at the scripted server, with the path that it has elsewhere.
pub(crate) fn spec(server: &HttpServer, preset: &str) -> Spec {
    let mut spec = Spec::named(preset, |_| None).expect("a preset");
    let path = match spec
        .preset
        .url
        .split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'))
    {
        Some((_, path)) => format!("/{path}"),
        None => String::new(),
    };
    spec.preset.url = format!("{}{path}", server.url());
    if spec.preset.name.is_empty() {
        "m".clone_into(&mut spec.preset.name);
    }
    spec.key = Some(Secret::new("very-secret"));
    spec.identity = Identity::of("/home/me/work", "me");
    spec.learnings = Learnings::new();
    spec.timeouts = Timeouts {
        connect: WAIT,
        keystroke: WAIT,
        first_event: WAIT,
        next_event: WAIT,
        ..Timeouts::default()
    };
    spec
}

pub(crate) fn with(spec: Spec, change: impl FnOnce(&mut Preset)) -> Spec {
    let mut spec = spec;
    change(&mut spec.preset);
    spec
}

pub(crate) async fn serve(
    handler: impl Fn(&HttpRequest) -> Answer + Send + Sync + 'static,
) -> HttpServer {
    HttpServer::start(handler).await.expect("a free port")
}

pub(crate) fn fim() -> Fim {
    Fim {
        path: "src/add.rs".to_owned(),
        language: "rust".to_owned(),
        before: "fn add(a: i32, b: i32) -> i32 {\n    ".to_owned(),
        after: "\n}\n".to_owned(),
        max_lines: 4,
        max_tokens: 32,
        ..Fim::default()
    }
}

pub(crate) fn with_extra() -> Fim {
    let extra = |path: &str, text: &str| Extra {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    Fim {
        extra: vec![
            extra("best.rs", "fn best() {}\n"),
            extra("other.rs", "fn other() {}\n"),
        ],
        ..fim()
    }
}

pub(crate) fn chat() -> Question {
    Question::Chat(Chat {
        instructions: "You edit.".to_owned(),
        turns: vec![
            Turn::user("Edit this."),
            Turn::assistant("Done."),
            Turn::user("Again."),
        ],
        max_tokens: Some(64),
        temperature: None,
    })
}

/// What came of a question: the text, how it ended, and what it used.
pub(crate) async fn outcome(mut reply: Reply) -> (String, Result<(bool, Option<Usage>), Error>) {
    let mut text = String::new();
    while let Some(event) = reply.next().await {
        match event {
            Ok(Event::Started { .. }) => {}
            Ok(Event::Text(more)) => text.push_str(&more),
            Ok(Event::Done { usage, truncated }) => return (text, Ok((truncated, usage))),
            Err(error) => return (text, Err(error)),
        }
    }
    panic!("the reply ended without an end after {text:?}")
}

/// The text of a hole.
pub(crate) async fn fill(model: &Model) -> Result<String, Error> {
    let (text, end) = outcome(model.ask(&Question::Fim(fim()), Priority::Inline)).await;
    end.map(|_| text)
}

/// The answer to a conversation.
pub(crate) async fn talk(model: &Model) -> Result<String, Error> {
    let (text, end) = outcome(model.ask(&chat(), Priority::Edit)).await;
    end.map(|_| text)
}
