//! What the client's handles and tasks have in common.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use firesteel_protocol::client::CreateResponse;
use firesteel_protocol::server::ServerEvent;
use firesteel_task::{Error, Event, Quota};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::endpoint::Endpoint;
use crate::metrics::Recorder;
use crate::options::Options;
use crate::shape::drop_field;
use crate::transport::key::Keys;
use crate::transport::quota::Learn as _;
use crate::transport::websocket::connection_state::{ConnectionState, Transport};
use crate::transport::websocket::job::Job;
use crate::transport::websocket::pool::{Placement, Pool};

/// Code has about so many bytes in a token.
const BYTES_PER_TOKEN: usize = 4;

/// How a socket was lost under a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// With a word, or an end.
    Died,
    /// Without one; it was dead before the request was sent.
    Silent,
}

/// What the client's handles and tasks have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) endpoint: Endpoint,
    pub(crate) options: Options,
    pub(crate) keys: Arc<Keys>,
    pub(crate) state: watch::Sender<ConnectionState>,
    pub(crate) transport: watch::Sender<Transport>,
    /// Wakes the manager: a socket is missing or a request waits.
    pub(crate) manager: Notify,
    pub(crate) shutdown: CancellationToken,
    pool: Mutex<Pool>,
    recorder: Arc<Mutex<Recorder>>,
    quota: Mutex<Quota>,
    /// Fields that the server has refused.
    refused: Mutex<BTreeSet<&'static str>>,
    next_id: AtomicU64,
}

impl Shared {
    pub(crate) fn new(endpoint: Endpoint, options: Options) -> Self {
        Shared {
            pool: Mutex::new(Pool::new(options.capabilities)),
            keys: Arc::new(Keys::new(
                endpoint.key().cloned(),
                options.key_command.clone(),
                &options.timeouts,
            )),
            endpoint,
            options,
            state: watch::Sender::new(ConnectionState::Idle),
            transport: watch::Sender::default(),
            manager: Notify::new(),
            shutdown: CancellationToken::new(),
            recorder: Arc::default(),
            quota: Mutex::default(),
            refused: Mutex::default(),
            next_id: AtomicU64::new(1),
        }
    }

    pub(crate) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What counts a request's end, wherever that happens.
    pub(crate) fn recorder_handle(&self) -> Arc<Mutex<Recorder>> {
        Arc::clone(&self.recorder)
    }

    pub(crate) fn quota(&self) -> MutexGuard<'_, Quota> {
        self.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes a request such as the endpoint takes.
    pub(crate) fn shape(&self, request: &mut CreateResponse) {
        if let Some(preset) = &self.options.preset {
            preset.shape(request);
        }
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.iter().for_each(|field| drop_field(request, field));
    }

    /// The server refuses a field: leaves it out from now on, and of this request. False when it was not in there.
    pub(crate) fn leave_out(&self, field: &'static str, request: &mut CreateResponse) -> bool {
        let before = request.clone();
        drop_field(request, field);
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.insert(field);
        *request != before
    }

    /// Takes what an event says about the account.
    pub(crate) fn note(&self, event: &ServerEvent<'_>) {
        match event {
            ServerEvent::RateLimits(limits) => self.quota().take_event(limits),
            ServerEvent::Metadata(event) => self.quota().take_headers(&event.headers),
            ServerEvent::Error(event) => self.quota().take_headers(&event.headers),
            _ => {}
        }
    }

    /// Takes what a request's end says about the account.
    pub(crate) fn note_end(&self, result: &Result<Event, Error>) {
        if let Err(error) = result {
            self.quota().take_error(error);
        }
    }

    /// Whether the model can see all of a request, as far as that is known without its tokenizer.
    pub(crate) fn fits(&self, request: &CreateResponse) -> bool {
        let preset = self.options.preset.as_ref();
        let most = preset.and_then(|preset| preset.usable_tokens());
        let instructions = request.instructions.as_ref().map_or(0, String::len);
        let bytes = instructions + request.texts().map(str::len).sum::<usize>();
        most.is_none_or(|most| bytes / BYTES_PER_TOKEN <= most as usize)
    }

    /// Sends a request on its way.
    pub(crate) fn submit(&self, job: Job) {
        let mut pool = self.pool();
        let placement = pool.place(job);
        let missing = pool.wanted_dials() > 0 || matches!(placement, Placement::Waits);
        drop(pool);
        if let Placement::Refused(mut job, error) = placement {
            job.end(Err(error));
        }
        if missing {
            self.manager.notify_one();
        }
    }

    /// Sends a request once more, unless it has been already. After a sleep all sockets may be dead, and
    /// a request goes from one to the next until a new one is dialled.
    pub(crate) fn resubmit(&self, mut job: Job, error: Error, fate: Fate) {
        if job.slot.is_abandoned() {
            return;
        }
        if job.replayed {
            job.end(Err(error));
            return;
        }
        job.replayed |= fate == Fate::Died;
        self.recorder().replays += 1;
        let mut pool = self.pool();
        if pool.closed {
            drop(pool);
            job.end(Err(Error::ShutDown));
            return;
        }
        pool.put_back(job);
        pool.send_waiting();
        drop(pool);
        self.manager.notify_one();
    }
}
