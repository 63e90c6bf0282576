//! The listener: accepts, upgrades or answers over HTTP, and keeps the log.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::connection::Connection;
use super::http;
use super::log::{Closed, Log};
use super::reply::Reply;
use super::stream::Stream;
use super::{Handler, Script};

/// The longest that [`Server::wait`] waits.
const WAIT: Duration = Duration::from_secs(60);

/// A running scripted server. Dropping it ends it and every connection.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    stage: Arc<Stage>,
    tls: bool,
    _stop: DropGuard,
}

/// What the connections of a server have in common.
pub(crate) struct Stage {
    script: Mutex<Remaining>,
    pub(crate) handler: Option<Handler>,
    pub(crate) log: watch::Sender<Log>,
    pub(crate) stop: CancellationToken,
    /// Cancelled by [`Server::freeze`], one for each WebSocket.
    freezers: Mutex<BTreeMap<usize, CancellationToken>>,
}

/// What is left of the script.
struct Remaining {
    connections: VecDeque<Connection>,
    otherwise: Connection,
    replies: VecDeque<Reply>,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").finish_non_exhaustive()
    }
}

impl Server {
    pub(crate) async fn start(script: Script, address: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let stage = Arc::new(Stage {
            script: Mutex::new(Remaining {
                connections: script.connections,
                otherwise: script.otherwise,
                replies: script.replies,
            }),
            handler: script.handler,
            log: watch::Sender::new(Log::default()),
            stop: stop.clone(),
            freezers: Mutex::default(),
        });
        let tls = script.tls.map(TlsAcceptor::from);
        let server = Server {
            address,
            stage: Arc::clone(&stage),
            tls: tls.is_some(),
            _stop: stop.clone().drop_guard(),
        };
        tokio::spawn(async move { stop.run_until_cancelled(accept(listener, tls, stage)).await });
        Ok(server)
    }

    /// The WebSocket's URL.
    pub fn url(&self) -> String {
        let scheme = if self.tls { "wss" } else { "ws" };
        format!("{scheme}://{}/v1/responses", self.host())
    }

    /// The URL that paths such as `/responses` are added to.
    pub fn base_url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}/v1", self.host())
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.address.port())
    }

    /// What the client has done so far.
    pub fn log(&self) -> Log {
        self.stage.log.borrow().clone()
    }

    /// Looks something up in the log without a copy of it.
    pub fn look<T>(&self, look: impl FnOnce(&Log) -> T) -> T {
        look(&self.stage.log.borrow())
    }

    /// Waits until the log is as wished, and gives it; after a minute it gives the log as it is, so
    /// that a test fails by its assertions and not by hanging.
    pub async fn wait(&self, mut wish: impl FnMut(&Log) -> bool) -> Log {
        let mut log = self.stage.log.subscribe();
        // The sender lives as long as this server, so only the limit ends the wait in vain.
        let _ = timeout(WAIT, log.wait_for(|log| wish(log))).await;
        self.log()
    }

    /// Every open connection dies without a word: what sleep or a change of network does.
    pub fn freeze(&self) {
        self.stage
            .freezers()
            .values()
            .for_each(CancellationToken::cancel);
    }

    /// One connection dies without a word.
    pub fn freeze_connection(&self, number: usize) {
        self.stage
            .freezers()
            .get(&number)
            .into_iter()
            .for_each(CancellationToken::cancel);
    }

    /// Adds an answer to those that are left.
    pub fn push_reply(&self, reply: Reply) {
        self.stage.remaining().replies.push_back(reply);
    }

    /// Sets what the next connection does.
    pub fn push_connection(&self, connection: Connection) {
        self.stage.remaining().connections.push_back(connection);
    }

    /// Sets what every further connection does.
    pub fn set_otherwise(&self, connection: Connection) {
        self.stage.remaining().otherwise = connection;
    }
}

impl Stage {
    fn remaining(&self) -> MutexGuard<'_, Remaining> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_connection(&self) -> Connection {
        let mut remaining = self.remaining();
        remaining
            .connections
            .pop_front()
            .unwrap_or_else(|| remaining.otherwise.clone())
    }

    pub(crate) fn next_reply(&self) -> Reply {
        let mut remaining = self.remaining();
        if remaining.replies.len() > 1 {
            return remaining.replies.pop_front().unwrap_or_default();
        }
        remaining.replies.front().cloned().unwrap_or_default()
    }

    fn freezers(&self) -> MutexGuard<'_, BTreeMap<usize, CancellationToken>> {
        self.freezers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What freezes a connection.
    pub(crate) fn freezer_of(&self, connection: usize) -> CancellationToken {
        self.freezers().entry(connection).or_default().clone()
    }

    pub(crate) fn note(&self, change: impl FnOnce(&mut Log)) {
        self.log.send_modify(change);
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, stage: Arc<Stage>) {
    // A listener fails for want of descriptors only, and then a test is lost anyway.
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let mut number = 0;
        stage.note(|log| {
            number = log.accepted;
            log.accepted += 1;
        });
        let behaviour = stage.next_connection();
        let (stage, tls) = (Arc::clone(&stage), tls.clone());
        tokio::spawn(async move {
            let stop = stage.stop.clone();
            stop.run_until_cancelled(serve(stream, tls, number, behaviour, stage))
                .await;
        });
    }
}

async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    number: usize,
    behaviour: Connection,
    stage: Arc<Stage>,
) {
    if behaviour.black_hole {
        return black_hole(stream, number, &stage).await;
    }
    let stream = match tls {
        None => Stream::Tcp(stream),
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => Stream::Tls(Box::new(stream)),
            Err(_) => return closed(number, true, false, &stage),
        },
    };
    let visit = Arc::new(http::Visit::new(number, behaviour, Arc::clone(&stage)));
    let service = {
        let visit = Arc::clone(&visit);
        service_fn(move |request| http::answer(Arc::clone(&visit), request))
    };
    // An error here is the client's end, which is noted below.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if !visit.is_upgraded() {
        closed(number, true, false, &stage);
    }
}

/// Holds the connection until the client gives up, and never says a word.
async fn black_hole(stream: TcpStream, number: usize, stage: &Stage) {
    let mut bytes = [0; 1024];
    loop {
        if stream.readable().await.is_err() {
            break;
        }
        match stream.try_read(&mut bytes) {
            Ok(0) => break,
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => break,
            _ => {}
        }
    }
    closed(number, true, false, stage);
}

pub(crate) fn closed(connection: usize, by_client: bool, during_response: bool, stage: &Stage) {
    let at = std::time::Instant::now();
    stage.note(|log| {
        log.closed.push(Closed {
            connection,
            by_client,
            during_response,
            at,
        })
    });
}
