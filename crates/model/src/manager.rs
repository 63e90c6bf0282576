//! The task that keeps the sockets: it dials what is missing, replaces what grows old, and ends requests
//! that wait in vain.

use std::sync::Arc;
use std::time::Duration;

use tokio::select;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::dial::{DialError, Dialed, Dialer};
use crate::error::{Error, Wait};
use crate::pool::Link;
use crate::pump::{COMMANDS, Pump};
use crate::shared::Shared;
use crate::state::State;

/// The first wait after a failed dial; it doubles with each further one.
const BACKOFF_FIRST: Duration = Duration::from_millis(200);
/// The longest wait between two dials.
const BACKOFF_LAST: Duration = Duration::from_secs(30);
/// A look at the table even when nothing calls for it.
const IDLE_LOOK: Duration = Duration::from_secs(60);

/// The task that keeps the sockets.
pub(crate) struct Manager {
    shared: Arc<Shared>,
    dialer: Arc<Dialer>,
    /// Dials and pumps; they end with the manager.
    dials: JoinSet<(Instant, Result<Dialed, DialError>)>,
    pumps: JoinSet<()>,
    failures: u32,
    /// No dial before this, except for somebody who waits knowingly.
    not_before: Option<Instant>,
    why: Option<Error>,
    next_link: u64,
    asked: bool,
}

impl Manager {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Manager {
            asked: !shared.options.lazy,
            shared,
            dialer: Arc::default(),
            dials: JoinSet::new(),
            pumps: JoinSet::new(),
            failures: 0,
            not_before: None,
            why: None,
            next_link: 0,
        }
    }

    /// Runs until shutdown, and then until every socket is closed.
    pub(crate) async fn run(mut self) {
        let shutdown = self.shared.shutdown.clone();
        loop {
            self.tend(Instant::now());
            let next_look = self.next_look(Instant::now());
            select! {
                () = shutdown.cancelled() => break,
                () = self.shared.manager.notified() => self.asked = true,
                Some(Ok((begun, result))) = self.dials.join_next() => self.dialed(begun, result),
                Some(_) = self.pumps.join_next() => {}
                () = sleep_until(next_look) => {}
            }
        }
        self.close().await;
    }

    /// Brings the table in order: old sockets, waiting requests, missing sockets.
    fn tend(&mut self, now: Instant) {
        self.retire_old(now);
        self.fail_hopeless(now);
        if self.asked && self.may_dial(now) {
            self.dial_missing();
        }
        if self.shared.pool().is_empty() {
            self.report(match (&self.why, self.asked) {
                (Some(error), _) => State::Disconnected { why: why_of(error) },
                (None, true) => State::Connecting,
                (None, false) => State::Idle,
            });
        } else {
            self.report(State::Ready);
        }
    }

    fn report(&self, state: State) {
        self.shared.state.send_if_modified(|current| {
            let changed = *current != state;
            *current = state;
            changed
        });
    }

    fn may_dial(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| now >= at)
    }

    fn dial_missing(&mut self) {
        let missing = {
            let mut pool = self.shared.pool();
            let missing = pool.wanted_dials();
            pool.dialing += missing;
            missing
        };
        for _ in 0..missing {
            let (shared, dialer) = (Arc::clone(&self.shared), Arc::clone(&self.dialer));
            self.dials.spawn(async move {
                let begun = Instant::now();
                (
                    begun,
                    dialer
                        .dial(&shared.endpoint, shared.options.timeouts.connect)
                        .await,
                )
            });
        }
    }

    fn dialed(&mut self, begun: Instant, result: Result<Dialed, DialError>) {
        match result {
            Ok(dialed) => self.install(begun, dialed),
            Err(error) => self.dial_failed(&error),
        }
    }

    fn install(&mut self, begun: Instant, dialed: Dialed) {
        self.failures = 0;
        self.not_before = None;
        self.why = None;
        self.next_link += 1;
        let id = self.next_link;
        let (commands, receiver) = mpsc::channel(COMMANDS);
        let now = Instant::now();
        self.shared.recorder().dialed(now - begun);
        self.shared.quota().take_headers(&dialed.headers);
        self.pumps
            .spawn(Pump::new(id, dialed.socket, receiver, Arc::clone(&self.shared)).run());
        let mut pool = self.shared.pool();
        pool.dialing -= 1;
        pool.add(Link {
            id,
            commands,
            busy: 0,
            born: now,
            last_used: None,
            retiring: false,
        });
        pool.send_waiting();
    }

    fn dial_failed(&mut self, error: &DialError) {
        let error = error_of(error);
        tracing::debug!(%error, "dial failed");
        self.failures += 1;
        let wait = BACKOFF_FIRST
            .saturating_mul(1 << (self.failures - 1).min(16))
            .min(BACKOFF_LAST);
        self.not_before = Some(Instant::now() + wait);
        self.why = Some(error);
        self.shared.recorder().failed_dials += 1;
        let mut pool = self.shared.pool();
        pool.dialing -= 1;
        pool.dial_failed = true;
        pool.send_waiting();
    }

    /// Ends the requests that have nothing to wait for.
    fn fail_hopeless(&mut self, now: Instant) {
        let turn = self.shared.options.timeouts.turn;
        let mut pool = self.shared.pool();
        let stranded = pool.is_empty() && pool.dialing == 0 && !self.may_dial(now);
        let mut again = false;
        let gone = pool.drain_waiting(|job| {
            if job.slot.is_abandoned() || now >= job.asked + turn {
                return true;
            }
            // Somebody who asked by a command waits for one more dial; a keystroke is told at once.
            let waits = !stranded || std::mem::take(&mut job.patient);
            again |= stranded && waits;
            !waits
        });
        drop(pool);
        if again {
            self.not_before = None;
        }
        for job in gone {
            let error = match &self.why {
                Some(error) if stranded => error.clone(),
                _ => Error::Timeout(Wait::Turn),
            };
            job.slot.end(Err(error));
        }
    }

    /// Make before break: an old socket goes only when another is there.
    fn retire_old(&self, now: Instant) {
        let age = self.shared.options.timeouts.rotate;
        let mut pool = self.shared.pool();
        for link in pool.links_mut() {
            if !link.retiring && now >= link.born + age {
                link.retiring = true;
                // A full queue means a busy pump, which looks at `retiring` when it is done.
                let _ = link.commands.try_send(crate::pump::Command::Retire);
            }
        }
    }

    fn next_look(&self, now: Instant) -> Instant {
        let timeouts = &self.shared.options.timeouts;
        let mut pool = self.shared.pool();
        let rotation = pool
            .links_mut()
            .iter()
            .filter(|link| !link.retiring)
            .map(|link| link.born + timeouts.rotate)
            .min();
        let waiting = pool.oldest_waiting().map(|asked| asked + timeouts.turn);
        let backoff = self
            .not_before
            .filter(|_| self.asked && pool.wanted_dials() > 0);
        [rotation, waiting, backoff]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(now + IDLE_LOOK)
            .max(now)
    }

    async fn close(mut self) {
        let waiting = {
            let mut pool = self.shared.pool();
            pool.closed = true;
            pool.drain_waiting(|_| true)
        };
        for job in waiting {
            job.slot.end(Err(Error::ShutDown));
        }
        self.report(State::ShutDown);
        self.dials.shutdown().await;
        while self.pumps.join_next().await.is_some() {}
    }
}

fn error_of(error: &DialError) -> Error {
    match error {
        DialError::Failed(why) => Error::Disconnected { why: why.clone() },
        DialError::TimedOut => Error::Timeout(Wait::Connect),
        DialError::Status {
            status: 401 | 403,
            message,
        } => Error::Auth {
            message: message.clone(),
        },
        DialError::Status {
            status: 429,
            message,
        } => Error::RateLimited {
            retry_after: None,
            message: message.clone(),
        },
        DialError::Status { status, message } => Error::Disconnected {
            why: format!("the server answers the upgrade with status {status} {message}"),
        },
    }
}

fn why_of(error: &Error) -> String {
    match error {
        Error::Disconnected { why } => why.clone(),
        other => other.to_string(),
    }
}
