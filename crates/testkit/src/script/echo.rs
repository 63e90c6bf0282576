//! The floor of every measure: a bare WebSocket that says everything back.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};
use tokio_util::task::AbortOnDropHandle;

/// A connection to a bare echo on the loopback interface, both ends in this process.
#[derive(Debug)]
pub struct Echo {
    socket: WebSocketStream<TcpStream>,
    _server: AbortOnDropHandle<()>,
}

impl Echo {
    /// Starts the server and connects to it.
    ///
    /// # Errors
    /// When the loopback interface does not serve.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = AbortOnDropHandle::new(tokio::spawn(serve(listener)));
        let socket = connect(address).await?;
        Ok(Echo {
            socket,
            _server: server,
        })
    }

    /// One message there and back.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn round_trip(&mut self, text: &str) -> io::Result<Duration> {
        let message = Message::text(text);
        let begun = Instant::now();
        self.socket.send(message).await.map_err(io::Error::other)?;
        match self.socket.next().await {
            Some(Ok(_)) => Ok(begun.elapsed()),
            _ => Err(io::ErrorKind::ConnectionReset.into()),
        }
    }
}

async fn serve(listener: TcpListener) {
    let Ok((stream, _)) = listener.accept().await else {
        return;
    };
    let _ = stream.set_nodelay(true);
    let Ok(mut socket) = accept_async(stream).await else {
        return;
    };
    while let Some(Ok(message)) = socket.next().await {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

async fn connect(address: SocketAddr) -> io::Result<WebSocketStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{address}/");
    Ok(client_async(url, stream).await.map_err(io::Error::other)?.0)
}
