//! The protocol over HTTP: upgrades to WebSocket, `POST /v1/responses` and `GET /v1/models`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use firesteel_protocol::client::CreateResponse;
use firesteel_protocol::error::ErrorEvent;
use firesteel_protocol::response::Response as Answered;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Body as _, Bytes, Frame, Incoming};
use hyper::header::{
    CONNECTION, CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_VERSION, UPGRADE,
    WWW_AUTHENTICATE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::Shared;
use crate::access::Access;
use crate::ask;
use crate::completions;
use crate::response_encoder::ResponseEncoder;
use crate::run::{Piece, Run};
use crate::session::{self, MAX_MESSAGE, SocketSession};
use crate::upgrade;

/// Where responses are asked for.
const RESPONSES: &str = "/v1/responses";
/// How long the head of a request may take, from the first to the last byte, and a connection be idle before it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// How long the body of a request may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest head of a request, in bytes; what comes in one piece may be twice as long.
const MAX_HEAD: usize = 16 << 10;
/// Headers of a request.
const MAX_HEADERS: usize = 64;
/// Where holes are filled.
const COMPLETIONS: &str = "/v1/completions";
/// Where the models are listed.
const MODELS: &str = "/v1/models";

pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Who a connection is with.
pub(crate) struct Peer<P> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) access: Access,
    /// What is given back when the connection ends.
    pub(crate) place: Arc<P>,
}

/// Serves a connection to its end.
pub(crate) async fn serve<S, P>(stream: S, peer: Peer<P>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    P: Send + Sync + 'static,
{
    let peer = Arc::new(peer);
    let service = service_fn(move |request| answer::<S, P>(Arc::clone(&peer), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn answer<S, P>(
    peer: Arc<Peer<P>>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    P: Send + Sync + 'static,
{
    if let Err(denied) = peer.access.check(&request) {
        let mut response = refusal(denied.status, denied.code, denied.message);
        if denied.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        return Ok(response);
    }
    let shared = Arc::clone(&peer.shared);
    let upgrades = request.headers().contains_key(UPGRADE);
    Ok(match (request.uri().path(), request.method()) {
        (RESPONSES, &Method::GET) if upgrades => upgrade::<S, P>(&peer, request),
        (RESPONSES, &Method::POST) => post(shared, request).await,
        (COMPLETIONS, &Method::POST) => completions::post(shared, request).await,
        (MODELS, &Method::GET) => json_body(StatusCode::OK, &models(&shared)),
        (RESPONSES | COMPLETIONS | MODELS, _) => refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "no such method here",
        ),
        _ => refusal(StatusCode::NOT_FOUND, "not_found", "no such path"),
    })
}

fn models(shared: &Shared) -> Value {
    let model =
        |id: String| json!({"id": id, "object": "model", "created": 0, "owned_by": "firesteel"});
    let all: Vec<Value> = shared.offer.names().into_iter().map(model).collect();
    json!({"object": "list", "data": all})
}

fn upgrade<S, P>(peer: &Peer<P>, mut request: Request<Incoming>) -> Response<Body>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    P: Send + Sync + 'static,
{
    let accept = match upgrade::accept(&request) {
        Ok(accept) => accept,
        Err(none) => {
            let mut response = refusal(none.status, "invalid_request", none.message);
            let headers = response.headers_mut();
            headers.insert(SEC_WEBSOCKET_VERSION, upgrade::VERSION);
            return response;
        }
    };
    let later = hyper::upgrade::on(&mut request);
    let (shared, place) = (Arc::clone(&peer.shared), Arc::clone(&peer.place));
    tokio::spawn(async move {
        let _place = place;
        let shutdown = shared.shutdown.clone();
        let talk = async {
            let Ok(upgraded) = later.await else { return };
            let Ok(parts) = upgraded.downcast::<TokioIo<S>>() else {
                return;
            };
            let (stream, read) = (parts.io.into_inner(), parts.read_buf.to_vec());
            let config = Some(session::config());
            let socket =
                WebSocketStream::from_partially_read(stream, read, Role::Server, config).await;
            SocketSession::new(socket, shared).run().await;
        };
        shutdown.run_until_cancelled(talk).await;
    });
    let mut response = Response::new(Full::default().boxed_unsync());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// A response over HTTP: as server-sent events, or whole.
async fn post(shared: Arc<Shared>, request: Request<Incoming>) -> Response<Body> {
    let body = match read_body(request).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let request: CreateResponse = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            let message = format!("the body cannot be read at column {}", error.column());
            return refusal(StatusCode::BAD_REQUEST, "invalid_request", &message);
        }
    };
    if let Some(previous) = &request.previous_response_id {
        // Responses live in the memory of a WebSocket's connection only.
        let message = format!("previous response with id '{previous}' not found");
        return refusal(
            StatusCode::BAD_REQUEST,
            "previous_response_not_found",
            &message,
        );
    }
    let encoder = ResponseEncoder::new(&shared.ids.next(), &request);
    let run = ask::respond(&shared.offer, &request);
    if request.stream != Some(true) {
        return json_body(StatusCode::OK, &whole(encoder, run).await);
    }
    let body = SseBody::new(encoder, run);
    let events = stream::unfold(body, |mut body| async move {
        let bytes = body.next().await?;
        Some((Ok(Frame::data(bytes)), body))
    });
    let mut response = Response::new(BodyExt::boxed_unsync(StreamBody::new(events)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

/// The body of a request.
///
/// # Errors
/// The answer to one that is too large or too slow.
pub(crate) async fn read_body(request: Request<Incoming>) -> Result<Bytes, Response<Body>> {
    // What it says of itself is believed where that is too much.
    if request.body().size_hint().lower() > MAX_MESSAGE as u64 {
        return Err(last(too_large()));
    }
    let body = Limited::new(request.into_body(), MAX_MESSAGE).collect();
    match tokio::time::timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(last(too_large())),
        Ok(Err(_)) => {
            let message = "the body ends too soon";
            Err(last(refusal(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                message,
            )))
        }
        Err(_) => {
            let message = "the body took too long";
            Err(last(refusal(
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                message,
            )))
        }
    }
}

async fn whole(mut encoder: ResponseEncoder, mut run: Run) -> Answered {
    let mut unsent = Vec::new();
    loop {
        unsent.clear();
        match run.next().await {
            Piece::Text(text) => encoder.delta(&text, &mut unsent),
            Piece::End(Ok(answer)) => encoder.close(&answer, &mut unsent),
            Piece::End(Err(failure)) => encoder.fail(&failure, &mut unsent),
        }
        if encoder.is_over() {
            return encoder.into_response();
        }
    }
}

/// A response on its way out as server-sent events. Dropping it, as when the client goes, cancels.
struct SseBody {
    encoder: ResponseEncoder,
    run: Run,
    ready: VecDeque<String>,
}

impl SseBody {
    fn new(mut encoder: ResponseEncoder, run: Run) -> Self {
        let mut ready = Vec::new();
        encoder.open(&mut ready);
        SseBody {
            encoder,
            run,
            ready: ready.into(),
        }
    }

    /// The next events that are there, in one piece.
    async fn next(&mut self) -> Option<Bytes> {
        let mut frames = Vec::from(std::mem::take(&mut self.ready));
        if frames.is_empty() {
            if self.encoder.is_over() {
                return None;
            }
            match self.run.next().await {
                Piece::Text(text) => self.encoder.delta(&text, &mut frames),
                Piece::End(Ok(answer)) => self.encoder.close(&answer, &mut frames),
                Piece::End(Err(failure)) => self.encoder.fail(&failure, &mut frames),
            }
        }
        Some(Bytes::from(
            frames.iter().map(|frame| event(frame)).collect::<String>(),
        ))
    }
}

/// A frame as a server-sent event; our frames begin with their type.
fn event(frame: &str) -> String {
    let kind = frame.split('"').nth(3).unwrap_or("message");
    format!("event: {kind}\ndata: {frame}\n\n")
}

fn too_large() -> Response<Body> {
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    refusal(status, "request_too_large", "the request is too large")
}

/// An answer after which the connection ends: what is left of the request is not read.
fn last(mut response: Response<Body>) -> Response<Body> {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

pub(crate) fn refusal(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let event = ErrorEvent::new(status.as_u16(), "invalid_request_error", code, message);
    json_body(status, &json!({"error": event.error}))
}

pub(crate) fn json_body(status: StatusCode, value: &impl serde::Serialize) -> Response<Body> {
    // Writing these types to memory has no way to fail: no map has keys other than strings.
    let body = serde_json::to_vec(value).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(body)).boxed_unsync());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
