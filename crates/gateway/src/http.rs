//! The protocol over HTTP: upgrades to WebSocket, `POST /v1/responses` and `GET /v1/models`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use firesteel_protocol::client::CreateResponse;
use firesteel_protocol::error::ErrorEvent;
use firesteel_protocol::response::Response as Answered;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{
    CONNECTION, CONTENT_TYPE, HeaderValue, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::Shared;
use crate::narration::Narration;
use crate::run::{Piece, Run, ask};
use crate::session::{self, MAX_MESSAGE, Session};

/// Where responses are asked for.
const RESPONSES: &str = "/v1/responses";
/// Where the models are listed.
const MODELS: &str = "/v1/models";

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Serves a connection to its end.
pub(crate) async fn serve<S>(stream: S, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| answer::<S>(Arc::clone(&shared), request));
    let connection = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection ended");
    }
}

async fn answer<S>(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Browsers name the page that asks, and nobody else does: no page may use an engine that has read the user's code.
    if request.headers().contains_key(ORIGIN) {
        let message = "web pages are not served";
        return Ok(refusal(
            StatusCode::FORBIDDEN,
            "origin_not_allowed",
            message,
        ));
    }
    let upgrades = request.headers().contains_key(UPGRADE);
    Ok(match (request.uri().path(), request.method()) {
        (RESPONSES, &Method::GET) if upgrades => upgrade::<S>(shared, request),
        (RESPONSES, &Method::POST) => post(shared, request).await,
        (MODELS, &Method::GET) => json_body(StatusCode::OK, &models(&shared)),
        (RESPONSES | MODELS, _) => refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "no such method here",
        ),
        _ => refusal(StatusCode::NOT_FOUND, "not_found", "no such path"),
    })
}

fn models(shared: &Shared) -> Value {
    let model = json!({"id": shared.backend.model(), "object": "model", "created": 0, "owned_by": "firesteel"});
    json!({"object": "list", "data": [model]})
}

fn upgrade<S>(shared: Arc<Shared>, mut request: Request<Incoming>) -> Response<Body>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let key = request
        .headers()
        .get(SEC_WEBSOCKET_KEY)
        .map(|key| derive_accept_key(key.as_bytes()));
    let Some(Ok(accept)) = key.map(HeaderValue::try_from) else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "an upgrade needs a key",
        );
    };
    let later = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
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
            Session::new(socket, shared).run().await;
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
    let Ok(body) = Limited::new(request.into_body(), MAX_MESSAGE)
        .collect()
        .await
    else {
        return refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request_too_large",
            "the request is too large",
        );
    };
    let request: CreateResponse = match serde_json::from_slice(&body.to_bytes()) {
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
    let narration = Narration::new(&shared.ids.next(), shared.backend.model(), &request);
    let run = Run::start(
        Arc::clone(&shared.backend),
        ask(&request),
        request.max_output_tokens,
    );
    if request.stream != Some(true) {
        return json_body(StatusCode::OK, &whole(narration, run).await);
    }
    let telling = Telling::new(narration, run);
    let events = stream::unfold(telling, |mut telling| async move {
        let bytes = telling.next().await?;
        Some((Ok(Frame::data(bytes)), telling))
    });
    let mut response = Response::new(BodyExt::boxed_unsync(StreamBody::new(events)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

async fn whole(mut narration: Narration, mut run: Run) -> Answered {
    let mut unsent = Vec::new();
    loop {
        unsent.clear();
        match run.next().await {
            Piece::Text(text) => narration.delta(&text, &mut unsent),
            Piece::End(Ok(answer)) => narration.close(&answer, &mut unsent),
            Piece::End(Err(failure)) => narration.fail(&failure, &mut unsent),
        }
        if narration.is_over() {
            return narration.into_response();
        }
    }
}

/// A response on its way out as server-sent events. Dropping it, as when the client goes, cancels.
struct Telling {
    narration: Narration,
    run: Run,
    ready: VecDeque<String>,
}

impl Telling {
    fn new(mut narration: Narration, run: Run) -> Self {
        let mut ready = Vec::new();
        narration.open(&mut ready);
        Telling {
            narration,
            run,
            ready: ready.into(),
        }
    }

    /// The next events that are there, in one piece.
    async fn next(&mut self) -> Option<Bytes> {
        let mut frames = Vec::from(std::mem::take(&mut self.ready));
        if frames.is_empty() {
            if self.narration.is_over() {
                return None;
            }
            match self.run.next().await {
                Piece::Text(text) => self.narration.delta(&text, &mut frames),
                Piece::End(Ok(answer)) => self.narration.close(&answer, &mut frames),
                Piece::End(Err(failure)) => self.narration.fail(&failure, &mut frames),
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

fn refusal(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let event = ErrorEvent::new(status.as_u16(), "invalid_request_error", code, message);
    json_body(status, &json!({"error": event.error}))
}

fn json_body(status: StatusCode, value: &impl serde::Serialize) -> Response<Body> {
    // Writing these types to memory has no way to fail: no map has keys other than strings.
    let body = serde_json::to_vec(value).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(body)).boxed_unsync());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
