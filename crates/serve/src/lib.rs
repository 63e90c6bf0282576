//! Serves the Responses protocol from the embedded engine, in process or on a socket.
//!
//! Each connection is one task (`session`), which answers its requests one after the other. What a
//! request asks for is answered by a [`Backend`] on a thread of its own, so that the model's work never
//! stands in the runtime's way, and told as the protocol's events (`narration`).

mod access;
mod backend;
mod embedded;
mod http;
mod ids;
mod listen;
mod memory;
mod narration;
mod run;
mod session;
mod upgrade;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, duplex};
use tokio_util::sync::{CancellationToken, DropGuard};

use access::Access;
pub use access::Token;
pub use backend::{Answer, Ask, Backend, Failure, Reason};
pub use embedded::Embedded;
pub use firesteel_local::Options as LocalOptions;
pub use listen::{ListenError, Listening};

/// Bytes on their way through a pipe, each direction: some hundred events.
const PIPE_BUFFER: usize = 256 << 10;

/// The service in front of one backend. Clones share it; the last one to go ends its connections.
#[derive(Debug, Clone)]
pub struct Service {
    shared: Arc<Shared>,
    _guard: Arc<DropGuard>,
}

/// What a service's connections have in common.
pub(crate) struct Shared {
    pub(crate) backend: Arc<dyn Backend>,
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
    /// A service in front of `backend`.
    pub fn new(backend: impl Backend) -> Self {
        let shutdown = CancellationToken::new();
        let guard = Arc::new(shutdown.clone().drop_guard());
        let shared = Shared {
            backend: Arc::new(backend),
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
