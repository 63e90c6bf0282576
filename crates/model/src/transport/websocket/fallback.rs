//! The fallback where a WebSocket cannot pass: the same request by POST, the same events as server-sent
//! events, over kept-alive connections.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use firesteel_protocol::client::CreateResponse;
use firesteel_protocol::error::ErrorEvent;
use firesteel_protocol::server::{ServerEvent, decode};
use firesteel_task::{Error, Event, Wait};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::task::AbortOnDropHandle;

use crate::endpoint::Endpoint;
use crate::secret::Secret;
use crate::transport::connect::{Connector, Target};
use crate::transport::quota::Learn as _;
use crate::transport::sse::Events;
use crate::transport::websocket::dial::{DialError, add_headers, headers_of};
use crate::transport::websocket::exchange::{Exchange, Step};
use crate::transport::websocket::job::Job;
use crate::transport::websocket::shared::Shared;
use crate::transport::websocket::verdict::{self, Verdict};

/// Connections that are kept while nobody asks.
const MAX_IDLE: usize = 2;
/// How much of a refusal's body is read.
const MAX_REFUSAL: usize = 64 << 10;
/// The longest event, as for a WebSocket's message.
const MAX_EVENT: usize = 32 << 20;
/// How long the end of a body may lag behind its last event; a connection in such a state is dropped.
const TAIL: Duration = Duration::from_millis(100);

type Sender = SendRequest<Full<Bytes>>;

/// The kept-alive connections to one endpoint.
#[derive(Debug)]
pub(crate) struct Http {
    connector: Arc<Connector>,
    idle: Mutex<Vec<Connection>>,
}

#[derive(Debug)]
struct Connection {
    sender: Sender,
    _driver: AbortOnDropHandle<()>,
    /// Whether it has served before, and so may have died since.
    used: bool,
}

/// How a request by HTTP went, for the one who chooses the transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reached {
    /// Somebody answered.
    Server,
    /// Nobody is there either.
    Nobody(Error),
}

impl Http {
    pub(crate) fn new(connector: Arc<Connector>) -> Self {
        Http {
            connector,
            idle: Mutex::default(),
        }
    }

    /// Carries one request to its end.
    pub(crate) async fn carry(&self, job: Job, shared: &Shared) -> Reached {
        let (commands, mut cancelled) = mpsc::channel(1);
        if !job.slot.carried_by(&commands) {
            return Reached::Server;
        }
        let mut exchange = Exchange::new(job, Instant::now(), 0, false);
        let result = select! {
            result = self.ask(&mut exchange, shared) => result,
            // Dropping the body is the cancellation.
            _ = cancelled.recv() => {
                exchange.finish(shared, None);
                return Reached::Server;
            }
        };
        match result {
            Ok(done) => exchange.finish(shared, Some(Ok(done))),
            Err(Trouble::Unreached(error)) => {
                exchange.finish(shared, Some(Err(error.clone())));
                return Reached::Nobody(error);
            }
            Err(Trouble::Failed(error)) => exchange.finish(shared, Some(Err(error))),
            Err(Trouble::Refused(verdict)) => {
                exchange.finish(shared, Some(Err(verdict.into_error())))
            }
        }
        Reached::Server
    }

    async fn ask(&self, exchange: &mut Exchange, shared: &Shared) -> Result<Event, Trouble> {
        let timeouts = &shared.options.timeouts;
        let unreached = |error: DialError| Trouble::Unreached(error.into_error());
        let mut renewed = false;
        loop {
            let patience = exchange
                .job
                .deadline(Instant::now(), timeouts.key, timeouts);
            let key = timeout_at(patience, shared.keys.current()).await;
            let key = key.unwrap_or_else(|_| Err("the key is not there yet".to_owned()));
            let key = key.map_err(|message| Trouble::Failed(Error::Auth { message }))?;
            let limit = exchange
                .job
                .deadline(Instant::now(), timeouts.connect, timeouts);
            let mut connection = timeout_at(limit, self.connection(&shared.endpoint))
                .await
                .unwrap_or(Err(DialError::TimedOut))
                .map_err(unreached)?;
            let request = post(&exchange.job.request, &shared.endpoint, key.as_ref());
            let request = request.map_err(unreached)?;
            exchange.job.goes_out(&String::from_utf8_lossy(&request.1));
            exchange.restart(request.1.len(), connection.used);
            let answer = timeout_at(
                wait_of(exchange, shared),
                connection.sender.send_request(request.0),
            )
            .await;
            match answer {
                Err(_) => return Err(Trouble::Failed(exchange.timeout())),
                // A kept connection that has died meanwhile costs the user nothing.
                Ok(Err(_)) if connection.used => continue,
                Ok(Err(error)) => return Err(Trouble::Unreached(disconnected(&error.to_string()))),
                Ok(Ok(response)) => {
                    shared.quota().take_headers(&headers_of(response.headers()));
                    let status = response.status();
                    if status == StatusCode::UNAUTHORIZED
                        && !renewed
                        && shared.keys.refused(key.as_ref())
                    {
                        renewed = true;
                        continue;
                    }
                    let told = match status.is_success() {
                        true => {
                            let body = response.into_body();
                            self.read(body, connection, exchange, key.as_ref(), shared)
                                .await
                        }
                        false => {
                            let verdict = refusal(response, key.as_ref(), shared).await;
                            Err(Trouble::Refused(verdict))
                        }
                    };
                    if let Err(Trouble::Refused(Verdict::Without(field, _))) = &told
                        && !exchange.has_output()
                        && shared.leave_out(field, &mut exchange.job.request)
                    {
                        continue;
                    }
                    return told;
                }
            }
        }
    }

    async fn read(
        &self,
        mut body: Incoming,
        connection: Connection,
        exchange: &mut Exchange,
        key: Option<&Secret>,
        shared: &Shared,
    ) -> Result<Event, Trouble> {
        let mut events = Events::default();
        loop {
            let Ok(frame) = timeout_at(wait_of(exchange, shared), body.frame()).await else {
                return Err(Trouble::Failed(exchange.timeout()));
            };
            let Some(Ok(frame)) = frame else {
                return Err(Trouble::Failed(disconnected(
                    "the stream ended before its response",
                )));
            };
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            if events.add(&bytes) > MAX_EVENT {
                return Err(Trouble::Failed(disconnected("an event is too long")));
            }
            while let Some(event) = events.next() {
                match take(exchange, &event, key, shared) {
                    Step::More => {}
                    Step::Done(done) => {
                        self.keep(body, connection).await;
                        return Ok(done);
                    }
                    Step::Error(verdict) => return Err(Trouble::Refused(verdict)),
                }
            }
        }
    }

    async fn connection(&self, endpoint: &Endpoint) -> Result<Connection, DialError> {
        while let Some(connection) = self.idle().pop() {
            if !connection.sender.is_closed() {
                return Ok(Connection {
                    used: true,
                    ..connection
                });
            }
        }
        let Endpoint::Socket { url, .. } = endpoint else {
            return Err(DialError::Failed("a pipe has no HTTP".to_owned()));
        };
        let stream = self.connector.connect(&Target::parse(url)?).await?;
        let failed = |error: hyper::Error| DialError::Failed(error.to_string());
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(failed)?;
        // The sender of a request sees how its connection ends.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Connection {
            sender,
            _driver: AbortOnDropHandle::new(driver),
            used: false,
        })
    }

    /// Keeps a connection whose response is read to its end.
    async fn keep(&self, mut body: Incoming, mut connection: Connection) {
        let tail = async { while let Some(Ok(_)) = body.frame().await {} };
        if timeout(TAIL, tail).await.is_err() || connection.sender.ready().await.is_err() {
            return;
        }
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE {
            idle.push(connection);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why there is no answer.
enum Trouble {
    /// Nobody is there.
    Unreached(Error),
    /// Somebody is, and this came of it.
    Failed(Error),
    /// Somebody is, who refuses.
    Refused(Verdict),
}

fn wait_of(exchange: &Exchange, shared: &Shared) -> Instant {
    let timeouts = &shared.options.timeouts;
    exchange
        .deadline(timeouts)
        .unwrap_or_else(|| Instant::now() + timeouts.next_event)
}

fn take(exchange: &mut Exchange, event: &str, key: Option<&Secret>, shared: &Shared) -> Step {
    let Ok(decoded) = decode(event) else {
        shared.recorder().broken_frames += 1;
        return Step::More;
    };
    shared.note(&decoded);
    exchange.take(decoded, event.len(), Instant::now(), key)
}

/// The request, and its body.
fn post(
    request: &CreateResponse,
    endpoint: &Endpoint,
    key: Option<&Secret>,
) -> Result<(Request<Full<Bytes>>, Bytes), DialError> {
    let Endpoint::Socket { url, .. } = endpoint else {
        return Err(DialError::Failed("a pipe has no HTTP".to_owned()));
    };
    let target = Target::parse(url)?;
    // What only a WebSocket knows stays behind; what continues a connection's memory has none here.
    let body = CreateResponse {
        stream: Some(true),
        generate: None,
        stream_id: None,
        ..request.clone()
    };
    let body = serde_json::to_vec(&body)
        .map_err(|_| DialError::Failed("the request cannot be written".to_owned()))?;
    let body = Bytes::from(body);
    let mut post = Request::new(Full::new(body.clone()));
    *post.method_mut() = Method::POST;
    *post.uri_mut() = target
        .path
        .parse()
        .map_err(|_| DialError::Failed("the URL's path is none".to_owned()))?;
    add_headers(post.headers_mut(), &target, endpoint, key)?;
    post.headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    post.headers_mut()
        .insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    Ok((post, body))
}

/// An answer other than 2xx, read as the `error` event that it stands for.
async fn refusal(response: Response<Incoming>, key: Option<&Secret>, shared: &Shared) -> Verdict {
    let status = response.status().as_u16();
    let headers = headers_of(response.headers());
    let body = timeout(
        shared.options.timeouts.next_event,
        Limited::new(response.into_body(), MAX_REFUSAL).collect(),
    );
    let body = body
        .await
        .ok()
        .and_then(Result::ok)
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let body = String::from_utf8_lossy(&body);
    let mut event = match decode(&body) {
        Ok(ServerEvent::Error(event)) => event,
        _ => ErrorEvent::new(
            status,
            "http_error",
            &format!("http_{status}"),
            format!("status {status}"),
        ),
    };
    event.status = Some(status);
    event.headers = headers;
    verdict::of_event(&event, key)
}

fn disconnected(why: &str) -> Error {
    Error::Disconnected {
        why: why.to_owned(),
    }
}

impl DialError {
    /// The error as a request's reader sees it.
    pub(crate) fn into_error(self) -> Error {
        match self {
            DialError::Failed(why) | DialError::NotSocket(why) => Error::Disconnected { why },
            DialError::TimedOut | DialError::Silent => Error::Timeout(Wait::Connect),
            DialError::Status {
                status: 401 | 403,
                message,
            }
            | DialError::NoKey(message) => Error::Auth { message },
            DialError::Status {
                status: 429,
                message,
            } => Error::RateLimited {
                retry_after: None,
                message,
            },
            DialError::Status { status, message } => Error::Disconnected {
                why: format!("the server answers the upgrade with status {status} {message}"),
            },
        }
    }
}
