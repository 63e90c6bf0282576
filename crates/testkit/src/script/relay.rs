//! A distance on one machine: bytes pass at once in their order, but only after a delay.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What is read at once.
const CHUNK: usize = 64 << 10;
/// Chunks on their way in one direction.
const ON_THE_WAY: usize = 4096;

/// A relay to a server that is as far away as wished.
#[derive(Debug)]
pub struct Relay {
    /// Where it listens.
    pub address: SocketAddr,
    down: Arc<AtomicU64>,
    up: Arc<AtomicU64>,
    _stop: DropGuard,
}

impl Relay {
    /// Starts a relay with a round trip of so long. What TCP's own handshake would take is added before
    /// the first byte of each connection.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(to: SocketAddr, round_trip: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let (down, up) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let counters = (Arc::clone(&down), Arc::clone(&up));
        let stopped = stop.clone();
        tokio::spawn(async move {
            while let Some(Ok((client, _))) = stopped.run_until_cancelled(listener.accept()).await {
                let (down, up) = counters.clone();
                let (stopped, pass) = (stopped.clone(), pass(client, to, round_trip, down, up));
                tokio::spawn(async move { stopped.run_until_cancelled(pass).await });
            }
        });
        Ok(Relay {
            address,
            down,
            up,
            _stop: stop.drop_guard(),
        })
    }

    /// The counter of bytes that have come from the server, for another thread to read.
    pub fn down(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.down)
    }

    /// Bytes that have gone to the server.
    pub fn bytes_up(&self) -> u64 {
        self.up.load(Ordering::Relaxed)
    }
}

async fn pass(
    client: TcpStream,
    to: SocketAddr,
    round_trip: Duration,
    down: Arc<AtomicU64>,
    up: Arc<AtomicU64>,
) {
    let _ = client.set_nodelay(true);
    sleep(round_trip).await;
    let Ok(server) = TcpStream::connect(to).await else {
        return;
    };
    let _ = server.set_nodelay(true);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::join!(
        one_way(from_client, to_server, round_trip / 2, up),
        one_way(from_server, to_client, round_trip / 2, down),
    );
}

async fn one_way<R, W>(mut from: R, mut to: W, delay: Duration, count: Arc<AtomicU64>)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let (sender, mut chunks) = mpsc::channel::<(Instant, Vec<u8>)>(ON_THE_WAY);
    let read = async move {
        let mut chunk = vec![0; CHUNK];
        while let Ok(length @ 1..) = from.read(&mut chunk).await {
            count.fetch_add(length as u64, Ordering::Relaxed);
            if sender
                .send((Instant::now() + delay, chunk[..length].to_vec()))
                .await
                .is_err()
            {
                return;
            }
        }
    };
    let write = async move {
        while let Some((due, chunk)) = chunks.recv().await {
            if !delay.is_zero() {
                sleep_until(due).await;
            }
            if to.write_all(&chunk).await.is_err() {
                return;
            }
        }
        // The other side learns of the end; if it is gone already there is nobody to tell.
        let _ = to.shutdown().await;
    };
    tokio::join!(read, write);
}
