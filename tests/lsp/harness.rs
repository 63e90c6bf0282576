//! Starts a server in this process, and speaks to it as an editor or as a bare client.

use firesteel_config::Layer;
use firesteel_server::{Base, Ended};
use firesteel_testkit::client::{AnswerNull, Client};
use firesteel_testkit::editor::{ApplyStyle, Editor};
use serde_json::{Value, json};
use tokio::io::{DuplexStream, ReadHalf, WriteHalf, duplex, split};
use tokio::task::JoinHandle;

/// Bytes that a pipe holds, as on Linux.
const PIPE: usize = 64 * 1024;

/// How often a test asks again for what a background task makes.
pub(crate) const POLLS: usize = 2_000;

pub(crate) struct Server {
    pub(crate) out: ReadHalf<DuplexStream>,
    pub(crate) input: WriteHalf<DuplexStream>,
    pub(crate) ended: JoinHandle<Ended>,
}

/// A server with these settings below the client's own; the machine's own settings are not looked at.
pub(crate) fn server(settings: Value) -> Server {
    server_of(vec![Layer::trusted("test", settings)])
}

/// A server with these layers below the client's own settings.
pub(crate) fn server_of(layers: Vec<Layer>) -> Server {
    let (ours, theirs) = duplex(PIPE);
    let (input, output) = split(theirs);
    let ended = tokio::spawn(firesteel_server::serve(input, output, Base::Only(layers)));
    let (out, input) = split(ours);
    Server { out, input, ended }
}

/// An editor on a server that keeps no indexes on disk and looks at no dependencies.
pub(crate) async fn editor(
    settings: Value,
    style: ApplyStyle,
    params: Value,
) -> (Editor, JoinHandle<Ended>) {
    let server = server(offline(settings));
    let editor = Editor::start(server.out, server.input, style, params)
        .await
        .unwrap();
    (editor, server.ended)
}

/// A client without an editor's manners, for what an editor would not send.
pub(crate) async fn client() -> (Client, JoinHandle<Ended>) {
    let server = server(offline(json!({})));
    let client = Client::new(server.out, server.input, AnswerNull);
    client
        .initialize(json!({"capabilities": {}}))
        .await
        .unwrap();
    (client, server.ended)
}

pub(crate) fn offline(mut settings: Value) -> Value {
    // Nothing here is about time, and the machine may be busy.
    settings["hover.deadline_ms"] = json!(10_000);
    settings["suggest.syntax_check_timeout_ms"] = json!(10_000);
    settings["local.dependencies"] = json!(false);
    settings["local.cache_dir"] = json!(std::env::temp_dir().join("firesteel-tests"));
    settings
}

/// Ends the conversation and checks that it was answered as the protocol wants it.
pub(crate) async fn finish(client: &Client, ended: JoinHandle<Ended>) {
    client.shutdown().await.unwrap();
    assert_eq!(ended.await.unwrap(), Ended::Properly);
}

/// The texts of an answer to `textDocument/inlineCompletion`.
pub(crate) fn texts(answer: &Value) -> Vec<String> {
    let items = answer.as_array().cloned().unwrap_or_default();
    let text = |item: &Value| item["insertText"].as_str().unwrap_or_default().to_owned();
    items.iter().map(text).collect()
}

/// A Rust file in which a pattern repeats, with the cursor where it is likely to come once more.
pub(crate) const PATTERN: &str = "\
pub fn area(shape: &Shape) -> f64 {
    match shape {
        Shape::Circle(circle) => circle.radius * circle.radius * PI,
        Shape::Square(square) => square.side * square.side,
    }
}

pub fn checked_width(shape: &Shape) -> Result<f64, ShapeError> {
    let width = shape.width().ok_or(ShapeError::Empty)?;
    Ok(width)
}

pub fn checked_height(shape: &Shape) -> Result<f64, ShapeError> {
    let height = shape.height().ok_or(ShapeError::Empty)?;
    Ok(height)
}

pub fn checked_depth(shape: &Shape) -> Result<f64, ShapeError> {
    let depth = shape.depth().ok_or(ShapeError::Empty)?;
    Ok(depth)
}

pub fn checked_margin(shape: &Shape) -> Result<f64, ShapeError> {
    let margin = shape.margin().ok_or($0
}
";
