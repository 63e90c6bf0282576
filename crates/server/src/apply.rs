//! Lands edits in the editor: one `workspace/applyEdit` in flight, believed only when the text is there.
//!
//! Neovim answers `applied: true` before its `didChange`, and also when it dropped an edit for its old version; Helix
//! sends `didChange` first and refuses old versions. So an edit counts as landed when the document has its text, and
//! one that was refused or dropped is sent again at its place in the newest version.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use firesteel_engine::edit::{Landing, NotLanded, Outcome, Run};
use firesteel_syntax::Snapshot;
use firesteel_text::{Anchor, Bias};
use tokio::sync::{mpsc, watch};
use tower_lsp::ls_types::request::ApplyWorkspaceEdit;
use tower_lsp::ls_types::{
    ApplyWorkspaceEditParams, DocumentChanges, MessageType, OneOf,
    OptionalVersionedTextDocumentIdentifier, ProgressToken, Range, TextDocumentEdit, TextEdit, Uri,
    WorkspaceEdit,
};

use crate::progress::EditProgress;
use crate::session::Core;
use crate::to_proto;

/// How long a client may take to answer an edit.
const REPLY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long after its answer the client's own `didChange` may come; Neovim collects changes for 150 ms.
const ECHO_TIMEOUT: Duration = Duration::from_millis(600);
/// How long the change may take to come in for which a client refused an edit to an old version.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);
/// How often an edit is sent before it is given up.
const ATTEMPTS: u32 = 6;
/// How far behind its place an inserted text is looked for, in bytes: the user may have typed at the same place.
const SEARCH_WINDOW: usize = 256;

/// Carries out an edit as a task of its own, with progress, and tells the user when it fails.
pub(crate) async fn run(core: Arc<Core>, run: Run, token: Option<ProgressToken>) {
    let is_clients_token = token.is_some();
    let token = token.unwrap_or_else(next_token);
    let entry = core.runs.enter(token.clone());
    let title = format!("Firesteel: {}", run.kind.id());
    let progress = EditProgress::begin(&core, token, is_clients_token, title).await;
    let (lines, reports) = mpsc::unbounded_channel();
    let reporting = tokio::spawn(report(progress, reports));
    let mut landing = EditorLanding {
        core: core.clone(),
        uri: run.snapshot.document.uri.clone(),
        changes: core.documents.watch(),
        lines,
    };
    let outcome = core.engine.run(run, &mut landing, &entry.cancel).await;
    drop(landing);
    let message = message(&outcome);
    tracing::info!(message, "an edit ended");
    if let Ok(progress) = reporting.await {
        progress.end(message.clone()).await;
    }
    if matches!(outcome, Outcome::Failed(_) | Outcome::Nothing) {
        let text = format!("Firesteel: {message}");
        core.client.show_message(MessageType::WARNING, text).await;
    }
}

fn message(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done(lines) => format!("{lines} lines written"),
        Outcome::Cancelled(lines) => format!("stopped; {lines} lines written"),
        Outcome::Nothing => "the model had nothing to say".to_owned(),
        Outcome::Failed(why) => why.clone(),
    }
}

fn next_token() -> ProgressToken {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    ProgressToken::String(format!("firesteel-edit-{number}"))
}

async fn report(progress: EditProgress, mut lines: mpsc::UnboundedReceiver<usize>) -> EditProgress {
    while let Some(lines) = lines.recv().await {
        progress.report(format!("{lines} lines")).await;
    }
    progress
}

/// The editor's buffer as a run sees it.
struct EditorLanding {
    core: Arc<Core>,
    uri: Arc<str>,
    changes: watch::Receiver<u64>,
    lines: mpsc::UnboundedSender<usize>,
}

/// What a client says to an edit.
enum Reply {
    Applied,
    Refused(String),
}

impl Landing for EditorLanding {
    async fn insert(
        &mut self,
        place: Anchor,
        text: &str,
        advance: usize,
    ) -> Result<Anchor, NotLanded> {
        let mut outcome = NotLanded::NoEcho;
        for _ in 0..ATTEMPTS {
            let snapshot = self.snapshot()?;
            let at = snapshot
                .document
                .resolve(place)
                .ok_or(NotLanded::PlaceGone)?;
            self.changes.mark_unchanged();
            let patience = match self.send(&snapshot, at, text).await? {
                Reply::Applied => ECHO_TIMEOUT,
                Reply::Refused(why) => {
                    outcome = NotLanded::Refused(why);
                    REFUSED_PAUSE
                }
            };
            if let Some(start) = self.echo(place, text, patience).await? {
                let snapshot = self.snapshot()?;
                return Ok(snapshot.document.anchor(start + advance, Bias::Left));
            }
        }
        Err(outcome)
    }

    fn progress(&mut self, lines: usize) {
        // The reporting task ends only with this.
        let _ = self.lines.send(lines);
    }
}

impl EditorLanding {
    fn snapshot(&self) -> Result<Arc<Snapshot>, NotLanded> {
        self.core
            .documents
            .get(&self.uri)
            .ok_or(NotLanded::PlaceGone)
    }

    /// Sends an insertion for the version that `snapshot` has.
    async fn send(&self, snapshot: &Snapshot, at: usize, text: &str) -> Result<Reply, NotLanded> {
        let edit = self
            .workspace_edit(snapshot, at, text)
            .ok_or(NotLanded::PlaceGone)?;
        self.core.engine.lands(&self.uri, text);
        let params = ApplyWorkspaceEditParams {
            label: Some("Firesteel".to_owned()),
            edit,
        };
        let request = self.core.client.send_request::<ApplyWorkspaceEdit>(params);
        match tokio::time::timeout(REPLY_TIMEOUT, request).await {
            Ok(Ok(reply)) if reply.applied => Ok(Reply::Applied),
            Ok(Ok(reply)) => Ok(Reply::Refused(
                reply
                    .failure_reason
                    .unwrap_or_else(|| "it gave no reason".to_owned()),
            )),
            Ok(Err(error)) => Err(NotLanded::Refused(error.message.into_owned())),
            Err(_) => Err(NotLanded::Refused("it does not answer".to_owned())),
        }
    }

    fn workspace_edit(&self, snapshot: &Snapshot, at: usize, text: &str) -> Option<WorkspaceEdit> {
        let uri: Uri = self.uri.parse().ok()?;
        let position = to_proto::position(&snapshot.document.text, at, self.core.editor.encoding);
        let edit = TextEdit {
            range: Range::new(position, position),
            new_text: text.to_owned(),
        };
        if !self.core.editor.knows_document_changes {
            return Some(WorkspaceEdit::new([(uri, vec![edit])].into()));
        }
        let text_document = OptionalVersionedTextDocumentIdentifier {
            uri,
            version: Some(snapshot.document.version),
        };
        let edits = vec![OneOf::Left(edit)];
        Some(WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(vec![TextDocumentEdit {
                text_document,
                edits,
            }])),
            ..WorkspaceEdit::default()
        })
    }

    /// Waits until the document has the text at its place; returns where it begins, or nothing after the timeout.
    async fn echo(
        &mut self,
        place: Anchor,
        text: &str,
        patience: Duration,
    ) -> Result<Option<usize>, NotLanded> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let snapshot = self.snapshot()?;
            let document = &snapshot.document;
            let at = document.resolve(place).ok_or(NotLanded::PlaceGone)?;
            let window = document.text.slice(at..at + SEARCH_WINDOW + text.len());
            if let Some(index) = window.find(text) {
                return Ok(Some(at + index));
            }
            let changed = tokio::time::timeout_at(deadline, self.changes.changed());
            if !matches!(changed.await, Ok(Ok(()))) {
                return Ok(None);
            }
        }
    }
}
