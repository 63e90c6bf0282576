//! `$/progress` in both of its uses: partial results of a request, and the progress of an edit.

use std::sync::Arc;
use std::time::Duration;

use firesteel_text::DocumentId;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tower_lsp::Client;
use tower_lsp::ls_types::notification::{Notification, Progress};
use tower_lsp::ls_types::request::WorkDoneProgressCreate;
use tower_lsp::ls_types::{
    MessageType, ProgressParams, ProgressParamsValue, ProgressToken, WorkDoneProgress,
    WorkDoneProgressBegin, WorkDoneProgressCreateParams, WorkDoneProgressEnd,
    WorkDoneProgressReport,
};

use crate::session::Core;
use crate::transport::Outgoing;
use crate::uris::{ShowDocument, ShowParams};

/// How long a client may take to make room for a progress; without an answer the work goes on unseen.
const CREATE_TIMEOUT: Duration = Duration::from_secs(2);

/// Partial results of one request, sent in order by a task of their own so that a handler need not wait.
pub(crate) struct PartialResults {
    values: mpsc::UnboundedSender<Value>,
    sending: JoinHandle<()>,
}

impl PartialResults {
    pub(crate) fn new(outgoing: &Outgoing, token: ProgressToken) -> Self {
        let (values, mut queue) = mpsc::unbounded_channel::<Value>();
        let outgoing = outgoing.clone();
        let sending = tokio::spawn(async move {
            while let Some(value) = queue.recv().await {
                let params = json!({"token": token, "value": value});
                let message =
                    json!({"jsonrpc": "2.0", "method": Progress::METHOD, "params": params});
                outgoing.send(&message).await;
            }
        });
        Self { values, sending }
    }

    pub(crate) fn send(&self, value: &impl Serialize) {
        let value = serde_json::to_value(value).unwrap_or_default();
        // The sending task ends only with this.
        let _ = self.values.send(value);
    }

    /// Waits until everything is on its way: nothing may follow the request's answer.
    pub(crate) async fn finish(self) {
        drop(self.values);
        let _ = self.sending.await;
    }
}

/// The progress of an edit, shown by clients that can show one.
pub(crate) struct EditProgress {
    client: Client,
    pub(crate) token: ProgressToken,
    shown: bool,
}

impl EditProgress {
    /// Begins a progress under the client's own token, or one that the client is asked to make room for.
    pub(crate) async fn begin(
        core: &Arc<Core>,
        token: ProgressToken,
        is_clients_token: bool,
        title: String,
    ) -> Self {
        let shown = is_clients_token || (core.editor.shows_progress && create(core, &token).await);
        let progress = Self {
            client: core.client.clone(),
            token,
            shown,
        };
        let begin = WorkDoneProgressBegin {
            title,
            cancellable: Some(true),
            ..WorkDoneProgressBegin::default()
        };
        progress.send(WorkDoneProgress::Begin(begin)).await;
        progress
    }

    pub(crate) async fn report(&self, message: String) {
        let report = WorkDoneProgressReport {
            message: Some(message),
            cancellable: Some(true),
            ..WorkDoneProgressReport::default()
        };
        self.send(WorkDoneProgress::Report(report)).await;
    }

    pub(crate) async fn end(self, message: String) {
        let end = WorkDoneProgressEnd {
            message: Some(message),
        };
        self.send(WorkDoneProgress::End(end)).await;
    }

    async fn send(&self, progress: WorkDoneProgress) {
        if self.shown {
            let params = ProgressParams {
                token: self.token.clone(),
                value: ProgressParamsValue::WorkDone(progress),
            };
            self.client.send_notification::<Progress>(params).await;
        }
    }
}

/// Shows a text to read: as a document beside the code where the client can open one, else as a message. The focus stays
/// where it is, for the user may be typing.
pub(crate) async fn show_text(core: &Arc<Core>, title: &str, markdown: String) {
    let file = match core.editor.shows_documents {
        true => write_text(core, title, &markdown).await,
        false => None,
    };
    let shown = match file {
        Some(uri) => {
            let params = ShowParams {
                uri,
                take_focus: false,
                selection: None,
            };
            let shown = core.client.send_request::<ShowDocument>(params);
            let shown = tokio::time::timeout(CREATE_TIMEOUT, shown).await;
            matches!(shown, Ok(Ok(shown)) if shown.success)
        }
        None => false,
    };
    if !shown {
        core.client.show_message(MessageType::INFO, markdown).await;
    }
}

/// Writes a text where only this user can read it.
async fn write_text(core: &Arc<Core>, title: &str, markdown: &str) -> Option<String> {
    let folder = core.config().cache_dir()?;
    let (core, title, markdown) = (core.clone(), title.to_owned(), markdown.to_owned());
    let write = move || core.shown.write(&folder, &title, &markdown);
    let written = tokio::task::spawn_blocking(write).await.ok()?;
    if let Err(error) = &written {
        tracing::warn!(%error, "a text cannot be shown in a file");
    }
    Some(DocumentId::from_path(&written.ok()?).to_uri())
}

async fn create(core: &Core, token: &ProgressToken) -> bool {
    let params = WorkDoneProgressCreateParams {
        token: token.clone(),
    };
    let created = core.client.send_request::<WorkDoneProgressCreate>(params);
    matches!(
        tokio::time::timeout(CREATE_TIMEOUT, created).await,
        Ok(Ok(()))
    )
}
