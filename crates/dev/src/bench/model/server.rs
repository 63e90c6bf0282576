//! A server of one answer that notes when it has read a request and when it writes the end of its answer.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// The largest request that is read.
const MAX_REQUEST: usize = 1 << 20;

/// What the server says to a request for its path.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// How the path of the requests that are answered ends; others are told that there is no such route.
    pub(super) path: &'static str,
    /// The body's media type.
    pub(super) media_type: &'static str,
    /// The beginning of the body, with the first text.
    pub(super) beginning: String,
    /// The rest of it.
    pub(super) end: String,
    /// Whether the rest never comes.
    pub(super) hangs: bool,
}

/// A request and its answer.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The request as it came.
    pub(super) bytes: Vec<u8>,
    /// When all of it had been read.
    pub(super) read_at: Instant,
    /// When the end of the answer was about to be written.
    pub(super) ended_at: Option<Instant>,
}

/// What happened at the server.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// Requests for the path.
    pub(super) requests: Vec<Seen>,
    /// Connections.
    pub(super) accepted: usize,
}

/// The server. Dropping it ends it.
pub(super) struct Server {
    /// Where it listens.
    pub(super) address: SocketAddr,
    log: Arc<Mutex<Log>>,
    task: AbortHandle,
}

impl Server {
    pub(super) async fn start(answer: Answer) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let log = Arc::<Mutex<Log>>::default();
        let (shared, answer) = (log.clone(), Arc::new(answer));
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                lock(&shared).accepted += 1;
                let (answer, log) = (answer.clone(), shared.clone());
                // A client that goes away in the middle is what is measured.
                connections.spawn(async move { drop(serve(stream, &answer, &log).await) });
            }
        });
        Ok(Self {
            address,
            log,
            task: task.abort_handle(),
        })
    }

    /// What has happened.
    pub(super) fn log(&self) -> Log {
        lock(&self.log).clone()
    }

    /// The last request.
    pub(super) fn last(&self) -> Result<Seen> {
        let log = lock(&self.log);
        log.requests.last().cloned().context("nothing was asked")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, answer: &Answer, log: &Mutex<Log>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut unread = Vec::new();
    while let Some(length) = read(&mut stream, &mut unread).await? {
        let read_at = Instant::now();
        let bytes: Vec<u8> = unread.drain(..length).collect();
        let path = bytes.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        if !path.ends_with(answer.path.as_bytes()) {
            let refusal = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
            stream.write_all(refusal.as_bytes()).await?;
            continue;
        }
        let number = {
            let mut log = lock(log);
            log.requests.push(Seen {
                bytes,
                read_at,
                ended_at: None,
            });
            log.requests.len() - 1
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
            answer.media_type
        );
        let beginning = head + &chunk(&answer.beginning);
        stream.write_all(beginning.as_bytes()).await?;
        if answer.hangs {
            // Until the client has gone.
            let _ = stream.read(&mut [0]).await;
            return Ok(());
        }
        let end = chunk(&answer.end) + "0\r\n\r\n";
        lock(log).requests[number].ended_at = Some(Instant::now());
        stream.write_all(end.as_bytes()).await?;
    }
    Ok(())
}

/// Reads until a whole request is there, and says how long it is; none when the client has gone.
async fn read(stream: &mut TcpStream, unread: &mut Vec<u8>) -> std::io::Result<Option<usize>> {
    loop {
        if let Some(length) = whole(unread).filter(|length| *length <= unread.len()) {
            return Ok(Some(length));
        }
        if unread.len() > MAX_REQUEST || stream.read_buf(unread).await? == 0 {
            return Ok(None);
        }
    }
}

/// How long the request is, once its head is there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: Option<usize> = length.and_then(|length| length.trim().parse().ok());
    Some(end + length.unwrap_or(0))
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

fn lock(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
