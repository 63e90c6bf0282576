//! From an endpoint to an open WebSocket.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use firesteel_protocol::headers::Headers;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use url::Url;

use crate::endpoint::{Endpoint, without_query};
use crate::secret::scrub;
use crate::stream::Stream;
use crate::tls;

/// An open WebSocket.
pub(crate) type Socket = WebSocketStream<Stream>;

/// The largest event we take; the server's own limit for ours is 16 MiB.
const MAX_MESSAGE: usize = 32 << 20;
/// What is read from the network at once: some hundred deltas.
const READ_BUFFER: usize = 32 << 10;
/// Bytes that wait to be written, at most; a request is the largest.
const MAX_WRITE_BUFFER: usize = 64 << 20;
/// The URL that a pipe's handshake names; nobody resolves it.
const PIPE_URL: &str = "ws://firesteel/v1/responses";
/// How much of a refusal's body is shown.
const MAX_BODY_SHOWN: usize = 300;

/// Why a dial failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DialError {
    /// The network, TLS, or a peer that does not speak WebSocket.
    Failed(String),
    /// It took too long.
    TimedOut,
    /// The server answered the upgrade with another status than 101.
    Status { status: u16, message: String },
}

/// What a new socket brings along.
pub(crate) struct Dialed {
    pub(crate) socket: Socket,
    /// Headers of the upgrade's answer.
    pub(crate) headers: Headers,
}

/// Opens sockets to one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Dialer {
    tls: OnceCell<Arc<ClientConfig>>,
}

impl Dialer {
    pub(crate) async fn dial(
        &self,
        endpoint: &Endpoint,
        limit: Duration,
    ) -> Result<Dialed, DialError> {
        timeout(limit, self.open(endpoint))
            .await
            .unwrap_or(Err(DialError::TimedOut))
    }

    async fn open(&self, endpoint: &Endpoint) -> Result<Dialed, DialError> {
        let (stream, request) = match endpoint {
            Endpoint::Pipe(open) => (Stream::Pipe(open()), bare_request(PIPE_URL)?),
            Endpoint::Socket { url, .. } => (self.connect(url).await?, upgrade_request(endpoint)?),
        };
        match client_async_with_config(request, stream, Some(config())).await {
            Ok((socket, response)) => Ok(Dialed {
                socket,
                headers: headers(&response),
            }),
            Err(error) => Err(refused(&error, endpoint)),
        }
    }

    async fn connect(&self, url: &str) -> Result<Stream, DialError> {
        let target = Target::parse(url)?;
        let tcp = TcpStream::connect((target.host.as_str(), target.port))
            .await
            .map_err(|error| failed(&target, &error))?;
        // A request is one small write that a keystroke waits for.
        tcp.set_nodelay(true)
            .map_err(|error| failed(&target, &error))?;
        if !target.tls {
            return Ok(Stream::Tcp(tcp));
        }
        let config = self.tls.get_or_try_init(load_tls).await?;
        let name = ServerName::try_from(target.host.clone())
            .map_err(|_| DialError::Failed(format!("{} is not a host name", target.host)))?;
        let stream = TlsConnector::from(Arc::clone(config))
            .connect(name, tcp)
            .await
            .map_err(|error| failed(&target, &error))?;
        Ok(Stream::Tls(Box::new(stream)))
    }
}

async fn load_tls() -> Result<Arc<ClientConfig>, DialError> {
    let loaded = spawn_blocking(tls::config)
        .await
        .map_err(|error| DialError::Failed(error.to_string()))?;
    loaded.map_err(DialError::Failed)
}

/// What of a URL a dial needs.
struct Target {
    host: String,
    port: u16,
    tls: bool,
}

impl Target {
    fn parse(url: &str) -> Result<Self, DialError> {
        let shown = || {
            DialError::Failed(format!(
                "{} is not a ws:// or wss:// URL",
                without_query(url)
            ))
        };
        let parsed = Url::parse(url).map_err(|_| shown())?;
        let tls = match parsed.scheme() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            _ => return Err(shown()),
        };
        let host = parsed
            .host_str()
            .ok_or_else(shown)?
            .trim_matches(['[', ']'])
            .to_owned();
        let port = parsed.port().unwrap_or(if tls { 443 } else { 80 });
        Ok(Target { host, port, tls })
    }
}

fn failed(target: &Target, error: &io::Error) -> DialError {
    DialError::Failed(format!("{}:{}: {error}", target.host, target.port))
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0) // Written at once: a request is never worth holding back.
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
}

fn bare_request(url: &str) -> Result<Request, DialError> {
    // `http` schemes mean the same place; tungstenite wants them named its way.
    let url = match url.split_once("://") {
        Some(("http", rest)) => format!("ws://{rest}"),
        Some(("https", rest)) => format!("wss://{rest}"),
        _ => url.to_owned(),
    };
    url.into_client_request()
        .map_err(|error| DialError::Failed(error.to_string()))
}

fn upgrade_request(endpoint: &Endpoint) -> Result<Request, DialError> {
    let Endpoint::Socket { url, headers, key } = endpoint else {
        return bare_request(PIPE_URL);
    };
    let mut request = bare_request(url)?;
    for (name, value) in headers {
        let bad = || DialError::Failed(format!("header {name} cannot be sent"));
        let header = HeaderName::try_from(name.as_str()).map_err(|_| bad())?;
        request.headers_mut().insert(
            header,
            HeaderValue::try_from(value.as_str()).map_err(|_| bad())?,
        );
    }
    if let Some(key) = key {
        let mut value =
            HeaderValue::try_from(format!("Bearer {}", key.expose())).map_err(|_| {
                DialError::Failed("the key holds characters that no header can".to_owned())
            })?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(request)
}

fn headers(response: &Response) -> Headers {
    let pairs = response.headers().iter();
    pairs
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect()
}

fn refused(error: &tungstenite::Error, endpoint: &Endpoint) -> DialError {
    let tungstenite::Error::Http(response) = error else {
        return DialError::Failed(scrub(&error.to_string(), endpoint.key()));
    };
    let body = response.body().as_deref().unwrap_or_default();
    let shown: String = String::from_utf8_lossy(body)
        .chars()
        .take(MAX_BODY_SHOWN)
        .collect();
    DialError::Status {
        status: response.status().as_u16(),
        message: scrub(shown.trim(), endpoint.key()),
    }
}
