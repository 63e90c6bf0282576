//! The task that owns one socket: it writes requests, reads events, answers pings and watches the clock.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use firesteel_protocol::client::{ClientEvent, Interrupt};
use firesteel_protocol::server::{ServerEvent, decode};
use futures_util::{SinkExt, StreamExt};
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::cancel::{self, Plan};
use crate::dial::Socket;
use crate::error::{Error, Wait};
use crate::exchange::{Draining, Exchange, Step};
use crate::job::Job;
use crate::metrics::End;
use crate::reply::Event;
use crate::shared::Shared;
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
}

/// The task that owns one socket.
pub(crate) struct Pump {
    id: u64,
    socket: Socket,
    commands: mpsc::Receiver<Command>,
    shared: Arc<Shared>,
    /// One place for each lane; where there are no lanes, one place.
    lanes: Vec<Option<Exchange>>,
    /// When anything last came in.
    heard: Instant,
    /// When the ping that is under way must have been answered.
    proof: Option<Instant>,
    served: bool,
}

/// Why a pump ends.
enum Stop {
    /// As we wish.
    Ours,
    /// The socket is of no more use, for this reason.
    Broken(Error),
}

impl Pump {
    pub(crate) fn new(
        id: u64,
        socket: Socket,
        commands: mpsc::Receiver<Command>,
        shared: Arc<Shared>,
    ) -> Self {
        let lanes = shared.options.capabilities.lanes.max(1);
        Pump {
            id,
            socket,
            commands,
            shared,
            lanes: (0..lanes).map(|_| None).collect(),
            heard: Instant::now(),
            proof: None,
            served: false,
        }
    }

    /// Runs until the socket dies or is not needed; gives back what is unfinished.
    pub(crate) async fn run(mut self) {
        let stop = self.serve().await;
        self.shared.pool().remove(self.id);
        self.shared.manager.notify_one();
        match stop {
            Stop::Ours => self.farewell().await,
            Stop::Broken(error) => self.scatter(&error),
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
            Command::Start(job) => self.start(*job).await,
            Command::Cancel(id) => self.cancel(id).await,
            Command::Retire if self.is_idle() => Err(Stop::Ours),
            Command::Retire => Ok(()),
        }
    }

    async fn start(&mut self, mut job: Job) -> Result<(), Stop> {
        let Some(lane) = self.lanes.iter().position(Option::is_none) else {
            // The table counts our lanes, so this is a request too many only if it is wrong.
            self.shared.resubmit(job, Error::Busy);
            return Ok(());
        };
        if self.lanes.len() > 1 {
            job.request.stream_id = Some(lane_name(lane));
        }
        let event = ClientEvent::create(std::mem::take(&mut job.request));
        let frame = event.encode();
        if let ClientEvent::Create(request) = event {
            job.request = *request;
        }
        let now = Instant::now();
        let suspect = now - self.heard > self.shared.options.timeouts.trust;
        let bytes = frame.len();
        self.lanes[lane] = Some(Exchange::new(job, now, bytes, self.served));
        self.served = true;
        if suspect {
            // The ping goes first, so that its pong does not wait for the model.
            self.ping(now).await?;
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
                self.finish(lane, End::Cancelled, None);
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
            // The library has queued the pong; reading on flushes it.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
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
        match &event {
            ServerEvent::RateLimits(limits) => self.shared.quota().take_event(limits),
            ServerEvent::Metadata(event) => self.shared.quota().take_headers(&event.headers),
            ServerEvent::Error(event) => self.shared.quota().take_headers(&event.headers),
            _ => {}
        }
        let Some(lane) = self.lane_of(&event) else {
            return Ok(());
        };
        let key = self.shared.endpoint.key();
        let Some(exchange) = &mut self.lanes[lane] else {
            return Ok(());
        };
        match exchange.take(event, frame.len(), now, key) {
            Step::More => Ok(()),
            Step::Done(done) => {
                self.finish(lane, End::Completed, Some(Ok(done)));
                self.go_on(lane).await
            }
            Step::Error(Verdict::Fail(error)) => {
                self.finish(lane, End::Failed, Some(Err(error)));
                self.go_on(lane).await
            }
            Step::Error(Verdict::Reconnect(error)) => Err(Stop::Broken(error)),
            Step::Error(Verdict::Resend(error)) => {
                self.again(lane, error);
                self.go_on(lane).await
            }
        }
    }

    /// The lane that an event belongs to. Without a name it is the only one.
    fn lane_of(&self, event: &ServerEvent<'_>) -> Option<usize> {
        let Some(name) = event.stream_id() else {
            return self
                .lanes
                .iter()
                .position(Option::is_some)
                .filter(|_| self.lanes.len() == 1);
        };
        let named = |exchange: &Exchange| exchange.job.request.stream_id.as_deref() == Some(name);
        self.lanes
            .iter()
            .position(|lane| lane.as_ref().is_some_and(named))
    }

    /// A lane is free: takes the next request, or goes when it is to go.
    async fn go_on(&mut self, lane: usize) -> Result<(), Stop> {
        let (leave, next) = {
            let mut pool = self.shared.pool();
            (pool.release(self.id), pool.next_for(self.id))
        };
        debug_assert!(self.lanes[lane].is_none(), "a lane that goes on is free");
        match next {
            Some(job) => Box::pin(self.start(job)).await,
            None if leave => Err(Stop::Ours),
            None => Ok(()),
        }
    }

    /// Ends the exchange of a lane.
    fn finish(&mut self, lane: usize, end: End, result: Option<Result<Event, Error>>) {
        let Some(exchange) = self.lanes[lane].take() else {
            return;
        };
        let end = if exchange.draining.is_some() {
            End::Cancelled
        } else {
            end
        };
        let tokens = match &result {
            Some(Ok(Event::Done {
                usage: Some(usage), ..
            })) => Some(usage.output_tokens),
            _ => None,
        };
        self.shared
            .recorder()
            .add(&exchange.record(end, tokens, Instant::now()));
        if let Some(result) = result {
            exchange.job.slot.end(result);
        }
    }

    /// Sends the request of a lane once more, whole.
    fn again(&mut self, lane: usize, error: Error) {
        let Some(exchange) = self.lanes[lane].take() else {
            return;
        };
        let mut job = exchange.job;
        job.request.previous_response_id = None;
        job.request.stream_id = None;
        self.shared.resubmit(job, error);
    }

    /// The socket is lost: requests without output go elsewhere, the others end.
    fn scatter(&mut self, error: &Error) {
        for lane in 0..self.lanes.len() {
            let Some(exchange) = &self.lanes[lane] else {
                continue;
            };
            if exchange.draining.is_some() {
                self.finish(lane, End::Cancelled, None);
            } else if exchange.has_output() {
                self.finish(lane, End::Failed, Some(Err(error.clone())));
            } else {
                self.again(lane, error.clone());
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
        self.scatter(&error);
        // A peer that is gone cannot be told; either way the socket is dropped next.
        let _ = timeout(CLOSE, self.socket.close(None)).await;
    }

    async fn ping(&mut self, now: Instant) -> Result<(), Stop> {
        self.proof = Some(now + self.shared.options.timeouts.pong);
        self.send(Message::Ping(PING)).await
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
            self.finish(lane, End::Failed, Some(Err(error)));
            // Its tail may still come, and nothing tells it from the next response.
            return Err(Stop::Ours);
        }
        match self.proof {
            Some(proof) if now >= proof => Err(broken("the connection is dead")),
            None if now >= self.heard + timeouts.keepalive => self.ping(now).await,
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
