//! Requests by HTTP: over one connection of HTTP/2 where TLS offers it, else over warm connections of HTTP/1.1.
//!
//! Dropping an [`Answer`], or the future that waits for one, is the cancellation: a stream is reset, a connection of
//! HTTP/1.1 closed. So a person who types costs HTTP/1.1 a connection for each text that is not wanted any more, and the
//! next one is dialled ahead while the answer comes. Servers close idle connections (llama.cpp after 5 s, and after each
//! streamed answer): a request whose re-used connection has died before a byte came is sent once more, on a fresh one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use crate::transport::connect::{Connector, Target};
use crate::transport::network::Network;
use crate::transport::websocket::dial::DialError;

/// Connections of HTTP/1.1 that are kept while nobody asks: one in use soon, one ahead.
const MAX_IDLE: usize = 2;
/// How long the end of a body may lag behind its last frame; a connection in such a state is dropped.
const TAIL: Duration = Duration::from_millis(100);

/// The connections to one endpoint.
#[derive(Debug)]
pub(crate) struct Http {
    connector: Connector,
    connections: Mutex<Connections>,
    /// Requests that were sent once more.
    replays: AtomicU64,
    dials: AtomicU64,
    failed_dials: AtomicU64,
}

#[derive(Debug, Default)]
struct Connections {
    idle: Vec<Lease>,
    http2: Option<Shared>,
    /// Whether one is being dialled ahead.
    ahead: bool,
}

/// A connection of HTTP/1.1, for one request at a time.
#[derive(Debug)]
struct Lease {
    sender: http1::SendRequest<Full<Bytes>>,
    /// Dropping it closes the connection.
    _driver: AbortOnDropHandle<()>,
}

/// The connection of HTTP/2, for all.
#[derive(Debug, Clone)]
struct Shared {
    sender: http2::SendRequest<Full<Bytes>>,
    _driver: Arc<AbortOnDropHandle<()>>,
}

#[derive(Debug)]
enum Connection {
    One(Lease),
    All(Shared),
}

/// A request, which may have to be sent twice.
#[derive(Debug, Clone)]
pub(crate) struct Outbound {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What came back: its head, and its body to be read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
    lease: Option<Lease>,
    /// Whether its connection had been there before.
    pub(crate) reused: bool,
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody is reached.
    Unreached(DialError),
    /// The connection was lost.
    Lost(String),
}

impl Http {
    pub(crate) fn new(network: Network) -> Self {
        Http {
            connector: Connector::for_requests(network),
            connections: Mutex::default(),
            replays: AtomicU64::new(0),
            dials: AtomicU64::new(0),
            failed_dials: AtomicU64::new(0),
        }
    }

    /// Sends a request. With `ahead`, a further connection is dialled where this one may be lost to a cancellation.
    pub(crate) async fn send(
        self: &Arc<Self>,
        outbound: &Outbound,
        connect: Duration,
        ahead: bool,
    ) -> Result<Answer, Fault> {
        let target = Target::parse(&outbound.url).map_err(Fault::Unreached)?;
        let kept = self.kept();
        let reused = kept.is_some();
        let connection = match kept {
            Some(connection) => connection,
            None => self.dial(&target, connect).await?,
        };
        if ahead {
            self.dial_ahead(&target, connect, &connection);
        }
        match connection.send(outbound, &target, reused).await {
            Err(_) if reused => {
                self.replays.fetch_add(1, Ordering::Relaxed);
                self.connections().http2 = None;
                let fresh = self.dial(&target, connect).await?;
                fresh.send(outbound, &target, false).await
            }
            result => result,
        }
    }

    /// Dials without asking anything, so that the next request finds a connection.
    pub(crate) async fn knock(&self, url: &str, connect: Duration) -> Result<(), Fault> {
        let target = Target::parse(url).map_err(Fault::Unreached)?;
        if let Connection::One(lease) = self.dial(&target, connect).await? {
            self.keep(lease);
        }
        Ok(())
    }

    /// Gives up the connection that all requests share: it says nothing any more, and may be dead without a word.
    pub(crate) fn distrust(&self) {
        self.connections().http2 = None;
    }

    /// Takes a connection back whose answer has been read up to its last frame.
    pub(crate) fn give_back(self: &Arc<Self>, answer: Answer) {
        let Some(mut lease) = answer.lease else {
            return;
        };
        let (http, mut body) = (Arc::clone(self), answer.body);
        tokio::spawn(async move {
            let tail = async { while let Some(Ok(_)) = body.frame().await {} };
            if timeout(TAIL, tail).await.is_ok() && lease.sender.ready().await.is_ok() {
                http.keep(lease);
            }
        });
    }

    /// Requests sent once more, connections opened, and dials that failed.
    pub(crate) fn counts(&self) -> (u64, u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (
            read(&self.replays),
            read(&self.dials),
            read(&self.failed_dials),
        )
    }

    fn kept(&self) -> Option<Connection> {
        let mut connections = self.connections();
        if let Some(shared) = &connections.http2 {
            if !shared.sender.is_closed() {
                return Some(Connection::All(shared.clone()));
            }
            connections.http2 = None;
        }
        // The youngest is the likeliest to live.
        while let Some(lease) = connections.idle.pop() {
            if !lease.sender.is_closed() && lease.sender.is_ready() {
                return Some(Connection::One(lease));
            }
        }
        None
    }

    fn keep(&self, lease: Lease) {
        let mut connections = self.connections();
        connections.idle.retain(|kept| !kept.sender.is_closed());
        if connections.idle.len() < MAX_IDLE {
            connections.idle.push(lease);
        }
    }

    fn dial_ahead(self: &Arc<Self>, target: &Target, connect: Duration, now: &Connection) {
        let mut connections = self.connections();
        connections.idle.retain(|kept| !kept.sender.is_closed());
        if matches!(now, Connection::All(_)) || connections.ahead || !connections.idle.is_empty() {
            return;
        }
        connections.ahead = true;
        drop(connections);
        let (http, target) = (Arc::clone(self), target.clone());
        tokio::spawn(async move {
            let dialed = http.dial(&target, connect).await;
            http.connections().ahead = false;
            if let Ok(Connection::One(lease)) = dialed {
                http.keep(lease);
            }
        });
    }

    async fn dial(&self, target: &Target, connect: Duration) -> Result<Connection, Fault> {
        self.dials.fetch_add(1, Ordering::Relaxed);
        let dialed = timeout(connect, self.handshake(target)).await;
        dialed.unwrap_or(Err(DialError::TimedOut)).map_err(|error| {
            self.failed_dials.fetch_add(1, Ordering::Relaxed);
            Fault::Unreached(error)
        })
    }

    async fn handshake(&self, target: &Target) -> Result<Connection, DialError> {
        let stream = self.connector.connect(target).await?;
        let failed = |error: hyper::Error| DialError::Failed(error.to_string());
        if !stream.is_http2() {
            let (sender, connection) = http1::handshake(TokioIo::new(stream))
                .await
                .map_err(failed)?;
            // The sender of a request sees how its connection ends.
            let driver = tokio::spawn(async move { drop(connection.await) });
            return Ok(Connection::One(Lease {
                sender,
                _driver: AbortOnDropHandle::new(driver),
            }));
        }
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (sender, connection) = handshake.await.map_err(failed)?;
        let driver = tokio::spawn(async move { drop(connection.await) });
        let shared = Shared {
            sender,
            _driver: Arc::new(AbortOnDropHandle::new(driver)),
        };
        self.connections().http2 = Some(shared.clone());
        Ok(Connection::All(shared))
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    async fn send(
        self,
        outbound: &Outbound,
        target: &Target,
        reused: bool,
    ) -> Result<Answer, Fault> {
        let lost = |error: hyper::Error| Fault::Lost(error.to_string());
        let (response, lease): (Response<Incoming>, _) = match self {
            Connection::One(mut lease) => {
                let request = outbound.request(target, false)?;
                let response = lease.sender.send_request(request).await.map_err(lost)?;
                (response, Some(lease))
            }
            Connection::All(mut shared) => {
                let request = outbound.request(target, true)?;
                (
                    shared.sender.send_request(request).await.map_err(lost)?,
                    None,
                )
            }
        };
        let (head, body) = response.into_parts();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
            lease,
            reused,
        })
    }
}

impl Outbound {
    fn request(&self, target: &Target, is_http2: bool) -> Result<Request<Full<Bytes>>, Fault> {
        let bad =
            |what: &str| Fault::Unreached(DialError::Failed(format!("the {what} cannot be sent")));
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        let authority = target.authority();
        let uri = match is_http2 {
            true => format!("https://{authority}{}", target.path),
            false => target.path.clone(),
        };
        *request.uri_mut() = uri.parse().map_err(|_| bad("URL"))?;
        if !is_http2 {
            let host = HeaderValue::try_from(authority).map_err(|_| bad("host"))?;
            request.headers_mut().insert(HOST, host);
        }
        Ok(request)
    }
}

impl Answer {
    /// The next bytes of the body; none at its end.
    pub(crate) async fn bytes(&mut self) -> Result<Option<Bytes>, Fault> {
        loop {
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(error)) => return Err(Fault::Lost(error.to_string())),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    /// The whole body, cut to `cap` bytes; what does not come only makes it shorter.
    pub(crate) async fn all(&mut self, cap: usize, limit: Duration) -> String {
        let mut all = Vec::new();
        let read = async {
            while let Ok(Some(bytes)) = self.bytes().await {
                all.extend_from_slice(&bytes);
                if all.len() > cap {
                    break;
                }
            }
        };
        let _ = timeout(limit, read).await;
        all.truncate(cap);
        String::from_utf8_lossy(&all).into_owned()
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
