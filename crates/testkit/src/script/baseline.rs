//! What our client is measured against: the same request by HTTPS and server-sent events, as other clients
//! send it, over a new connection each time or over a kept one.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use firesteel_protocol::client::CreateResponse;
use firesteel_protocol::server::{ServerEvent, decode};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

/// A client that knows nothing but POST.
#[derive(Debug)]
pub struct Baseline {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    kept: Option<Connection>,
    keeps: bool,
}

#[derive(Debug)]
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    _driver: AbortOnDropHandle<()>,
}

/// What one request took.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    /// Up to the first text.
    pub first_text: Duration,
    /// Deltas of the whole response.
    pub deltas: u64,
}

impl Baseline {
    /// A client that makes a new connection for each request.
    pub fn fresh(address: SocketAddr, tls: Arc<ClientConfig>) -> Self {
        Baseline {
            address,
            tls,
            kept: None,
            keeps: false,
        }
    }

    /// A client that keeps its connection.
    pub fn kept(address: SocketAddr, tls: Arc<ClientConfig>) -> Self {
        Baseline {
            keeps: true,
            ..Baseline::fresh(address, tls)
        }
    }

    /// Asks once and reads to the end.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn ask(&mut self, request: &CreateResponse) -> io::Result<Took> {
        let begun = Instant::now();
        let mut connection = match self.kept.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let body = serde_json::to_vec(&CreateResponse {
            stream: Some(true),
            ..request.clone()
        })?;
        let post = Request::post("/v1/responses")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "text/event-stream")
            .body(Full::new(Bytes::from(body)))
            .map_err(io::Error::other)?;
        let response = connection
            .sender
            .send_request(post)
            .await
            .map_err(io::Error::other)?;
        let mut body = response.into_body();
        let mut bytes = Vec::new();
        let mut took = Took {
            first_text: Duration::ZERO,
            deltas: 0,
        };
        let mut text = String::new();
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(io::Error::other)?.into_data() else {
                continue;
            };
            bytes.extend_from_slice(&data);
            read_events(&mut bytes, begun, &mut took, &mut text)?;
        }
        if self.keeps {
            connection.sender.ready().await.map_err(io::Error::other)?;
            self.kept = Some(connection);
        }
        Ok(took)
    }

    async fn connect(&self) -> io::Result<Connection> {
        let tcp = TcpStream::connect(self.address).await?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let tls = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, tcp)
            .await?;
        let (sender, connection) = handshake(TokioIo::new(tls))
            .await
            .map_err(io::Error::other)?;
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Connection {
            sender,
            _driver: AbortOnDropHandle::new(driver),
        })
    }
}

fn read_events(
    bytes: &mut Vec<u8>,
    begun: Instant,
    took: &mut Took,
    text: &mut String,
) -> io::Result<()> {
    let mut at = 0;
    while let Some(end) = bytes[at..].iter().position(|byte| *byte == b'\n') {
        let line = std::str::from_utf8(&bytes[at..at + end]).map_err(io::Error::other)?;
        at += end + 1;
        let Some(data) = line.strip_prefix("data: ") else {
            continue;
        };
        if let Ok(ServerEvent::TextDelta(event)) = decode(data) {
            if took.deltas == 0 {
                took.first_text = begun.elapsed();
            }
            took.deltas += 1;
            text.push_str(&event.delta);
        }
    }
    bytes.drain(..at);
    Ok(())
}
