//! From an endpoint to an open WebSocket.

use std::time::Duration;

use firesteel_protocol::headers::Headers;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{
    AUTHORIZATION, CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_util::task::AbortOnDropHandle;

use crate::endpoint::Endpoint;
use crate::secret::{Secret, scrub};
use crate::transport::connect::{Connector, Target};
use crate::transport::stream::Stream;
use crate::transport::websocket::shared::Shared;

/// An open WebSocket.
pub(crate) type Socket = WebSocketStream<Stream>;

/// The largest event we take; the server's own limit for ours is 16 MiB.
const MAX_MESSAGE: usize = 32 << 20;
/// What is read from the network at once: some hundred deltas.
const READ_BUFFER: usize = 32 << 10;
/// Bytes that wait to be written, at most; a request is the largest.
const MAX_WRITE_BUFFER: usize = 64 << 20;
/// How much of a refusal's body is read.
const MAX_REFUSAL: usize = 16 << 10;
/// How much of a refusal's body is shown.
const MAX_REFUSAL_SHOWN: usize = 300;

/// Why a dial failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DialError {
    /// Nobody is reached: the network, the proxy or TLS.
    Failed(String),
    /// Nobody is reached in time.
    TimedOut,
    /// Somebody is reached, who does not answer the upgrade.
    Silent,
    /// Somebody is reached, who does not speak WebSocket.
    NotSocket(String),
    /// The server answers the upgrade with another status than 101.
    Status { status: u16, message: String },
    /// The key cannot be had.
    NoKey(String),
}

/// What a new socket brings along.
pub(crate) struct Dialed {
    pub(crate) socket: Socket,
    /// The key that it was opened with.
    pub(crate) key: Option<Secret>,
    /// Headers of the upgrade's answer.
    pub(crate) headers: Headers,
    /// What the upgrade took: one round trip, and what the server adds to it.
    pub(crate) round_trip: Duration,
}

/// Opens a socket. Where the key is refused and another can be had, that one is tried too.
pub(crate) async fn dial(connector: &Connector, shared: &Shared) -> Result<Dialed, DialError> {
    let key = shared.keys.current().await.map_err(DialError::NoKey)?;
    let first = dial_with(connector, shared, key.clone()).await;
    if !matches!(first, Err(DialError::Status { status: 401, .. }))
        || !shared.keys.refused(key.as_ref())
    {
        return first;
    }
    let fresh = shared.keys.current().await.map_err(DialError::NoKey)?;
    if fresh == key {
        return first;
    }
    dial_with(connector, shared, fresh).await
}

async fn dial_with(
    connector: &Connector,
    shared: &Shared,
    key: Option<Secret>,
) -> Result<Dialed, DialError> {
    let (endpoint, limit) = (&shared.endpoint, shared.options.timeouts.connect);
    let begun = Instant::now();
    let reached = timeout(limit, reach(connector, endpoint))
        .await
        .unwrap_or(Err(DialError::TimedOut))?;
    let left = limit.saturating_sub(begun.elapsed());
    timeout(left, upgrade(reached.0, &reached.1, endpoint, key))
        .await
        .unwrap_or(Err(DialError::Silent))
}

async fn reach(connector: &Connector, endpoint: &Endpoint) -> Result<(Stream, Target), DialError> {
    match endpoint {
        Endpoint::Pipe(open) => Ok((Stream::Pipe(open()), Target::pipe())),
        Endpoint::Socket { url, .. } => {
            let target = Target::parse(url)?;
            Ok((connector.connect(&target).await?, target))
        }
    }
}

impl Target {
    /// What a pipe's handshake names; nobody resolves it.
    fn pipe() -> Self {
        Target {
            host: "firesteel".to_owned(),
            port: 80,
            tls: false,
            path: "/v1/responses".to_owned(),
        }
    }
}

/// Speaks the opening handshake. It is ours and not the WebSocket library's, because that one logs the
/// request with the key in it.
async fn upgrade(
    stream: Stream,
    target: &Target,
    endpoint: &Endpoint,
    key: Option<Secret>,
) -> Result<Dialed, DialError> {
    let begun = Instant::now();
    let not_socket =
        |error: hyper::Error| DialError::NotSocket(scrub(&error.to_string(), key.as_ref()));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(not_socket)?;
    let _driver = AbortOnDropHandle::new(tokio::spawn(connection.with_upgrades()));
    let nonce = generate_key();
    let response = sender
        .send_request(request(target, endpoint, key.as_ref(), &nonce)?)
        .await
        .map_err(not_socket)?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(refusal(response, key.as_ref()).await);
    }
    let round_trip = begun.elapsed();
    let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT);
    if accepted
        .is_none_or(|accept| accept.as_bytes() != derive_accept_key(nonce.as_bytes()).as_bytes())
    {
        return Err(DialError::NotSocket(
            "the upgrade's answer is not for us".to_owned(),
        ));
    }
    let headers = headers_of(response.headers());
    let upgraded = hyper::upgrade::on(response).await.map_err(not_socket)?;
    let Ok(parts) = upgraded.downcast::<TokioIo<Stream>>() else {
        return Err(DialError::NotSocket("an unknown stream".to_owned()));
    };
    let stream = parts.io.into_inner();
    let socket = WebSocketStream::from_partially_read(
        stream,
        parts.read_buf.to_vec(),
        Role::Client,
        Some(config()),
    )
    .await;
    Ok(Dialed {
        socket,
        key,
        headers,
        round_trip,
    })
}

fn request(
    target: &Target,
    endpoint: &Endpoint,
    key: Option<&Secret>,
    nonce: &str,
) -> Result<Request<Empty<Bytes>>, DialError> {
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = target
        .path
        .parse()
        .map_err(|_| DialError::Failed("the URL's path is none".to_owned()))?;
    add_headers(request.headers_mut(), target, endpoint, key)?;
    let headers = request.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    // It is base64, which every header can hold.
    if let Ok(nonce) = HeaderValue::try_from(nonce) {
        headers.insert(SEC_WEBSOCKET_KEY, nonce);
    }
    Ok(request)
}

/// The headers that every request to an endpoint has, whatever its transport.
pub(crate) fn add_headers(
    headers: &mut HeaderMap,
    target: &Target,
    endpoint: &Endpoint,
    key: Option<&Secret>,
) -> Result<(), DialError> {
    let bad = |name: &str| DialError::Failed(format!("header {name} cannot be sent"));
    headers.insert(
        HOST,
        HeaderValue::try_from(target.authority()).map_err(|_| bad("host"))?,
    );
    let Endpoint::Socket { headers: own, .. } = endpoint else {
        return Ok(());
    };
    for (name, value) in own {
        let header = HeaderName::try_from(name.as_str()).map_err(|_| bad(name))?;
        headers.insert(
            header,
            HeaderValue::try_from(value.as_str()).map_err(|_| bad(name))?,
        );
    }
    if let Some(key) = key {
        let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose()))
            .map_err(|_| bad("authorization"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(())
}

pub(crate) fn headers_of(headers: &HeaderMap) -> Headers {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect()
}

async fn refusal(response: Response<Incoming>, key: Option<&Secret>) -> DialError {
    let status = response.status().as_u16();
    // A body that is too long or does not come only makes the words shorter.
    let body = Limited::new(response.into_body(), MAX_REFUSAL)
        .collect()
        .await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    let shown: String = String::from_utf8_lossy(&body)
        .chars()
        .take(MAX_REFUSAL_SHOWN)
        .collect();
    DialError::Status {
        status,
        message: scrub(shown.trim(), key),
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0) // Written at once: a request is never worth holding back.
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}
