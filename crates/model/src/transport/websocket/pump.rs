//! The task that owns one socket: it writes requests, reads events, answers pings and watches the clock.

mod responses;

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::{SinkExt, StreamExt};
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::secret::Secret;
use crate::transport::websocket::continuation::Continuation;
use crate::transport::websocket::dial::{Dialed, Socket};
use crate::transport::websocket::exchange::Exchange;
use crate::transport::websocket::job::Job;
use crate::transport::websocket::round_trip::RoundTrip;
use crate::transport::websocket::shared::{Fate, Shared};
use firesteel_task::{Error, Wait};

/// Words to one pump that it has not read yet; each request is good for two.
pub(crate) const COMMANDS: usize = 64;
/// How long a close may take; the peer may be gone.
const CLOSE: Duration = Duration::from_millis(250);
/// The payload of our pings.
const PING: Bytes = Bytes::from_static(b"firesteel");

/// A word to a pump.
#[derive(Debug)]
pub(crate) enum Command {
    /// Send this request.
    Start(Box<Job>),
    /// Nobody wants this request's response any more.
    Cancel(u64),
    /// Close when idle.
    Retire,
    /// Find out whether the socket lives, for another one of the same age may be dead.
    Prove,
}

/// The task that owns one socket.
pub(crate) struct Pump {
    id: u64,
    socket: Socket,
    commands: mpsc::Receiver<Command>,
    shared: Arc<Shared>,
    /// One place for each lane; where there are no lanes, one place.
    lanes: Vec<Option<Exchange>>,
    /// What the server remembers of each lane.
    memories: Vec<Option<Continuation>>,
    /// Whether the server has ever named a lane; until then it may not know of any.
    names_lanes: bool,
    /// The key that the socket was opened with.
    key: Option<Secret>,
    /// When anything last came in, and what the clock on the wall said at the end of a response: only
    /// that one goes on while the machine sleeps.
    heard: Instant,
    heard_by_wall: SystemTime,
    round_trip: RoundTrip,
    pinged: Option<Instant>,
    /// When the ping that is under way must have been answered.
    proof: Option<Instant>,
    served: bool,
}

/// What there is to say of a socket that is gone.
#[derive(Debug)]
pub(crate) struct PumpExit {
    /// What ended it; none when it was given up, as one that says nothing is.
    pub(crate) why: Option<Error>,
    /// Whether it ever carried a request.
    pub(crate) served: bool,
    /// How old it was.
    pub(crate) age: Duration,
}

/// Why a pump ends.
enum Stop {
    /// As we wish.
    Ours,
    /// The socket is of no more use, for this reason.
    Broken(Error),
    /// The socket does not answer.
    Dead,
}

impl Pump {
    pub(crate) fn new(
        id: u64,
        dialed: Dialed,
        commands: mpsc::Receiver<Command>,
        shared: Arc<Shared>,
    ) -> Self {
        let lanes = shared.options.capabilities.lanes.max(1);
        Pump {
            id,
            socket: dialed.socket,
            commands,
            shared,
            lanes: (0..lanes).map(|_| None).collect(),
            memories: vec![None; lanes],
            names_lanes: false,
            key: dialed.key,
            heard: Instant::now(),
            heard_by_wall: SystemTime::now(),
            round_trip: RoundTrip::new(dialed.round_trip),
            pinged: None,
            proof: None,
            served: false,
        }
    }

    /// Runs until the socket dies or is not needed; gives back what is unfinished.
    pub(crate) async fn run(mut self) -> PumpExit {
        let born = Instant::now();
        let stop = self.serve().await;
        self.shared.pool().remove(self.id);
        self.shared.manager.notify_one();
        let why = match stop {
            Stop::Ours => {
                self.close().await;
                None
            }
            Stop::Broken(error) => {
                self.fail_all(&error, Fate::Died);
                Some(error)
            }
            Stop::Dead => {
                let why = "the connection is dead".to_owned();
                self.fail_all(&Error::Disconnected { why }, Fate::Silent);
                None
            }
        };
        PumpExit {
            why,
            served: self.served,
            age: born.elapsed(),
        }
    }

    async fn serve(&mut self) -> Stop {
        let shared = Arc::clone(&self.shared);
        let mut shutdown = pin!(shared.shutdown.cancelled());
        let mut alarm = pin!(sleep_until(self.deadline()));
        loop {
            let stop = select! {
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.on_command(command).await,
                    None => Err(Stop::Ours),
                },
                message = self.socket.next() => self.on_message(message).await,
                () = &mut alarm => self.look_at_clock().await,
                () = &mut shutdown => Err(Stop::Ours),
            };
            if let Err(stop) = stop {
                return stop;
            }
            // A frame mostly puts the deadline off, which the alarm finds out when it rings.
            let deadline = self.deadline();
            if deadline < alarm.deadline() || alarm.is_elapsed() {
                alarm.as_mut().reset(deadline);
            }
        }
    }

    async fn on_command(&mut self, command: Command) -> Result<(), Stop> {
        match command {
            // Its reader was gone before the request was here, and so was the word of it.
            Command::Start(job) if job.slot.is_abandoned() => self.go_on().await,
            Command::Start(job) => self.start(*job).await,
            Command::Cancel(id) => self.cancel(id).await,
            Command::Retire if self.is_idle() => Err(Stop::Ours),
            Command::Retire => Ok(()),
            Command::Prove => self.prove(Instant::now()).await,
        }
    }

    async fn on_message(
        &mut self,
        message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    ) -> Result<(), Stop> {
        let now = Instant::now();
        self.heard = now;
        self.proof = None;
        match message {
            Some(Ok(Message::Text(frame))) => self.read(&frame, now).await,
            Some(Ok(Message::Pong(_))) => {
                self.ponged(now);
                Ok(())
            }
            // The library has queued the pong; reading on flushes it.
            Some(Ok(Message::Ping(_) | Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => Err(broken("the server sent a binary frame")),
            Some(Ok(Message::Close(frame))) => Err(broken(&match frame {
                Some(frame) => format!("the server closed the connection ({})", frame.code),
                None => "the server closed the connection".to_owned(),
            })),
            Some(Err(error)) => Err(broken(&error.to_string())),
            None => Err(broken("the connection ended")),
        }
    }

    /// Leaves in good manners, but not for long.
    async fn close(&mut self) {
        let error = if self.shared.shutdown.is_cancelled() {
            Error::ShutDown
        } else {
            Error::Disconnected {
                why: "the connection was given up".to_owned(),
            }
        };
        self.fail_all(&error, Fate::Died);
        // A peer that is gone cannot be told; either way the socket is dropped next.
        let _ = timeout(CLOSE, self.socket.close(None)).await;
    }

    /// Whether the socket may have died unnoticed: after a silence, or after the machine has slept. A pipe
    /// lives as long as this process.
    fn is_suspect(&self, now: Instant) -> bool {
        if !self.shared.endpoint.is_outside() {
            return false;
        }
        let trust = self.shared.options.timeouts.trust;
        let by_wall = self.heard_by_wall.elapsed().unwrap_or_default();
        now - self.heard > trust || (by_wall > trust && by_wall > (now - self.heard) + trust)
    }

    /// Asks the peer whether it lives, and gives it one round trip to answer.
    async fn prove(&mut self, now: Instant) -> Result<(), Stop> {
        if self.proof.is_some() || !self.shared.endpoint.is_outside() {
            return Ok(());
        }
        let limit = self.round_trip.limit(self.shared.options.timeouts.pong);
        self.ping(now, limit).await
    }

    async fn ping(&mut self, now: Instant, limit: Duration) -> Result<(), Stop> {
        self.pinged = Some(now);
        self.proof = Some(now + limit);
        self.send(Message::Ping(PING)).await
    }

    fn ponged(&mut self, now: Instant) {
        self.heard_by_wall = SystemTime::now();
        if let Some(pinged) = self.pinged.take() {
            self.round_trip.measured(now - pinged);
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Stop> {
        match timeout(self.shared.options.timeouts.send, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(broken(&error.to_string())),
            Err(_) => Err(Stop::Broken(Error::Timeout(Wait::Send))),
        }
    }

    /// When something must have happened.
    fn deadline(&self) -> Instant {
        let timeouts = &self.shared.options.timeouts;
        let proof = self.proof.unwrap_or(self.heard + timeouts.keepalive);
        let exchanges = self
            .lanes
            .iter()
            .flatten()
            .filter_map(|exchange| exchange.deadline(timeouts));
        exchanges.fold(proof, Instant::min)
    }

    async fn look_at_clock(&mut self) -> Result<(), Stop> {
        let now = Instant::now();
        let timeouts = self.shared.options.timeouts.clone();
        for lane in 0..self.lanes.len() {
            let Some(exchange) = &self.lanes[lane] else {
                continue;
            };
            if exchange
                .deadline(&timeouts)
                .is_none_or(|deadline| now < deadline)
            {
                continue;
            }
            let error = exchange.timeout();
            self.finish(lane, Some(Err(error)));
            // Its tail may still come, and nothing tells it from the next response.
            return Err(Stop::Ours);
        }
        match self.proof {
            Some(proof) if now >= proof => Err(Stop::Dead),
            None if now >= self.heard + timeouts.keepalive => self.ping(now, timeouts.pong).await,
            _ => Ok(()),
        }
    }

    fn is_idle(&self) -> bool {
        self.lanes.iter().all(Option::is_none)
    }
}

fn broken(why: &str) -> Stop {
    Stop::Broken(Error::Disconnected {
        why: why.to_owned(),
    })
}
