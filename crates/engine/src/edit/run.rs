//! A run: the model's text streams into the document, one landing at a time, while the user may go on typing.

use std::future::Future;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use firesteel_model::{Event, Priority, Reply};
use firesteel_prompt::{Rewrite, edit};
use firesteel_syntax::Snapshot;
use firesteel_text::{Anchor, Bias};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::actions::{Kind, item_at};
use super::doc_comment::{DocLines, DocSite, Insertion};
use crate::Engine;

/// Model text of one run, in bytes; a model that says more is cut off.
const ANSWER_CAP: usize = 256 * 1024;

/// An edit to carry out.
#[derive(Clone, Debug)]
pub struct Run {
    /// The document as it was when the user chose the action.
    pub snapshot: Arc<Snapshot>,
    /// Its path.
    pub path: PathBuf,
    /// What to do.
    pub kind: Kind,
    /// The bytes that the user chose it for.
    pub range: Range<usize>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything landed; the number of lines.
    Done(usize),
    /// The user stopped it; what had landed stays.
    Cancelled(usize),
    /// The model had nothing to say.
    Nothing,
    /// It could not be carried out, or not to its end, and why.
    Failed(String),
}

/// Why a text did not reach the document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLanded {
    /// The document was closed, or changed beyond recognition.
    #[error("the place of the edit is gone")]
    PlaceGone,
    /// The editor refused.
    #[error("the editor refused the edit: {0}")]
    Refused(String),
    /// The editor said yes, but the text never showed up.
    #[error("the editor did not apply the edit in time")]
    NoEcho,
}

/// Where a run's text lands: the editor, as the server sees it.
pub trait Landing: Send {
    /// Inserts `text` at `place` and waits until the document has it; returns the anchor `advance` bytes into it.
    fn insert(
        &mut self,
        place: Anchor,
        text: &str,
        advance: usize,
    ) -> impl Future<Output = Result<Anchor, NotLanded>> + Send;

    /// Tells the user how far the run is.
    fn progress(&mut self, lines: usize);
}

impl Engine {
    /// Carries out an edit; ends early when `cancel` is cancelled.
    pub async fn run(
        &self,
        run: Run,
        landing: &mut impl Landing,
        cancel: &CancellationToken,
    ) -> Outcome {
        let Some(item) = item_at(run.snapshot.clone(), run.range.start).await else {
            return Outcome::Failed("there is no item here".to_owned());
        };
        let site = match run.kind {
            Kind::Document => DocSite::find(&run.snapshot, &item),
            _ => None,
        };
        let Some(site) = site else {
            return Outcome::Failed("this action does not apply here".to_owned());
        };
        let rewrite = Rewrite {
            action: run.kind.id(),
            instruction: format!("Write the documentation comment of `{}`.", item.name),
            target: item.range.clone(),
        };
        let settings = self.settings();
        let prompt = match edit(&settings.guard, &run.snapshot, &run.path, &rewrite) {
            Ok(prompt) => prompt,
            Err(refused) => return Outcome::Failed(refused.to_string()),
        };
        let reply = settings
            .models
            .ask(settings.models.preferred(), &prompt, Priority::Edit);
        let place = run.snapshot.document.anchor(site.offset, Bias::Left);
        stream(reply, DocLines::new(site), place, landing, cancel).await
    }
}

/// Reads the model and lands its text at the same time: what comes in during a landing goes into the next one.
async fn stream(
    reply: Reply,
    mut lines: DocLines,
    mut place: Anchor,
    landing: &mut impl Landing,
    cancel: &CancellationToken,
) -> Outcome {
    let (sender, mut texts) = mpsc::unbounded_channel();
    let reading = tokio::spawn(read(reply, sender, cancel.clone()));
    let mut landed = 0;
    let mut failure = None;
    let mut open = true;
    while open && failure.is_none() && !cancel.is_cancelled() {
        let mut batch = String::new();
        let received = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            received = texts.recv() => received,
        };
        open = received.is_some();
        for text in received
            .into_iter()
            .chain(std::iter::from_fn(|| texts.try_recv().ok()))
        {
            match text {
                Ok(text) => batch.push_str(&text),
                Err(error) => failure = Some(error),
            }
        }
        let mut pieces = lines.push(&batch).into_iter().collect::<Vec<Insertion>>();
        if !open && !cancel.is_cancelled() {
            pieces.extend(lines.finish());
        }
        for Insertion { text, advance } in pieces {
            match landing.insert(place, &text, advance).await {
                Ok(next) => place = next,
                Err(error) => {
                    failure = Some(error.to_string());
                    break;
                }
            }
            landed += text.matches('\n').count();
            landing.progress(landed);
        }
    }
    reading.abort();
    match failure {
        Some(why) => Outcome::Failed(why),
        None if cancel.is_cancelled() => Outcome::Cancelled(landed),
        None if landed == 0 => Outcome::Nothing,
        None => Outcome::Done(landed),
    }
}

/// Passes the model's text on; ends, and with it the request, when nobody listens or the run is cancelled.
async fn read(
    mut reply: Reply,
    texts: mpsc::UnboundedSender<Result<String, String>>,
    cancel: CancellationToken,
) {
    let mut bytes = 0;
    loop {
        let event = tokio::select! {
            biased;
            () = cancel.cancelled() => return,
            event = reply.next() => event,
        };
        let text = match event {
            Some(Ok(Event::Text(text))) => Ok(text),
            Some(Ok(Event::Started { .. })) => continue,
            Some(Ok(Event::Done { .. })) | None => return,
            Some(Err(error)) => Err(error.to_string()),
        };
        bytes += text.as_ref().map_or(0, String::len);
        if texts.send(text).is_err() || bytes > ANSWER_CAP {
            return;
        }
    }
}
