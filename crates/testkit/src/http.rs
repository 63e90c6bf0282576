//! A scripted HTTP server on a real loopback socket, for wires that are neither the Responses protocol nor a WebSocket:
//! it says exactly the bytes that a test wants, in the pieces that it wants, and notes what the client did.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use firesteel_testkit::http::{Answer, HttpServer};
//!
//! let server = HttpServer::start(|_| Answer::sse(&[r#"{"content":"x","stop":true}"#])).await?;
//! // … a client of `server.url()` asks …
//! let log = server.wait(|log| log.requests.len() == 1).await;
//! assert_eq!(log.requests[0].path, "/infill");
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The largest request that is read.
const MAX_REQUEST: usize = 8 << 20;
/// How long a test waits for something that does not come.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two frames of an endless answer.
const PACE: Duration = Duration::from_millis(2);

/// A request as it came.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as JSON, or null.
    pub body: Value,
    /// Which connection it came over, from 0.
    pub connection: usize,
    /// Which request it is, from 0.
    pub number: usize,
}

/// What the client did.
#[derive(Debug, Clone, Default)]
pub struct HttpLog {
    /// The requests in the order in which they came.
    pub requests: Vec<HttpRequest>,
    /// Connections that were accepted.
    pub accepted: usize,
    /// Connections that are open.
    pub open: usize,
    /// Answers that the client left before their end.
    pub left: usize,
    /// Frames of endless answers that were written.
    pub written: usize,
}

/// How an answer ends.
#[derive(Debug, Clone)]
enum End {
    /// As HTTP has it.
    Complete,
    /// The connection is closed in the middle of the body.
    Cut,
    /// Nothing more comes until the client leaves.
    Hang,
    /// This piece is written again and again until the client leaves.
    Endless(Vec<u8>),
}

/// An answer to one request.
#[derive(Debug, Clone)]
pub struct Answer {
    head: Vec<u8>,
    /// The body in the pieces in which it is written.
    pieces: Vec<Vec<u8>>,
    chunked: bool,
    end: End,
    close: bool,
    /// What has to happen before the body is written.
    gate: Option<Arc<Notify>>,
}

type Handler = Arc<dyn Fn(&HttpRequest) -> Answer + Send + Sync>;

/// A running server. Dropping it closes everything.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    log: Mutex<HttpLog>,
    changed: Notify,
}

impl Answer {
    /// An answer with a status, a media type and a body of known length.
    pub fn text(status: u16, media_type: &str, body: &str) -> Self {
        let head = format!(
            "HTTP/1.1 {status} Status\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n",
            body.len()
        );
        Answer {
            head: head.into_bytes(),
            pieces: vec![body.as_bytes().to_vec()],
            chunked: false,
            end: End::Complete,
            close: false,
            gate: None,
        }
    }

    /// An answer in JSON.
    pub fn json(status: u16, body: &str) -> Self {
        Self::text(status, "application/json", body)
    }

    /// Server-sent events, each with one line of data.
    pub fn sse(data: &[&str]) -> Self {
        let events: Vec<String> = data
            .iter()
            .map(|data| format!("data: {data}\n\n"))
            .collect();
        Self::stream("text/event-stream", &events.concat())
    }

    /// A body of unknown length.
    pub fn stream(media_type: &str, body: &str) -> Self {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nTransfer-Encoding: chunked\r\n"
        );
        Answer {
            head: head.into_bytes(),
            chunked: true,
            ..Self::text(200, media_type, body)
        }
    }

    /// One that closes the connection before a byte has been said.
    pub fn nothing() -> Self {
        Answer {
            head: Vec::new(),
            pieces: Vec::new(),
            end: End::Cut,
            ..Self::text(200, "", "")
        }
    }

    /// With a further header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head
            .extend(format!("{name}: {value}\r\n").into_bytes());
        self
    }

    /// In pieces of so many bytes, each a write of its own.
    #[must_use]
    pub fn cut(mut self, size: usize) -> Self {
        self.pieces = self
            .pieces
            .concat()
            .chunks(size.max(1))
            .map(<[u8]>::to_vec)
            .collect();
        self
    }

    /// After which the connection is closed.
    #[must_use]
    pub fn close(mut self) -> Self {
        self.close = true;
        self.header("Connection", "close")
    }

    /// Whose body ends before its end.
    #[must_use]
    pub fn broken_off(mut self) -> Self {
        self.end = End::Cut;
        self
    }

    /// After which nothing comes until the client leaves.
    #[must_use]
    pub fn hang(mut self) -> Self {
        self.end = End::Hang;
        self
    }

    /// After which this comes again and again until the client leaves.
    #[must_use]
    pub fn endless(mut self, piece: &str) -> Self {
        self.end = End::Endless(piece.as_bytes().to_vec());
        self
    }

    /// Whose head is sent only when the gate is opened.
    #[must_use]
    pub fn after(mut self, gate: &Arc<Notify>) -> Self {
        self.gate = Some(Arc::clone(gate));
        self
    }
}

impl HttpServer {
    /// Starts a server whose answers a function gives.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(
        handler: impl Fn(&HttpRequest) -> Answer + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::listen("127.0.0.1:0", handler).await
    }

    /// The same at a given address.
    ///
    /// # Errors
    /// When the port is not free.
    pub async fn listen(
        address: &str,
        handler: impl Fn(&HttpRequest) -> Answer + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::<Shared>::default();
        let task = tokio::spawn(accept(listener, Arc::new(handler), Arc::clone(&shared)));
        Ok(HttpServer {
            address,
            shared,
            task,
        })
    }

    /// The server's root, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the client has done.
    pub fn log(&self) -> HttpLog {
        self.shared.log().clone()
    }

    /// Waits until the log is as wanted.
    ///
    /// # Panics
    /// When it does not become so.
    pub async fn wait(&self, wanted: impl Fn(&HttpLog) -> bool) -> HttpLog {
        let look = async {
            loop {
                let changed = self.shared.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                let log = self.log();
                if wanted(&log) {
                    return log;
                }
                changed.await;
            }
        };
        match tokio::time::timeout(PATIENCE, look).await {
            Ok(log) => log,
            Err(_) => panic!(
                "the client does not do what is waited for: {:?}",
                self.log()
            ),
        }
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, HttpLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note<T>(&self, change: impl FnOnce(&mut HttpLog) -> T) -> T {
        let noted = change(&mut self.log());
        self.changed.notify_waiters();
        noted
    }
}

async fn accept(listener: TcpListener, handler: Handler, shared: Arc<Shared>) {
    // The connections end with the task that accepts them.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let connection = shared.note(|log| {
            log.accepted += 1;
            log.open += 1;
            log.accepted - 1
        });
        let (handler, shared) = (Arc::clone(&handler), Arc::clone(&shared));
        connections.spawn(async move {
            let _ = serve(stream, connection, &handler, &shared).await;
            shared.note(|log| log.open -= 1);
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    handler: &Handler,
    shared: &Shared,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut unread = Vec::new();
    while let Some(mut request) = read(&mut stream, &mut unread).await? {
        request.connection = connection;
        request.number = shared.log().requests.len();
        let answer = handler(&request);
        shared.note(|log| log.requests.push(request));
        if !write(&mut stream, &answer, shared).await? {
            break;
        }
    }
    Ok(())
}

/// Reads a request; none when the client has gone.
async fn read(stream: &mut TcpStream, unread: &mut Vec<u8>) -> io::Result<Option<HttpRequest>> {
    let end = loop {
        if let Some(end) = find(unread, b"\r\n\r\n") {
            break end + 4;
        }
        if unread.len() > MAX_REQUEST || stream.read_buf(unread).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&unread[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines
        .next()
        .unwrap_or_default()
        .split(' ')
        .map(str::to_owned);
    let (method, path) = (
        first.next().unwrap_or_default(),
        first.next().unwrap_or_default(),
    );
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0_usize);
    while unread.len() < end + length {
        if stream.read_buf(unread).await? == 0 {
            return Ok(None);
        }
    }
    let body = serde_json::from_slice(&unread[end..end + length]).unwrap_or(Value::Null);
    unread.drain(..end + length);
    Ok(Some(HttpRequest {
        method,
        path,
        headers,
        body,
        connection: 0,
        number: 0,
    }))
}

/// Writes an answer; false when the connection is to be closed.
async fn write(stream: &mut TcpStream, answer: &Answer, shared: &Shared) -> io::Result<bool> {
    if let Some(gate) = &answer.gate {
        tokio::select! {
            () = gate.notified() => {}
            () = gone(stream) => {
                shared.note(|log| log.left += 1);
                return Ok(false);
            }
        }
    }
    if !answer.head.is_empty() {
        stream
            .write_all(&[&answer.head[..], b"\r\n"].concat())
            .await?;
    }
    for piece in &answer.pieces {
        write_piece(stream, piece, answer.chunked).await?;
        // Pieces are to arrive one by one.
        tokio::task::yield_now().await;
    }
    match &answer.end {
        End::Complete => {
            if answer.chunked {
                stream.write_all(b"0\r\n\r\n").await?;
            }
            Ok(!answer.close)
        }
        End::Cut => Ok(false),
        End::Hang => {
            gone(stream).await;
            shared.note(|log| log.left += 1);
            Ok(false)
        }
        End::Endless(piece) => {
            loop {
                tokio::select! {
                    () = gone(stream) => break,
                    () = tokio::time::sleep(PACE) => {}
                }
                if write_piece(stream, piece, answer.chunked).await.is_err() {
                    break;
                }
                shared.note(|log| log.written += 1);
            }
            shared.note(|log| log.left += 1);
            Ok(false)
        }
    }
}

async fn write_piece(stream: &mut TcpStream, piece: &[u8], chunked: bool) -> io::Result<()> {
    if piece.is_empty() {
        return Ok(());
    }
    match chunked {
        true => {
            let head = format!("{:x}\r\n", piece.len());
            stream
                .write_all(&[head.as_bytes(), piece, b"\r\n"].concat())
                .await
        }
        false => stream.write_all(piece).await,
    }
}

/// Until the client has closed its side.
async fn gone(stream: &TcpStream) {
    let mut byte = [0];
    // What a client says before its answer is over is left where it is, and then cannot be told from its end.
    let _ = stream.peek(&mut byte).await;
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
