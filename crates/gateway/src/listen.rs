//! The gateway on a TCP socket, for other programs of this machine.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::DropGuard;

use crate::Gateway;

/// The pause after an accept that failed: the process is out of descriptors, and asking again at once
/// would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ListenError {
    address: String,
    source: io::Error,
}

/// A gateway that listens; dropping this stops it. Connections that are open go on.
#[derive(Debug)]
pub struct Listening {
    /// Where it listens.
    pub address: SocketAddr,
    _stop: DropGuard,
}

impl Gateway {
    /// Listens for connections.
    ///
    /// # Errors
    /// When the address is taken, or is none.
    pub async fn listen(&self, address: &str) -> Result<Listening, ListenError> {
        let failed = |source| ListenError {
            address: address.to_owned(),
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let stop = self.shared.shutdown.child_token();
        let (gateway, stopped) = (self.clone(), stop.clone());
        tokio::spawn(async move { stopped.run_until_cancelled(gateway.accept(listener)).await });
        Ok(Listening {
            address: bound,
            _stop: stop.drop_guard(),
        })
    }

    async fn accept(&self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    // An event is a small write that somebody waits for.
                    let _ = stream.set_nodelay(true);
                    self.serve(stream);
                }
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
