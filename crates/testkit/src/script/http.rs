//! The HTTP side: upgrades to WebSocket, and responses as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::sync::CancellationToken;

use super::connection::Connection;
use super::log::Handshake;
use super::reply::Fault;
use super::responder::Order;
use super::server::Stage;
use super::socket::{self, Talk};
use super::stream::Stream;

/// Where responses are asked for.
const PATH: &str = "/v1/responses";
/// Orders that a body has not taken yet.
const ORDERS: usize = 256;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// One TCP connection of the client.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) number: usize,
    pub(crate) behaviour: Connection,
    pub(crate) stage: Arc<Stage>,
    upgraded: AtomicBool,
}

impl Visit {
    pub(crate) fn new(number: usize, behaviour: Connection, stage: Arc<Stage>) -> Self {
        Visit {
            number,
            behaviour,
            stage,
            upgraded: AtomicBool::new(false),
        }
    }

    pub(crate) fn is_upgraded(&self) -> bool {
        self.upgraded.load(Ordering::Relaxed)
    }
}

/// Answers one HTTP request.
pub(crate) async fn answer(
    visit: Arc<Visit>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    note(&visit, &request);
    sleep(visit.behaviour.upgrade_delay()).await;
    let known = request.uri().path() == PATH;
    let wants_socket = request.headers().contains_key(UPGRADE);
    Ok(match (known, wants_socket, request.method()) {
        (true, true, _) => upgrade(&visit, request),
        (true, false, &Method::POST) => post(&visit, request).await,
        _ => plain(StatusCode::NOT_FOUND, "no such path"),
    })
}

fn note(visit: &Visit, request: &Request<Incoming>) {
    let headers = request.headers().iter();
    let handshake = Handshake {
        connection: visit.number,
        method: request.method().to_string(),
        uri: request.uri().to_string(),
        headers: headers
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect(),
    };
    visit.stage.note(|log| log.handshakes.push(handshake));
}

fn upgrade(visit: &Arc<Visit>, mut request: Request<Incoming>) -> Response<Body> {
    if let Some(status) = visit.behaviour.upgrade_status {
        return refusal(status);
    }
    let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY) else {
        return plain(StatusCode::BAD_REQUEST, "no key");
    };
    let accept = derive_accept_key(key.as_bytes());
    visit.upgraded.store(true, Ordering::Relaxed);
    let later = hyper::upgrade::on(&mut request);
    let visiting = Arc::clone(visit);
    tokio::spawn(async move {
        let stop = visiting.stage.stop.clone();
        let Ok(upgraded) = later.await else { return };
        let Ok(parts) = upgraded.downcast::<TokioIo<Stream>>() else {
            return;
        };
        let talk = Talk::new(parts.io.into_inner(), parts.read_buf.to_vec(), visiting).await;
        stop.run_until_cancelled(talk.run()).await;
    });
    let mut response = plain(StatusCode::SWITCHING_PROTOCOLS, "");
    let headers = response.headers_mut();
    headers.clear();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::try_from(accept) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    for (name, value) in &visit.behaviour.upgrade_headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    response
}

/// A response as server-sent events.
async fn post(visit: &Arc<Visit>, request: Request<Incoming>) -> Response<Body> {
    if let Some(status) = visit.behaviour.post_status {
        return refusal(status);
    }
    let Ok(body) = request.into_body().collect().await else {
        return plain(StatusCode::BAD_REQUEST, "no body");
    };
    let Ok(body) = serde_json::from_slice::<Value>(&body.to_bytes()) else {
        return plain(StatusCode::BAD_REQUEST, "not JSON");
    };
    let (orders, receiver) = mpsc::channel(ORDERS);
    let gone = CancellationToken::new();
    let begun = socket::begin(visit, body, orders, gone.clone(), CancellationToken::new());
    let guard = gone.drop_guard();
    let running = tokio::spawn(begun);
    let events = stream::unfold((receiver, guard), |(mut receiver, guard)| async move {
        let order = receiver.recv().await?;
        Some((event(order).await, (receiver, guard)))
    });
    drop(running);
    let body = BodyExt::boxed_unsync(StreamBody::new(events));
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

async fn event(order: Order) -> Result<Frame<Bytes>, std::io::Error> {
    match order {
        Order::Text(frame) => {
            let kind = serde_json::from_str::<Value>(&frame).ok();
            let kind = kind
                .as_ref()
                .and_then(|event| event["type"].as_str())
                .unwrap_or("message");
            Ok(Frame::data(Bytes::from(format!(
                "event: {kind}\ndata: {frame}\n\n"
            ))))
        }
        Order::Frames(_) => Ok(Frame::data(Bytes::from_static(
            b": a flood is for WebSockets\n\n",
        ))),
        Order::Fault(Fault::Broken) => Ok(Frame::data(Bytes::from_static(b"data: {broken\n\n"))),
        Order::Fault(Fault::Unknown | Fault::Binary | Fault::Stale) => {
            Ok(Frame::data(Bytes::from_static(b": nothing\n\n")))
        }
        Order::Fault(Fault::Hang | Fault::Freeze) => std::future::pending().await,
        Order::Fault(Fault::Reset | Fault::Drop | Fault::Close(_)) => {
            Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
        }
    }
}

fn refusal(status: u16) -> Response<Body> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = json!({"error": {"message": "as scripted"}});
    plain(status, &body.to_string())
}

fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let body = Full::new(Bytes::from(text.to_owned())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    response
}
