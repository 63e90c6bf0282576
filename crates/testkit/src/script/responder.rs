//! The hand that writes one response.

use std::borrow::Cow;

use firesteel_protocol::error::ErrorEvent;
use firesteel_protocol::response::{
    IncompleteDetails, InputDetails, Response, ResponseError, Usage,
};
use firesteel_protocol::server::{ResponseEvent, ServerEvent, TextDelta};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::reply::Fault;

/// What a connection is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Send a text frame.
    Text(String),
    /// Send bytes that are frames already.
    Frames(Vec<u8>),
    /// Do something wrong.
    Fault(Fault),
}

/// Bytes of a flood in one piece.
const FLOOD: usize = 256 << 10;

/// A text as an unmasked frame.
fn framed(text: &str) -> Vec<u8> {
    let length = text.len();
    let mut frame = vec![0x81];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => frame.push(short),
        (_, Ok(medium)) => {
            frame.push(126);
            frame.extend(medium.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// The client is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client is gone")]
pub struct Gone;

/// Writes one response, event by event. Every method waits until the connection has taken the event.
#[derive(Debug)]
pub struct Responder {
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) id: String,
    pub(crate) stream_id: Option<String>,
    pub(crate) previous: Option<String>,
    /// Ends with the connection.
    pub(crate) gone: CancellationToken,
    /// Set when the client asks to stop.
    pub(crate) interrupted: CancellationToken,
    pub(crate) sequence: u64,
    pub(crate) tokens: u64,
    pub(crate) cached_tokens: u64,
}

impl Responder {
    /// The response's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `response.created`.
    ///
    /// # Errors
    /// When the client is gone, as for all methods.
    pub async fn created(&mut self) -> Result<(), Gone> {
        let event = self.about("in_progress", |_| {});
        self.send(&ServerEvent::Created(event)).await
    }

    /// A delta.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn text(&mut self, text: &str) -> Result<(), Gone> {
        self.tokens += 1;
        let sequence_number = self.number();
        let item_id = format!("msg_{}", self.id);
        let event = TextDelta {
            sequence_number,
            item_id: Some(Cow::Owned(item_id)),
            delta: Cow::Borrowed(text),
            stream_id: self.stream_id.clone().map(Cow::Owned),
            ..TextDelta::default()
        };
        self.send(&ServerEvent::TextDelta(event)).await
    }

    /// `response.completed`.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn completed(&mut self) -> Result<(), Gone> {
        let event = self.about("completed", |_| {});
        self.send(&ServerEvent::Completed(event)).await
    }

    /// `response.incomplete`.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn incomplete(&mut self, reason: &str) -> Result<(), Gone> {
        let event = self.about("incomplete", |response| {
            response.incomplete_details = Some(IncompleteDetails {
                reason: reason.to_owned(),
            });
        });
        self.send(&ServerEvent::Incomplete(event)).await
    }

    /// `response.failed`.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn failed(&mut self, code: &str, message: &str) -> Result<(), Gone> {
        let event = self.about("failed", |response| {
            response.error = Some(ResponseError {
                code: code.to_owned(),
                message: message.to_owned(),
            });
        });
        self.send(&ServerEvent::Failed(event)).await
    }

    /// `error` in the documented shape.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn error(&mut self, status: u16, code: &str, message: &str) -> Result<(), Gone> {
        let event = ErrorEvent::new(status, "invalid_request_error", code, message);
        let event = ErrorEvent {
            stream_id: self.stream_id.clone(),
            ..event
        };
        self.send(&ServerEvent::Error(event)).await
    }

    /// Any event.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn send(&mut self, event: &ServerEvent<'_>) -> Result<(), Gone> {
        self.raw(event.encode()).await
    }

    /// A text frame as it stands.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn raw(&mut self, frame: String) -> Result<(), Gone> {
        self.orders.send(Order::Text(frame)).await.map_err(|_| Gone)
    }

    /// A text many times over, in deltas written beforehand and sent in one go: a server that is faster
    /// than any client. Only over a WebSocket.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn flood(&mut self, text: &str, times: usize) -> Result<(), Gone> {
        let event = TextDelta {
            sequence_number: Some(7),
            item_id: Some(Cow::Borrowed("msg_flood")),
            delta: Cow::Borrowed(text),
            stream_id: self.stream_id.as_deref().map(Cow::Borrowed),
            ..TextDelta::default()
        };
        let frame = framed(&ServerEvent::TextDelta(event).encode());
        self.tokens += times as u64;
        let most = (FLOOD / frame.len()).max(1);
        let mut left = times;
        while left > 0 {
            let now = left.min(most);
            self.orders
                .send(Order::Frames(frame.repeat(now)))
                .await
                .map_err(|_| Gone)?;
            left -= now;
        }
        Ok(())
    }

    /// Something wrong.
    ///
    /// # Errors
    /// When the client is gone.
    pub async fn fault(&mut self, fault: Fault) -> Result<(), Gone> {
        self.orders
            .send(Order::Fault(fault))
            .await
            .map_err(|_| Gone)
    }

    /// Waits until the client is gone.
    pub async fn gone(&self) {
        self.gone.cancelled().await;
    }

    /// Waits until the client asks to stop.
    pub async fn interrupted(&self) {
        self.interrupted.cancelled().await;
    }

    fn about(&mut self, status: &str, change: impl FnOnce(&mut Response)) -> ResponseEvent {
        let mut response = Response {
            id: self.id.clone(),
            object: "response".to_owned(),
            status: status.to_owned(),
            previous_response_id: self.previous.clone(),
            ..Response::default()
        };
        if status != "in_progress" {
            response.usage = Some(Usage {
                output_tokens: self.tokens,
                total_tokens: self.tokens,
                input_tokens_details: InputDetails {
                    cached_tokens: self.cached_tokens,
                    cache_write_tokens: 0,
                },
                ..Usage::default()
            });
        }
        change(&mut response);
        ResponseEvent {
            sequence_number: self.number(),
            response,
            stream_id: self.stream_id.clone(),
        }
    }

    fn number(&mut self) -> Option<u64> {
        self.sequence += 1;
        Some(self.sequence - 1)
    }
}
