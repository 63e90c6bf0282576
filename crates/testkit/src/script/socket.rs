//! The WebSocket side: one connection, its rules, and its responses one after the other or by lanes.

use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use firesteel_protocol::error::ErrorEvent;
use firesteel_protocol::response::ResponseError;
use firesteel_protocol::server::{InterruptEvent, ServerEvent};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::select;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Interval, interval};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;

use super::http::Visit;
use super::log::Request;
use super::play::play;
use super::reply::{Fault, Reply};
use super::responder::{Order, Responder};
use super::server::closed;
use super::stream::Stream;

/// Orders that a connection has not taken yet.
const ORDERS: usize = 256;
/// Orders that go out in one write.
const BATCH: usize = 64;
/// The largest message that is read at all, so that one over the scripted limit can be told apart.
const MAX_READ: usize = 64 << 20;

/// One WebSocket.
pub(crate) struct Talk {
    socket: WebSocketStream<Stream>,
    visit: Arc<Visit>,
    replies: VecDeque<Reply>,
    waiting: VecDeque<(Value, Instant)>,
    /// Each ends with its lane's name and its response's id.
    running: JoinSet<(Option<String>, String)>,
    busy: BTreeSet<Option<String>>,
    names: BTreeSet<String>,
    remembered: VecDeque<String>,
    current: Vec<(String, CancellationToken)>,
    orders: mpsc::Sender<Order>,
    receiver: mpsc::Receiver<Order>,
    gone: CancellationToken,
    born: Instant,
    served: usize,
    pinged: Option<Instant>,
}

/// Who ended the connection.
enum Stop {
    Client,
    Server,
}

impl Talk {
    pub(crate) async fn new(stream: Stream, read_ahead: Vec<u8>, visit: Arc<Visit>) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(MAX_READ))
            .max_frame_size(Some(MAX_READ));
        let socket =
            WebSocketStream::from_partially_read(stream, read_ahead, Role::Server, Some(config))
                .await;
        let (orders, receiver) = mpsc::channel(ORDERS);
        Talk {
            socket,
            replies: visit.behaviour.replies.clone(),
            visit,
            waiting: VecDeque::new(),
            running: JoinSet::new(),
            busy: BTreeSet::new(),
            names: BTreeSet::new(),
            remembered: VecDeque::new(),
            current: Vec::new(),
            orders,
            receiver,
            gone: CancellationToken::new(),
            born: Instant::now(),
            served: 0,
            pinged: None,
        }
    }

    pub(crate) async fn run(mut self) {
        let freeze = self.visit.stage.freezer_of(self.visit.number);
        let stop = select! {
            stop = self.serve() => stop,
            () = freeze.cancelled() => self.frozen().await,
        };
        let during = !self.busy.is_empty();
        self.gone.cancel();
        closed(
            self.visit.number,
            matches!(stop, Stop::Client),
            during,
            &self.visit.stage,
        );
    }

    /// Not a byte in or out, for ever; the client's end goes unseen.
    async fn frozen(&mut self) -> Stop {
        std::future::pending().await
    }

    async fn serve(&mut self) -> Stop {
        let every = self
            .visit
            .behaviour
            .pings
            .map_or(Duration::from_secs(3600), |pings| {
                Duration::from_millis(pings.every_ms)
            });
        let mut pings = interval(every);
        pings.tick().await;
        loop {
            if let Err(stop) = self.step(&mut pings).await {
                return stop;
            }
        }
    }

    async fn step(&mut self, pings: &mut Interval) -> Result<(), Stop> {
        self.start_waiting().await?;
        select! {
            biased;
            Some(order) = self.receiver.recv() => self.carry_out(order).await,
            Some(done) = self.running.join_next() => self.ended(done.ok()).await,
            message = self.socket.next() => match message {
                Some(Ok(message)) => self.hear(message).await,
                Some(Err(_)) | None => Err(Stop::Client),
            },
            _ = pings.tick() => self.ping().await,
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), Stop> {
        let at = Instant::now();
        let text = match message {
            Message::Text(text) => text.to_string(),
            Message::Binary(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Message::Pong(_) => {
                self.pinged = None;
                self.visit.stage.note(|log| log.pongs += 1);
                return Ok(());
            }
            Message::Ping(_) => {
                self.visit.stage.note(|log| log.pings += 1);
                return Ok(());
            }
            Message::Frame(_) => return Ok(()),
            Message::Close(_) => return Err(Stop::Client),
        };
        if text.len() > self.visit.behaviour.max_message {
            return self.close(1009, "message too big").await;
        }
        match serde_json::from_str::<Value>(&text) {
            Ok(body) if body["type"] == "response.interrupt" => self.interrupt(&body).await,
            Ok(body) if body["type"] == "response.create" => {
                self.waiting.push_back((body, at));
                Ok(())
            }
            _ => {
                self.refuse(400, "invalid_request", "not a known event", None)
                    .await
            }
        }
    }

    /// Starts what waits, as far as the rules allow: one at a time, or one in each lane.
    async fn start_waiting(&mut self) -> Result<(), Stop> {
        let limit = self.visit.behaviour.lanes.unwrap_or(1);
        let mut later = VecDeque::new();
        while let Some((body, at)) = self.waiting.pop_front() {
            let lane = body["stream_id"].as_str().map(str::to_owned);
            if self.busy.len() >= limit || self.busy.contains(&lane) {
                later.push_back((body, at));
                continue;
            }
            self.start(body, at, lane).await?;
        }
        self.waiting = later;
        Ok(())
    }

    async fn start(&mut self, body: Value, at: Instant, lane: Option<String>) -> Result<(), Stop> {
        if let Some((status, code, message)) = self.objection(&body, lane.as_deref()) {
            if code == "websocket_connection_limit_reached" {
                self.refuse(status, code, &message, lane).await?;
                return Err(Stop::Server);
            }
            return self.refuse(status, code, &message, lane).await;
        }
        let interrupted = CancellationToken::new();
        let reply = self.replies.pop_front();
        let (id, response) = begin_with(
            &self.visit,
            (body, at),
            reply,
            self.orders.clone(),
            self.gone.clone(),
            interrupted.clone(),
        );
        self.busy.insert(lane.clone());
        self.current.push((id.clone(), interrupted));
        self.running.spawn(response.map(move |()| (lane, id)));
        Ok(())
    }

    fn objection(
        &mut self,
        body: &Value,
        lane: Option<&str>,
    ) -> Option<(u16, &'static str, String)> {
        let behaviour = &self.visit.behaviour;
        if behaviour
            .max_age()
            .is_some_and(|age| self.born.elapsed() >= age)
        {
            return Some((
                400,
                "websocket_connection_limit_reached",
                "the connection is too old".to_owned(),
            ));
        }
        if let Some(field) = behaviour
            .rejects
            .iter()
            .find(|field| !field_of(body, field).is_null())
        {
            return Some((
                400,
                "unsupported_parameter",
                format!("Unsupported parameter: {field}"),
            ));
        }
        if let Some(lane) = lane {
            if behaviour.lanes.is_none() {
                return Some((400, "invalid_stream_id", "there are no lanes".to_owned()));
            }
            if !self.names.contains(lane) && self.names.len() >= behaviour.lane_names {
                return Some((
                    400,
                    "websocket_stream_limit_reached",
                    "too many lanes".to_owned(),
                ));
            }
            self.names.insert(lane.to_owned());
        }
        let previous = body["previous_response_id"].as_str().unwrap_or_default();
        if behaviour.memory
            && !previous.is_empty()
            && !self.remembered.iter().any(|id| id == previous)
        {
            return Some((
                400,
                "previous_response_not_found",
                format!("no response {previous}"),
            ));
        }
        None
    }

    async fn ended(&mut self, done: Option<(Option<String>, String)>) -> Result<(), Stop> {
        while let Ok(order) = self.receiver.try_recv() {
            self.carry_out(order).await?;
        }
        let Some((lane, id)) = done else {
            return Err(Stop::Server);
        };
        self.busy.remove(&lane);
        self.current.retain(|(current, _)| *current != id);
        self.remembered.push_back(id);
        self.served += 1;
        if self.visit.behaviour.close_after == Some(self.served) {
            return self.close(1000, "as scripted").await;
        }
        Ok(())
    }

    async fn interrupt(&mut self, body: &Value) -> Result<(), Stop> {
        let id = body["response_id"].as_str().unwrap_or_default().to_owned();
        self.visit.stage.note(|log| log.interrupts.push(id.clone()));
        let mut event = InterruptEvent {
            response_id: id.clone(),
            ..InterruptEvent::default()
        };
        let current = self.current.iter().find(|(current, _)| *current == id);
        let event = match current {
            Some((_, interrupted)) if self.visit.behaviour.interrupt => {
                interrupted.cancel();
                ServerEvent::InterruptAccepted(event)
            }
            _ => {
                let code = "interrupt_not_supported".to_owned();
                event.error = Some(ResponseError {
                    code,
                    message: "as scripted".to_owned(),
                });
                ServerEvent::InterruptFailed(event)
            }
        };
        self.send(Message::text(event.encode())).await
    }

    async fn refuse(
        &mut self,
        status: u16,
        code: &str,
        message: &str,
        lane: Option<String>,
    ) -> Result<(), Stop> {
        let event = ErrorEvent::new(status, "invalid_request_error", code, message);
        let event = ServerEvent::Error(ErrorEvent {
            stream_id: lane,
            ..event
        });
        self.send(Message::text(event.encode())).await
    }

    async fn ping(&mut self) -> Result<(), Stop> {
        let Some(pings) = self.visit.behaviour.pings else {
            return Ok(());
        };
        if self
            .pinged
            .is_some_and(|at| at.elapsed() >= Duration::from_millis(pings.pong_within_ms))
        {
            return self.close(1011, "keepalive ping timeout").await;
        }
        self.pinged.get_or_insert_with(Instant::now);
        self.send(Message::Ping("script".into())).await
    }

    /// Carries out an order and those that wait behind it, in one write as far as they are text.
    async fn carry_out(&mut self, order: Order) -> Result<(), Stop> {
        let mut next = Some(order);
        let mut batch = 0;
        while let Some(order) = next.take() {
            match order {
                Order::Text(frame) => self
                    .socket
                    .feed(Message::text(frame))
                    .await
                    .map_err(|_| Stop::Client)?,
                Order::Frames(bytes) => {
                    self.flush().await?;
                    self.socket
                        .get_mut()
                        .write_all(&bytes)
                        .await
                        .map_err(|_| Stop::Client)?;
                }
                Order::Fault(fault) => {
                    self.flush().await?;
                    self.fail(fault).await?;
                }
            }
            batch += 1;
            if batch < BATCH {
                next = self.receiver.try_recv().ok();
            }
        }
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), Stop> {
        self.socket.flush().await.map_err(|_| Stop::Client)
    }

    async fn fail(&mut self, fault: Fault) -> Result<(), Stop> {
        match fault {
            Fault::Reset => {
                let stream = self.socket.get_mut();
                // The header promises 4096 bytes; a few come.
                let _ = stream.write_all(b"\x81\x7e\x10\x00{\"type\":").await;
                let _ = stream.flush().await;
                stream.reset_on_drop();
                Err(Stop::Server)
            }
            Fault::Drop => Err(Stop::Server),
            Fault::Close(code) => self.close(code, "as scripted").await,
            Fault::Binary => self.send(Message::binary(&b"\x00\x01"[..])).await,
            Fault::Broken => {
                self.send(Message::text("{\"type\":\"response.output_text.delta\","))
                    .await
            }
            Fault::Unknown => {
                self.send(Message::text(
                    json!({"type": "response.surprise", "x": [1]}).to_string(),
                ))
                .await
            }
            Fault::Stale => {
                let response = json!({"id": "resp_of_another", "status": "completed"});
                self.send(Message::text(
                    json!({"type": "response.completed", "response": response}).to_string(),
                ))
                .await
            }
            Fault::Hang => Ok(()),
            Fault::Freeze => Err(self.frozen().await),
        }
    }

    async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), Stop> {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: reason.into(),
        };
        let _ = self.socket.close(Some(frame)).await;
        Err(Stop::Server)
    }

    async fn send(&mut self, message: Message) -> Result<(), Stop> {
        self.socket.send(message).await.map_err(|_| Stop::Client)
    }
}

/// A field by its path, such as `reasoning.summary`.
fn field_of<'a>(body: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(body, |value, name| &value[name])
}

/// Notes a request and begins its response.
pub(crate) fn begin(
    visit: &Visit,
    body: Value,
    orders: mpsc::Sender<Order>,
    gone: CancellationToken,
    interrupted: CancellationToken,
) -> impl Future<Output = ()> + Send + 'static {
    begin_with(
        visit,
        (body, Instant::now()),
        None,
        orders,
        gone,
        interrupted,
    )
    .1
}

fn begin_with(
    visit: &Visit,
    (body, at): (Value, Instant),
    reply: Option<Reply>,
    orders: mpsc::Sender<Order>,
    gone: CancellationToken,
    interrupted: CancellationToken,
) -> (String, BoxFuture<'static, ()>) {
    let mut number = 0;
    let mut request = Request {
        connection: visit.number,
        number: 0,
        body,
        at,
    };
    visit.stage.note(|log| {
        number = log.requests.len();
        request.number = number;
        log.requests.push(request.clone());
    });
    let id = format!("resp_{number}");
    let text = |field: &str| request.body[field].as_str().map(str::to_owned);
    let responder = Responder {
        orders,
        id: id.clone(),
        stream_id: text("stream_id"),
        previous: text("previous_response_id"),
        gone,
        interrupted,
        sequence: 0,
        tokens: 0,
        cached_tokens: 0,
    };
    let response = match (reply, &visit.stage.handler) {
        (Some(reply), _) => play(reply, responder).boxed(),
        (None, _) if request.body["generate"] == false => play(Reply::default(), responder).boxed(),
        (None, Some(handler)) => handler(request, responder),
        (None, None) => play(visit.stage.next_reply(), responder).boxed(),
    };
    (id, response)
}
