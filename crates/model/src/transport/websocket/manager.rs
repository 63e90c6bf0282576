//! The task that keeps the sockets: it dials what is missing, replaces what grows old, turns to HTTP where
//! no WebSocket can pass, and ends requests that wait in vain.

use std::sync::Arc;
use std::time::Duration;

use firesteel_task::{Error, Wait};
use tokio::select;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::options::Route;
use crate::transport::connect::Connector;
use crate::transport::quota::Learn as _;
use crate::transport::websocket::connection_state::{ConnectionState, Transport};
use crate::transport::websocket::dial::{DialError, Dialed, dial};
use crate::transport::websocket::fallback::{Http, Reached};
use crate::transport::websocket::pool::Link;
use crate::transport::websocket::pump::{COMMANDS, Pump, PumpExit};
use crate::transport::websocket::shared::Shared;

/// The first wait after a failed dial; it doubles with each further one.
const BACKOFF_FIRST: Duration = Duration::from_millis(200);
/// The longest wait between two dials.
const BACKOFF_LAST: Duration = Duration::from_secs(30);
/// The age below which a socket that dies unused counts as a failed dial.
const YOUNG: Duration = Duration::from_secs(2);
/// How long requests go by HTTP before the WebSocket is tried again.
const REPROBE: Duration = Duration::from_secs(60);
/// Upgrades without any answer after which a WebSocket is taken to be swallowed on the way.
const SWALLOWED: u32 = 2;
/// A look at the table even when nothing calls for it.
const IDLE_LOOK: Duration = Duration::from_secs(60);

/// The task that keeps the sockets.
pub(crate) struct Manager {
    shared: Arc<Shared>,
    connector: Arc<Connector>,
    http: Arc<Http>,
    /// Dials, pumps and requests by HTTP; they end with the manager.
    dials: JoinSet<(Instant, Result<Dialed, DialError>)>,
    pumps: JoinSet<PumpExit>,
    carried: JoinSet<Reached>,
    failures: u32,
    /// No dial before this, except for somebody who waits knowingly.
    not_before: Option<Instant>,
    why: Option<Error>,
    next_link: u64,
    asked: bool,
}

impl Manager {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let connector = Arc::new(Connector::new(shared.options.network.clone()));
        Manager {
            asked: !shared.options.lazy,
            http: Arc::new(Http::new(Arc::clone(&connector))),
            shared,
            connector,
            dials: JoinSet::new(),
            pumps: JoinSet::new(),
            carried: JoinSet::new(),
            failures: 0,
            not_before: None,
            why: None,
            next_link: 0,
        }
    }

    /// Runs until shutdown, and then until every socket is closed.
    pub(crate) async fn run(mut self) {
        if self.route() == Route::Http {
            self.travel(Transport::Http);
        }
        let shutdown = self.shared.shutdown.clone();
        loop {
            self.reconcile(Instant::now());
            let next_look = self.next_look(Instant::now());
            select! {
                () = shutdown.cancelled() => break,
                () = self.shared.manager.notified() => self.asked = true,
                Some(Ok((begun, result))) = self.dials.join_next() => self.dialed(begun, result),
                Some(exit) = self.pumps.join_next() => self.on_exit(exit.ok()),
                Some(reached) = self.carried.join_next() => self.carried(reached.ok()),
                () = sleep_until(next_look) => {}
            }
        }
        self.close().await;
    }

    /// Brings the table in order: old sockets, waiting requests, missing sockets.
    fn reconcile(&mut self, now: Instant) {
        self.retire_old(now);
        if self.is_by_http() {
            self.carry_waiting();
        }
        self.fail_hopeless(now);
        if self.asked && self.may_dial(now) {
            self.dial_missing();
        }
        self.report();
    }

    fn report(&self) {
        let state = match (&self.why, self.asked) {
            _ if self.is_by_http() || !self.shared.pool().is_empty() => ConnectionState::Ready,
            (Some(Error::Auth { message }), _) => ConnectionState::Refused {
                why: message.clone(),
            },
            (Some(error), _) => ConnectionState::Disconnected { why: why_of(error) },
            (None, true) => ConnectionState::Connecting,
            (None, false) => ConnectionState::Idle,
        };
        self.publish(state);
    }

    fn publish(&self, state: ConnectionState) {
        self.shared.state.send_if_modified(|current| {
            let changed = *current != state;
            *current = state;
            changed
        });
    }

    fn may_dial(&self, now: Instant) -> bool {
        self.route() != Route::Http && self.not_before.is_none_or(|at| now >= at)
    }

    fn route(&self) -> Route {
        self.shared.options.capabilities.route
    }

    fn dial_missing(&mut self) {
        let missing = {
            let mut pool = self.shared.pool();
            // One is enough to find out whether a WebSocket passes at all.
            let most = if pool.is_empty() { 1 } else { usize::MAX };
            let missing = pool.wanted_dials().min(most.saturating_sub(pool.dialing));
            pool.dialing += missing;
            missing
        };
        for _ in 0..missing {
            let (shared, connector) = (Arc::clone(&self.shared), Arc::clone(&self.connector));
            self.dials.spawn(async move {
                let begun = Instant::now();
                (begun, dial(&connector, &shared).await)
            });
        }
    }

    fn dialed(&mut self, begun: Instant, result: Result<Dialed, DialError>) {
        match result {
            Ok(dialed) => self.install(begun, dialed),
            Err(error) => self.dial_failed(error),
        }
    }

    fn install(&mut self, begun: Instant, dialed: Dialed) {
        self.why = None;
        self.travel(Transport::Socket);
        self.next_link += 1;
        let id = self.next_link;
        let (commands, receiver) = mpsc::channel(COMMANDS);
        let now = Instant::now();
        self.shared.recorder().dialed(now - begun);
        self.shared.quota().take_headers(&dialed.headers);
        let pump = Pump::new(id, dialed, receiver, Arc::clone(&self.shared));
        self.pumps.spawn(pump.run());
        let mut pool = self.shared.pool();
        pool.dialing -= 1;
        pool.add(Link {
            id,
            commands,
            busy: 0,
            born: now,
            last_used: None,
            aging: false,
            retiring: false,
        });
        pool.retire_replaced();
        pool.send_waiting();
    }

    /// A server that takes connections only to end them is asked as rarely as one that takes none.
    fn on_exit(&mut self, exit: Option<PumpExit>) {
        let Some(PumpExit { why, served, age }) = exit else {
            return;
        };
        if served || age >= YOUNG {
            self.failures = 0;
        } else if let Some(error) = why {
            self.not_before = Some(Instant::now() + self.next_wait());
            self.why = Some(error);
        }
    }

    fn next_wait(&mut self) -> Duration {
        self.failures += 1;
        BACKOFF_FIRST
            .saturating_mul(1 << (self.failures - 1).min(16))
            .min(BACKOFF_LAST)
    }

    fn dial_failed(&mut self, error: DialError) {
        let wait = self.next_wait();
        let refused = match &error {
            DialError::Status { status, .. } => !matches!(status, 401 | 403 | 429),
            DialError::NotSocket(_) => true,
            DialError::Silent => self.failures >= SWALLOWED,
            DialError::Failed(_) | DialError::TimedOut | DialError::NoKey(_) => false,
        };
        let error = error.into_error();
        tracing::debug!(%error, "dial failed");
        self.shared.recorder().failed_dials += 1;
        self.shared.quota().take_error(&error);
        self.why = Some(error);
        let now = Instant::now();
        let mut pool = self.shared.pool();
        pool.dialing -= 1;
        pool.dial_failed = true;
        pool.send_waiting();
        // While another socket lives, the WebSocket evidently passes.
        let may_turn = self.route() == Route::Auto && self.shared.endpoint.is_outside();
        let by_http = refused && pool.is_empty() && may_turn;
        drop(pool);
        if by_http {
            self.travel(Transport::Http);
        }
        self.not_before = Some(now + if self.is_by_http() { REPROBE } else { wait });
    }

    fn is_by_http(&self) -> bool {
        *self.shared.transport.borrow() == Transport::Http
    }

    fn travel(&self, transport: Transport) {
        let changed = self.shared.transport.send_replace(transport) != transport;
        if changed {
            tracing::info!(?transport, "the transport has changed");
        }
    }

    /// Sends what waits by HTTP, keystrokes first, and leaves one place free for them.
    fn carry_waiting(&mut self) {
        let most = self.shared.options.capabilities.sockets.max(1);
        while let Some(job) = self
            .shared
            .pool()
            .next_by_http(most.saturating_sub(self.carried.len()))
        {
            let (shared, http) = (Arc::clone(&self.shared), Arc::clone(&self.http));
            self.carried
                .spawn(async move { http.carry(job, &shared).await });
        }
    }

    fn carried(&mut self, reached: Option<Reached>) {
        let Some(Reached::Nobody(error)) = reached else {
            return;
        };
        self.why = Some(error);
        if self.route() == Route::Http {
            return;
        }
        // The network is gone, so the reason to avoid the WebSocket may be gone with it.
        self.travel(Transport::Socket);
        self.not_before = Some(Instant::now() + BACKOFF_FIRST);
    }

    /// Ends the requests that have nothing to wait for.
    fn fail_hopeless(&mut self, now: Instant) {
        let timeouts = &self.shared.options.timeouts;
        let by_http = self.is_by_http();
        let mut pool = self.shared.pool();
        let stranded = !by_http && pool.is_empty() && pool.dialing == 0 && !self.may_dial(now);
        let mut again = false;
        let gone = pool.drain_waiting(|job| {
            if job.slot.is_abandoned() || now >= job.deadline(job.asked, timeouts.turn, timeouts) {
                return true;
            }
            // Somebody who asked by a command waits for one more dial; a keystroke is told at once.
            let waits = !stranded || std::mem::take(&mut job.patient);
            again |= stranded && waits;
            !waits
        });
        let unreached = pool.is_empty();
        drop(pool);
        if again {
            self.not_before = None;
        }
        for mut job in gone {
            let error = match &self.why {
                Some(error) if stranded => error.clone(),
                _ if unreached => Error::Timeout(Wait::Connect),
                _ => Error::Timeout(Wait::Turn),
            };
            job.end(Err(error));
        }
    }

    /// Make before break: an old socket goes only when its replacement is there.
    fn retire_old(&self, now: Instant) {
        let age = self.shared.options.timeouts.rotate;
        for link in self.shared.pool().links_mut() {
            link.aging |= now >= link.born + age;
        }
    }

    fn next_look(&self, now: Instant) -> Instant {
        let timeouts = &self.shared.options.timeouts;
        let mut pool = self.shared.pool();
        let young = pool.links_mut().iter().filter(|link| !link.aging);
        let rotation = young.map(|link| link.born + timeouts.rotate).min();
        let waiting = pool.first_deadline(timeouts);
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
        for mut job in waiting {
            job.end(Err(Error::ShutDown));
        }
        self.publish(ConnectionState::ShutDown);
        self.dials.shutdown().await;
        self.carried.shutdown().await;
        while self.pumps.join_next().await.is_some() {}
    }
}

fn why_of(error: &Error) -> String {
    match error {
        Error::Disconnected { why } => why.clone(),
        other => other.to_string(),
    }
}
