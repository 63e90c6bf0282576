//! Answers other programs with what the user has configured, in process or on a socket.
//!
//! The Responses protocol (`http`, `session`) has conversations: a request becomes a task (`ask`), which the model chosen
//! for it (`offer`) answers, and the answer (`run`) is encoded as the protocol's events (`response_encoder`). `/v1/completions` fills holes
//! (`completions`) as ghost text does (`fill`), in the file that the hole is found in (`files`).

mod access;
mod ask;
mod completions;
mod files;
mod fill;
mod http;
mod ids;
mod listen;
mod memory;
mod offer;
mod response_encoder;
mod run;
mod session;
mod upgrade;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, duplex};
use tokio_util::sync::{CancellationToken, DropGuard};

use access::Access;
pub use access::Token;
pub use listen::{ListenError, Listening};
pub use offer::Offer;

/// Bytes on their way through a pipe, each direction: some hundred events.
const PIPE_BUFFER: usize = 256 << 10;

/// What is offered, served. Clones share it; the last one to go ends its connections.
#[derive(Debug, Clone)]
pub struct Service {
    shared: Arc<Shared>,
    _guard: Arc<DropGuard>,
}

/// What a service's connections have in common.
pub(crate) struct Shared {
    pub(crate) offer: Arc<Offer>,
    pub(crate) ids: ids::Ids,
    pub(crate) shutdown: CancellationToken,
    /// Bytes of conversations that all connections remember.
    pub(crate) remembered: Arc<AtomicUsize>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Service {
    /// A service of what is offered.
    pub fn new(offer: Offer) -> Self {
        let shutdown = CancellationToken::new();
        let guard = Arc::new(shutdown.clone().drop_guard());
        let shared = Shared {
            offer: Arc::new(offer),
            ids: ids::Ids::new(),
            shutdown,
            remembered: Arc::default(),
        };
        Service {
            shared: Arc::new(shared),
            _guard: guard,
        }
    }

    /// A connection inside this process. Needs a tokio runtime.
    pub fn pipe(&self) -> DuplexStream {
        let (ours, theirs) = duplex(PIPE_BUFFER);
        self.serve(ours, Access::Pipe, ());
        theirs
    }

    /// Serves a connection until it or the service ends; `place` is held as long. Needs a tokio runtime.
    fn serve<S, P>(&self, stream: S, access: Access, place: P)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        P: Send + Sync + 'static,
    {
        let peer = http::Peer {
            shared: Arc::clone(&self.shared),
            access,
            place: Arc::new(place),
        };
        tokio::spawn(async move {
            let shutdown = peer.shared.shutdown.clone();
            shutdown
                .run_until_cancelled(http::serve(stream, peer))
                .await;
        });
    }
}
