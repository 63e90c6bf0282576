//! What the client's handles and tasks have in common.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use firesteel_protocol::server::ServerEvent;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::job::Job;
use crate::metrics::Recorder;
use crate::options::Options;
use crate::pool::{Placement, Pool};
use crate::quota::Quota;
use crate::state::{State, Transport};

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
    pub(crate) state: watch::Sender<State>,
    pub(crate) transport: watch::Sender<Transport>,
    /// Wakes the manager: a socket is missing or a request waits.
    pub(crate) manager: Notify,
    pub(crate) shutdown: CancellationToken,
    pool: Mutex<Pool>,
    recorder: Mutex<Recorder>,
    quota: Mutex<Quota>,
    next_id: AtomicU64,
}

impl Shared {
    pub(crate) fn new(endpoint: Endpoint, options: Options) -> Self {
        Shared {
            pool: Mutex::new(Pool::new(options.capabilities)),
            endpoint,
            options,
            state: watch::Sender::new(State::Idle),
            transport: watch::Sender::default(),
            manager: Notify::new(),
            shutdown: CancellationToken::new(),
            recorder: Mutex::default(),
            quota: Mutex::default(),
            next_id: AtomicU64::new(1),
        }
    }

    pub(crate) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn quota(&self) -> MutexGuard<'_, Quota> {
        self.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
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

    /// Sends a request on its way.
    pub(crate) fn submit(&self, job: Job) {
        let mut pool = self.pool();
        let placement = pool.place(job);
        let missing = pool.wanted_dials() > 0 || matches!(placement, Placement::Waits);
        drop(pool);
        if let Placement::Refused(job, error) = placement {
            job.slot.end(Err(error));
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
            job.slot.end(Err(error));
            return;
        }
        job.replayed |= fate == Fate::Died;
        self.recorder().replays += 1;
        let mut pool = self.pool();
        if pool.closed {
            drop(pool);
            job.slot.end(Err(Error::ShutDown));
            return;
        }
        pool.put_back(job);
        pool.send_waiting();
        drop(pool);
        self.manager.notify_one();
    }
}
