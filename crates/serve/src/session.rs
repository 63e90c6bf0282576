//! One connection: requests in, one after the other; events out.

use std::collections::VecDeque;
use std::sync::Arc;

use firesteel_protocol::client::{ClientEvent, CreateResponse, InputItem, Interrupt, decode};
use firesteel_protocol::error::ErrorEvent;
use firesteel_protocol::response::ResponseError;
use firesteel_protocol::server::{InterruptEvent, ServerEvent};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::select;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::Shared;
use crate::ask;
use crate::memory::Memory;
use crate::response_encoder::{ResponseEncoder, refusal};
use crate::run::{Answer, Piece, Run};

/// The largest request; the hosted service has the same limit.
pub(crate) const MAX_MESSAGE: usize = 16 << 20;
/// What is read from a connection at once.
const READ_BUFFER: usize = 32 << 10;
/// Requests that wait for their turn on one connection.
const MAX_QUEUED: usize = 64;
/// Their bytes.
const MAX_QUEUED_BYTES: usize = 32 << 20;
/// Pieces that are written at once.
const MAX_BATCH: usize = 64;

/// How a connection's WebSocket is set up.
pub(crate) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}

/// One connection.
pub(crate) struct SocketSession<S> {
    socket: WebSocketStream<S>,
    shared: Arc<Shared>,
    memory: Memory,
    /// Requests that wait, with their bytes.
    queue: VecDeque<(CreateResponse, usize)>,
    queued_bytes: usize,
    current: Option<Current>,
}

/// The response that is being written.
struct Current {
    run: Run,
    encoder: ResponseEncoder,
    /// The whole conversation, to be remembered with the answer.
    items: Vec<InputItem>,
    previous: Option<String>,
}

/// The connection is over.
struct Gone;

impl<S: AsyncRead + AsyncWrite + Unpin> SocketSession<S> {
    pub(crate) fn new(socket: WebSocketStream<S>, shared: Arc<Shared>) -> Self {
        SocketSession {
            socket,
            memory: Memory::new(Arc::clone(&shared.remembered)),
            shared,
            queue: VecDeque::new(),
            queued_bytes: 0,
            current: None,
        }
    }

    /// Serves until the client goes. A response under way is cancelled then.
    pub(crate) async fn run(mut self) {
        while self.step().await.is_ok() {}
    }

    async fn step(&mut self) -> Result<(), Gone> {
        let Some(current) = &mut self.current else {
            return match self.queue.pop_front() {
                Some((request, bytes)) => {
                    self.queued_bytes -= bytes;
                    self.begin(request).await
                }
                None => {
                    let message = self.socket.next().await;
                    self.on_message(message).await
                }
            };
        };
        select! {
            piece = current.run.next() => self.write(piece).await,
            message = self.socket.next() => self.on_message(message).await,
        }
    }

    async fn on_message(
        &mut self,
        message: Option<Result<Message, tungstenite::Error>>,
    ) -> Result<(), Gone> {
        match message {
            Some(Ok(Message::Text(frame))) => self.read(&frame).await,
            Some(Ok(Message::Binary(frame))) => match std::str::from_utf8(&frame) {
                Ok(frame) => self.read(frame).await,
                Err(_) => self.refuse("a frame must be JSON text", None).await,
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Gone),
        }
    }

    async fn read(&mut self, frame: &str) -> Result<(), Gone> {
        match decode(frame) {
            Ok(ClientEvent::Create(request))
                if self.queue.len() >= MAX_QUEUED
                    || self.queued_bytes + frame.len() > MAX_QUEUED_BYTES =>
            {
                let error = ErrorEvent::new(
                    429,
                    "rate_limit_error",
                    "rate_limit_exceeded",
                    "too many requests wait",
                );
                self.send(refusal(error, request.stream_id.as_deref()))
                    .await
            }
            Ok(ClientEvent::Create(request)) => {
                self.queued_bytes += frame.len();
                self.queue.push_back((*request, frame.len()));
                Ok(())
            }
            Ok(ClientEvent::Interrupt(interrupt)) => self.interrupt(interrupt).await,
            Ok(ClientEvent::Unknown(event)) => {
                self.refuse(
                    &format!("unknown event type \"{}\"", event.kind),
                    Some("type"),
                )
                .await
            }
            Err(error) => self.refuse(&error.to_string(), None).await,
        }
    }

    async fn refuse(&mut self, message: &str, param: Option<&str>) -> Result<(), Gone> {
        let mut error = ErrorEvent::new(400, "invalid_request_error", "invalid_request", message);
        error.error.param = param.map(str::to_owned);
        self.send(refusal(error, None)).await
    }

    async fn begin(&mut self, mut request: CreateResponse) -> Result<(), Gone> {
        let mut items = Vec::new();
        if let Some(previous) = &request.previous_response_id {
            let Some(known) = self.memory.get(previous) else {
                let message = format!("previous response with id '{previous}' not found");
                let error = ErrorEvent::new(
                    400,
                    "invalid_request_error",
                    "previous_response_not_found",
                    message,
                )
                .with_param("previous_response_id");
                return self
                    .send(refusal(error, request.stream_id.as_deref()))
                    .await;
            };
            items.extend_from_slice(known);
        }
        items.append(&mut request.input);
        request.input = items;
        let id = self.shared.ids.next();
        let mut encoder = ResponseEncoder::new(&id, &request);
        let mut out = Vec::new();
        encoder.open(&mut out);
        if request.generate == Some(false) {
            encoder.close(&Answer::default(), &mut out);
            self.memory.keep(encoder.id().to_owned(), request.input);
            return self.send_all(out).await;
        }
        let run = ask::respond(&self.shared.offer, &request);
        let previous = request.previous_response_id.take();
        self.current = Some(Current {
            run,
            encoder,
            items: request.input,
            previous,
        });
        self.send_all(out).await
    }

    /// Writes a piece and what else is there already, in one write.
    async fn write(&mut self, piece: Piece) -> Result<(), Gone> {
        let Some(mut current) = self.current.take() else {
            return Ok(());
        };
        let mut out = Vec::new();
        let mut next = Some(piece);
        let mut batch = 0;
        while let Some(piece) = next.take() {
            match piece {
                Piece::Text(text) => current.encoder.delta(&text, &mut out),
                Piece::End(Ok(answer)) => {
                    current.encoder.close(&answer, &mut out);
                    let mut items = current.items;
                    items.push(InputItem::assistant(current.encoder.text()));
                    self.memory.keep(current.encoder.id().to_owned(), items);
                    return self.send_all(out).await;
                }
                Piece::End(Err(failure)) => {
                    current.encoder.fail(&failure, &mut out);
                    if let Some(previous) = &current.previous {
                        self.memory.evict(previous);
                    }
                    return self.send_all(out).await;
                }
            }
            batch += 1;
            if batch < MAX_BATCH {
                next = current.run.try_next();
            }
        }
        self.current = Some(current);
        self.send_all(out).await
    }

    async fn interrupt(&mut self, interrupt: Interrupt) -> Result<(), Gone> {
        let running = self
            .current
            .as_mut()
            .filter(|current| current.encoder.id() == interrupt.response_id);
        let found = running.is_some();
        if let Some(current) = running {
            current.run.cancel();
        }
        let mut event = InterruptEvent {
            response_id: interrupt.response_id,
            ..InterruptEvent::default()
        };
        if found {
            return self
                .send(ServerEvent::InterruptAccepted(event).encode())
                .await;
        }
        event.error = Some(ResponseError {
            code: "response_not_found".to_owned(),
            message: "no such response is being written".to_owned(),
        });
        self.send(ServerEvent::InterruptFailed(event).encode())
            .await
    }

    async fn send_all(&mut self, frames: Vec<String>) -> Result<(), Gone> {
        for frame in frames {
            self.socket
                .feed(Message::text(frame))
                .await
                .map_err(|_| Gone)?;
        }
        self.socket.flush().await.map_err(|_| Gone)
    }

    async fn send(&mut self, frame: String) -> Result<(), Gone> {
        self.socket
            .send(Message::text(frame))
            .await
            .map_err(|_| Gone)
    }
}
