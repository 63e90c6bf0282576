//! The bare client: it writes a request's bytes to a kept connection, and reads to the end of the answer.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How a chunked body ends.
const END: &[u8] = b"\r\n0\r\n\r\n";

/// A kept connection.
pub(super) struct Bare(TcpStream);

impl Bare {
    pub(super) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    /// Asks, and says when the whole answer was there.
    pub(super) async fn ask(&mut self, request: &[u8]) -> Result<Instant> {
        self.0.write_all(request).await?;
        let mut answer = Vec::with_capacity(4096);
        while !answer.ends_with(END) {
            ensure!(
                self.0.read_buf(&mut answer).await? > 0,
                "the server has gone"
            );
        }
        Ok(Instant::now())
    }
}
