//! The service on a TCP socket, for other programs of this machine.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, lookup_host};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::DropGuard;

use crate::Service;
use crate::access::{Access, Token, are_loopback};

/// Connections at a time; each may hold some megabytes, and nobody has so many editors.
const MAX_CONNECTIONS: usize = 64;

/// The pause after an accept that failed: the process is out of descriptors, and asking again at once
/// would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// It is taken, or none.
    #[error("cannot listen on {address}: {source}")]
    Io {
        /// As it was given.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The network reaches it, and anybody there could ask an engine that has read the user's code.
    #[error(
        "{0} can be reached from the network: that needs a token (--token-command or --token-env)"
    )]
    NeedsToken(String),
}

/// A service that listens; dropping this stops it. Connections that are open go on.
#[derive(Debug)]
pub struct Listening {
    /// Where it listens.
    pub address: SocketAddr,
    _stop: DropGuard,
}

impl Service {
    /// Listens for connections; each request must show the token, where there is one.
    ///
    /// # Errors
    /// When the address is taken, or is none, or is not on the loopback and there is no token.
    pub async fn listen(
        &self,
        address: &str,
        token: Option<Token>,
    ) -> Result<Listening, ListenError> {
        let failed = |source| ListenError::Io {
            address: address.to_owned(),
            source,
        };
        let found = lookup_host(address).await.map_err(failed)?;
        let addresses: Vec<SocketAddr> = found.collect();
        let is_loopback = are_loopback(&addresses);
        if !is_loopback && token.is_none() {
            return Err(ListenError::NeedsToken(address.to_owned()));
        }
        let listener = TcpListener::bind(addresses.as_slice());
        let listener = listener.await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let stop = self.shared.shutdown.child_token();
        let (service, stopped) = (self.clone(), stop.clone());
        let access = Access::Socket { is_loopback, token };
        let accept = async move { service.accept(listener, &access).await };
        tokio::spawn(async move { stopped.run_until_cancelled(accept).await });
        Ok(Listening {
            address: bound,
            _stop: stop.drop_guard(),
        })
    }

    async fn accept(&self, listener: TcpListener, access: &Access) {
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    // An event is a small write that somebody waits for.
                    let _ = stream.set_nodelay(true);
                    match places.clone().try_acquire_owned() {
                        Ok(place) => self.serve(stream, access.clone(), place),
                        Err(_) => tracing::warn!("too many connections: one is closed"),
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
