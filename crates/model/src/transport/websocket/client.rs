//! The handle by which the rest of Firesteel reaches a model.

use std::sync::Arc;

use firesteel_protocol::client::CreateResponse;
use firesteel_task::{Error, Priority, Quota};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use crate::endpoint::Endpoint;
use crate::metrics::Metrics;
use crate::options::Options;
use crate::reply::{Reply, Slot};
use crate::sent::Note;
use crate::transport::websocket::connection_state::{ConnectionState, Transport};
use crate::transport::websocket::job::Job;
use crate::transport::websocket::manager::Manager;
use crate::transport::websocket::shared::Shared;

/// A client of one model. Clones share it; the last one to go shuts it down.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
    _guard: Arc<DropGuard>,
}

impl Client {
    /// Starts a client, which dials at once unless it is to be lazy. Needs a tokio runtime.
    pub fn new(endpoint: Endpoint, mut options: Options) -> Self {
        // At the other end of a pipe is a service of ours, which knows how to stop.
        options.capabilities.interrupt |= matches!(endpoint, Endpoint::Pipe(_));
        let shared = Arc::new(Shared::new(endpoint, options));
        tokio::spawn(Manager::new(Arc::clone(&shared)).run());
        let guard = Arc::new(shared.shutdown.clone().drop_guard());
        Client {
            shared,
            _guard: guard,
        }
    }

    /// Asks. Never waits: what happens is told by the reply, and dropping the reply cancels.
    pub fn request(&self, request: CreateResponse, priority: Priority) -> Reply {
        self.request_noted(request, priority, Note::default())
    }

    /// The same, and notes what is sent for it.
    pub(crate) fn request_noted(
        &self,
        mut request: CreateResponse,
        priority: Priority,
        note: Note,
    ) -> Reply {
        let limit = request.max_output_tokens;
        self.shared.shape(&mut request);
        let id = self.shared.next_id();
        let slot = Arc::new(Slot::default());
        let mut job = Job {
            id,
            request,
            limit,
            priority,
            slot: Arc::clone(&slot),
            asked: Instant::now(),
            dialed: false,
            replayed: false,
            patient: priority == Priority::Edit,
            counted: false,
            recorder: self.shared.recorder_handle(),
            note,
        };
        match self.shared.fits(&job.request) {
            true => self.shared.submit(job),
            false => job.end(Err(Error::ContextLength)),
        }
        Reply::new(id, slot)
    }

    /// How the connection stands.
    pub fn state(&self) -> ConnectionState {
        self.shared.state.borrow().clone()
    }

    /// Tells every change of the state.
    pub fn watch(&self) -> watch::Receiver<ConnectionState> {
        self.shared.state.subscribe()
    }

    /// Tells every change of how requests travel.
    pub(crate) fn watch_transport(&self) -> watch::Receiver<Transport> {
        self.shared.transport.subscribe()
    }

    /// How requests travel now.
    pub fn transport(&self) -> Transport {
        *self.shared.transport.borrow()
    }

    /// What is known of the account's limits.
    pub fn quota(&self) -> Quota {
        self.shared.quota().clone()
    }

    /// The figures so far.
    pub fn metrics(&self) -> Metrics {
        self.shared.recorder().snapshot()
    }

    /// Ends everything, also for the other clones.
    pub fn shutdown(&self) {
        self.shared.shutdown.cancel();
    }
}
