//! The ingress: messages in the order of the wire, each request with the document as it then was.
//!
//! tower-lsp runs handlers as futures whose bodies begin at their first poll, in any order. So whatever must keep the
//! order of the wire happens here, before the handler's future exists: edits are applied, snapshots are taken, older
//! requests are superseded. Nothing here takes a millisecond and nothing is awaited, but for `initialize`.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use firesteel_engine::Queue;
use futures_util::future::{BoxFuture, FutureExt, TryFutureExt};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tower_lsp::jsonrpc::{Error, Id, Request, Response};
use tower_lsp::ls_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders, DidCloseTextDocument,
    DidCreateFiles, DidDeleteFiles, DidOpenTextDocument, DidRenameFiles, DidSaveTextDocument,
    Notification, WorkDoneProgressCancel,
};
use tower_lsp::ls_types::request::{CodeActionRequest, Request as _, WillRenameFiles};
use tower_lsp::{ExitedError, LspService};
use tower_service::Service;

use crate::backend::{self, Backend};
use crate::client_settings::Base;
use crate::context::{self, Context};
use crate::handlers;
use crate::session::{Core, Session};
use crate::transport::{Call, Incoming, Outgoing, Reader, write_all};
use crate::uris::{DocumentParams, PlaceParams, quote_refused, unquote};

/// How the conversation ended, which decides the process's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// `shutdown` and then `exit`, as the protocol wants it: exit code 0.
    Properly,
    /// `exit` without `shutdown`, or the client went away: exit code 1.
    Abruptly,
}

impl Ended {
    /// The exit code that the protocol asks for.
    pub fn exit_code(self) -> u8 {
        u8::from(self == Self::Abruptly)
    }
}

/// Serves one client over a pair of streams, until it says `exit` or goes away.
///
/// Each has a thread of its own, which may block on it. The client's own settings come on top of those of `base`.
pub async fn serve(
    input: impl AsyncRead + Unpin + Send + 'static,
    output: impl AsyncWrite + Unpin + Send + 'static,
    base: Base,
) -> Ended {
    serve_until(input, output, base, std::future::pending()).await
}

/// As [`serve`], until `gone` tells that the client has gone.
pub async fn serve_until(
    input: impl AsyncRead + Unpin + Send + 'static,
    output: impl AsyncWrite + Unpin + Send + 'static,
    base: Base,
    gone: impl Future<Output = ()>,
) -> Ended {
    let (outgoing, queue) = Outgoing::new();
    let (service, socket) = backend::service(base, outgoing.clone());
    let session = service.inner().session.clone();
    let (from_us, to_us) = socket.split();
    let mut writer = on_own_thread(write_all(queue, output));
    let requests = tokio::spawn(pass_on(from_us, outgoing.clone()));
    let mut ingress = Ingress {
        service,
        session: session.clone(),
    };
    let mut reader = Reader::new(BufReader::new(input));
    let reading = on_own_thread(async move { ingress.read(&mut reader, to_us, &outgoing).await });
    let ended = tokio::select! {
        ended = reading => ended.unwrap_or(Ended::Abruptly),
        () = session.client_died() => Ended::Abruptly,
        // It ends before the reader only where nothing can be written any more.
        _ = &mut writer => {
            tracing::warn!("the client takes no more messages");
            Ended::Abruptly
        }
        () = gone => {
            tracing::warn!("the client has closed our output");
            Ended::Abruptly
        }
    };
    session.close();
    requests.abort();
    drop(session);
    // What was answered is still written, unless the client has stopped reading.
    if !writer.is_finished() {
        let _ = tokio::time::timeout(LAST_WORDS, writer).await;
    }
    ended
}

fn on_own_thread<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(future))
}

/// How long the last answers may take to be written after `exit`.
const LAST_WORDS: std::time::Duration = std::time::Duration::from_secs(1);

type Answer = BoxFuture<'static, Result<Option<Response>, ExitedError>>;

struct Ingress {
    service: LspService<Backend>,
    session: Arc<Session>,
}

impl Ingress {
    async fn read<R, S>(
        &mut self,
        reader: &mut Reader<R>,
        mut answers: S,
        outgoing: &Outgoing,
    ) -> Ended
    where
        R: tokio::io::AsyncBufRead + Unpin,
        S: Sink<Response> + Unpin,
    {
        while let Some(message) = reader.next().await {
            match message {
                Incoming::Call(call) if call.method == "exit" => return self.session.ended(),
                Incoming::Call(call) => {
                    let first = call.method == "initialize";
                    let id = call.id.clone();
                    let Some(answer) = self.call(call) else {
                        continue;
                    };
                    let answering = tokio::spawn(answer_call(id, answer, outgoing.clone()));
                    // What the client pipelines behind `initialize` must find the server initialized.
                    if first {
                        let _ = answering.await;
                    }
                }
                Incoming::Answer(answer) => drop(answers.send(answer).await),
                Incoming::Malformed(error) => {
                    tracing::warn!(%error, "a malformed message");
                    outgoing.send(&Response::from_error(Id::Null, error)).await;
                }
            }
        }
        Ended::Abruptly
    }

    /// Does what must keep the order of the wire; returns the handler's future where there is a handler.
    fn call(&mut self, call: Call) -> Option<Answer> {
        match (call.id.is_some(), call.method.as_str()) {
            (false, DidOpenTextDocument::METHOD) => {
                self.notified(&call, |core, params| core.did_open(params))
            }
            (false, DidChangeTextDocument::METHOD) => self.changed(&call),
            (false, DidSaveTextDocument::METHOD) => {
                self.notified(&call, |core, params| core.did_save(params))
            }
            (false, DidCloseTextDocument::METHOD) => {
                self.notified(&call, |core, params| core.did_close(params))
            }
            (false, DidChangeWatchedFiles::METHOD) => {
                if let Some(core) = self.session.core() {
                    core.did_change_watched_files(params(&call));
                }
                None
            }
            (false, DidChangeWorkspaceFolders::METHOD) => {
                self.notified(&call, Core::did_change_folders)
            }
            (false, DidRenameFiles::METHOD) => self.notified(&call, Core::did_rename_files),
            (false, DidCreateFiles::METHOD | DidDeleteFiles::METHOD) => {
                self.notified(&call, Core::did_make_or_delete_files)
            }
            (true, WillRenameFiles::METHOD) => {
                self.notified(&call, Core::will_rename_files);
                self.handler(call)
            }
            (false, "notebookDocument/didOpen") => {
                self.notified(&call, |core, params| core.did_open_notebook(params))
            }
            (false, "notebookDocument/didChange") => {
                self.notified(&call, |core, params| core.did_change_notebook(params))
            }
            (false, "notebookDocument/didClose") => {
                self.notified(&call, |core, params| core.did_close_notebook(params))
            }
            (false, "notebookDocument/didSave") => None,
            (false, WorkDoneProgressCancel::METHOD) => {
                self.notified(&call, |core, params| core.did_cancel(params))
            }
            _ => self.handler(call),
        }
    }

    /// A document of which a change cannot be read is out of sync, and says so.
    fn changed(&self, call: &Call) -> Option<Answer> {
        match (self.session.core(), serde_json::from_str(params(call))) {
            (Some(core), Ok(change)) => core.did_change(change),
            (Some(core), Err(error)) => {
                tracing::error!(method = call.method, %error, "a change cannot be read");
                if let Ok(named) = serde_json::from_str::<DocumentParams>(params(call)) {
                    core.lost_change(&named.text_document.uri, &error);
                }
            }
            (None, _) => tracing::warn!(method = call.method, "ignored before initialize"),
        }
        None
    }

    fn notified<P: DeserializeOwned>(
        &self,
        call: &Call,
        apply: impl Fn(&Arc<Core>, P),
    ) -> Option<Answer> {
        let Some(core) = self.session.core() else {
            tracing::warn!(method = call.method, "ignored before initialize");
            return None;
        };
        match serde_json::from_str(params(call)) {
            Ok(params) => apply(core, params),
            Err(error) => tracing::error!(method = call.method, %error, "ignored: bad parameters"),
        }
        None
    }

    fn handler(&mut self, call: Call) -> Option<Answer> {
        let context = self.context(&call);
        let mut params = match serde_json::from_str::<serde_json::Value>(params(&call)) {
            Ok(params) => params,
            Err(error) => {
                tracing::warn!(method = call.method, %error, "bad parameters");
                let error = Error::invalid_params("the parameters are not valid JSON");
                let id = call.id?;
                return Some(async { Ok(Some(Response::from_error(id, error))) }.boxed());
            }
        };
        let has_quoted = quote_refused(&mut params);
        if call.method == "initialize" {
            let knows = handlers::initialize::knows_action_tags(&params);
            self.session
                .knows_action_tags
                .store(knows, Ordering::Relaxed);
        }
        let has_params = call.params.is_some();
        let method = match call.method.as_str() {
            // tower-lsp's own action knows no tags, and one of its names cannot be served by a method of ours.
            CodeActionRequest::METHOD => backend::CODE_ACTION.to_owned(),
            _ => call.method,
        };
        let mut request = Request::build(method);
        if has_params {
            request = request.params(params);
        }
        if let Some(id) = call.id {
            request = request.id(id);
        }
        let answer = context::scope(context, self.service.call(request.finish()));
        Some(match has_quoted {
            true => answer.map_ok(|answer| answer.map(unquote)).boxed(),
            false => answer.boxed(),
        })
    }

    /// The document as it is at this point of the wire, and the request's place in its queue.
    fn context(&self, call: &Call) -> Context {
        let queue = match call.method.as_str() {
            "textDocument/inlineCompletion" => Some(Queue::Inline),
            "textDocument/completion" => Some(Queue::Menu),
            method if method.starts_with("textDocument/") => None,
            _ => return Context::default(),
        };
        let named = serde_json::from_str::<PlaceParams>(params(call));
        let (Ok(named), Some(core)) = (named, self.session.core()) else {
            return Context::default();
        };
        let id = core.documents.resolve(&*named.text_document.uri);
        let snapshot = core.documents.get(&id);
        core.focused(snapshot.as_deref(), named.place());
        // Editors ask for the actions wherever the cursor comes to.
        if call.method == CodeActionRequest::METHOD {
            core.prepare();
        }
        Context {
            snapshot,
            ticket: queue.map(|queue| core.engine.ticket(&id, queue)),
        }
    }
}

fn params(call: &Call) -> &str {
    call.params.as_deref().map_or("null", RawValue::get)
}

/// Runs a handler; a panic in it is one failed request and an entry in the log.
async fn answer_call(id: Option<Id>, answer: Answer, outgoing: Outgoing) {
    let response = match (AssertUnwindSafe(answer).catch_unwind().await, id) {
        (Ok(Ok(response)), _) => response,
        // After `exit` nobody waits for answers.
        (Ok(Err(ExitedError { .. })), _) => None,
        (Err(_panic), id) => id.map(|id| Response::from_error(id, Error::internal_error())),
    };
    if let Some(response) = response {
        outgoing.send(&response).await;
    }
}

/// Passes our own requests and notifications on to the client.
async fn pass_on(mut from_us: impl Stream<Item = Request> + Unpin, outgoing: Outgoing) {
    while let Some(request) = from_us.next().await {
        outgoing.send(&request).await;
    }
}
