//! An LSP client for tests, the demo and the bench: it pipelines, and it keeps the server to its promises.
//!
//! Messages are written when they are sent, answers are awaited by id, and whatever the server asks of the client is
//! answered by a [`Responder`] in the reading task, as a real editor does while its user goes on typing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::frame;

/// How long an answer may take before a test calls the server hung.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// What the client does when the server asks it something.
pub trait Responder: Send + 'static {
    /// Sends what the server's request `method` calls for: usually one answer, sometimes with notifications around it.
    ///
    /// Sending nothing leaves the request unanswered, as a broken client would.
    fn respond(&mut self, id: &Value, method: &str, params: &Value, send: &mut dyn FnMut(Value));
}

/// Answers every request of the server with `null`, which is what `workDoneProgress/create` wants.
pub struct AnswerNull;

impl Responder for AnswerNull {
    fn respond(&mut self, id: &Value, _: &str, _: &Value, send: &mut dyn FnMut(Value)) {
        send(json!({"jsonrpc": "2.0", "id": id, "result": null}));
    }
}

/// A handle on a connection to a server; clones share it.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    next_id: AtomicI64,
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    waiting: HashMap<String, oneshot::Sender<Value>>,
    notifications: Vec<Value>,
    /// Answers to no request, or second answers to one: a server that sends any breaks its promise.
    stray: Vec<Value>,
    closed: bool,
}

/// A request that was sent and whose answer has not been taken yet.
pub struct Pending {
    /// The id it was sent under, for `$/cancelRequest`.
    pub id: i64,
    method: String,
    answer: oneshot::Receiver<Value>,
}

impl Pending {
    /// The result, or the error object, of this request.
    ///
    /// # Errors
    /// When the server does not answer within [`ANSWER_TIMEOUT`], or goes away.
    pub async fn answer(self) -> Result<Result<Value, Value>> {
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, self.answer).await;
        let message = answer
            .map_err(|_| anyhow!("no answer to {} (id {})", self.method, self.id))?
            .map_err(|_| anyhow!("the server went away before it answered {}", self.method))?;
        Ok(match message.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(message.get("result").cloned().unwrap_or(Value::Null)),
        })
    }

    /// The result of this request, where an error is a failure.
    ///
    /// # Errors
    /// As [`Pending::answer`], and when the server answered with an error.
    pub async fn result(self) -> Result<Value> {
        let method = self.method.clone();
        self.answer()
            .await?
            .map_err(|error| anyhow!("{method} failed: {error}"))
    }
}

impl Client {
    /// Talks to a server over its output and input streams.
    pub fn new(
        server_out: impl AsyncRead + Unpin + Send + 'static,
        server_in: impl AsyncWrite + Unpin + Send + 'static,
        responder: impl Responder,
    ) -> Self {
        let (outgoing, queue) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            next_id: AtomicI64::new(1),
            outgoing,
            state: Mutex::default(),
            arrived: Notify::new(),
        });
        tokio::spawn(write_all(queue, server_in));
        tokio::spawn(read_all(
            BufReader::new(server_out),
            shared.clone(),
            responder,
        ));
        Self { shared }
    }

    /// Sends a request; its answer is awaited later.
    pub fn send(&self, method: &str, params: Value) -> Pending {
        let id = self.shared.next_id.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.shared.state().waiting.insert(id.to_string(), sender);
        self.write(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        Pending {
            id,
            method: method.to_owned(),
            answer,
        }
    }

    /// Sends a request and awaits its result.
    ///
    /// # Errors
    /// As [`Pending::result`].
    pub async fn request(&self, method: &str, params: Value) -> Result<Value> {
        self.send(method, params).result().await
    }

    /// Sends a notification.
    pub fn notify(&self, method: &str, params: Value) {
        self.write(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Writes raw bytes, for messages that no decent client would send.
    pub fn write_raw(&self, bytes: Vec<u8>) {
        // A closed pipe shows in the answers that then never come.
        let _ = self.shared.outgoing.send(bytes);
    }

    /// Waits for the first notification not taken yet that `matches`, and takes it.
    ///
    /// # Errors
    /// When none comes within [`ANSWER_TIMEOUT`].
    pub async fn notification(&self, matches: impl Fn(&Value) -> bool) -> Result<Value> {
        let wait = async {
            loop {
                let arrived = self.shared.arrived.notified();
                if let Some(found) = self.take_notification(&matches) {
                    return Ok(found);
                }
                if self.shared.state().closed {
                    bail!("the server went away before it sent that notification");
                }
                arrived.await;
            }
        };
        tokio::time::timeout(ANSWER_TIMEOUT, wait)
            .await
            .context("no such notification came")?
    }

    /// Takes the first notification not taken yet that `matches`, if it is there already.
    pub fn take_notification(&self, matches: impl Fn(&Value) -> bool) -> Option<Value> {
        let mut state = self.shared.state();
        let index = state.notifications.iter().position(matches)?;
        Some(state.notifications.remove(index))
    }

    /// The usual beginning: `initialize` with `capabilities` and `options`, then `initialized`.
    ///
    /// # Errors
    /// When the server refuses or dies.
    pub async fn initialize(&self, params: Value) -> Result<Value> {
        let result = self.request("initialize", params).await?;
        self.notify("initialized", json!({}));
        Ok(result)
    }

    /// The usual end: `shutdown`, then `exit`; checks that every request was answered exactly once.
    ///
    /// # Errors
    /// When one was not, or when the server answered something it was not asked.
    pub async fn shutdown(&self) -> Result<()> {
        self.request("shutdown", Value::Null).await?;
        self.notify("exit", Value::Null);
        let state = self.shared.state();
        ensure!(
            state.waiting.is_empty(),
            "requests without an answer: {:?}",
            state.waiting.keys()
        );
        ensure!(state.stray.is_empty(), "stray answers: {:?}", state.stray);
        Ok(())
    }

    /// Messages with an id that no open request has, such as the answer to malformed JSON (id null).
    pub fn take_stray_answers(&self) -> Vec<Value> {
        std::mem::take(&mut self.shared.state().stray)
    }

    /// Waits until an answer with an id that no open request has came in, and takes all such answers.
    ///
    /// # Errors
    /// When none comes within [`ANSWER_TIMEOUT`].
    pub async fn stray_answers(&self) -> Result<Vec<Value>> {
        let wait = async {
            loop {
                let arrived = self.shared.arrived.notified();
                let stray = self.take_stray_answers();
                if !stray.is_empty() {
                    return stray;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(ANSWER_TIMEOUT, wait)
            .await
            .context("no such answer came")
    }

    fn write(&self, message: &Value) {
        self.write_raw(frame::encode(message));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self, message: Value) {
        let mut state = self.state();
        if message.get("method").is_some() {
            state.notifications.push(message);
        } else {
            let id = message.get("id").unwrap_or(&Value::Null).to_string();
            match state.waiting.remove(&id) {
                Some(waiter) => drop(waiter.send(message)),
                None => state.stray.push(message),
            }
        }
        drop(state);
        self.arrived.notify_waiters();
    }
}

async fn write_all(
    mut queue: mpsc::UnboundedReceiver<Vec<u8>>,
    mut io: impl AsyncWrite + Unpin + Send,
) {
    while let Some(bytes) = queue.recv().await {
        if io.write_all(&bytes).await.is_err() || io.flush().await.is_err() {
            return;
        }
    }
}

async fn read_all<R: AsyncRead + Unpin>(
    mut io: BufReader<R>,
    shared: Arc<Shared>,
    mut responder: impl Responder,
) {
    while let Ok(Some(message)) = frame::read(&mut io).await {
        match (message.get("id"), message.get("method")) {
            (Some(id), Some(Value::String(method))) => {
                let params = message.get("params").unwrap_or(&Value::Null);
                // The writer is gone only when the server is.
                responder.respond(id, method, params, &mut |reply| {
                    let _ = shared.outgoing.send(frame::encode(&reply));
                });
            }
            _ => shared.deliver(message),
        }
    }
    let mut state = shared.state();
    state.closed = true;
    state.waiting.clear();
    drop(state);
    shared.arrived.notify_waiters();
}
