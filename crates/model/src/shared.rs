//! What the client's handles and tasks have in common.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::job::Job;
use crate::metrics::Recorder;
use crate::options::Options;
use crate::pool::{Placement, Pool};
use crate::quota::Quota;
use crate::state::State;

/// What the client's handles and tasks have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) endpoint: Endpoint,
    pub(crate) options: Options,
    pub(crate) state: watch::Sender<State>,
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

    /// Sends a request once more, unless it has been already.
    pub(crate) fn resubmit(&self, mut job: Job, error: Error) {
        if job.slot.is_abandoned() {
            return;
        }
        if job.replayed {
            job.slot.end(Err(error));
            return;
        }
        job.replayed = true;
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
