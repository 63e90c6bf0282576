//! The task that owns one socket: it writes requests, reads events, answers pings and watches the clock.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use firesteel_protocol::client::{ClientEvent, Interrupt};
use firesteel_protocol::server::{ServerEvent, decode};
use futures_util::{SinkExt, StreamExt};
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::cancel::{self, Plan};
use crate::continuation::{Continuation, encode};
use crate::dial::{Dialed, Socket};
use crate::error::{Error, Wait};
use crate::exchange::{Draining, Exchange, Step};
use crate::job::Job;
use crate::reply::Event;
use crate::round_trip::RoundTrip;
use crate::secret::Secret;
use crate::shared::{Fate, Shared};
use crate::verdict::Verdict;

/// Words to one pump that it has not read yet; each request is good for two.
pub(crate) const COMMANDS: usize = 64;
/// How long a farewell may take; the peer may be gone.
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
pub(crate) struct Obituary {
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
    pub(crate) async fn run(mut self) -> Obituary {
        let born = Instant::now();
        let stop = self.serve().await;
        self.shared.pool().remove(self.id);
        self.shared.manager.notify_one();
        let why = match stop {
            Stop::Ours => {
                self.farewell().await;
                None
            }
            Stop::Broken(error) => {
                self.scatter(&error, Fate::Died);
                Some(error)
            }
            Stop::Dead => {
                let why = "the connection is dead".to_owned();
                self.scatter(&Error::Disconnected { why }, Fate::Silent);
                None
            }
        };
        Obituary {
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
                    Some(command) => self.obey(command).await,
                    None => Err(Stop::Ours),
                },
                message = self.socket.next() => self.hear(message).await,
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

    async fn obey(&mut self, command: Command) -> Result<(), Stop> {
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

    async fn start(&mut self, mut job: Job) -> Result<(), Stop> {
        let Some(lane) = self.lanes.iter().position(Option::is_none) else {
            // The table counts our lanes, so this is a request too many only if it is wrong.
            self.shared.resubmit(job, Error::Busy, Fate::Died);
            return Ok(());
        };
        let has_lanes = self.shared.pool().lanes() > 1;
        job.request.stream_id = has_lanes.then(|| lane_name(lane));
        let (frame, continued) = encode(&mut job.request, self.memories[lane].as_ref());
        let now = Instant::now();
        let suspect = self.is_suspect(now);
        let mut exchange = Exchange::new(job, now, frame.len(), self.served);
        exchange.continued = continued;
        if self.shared.options.capabilities.continuation {
            exchange.keep_output();
        }
        self.lanes[lane] = Some(exchange);
        self.served = true;
        if suspect {
            self.shared.pool().prove_others(self.id);
            // The ping goes first, so that its pong does not wait for the model.
            self.prove(now).await?;
        }
        self.send(Message::text(frame)).await
    }

    async fn cancel(&mut self, id: u64) -> Result<(), Stop> {
        let now = Instant::now();
        let interrupt = self.shared.options.capabilities.interrupt;
        let shared = self.lanes.iter().flatten().count() > 1;
        let Some((lane, exchange)) = find(&mut self.lanes, id) else {
            return Ok(());
        };
        if exchange.draining.is_some() {
            return Ok(());
        }
        let plan = cancel::plan(exchange.view(now, interrupt, shared), now);
        let until = match plan {
            Plan::Interrupt(until) | Plan::Drain(until) => Some(until),
            Plan::DrainAll => None,
            Plan::Drop => {
                self.finish(lane, None);
                return Err(Stop::Ours);
            }
        };
        exchange.draining = Some(Draining { until });
        let Plan::Interrupt(_) = plan else {
            return Ok(());
        };
        let event = ClientEvent::Interrupt(Interrupt {
            response_id: exchange.response_id().unwrap_or_default().to_owned(),
            mode: Some("discard_partial_items".to_owned()),
            stream_id: exchange.job.request.stream_id.clone(),
        });
        self.send(Message::text(event.encode())).await
    }

    async fn hear(
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

    async fn read(&mut self, frame: &str, now: Instant) -> Result<(), Stop> {
        let Ok(event) = decode(frame) else {
            self.shared.recorder().broken_frames += 1;
            return Ok(());
        };
        self.shared.note(&event);
        let Some(lane) = self.lane_of(&event) else {
            return Ok(());
        };
        let Some(exchange) = &mut self.lanes[lane] else {
            return Ok(());
        };
        match exchange.take(event, frame.len(), now, self.key.as_ref()) {
            Step::More => Ok(()),
            Step::Done(done) => {
                self.finish(lane, Some(Ok(done)));
                self.go_on().await
            }
            Step::Error(verdict) => self.act_on(lane, verdict).await,
        }
    }

    async fn act_on(&mut self, lane: usize, verdict: Verdict) -> Result<(), Stop> {
        match verdict {
            Verdict::Reconnect(error) => Err(Stop::Broken(error)),
            Verdict::Resend(error) => self.resend(lane, error).await,
            Verdict::NoLanes(error) => self.change_lane(lane, 1, error).await,
            Verdict::FewerLanes(error) => self.change_lane(lane, lane, error).await,
            Verdict::Renew(error) if self.can_renew(lane) => {
                // Every socket was opened with the key that is refused now.
                self.shared.pool().retire_all();
                Err(Stop::Broken(error))
            }
            // The server knows nothing of it and writes on, so its socket goes.
            Verdict::Fail(Error::Unread) => {
                self.finish(lane, Some(Err(Error::Unread)));
                Err(Stop::Ours)
            }
            Verdict::Fail(error) | Verdict::Renew(error) => {
                self.finish(lane, Some(Err(error)));
                self.go_on().await
            }
        }
    }

    fn can_renew(&self, lane: usize) -> bool {
        let fresh = |exchange: &Exchange| !exchange.has_output() && !exchange.job.replayed;
        self.lanes[lane].as_ref().is_some_and(fresh) && self.shared.keys.refused(self.key.as_ref())
    }

    /// The lane that an event belongs to. An event without a name is for the only request there is. Of
    /// several it is for the oldest, if the server has never named a lane: then it knows of none, answers
    /// in turn, and is sent one request at a time from now on.
    fn lane_of(&mut self, event: &ServerEvent<'_>) -> Option<usize> {
        let Some(name) = event.stream_id() else {
            let busy = self.lanes.iter().flatten();
            let named = busy
                .clone()
                .any(|busy| busy.job.request.stream_id.is_some());
            if named && !self.names_lanes && matches!(event, ServerEvent::Created(_)) {
                self.shared.pool().lower_lanes(1);
            }
            let in_turn = !self.names_lanes || self.shared.pool().lanes() == 1;
            let in_order = busy.clone().count() == 1 || in_turn;
            let oldest = busy.map(Exchange::sent).min().filter(|_| in_order)?;
            let is_oldest =
                |lane: &Option<Exchange>| lane.as_ref().is_some_and(|e| e.sent() == oldest);
            return self.lanes.iter().position(is_oldest);
        };
        // A refusal names it whether or not the server knows what it is.
        self.names_lanes |= !matches!(event, ServerEvent::Error(_));
        let named = |exchange: &Exchange| exchange.job.request.stream_id.as_deref() == Some(name);
        self.lanes
            .iter()
            .position(|lane| lane.as_ref().is_some_and(named))
    }

    /// A lane is free: takes the next request, or goes when it is to go.
    async fn go_on(&mut self) -> Result<(), Stop> {
        let (leave, next) = {
            let mut pool = self.shared.pool();
            (pool.release(self.id), pool.next_for(self.id))
        };
        match next {
            Some(job) => self.start(job).await,
            None if leave => Err(Stop::Ours),
            None => Ok(()),
        }
    }

    /// Ends the exchange of a lane.
    fn finish(&mut self, lane: usize, result: Option<Result<Event, Error>>) {
        let Some(mut exchange) = self.lanes[lane].take() else {
            return;
        };
        self.memories[lane] = match result {
            Some(Ok(_)) => exchange.continuation(),
            _ => None,
        };
        self.heard_by_wall = SystemTime::now();
        exchange.finish(&self.shared, result);
    }

    /// The server takes less than this request's lane: it goes out again where there is room.
    async fn change_lane(&mut self, lane: usize, most: usize, error: Error) -> Result<(), Stop> {
        match self.lanes[lane].take() {
            Some(exchange) if exchange.job.request.stream_id.is_some() => {
                self.shared.pool().lower_lanes(most);
                let mut job = exchange.job;
                job.request.stream_id = None;
                self.shared.submit(job);
            }
            other => {
                self.lanes[lane] = other;
                self.finish(lane, Some(Err(error)));
            }
        }
        self.go_on().await
    }

    /// Sends the request of a lane once more, on another socket.
    fn again(&mut self, lane: usize, error: Error, fate: Fate) {
        let Some(exchange) = self.lanes[lane].take() else {
            return;
        };
        let mut job = exchange.job;
        job.request.stream_id = None;
        self.shared.resubmit(job, error, fate);
    }

    /// The server has forgotten what a request continued: it goes out whole.
    async fn resend(&mut self, lane: usize, error: Error) -> Result<(), Stop> {
        self.memories[lane] = None;
        match self.lanes[lane].take() {
            Some(exchange) if exchange.continued && exchange.draining.is_none() => {
                self.start(exchange.job).await
            }
            other => {
                self.lanes[lane] = other;
                self.finish(lane, Some(Err(error)));
                self.go_on().await
            }
        }
    }

    /// The socket is lost: requests without output go elsewhere, the others end.
    fn scatter(&mut self, error: &Error, fate: Fate) {
        for lane in 0..self.lanes.len() {
            let Some(exchange) = &self.lanes[lane] else {
                continue;
            };
            if exchange.draining.is_some() {
                self.finish(lane, None);
            } else if exchange.has_output() {
                self.finish(lane, Some(Err(error.clone())));
            } else {
                self.again(lane, error.clone(), fate);
            }
        }
        self.commands.close();
        while let Ok(command) = self.commands.try_recv() {
            if let Command::Start(job) = command {
                // Never sent, so sending it elsewhere is no replay.
                self.shared.submit(*job);
            }
        }
    }

    /// Leaves in good manners, but not for long.
    async fn farewell(&mut self) {
        let error = if self.shared.shutdown.is_cancelled() {
            Error::ShutDown
        } else {
            Error::Disconnected {
                why: "the connection was given up".to_owned(),
            }
        };
        self.scatter(&error, Fate::Died);
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

fn lane_name(lane: usize) -> String {
    format!("lane-{lane}")
}

fn find(lanes: &mut [Option<Exchange>], id: u64) -> Option<(usize, &mut Exchange)> {
    lanes.iter_mut().enumerate().find_map(|(lane, exchange)| {
        Some((
            lane,
            exchange.as_mut().filter(|exchange| exchange.job.id == id)?,
        ))
    })
}
