//! How long a hunk takes to the editor, and the menu of actions to be listed, in a large file.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use firesteel_testkit::editor::{ApplyStyle, Editor};
use firesteel_testkit::script::Script;
use serde_json::json;
use tokio::sync::mpsc;

use super::{ended, instruct, large_file, scene};

/// Runs, of as many hunks as the long function has changed lines.
const RUNS: usize = 30;
/// Places at which the menu is asked for.
const LISTINGS: usize = 200;

/// The steps that a model is told to say, one after the other.
type Steps = Arc<Mutex<Option<mpsc::UnboundedReceiver<String>>>>;

/// What was measured of hunks.
#[derive(Default)]
pub(super) struct Landing {
    /// From a delta that completes a hunk to the edit at the client, the model's socket included.
    pub(super) hunks: Vec<Duration>,
    /// A question at the same time that the server need not think about: what the machine takes for a message and its
    /// answer.
    pub(super) floor: Vec<Duration>,
}

/// What was measured of menus.
#[derive(Default)]
pub(super) struct Listing {
    /// At another place and after another key each time.
    pub(super) first: Vec<Duration>,
    /// The same menu once more.
    pub(super) again: Vec<Duration>,
}

/// Has a model write the long function anew in the large file, line by line.
pub(super) async fn landing() -> Result<Landing> {
    let (text, cursor, new, _) = large_file();
    let steps = Steps::default();
    let (model, editor) = scene(told(steps.clone()), ApplyStyle::EchoFirst).await?;
    let mut landing = Landing::default();
    for number in 0..RUNS {
        let uri = format!("file:///bench/hunks_{number}.rs");
        editor.open(&uri, "rust", &text);
        editor.move_to(&uri, cursor);
        // The file was open before somebody thought of an edit, and is parsed.
        list(&editor, &uri).await?;
        let (say, queue) = mpsc::unbounded_channel();
        *steps.lock().unwrap_or_else(PoisonError::into_inner) = Some(queue);
        instruct(&editor, &uri).await?;
        model.wait(|log| log.requests.len() > number).await;
        hunks(&editor, &new, &say, &mut landing).await?;
        drop(say);
        ended(&editor).await?;
    }
    Ok(landing)
}

/// A model that says the steps of a request as it is told them.
fn told(steps: Steps) -> Script {
    Script::new().answer(move |_, mut responder| {
        let queue = steps.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move {
            let _ = responder.created().await;
            let Some(mut queue) = queue else { return };
            while let Some(text) = queue.recv().await {
                let _ = responder.text(&text).await;
            }
            let _ = responder.completed().await;
        }
    })
}

/// Has the model say the function, and waits for the edit wherever a hunk is complete.
async fn hunks(
    editor: &Editor,
    new: &str,
    say: &mpsc::UnboundedSender<String>,
    landing: &mut Landing,
) -> Result<()> {
    let (mut part, mut is_due) = (String::new(), false);
    for line in new.split_inclusive('\n') {
        part.push_str(line);
        if !is_due {
            is_due = line.contains("other(");
            continue;
        }
        is_due = false;
        let n_edits = editor.n_asked();
        let began = Instant::now();
        say.send(std::mem::take(&mut part))
            .context("the model is gone")?;
        editor.asked_more(n_edits).await?;
        landing.hunks.push(began.elapsed());
        let began = Instant::now();
        let metrics = json!({"command": "firesteel.metrics"});
        let asked = editor.client.request("workspace/executeCommand", metrics);
        asked.await?;
        landing.floor.push(began.elapsed());
    }
    say.send(part).context("the model is gone")
}

/// From a request for the menu to its answer, where the embedded engine looks what it can do, in a large Python file.
pub(super) async fn listing() -> Result<Listing> {
    let function = |number: usize| {
        format!(
            "def load_{number}(path, limit={number}):\n    handle = open(path)\n    total = 0\n    for line in handle:\n        \
             total += len(line)\n    return total\n\n\n"
        )
    };
    let text: String = (0..super::LINES / 8).map(function).collect();
    let editor = super::editor(json!({}), ApplyStyle::EchoFirst).await?;
    let uri = "file:///bench/listed.py";
    editor.open(uri, "python", &text);
    list(&editor, uri).await?;
    let mut listing = Listing::default();
    for number in 0..LISTINGS {
        let name = format!("def load_{}(", number * 3);
        let line = "total = 0";
        let text = editor.text(uri);
        let at = text
            .find(&name)
            .and_then(|at| Some(at + text[at..].find(line)?));
        let at = at.context("no such function")? + line.len();
        editor.move_to(uri, at);
        editor.type_text(uri, "0");
        for samples in [&mut listing.first, &mut listing.again] {
            let began = Instant::now();
            list(&editor, uri).await?;
            samples.push(began.elapsed());
        }
    }
    Ok(listing)
}

/// Asks for the menu at the cursor.
pub(super) async fn list(editor: &Editor, uri: &str) -> Result<()> {
    let mut params = editor.here(uri);
    let at = params["position"].take();
    params["range"] = json!({"start": at, "end": at});
    params["context"] = json!({"diagnostics": []});
    let listed = editor.client.request("textDocument/codeAction", params);
    listed.await.map(drop)
}
