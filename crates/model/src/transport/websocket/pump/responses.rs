//! The responses on one socket: how each begins, what its events bring, and how it ends or goes elsewhere.

use std::time::SystemTime;

use firesteel_protocol::client::{ClientEvent, Interrupt};
use firesteel_protocol::server::{ServerEvent, decode};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use super::{Command, Pump, Stop};
use crate::transport::websocket::cancel::{self, Plan};
use crate::transport::websocket::continuation::encode;
use crate::transport::websocket::exchange::{Draining, Exchange, Step};
use crate::transport::websocket::job::Job;
use crate::transport::websocket::shared::Fate;
use crate::transport::websocket::verdict::Verdict;
use firesteel_task::Error;
use firesteel_task::Event;

impl Pump {
    pub(super) async fn start(&mut self, mut job: Job) -> Result<(), Stop> {
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
        job.goes_out(&frame);
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

    pub(super) async fn cancel(&mut self, id: u64) -> Result<(), Stop> {
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
        let (until, bytes) = match plan {
            Plan::Interrupt(until) | Plan::Drain(until) => (Some(until), cancel::DRAIN_BYTES),
            Plan::DrainAll => (None, cancel::DRAIN_ALL_BYTES),
            Plan::Drop => {
                self.finish(lane, None);
                return Err(Stop::Ours);
            }
        };
        exchange.draining = Some(Draining { until, bytes });
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

    pub(super) async fn read(&mut self, frame: &str, now: Instant) -> Result<(), Stop> {
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

    pub(super) async fn act_on(&mut self, lane: usize, verdict: Verdict) -> Result<(), Stop> {
        match verdict {
            Verdict::Reconnect(error) => Err(Stop::Broken(error)),
            Verdict::Resend(error) => self.resend(lane, error).await,
            Verdict::Without(field, error) => self.without(lane, field, error).await,
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

    pub(super) fn can_renew(&self, lane: usize) -> bool {
        let fresh = |exchange: &Exchange| !exchange.has_output() && !exchange.job.replayed;
        self.lanes[lane].as_ref().is_some_and(fresh) && self.shared.keys.refused(self.key.as_ref())
    }

    /// The lane that an event belongs to. An event without a name is for the only request there is. Of
    /// several it is for the oldest, if the server has never named a lane: then it knows of none, answers
    /// in turn, and is sent one request at a time from now on.
    pub(super) fn lane_of(&mut self, event: &ServerEvent<'_>) -> Option<usize> {
        let Some(name) = event.stream_id() else {
            let lanes = self.lanes.iter().enumerate();
            let mut busy = lanes.filter(|(_, lane)| lane.is_some());
            let (only, asked) = busy.next()?;
            let is_alone = busy.next().is_none();
            let named = asked
                .as_ref()
                .is_some_and(|asked| asked.job.request.stream_id.is_some());
            if named && !self.names_lanes && matches!(event, ServerEvent::Created(_)) {
                self.shared.pool().lower_lanes(1);
            }
            if is_alone {
                return Some(only);
            }
            let in_turn = !self.names_lanes || self.shared.pool().lanes() == 1;
            return self.oldest().filter(|_| in_turn);
        };
        // A refusal names it whether or not the server knows what it is.
        self.names_lanes |= !matches!(event, ServerEvent::Error(_));
        let named = |exchange: &Exchange| exchange.job.request.stream_id.as_deref() == Some(name);
        self.lanes
            .iter()
            .position(|lane| lane.as_ref().is_some_and(named))
    }

    /// The lane of the request that went out first.
    fn oldest(&self) -> Option<usize> {
        let sent =
            |(lane, exchange): (usize, &Option<Exchange>)| Some((exchange.as_ref()?.sent(), lane));
        let first = self.lanes.iter().enumerate().filter_map(sent).min()?;
        Some(first.1)
    }

    /// A lane is free: takes the next request, or goes when it is to go.
    pub(super) async fn go_on(&mut self) -> Result<(), Stop> {
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
    pub(super) fn finish(&mut self, lane: usize, result: Option<Result<Event, Error>>) {
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
    pub(super) async fn change_lane(
        &mut self,
        lane: usize,
        most: usize,
        error: Error,
    ) -> Result<(), Stop> {
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
    pub(super) fn again(&mut self, lane: usize, error: Error, fate: Fate) {
        let Some(exchange) = self.lanes[lane].take() else {
            return;
        };
        let mut job = exchange.job;
        job.request.stream_id = None;
        self.shared.resubmit(job, error, fate);
    }

    /// The server has forgotten what a request continued: it goes out whole.
    pub(super) async fn resend(&mut self, lane: usize, error: Error) -> Result<(), Stop> {
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

    /// The server refuses a field: the request goes out again without it, unless that was tried.
    async fn without(
        &mut self,
        lane: usize,
        field: &'static str,
        error: Error,
    ) -> Result<(), Stop> {
        self.memories[lane] = None;
        if let Some(exchange) = &mut self.lanes[lane]
            && !exchange.has_output()
            && exchange.draining.is_none()
            && self.shared.leave_out(field, &mut exchange.job.request)
            && let Some(exchange) = self.lanes[lane].take()
        {
            return self.start(exchange.job).await;
        }
        self.finish(lane, Some(Err(error)));
        self.go_on().await
    }

    /// The socket is lost: requests without output go elsewhere, the others end.
    pub(super) fn fail_all(&mut self, error: &Error, fate: Fate) {
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
