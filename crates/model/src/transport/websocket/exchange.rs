//! One request in flight: what its events do to its slot, and when it has waited too long.

use std::time::Duration;

use tokio::time::Instant;

use firesteel_protocol::response::Response;
use firesteel_protocol::server::ServerEvent;
use firesteel_task::{Error, Event, Usage, Wait};

use crate::metrics::Record;
use crate::options::Timeouts;
use crate::secret::Secret;
use crate::transport::websocket::cancel::View;
use crate::transport::websocket::continuation::Continuation;
use crate::transport::websocket::job::Job;
use crate::transport::websocket::shared::Shared;
use crate::transport::websocket::verdict::{self, Verdict};

/// A request in flight.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) job: Job,
    response_id: Option<String>,
    sent: Instant,
    reused: bool,
    bytes_out: u64,
    bytes_in: u64,
    first_byte: Option<Instant>,
    first_token: Option<Instant>,
    last_event: Instant,
    tokens: u64,
    /// Whether only what is new was sent.
    pub(crate) continued: bool,
    /// What the model wrote, kept only to continue from it.
    output: Option<String>,
    /// Set when nobody wants the rest: its end is awaited until then.
    pub(crate) draining: Option<Draining>,
}

/// Bytes of the events of one response: some hundred for each token of the longest that there are.
const MAX_RESPONSE: u64 = 128 << 20;

/// A response that is read only to get past it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draining {
    /// When the socket is given up; never where others share it.
    pub(crate) until: Option<Instant>,
    /// How many bytes are still read before it is given up.
    pub(crate) bytes: usize,
}

/// What an event means for the exchange.
#[derive(Debug)]
pub(crate) enum Step {
    /// It goes on.
    More,
    /// It is over, well.
    Done(Event),
    /// It is over, or must be tried again.
    Error(Verdict),
}

impl Exchange {
    pub(crate) fn new(job: Job, sent: Instant, bytes_out: usize, reused: bool) -> Self {
        Exchange {
            job,
            response_id: None,
            sent,
            reused,
            bytes_out: bytes_out as u64,
            bytes_in: 0,
            first_byte: None,
            first_token: None,
            last_event: sent,
            tokens: 0,
            continued: false,
            output: None,
            draining: None,
        }
    }

    /// Keeps what the model writes, for [`Exchange::continuation`].
    pub(crate) fn keep_output(&mut self) {
        self.output = Some(String::new());
    }

    /// What the server remembers after this exchange has completed.
    pub(crate) fn continuation(&mut self) -> Option<Continuation> {
        let output = self.output.take()?;
        Some(Continuation::after(
            &self.job.request,
            self.response_id.as_deref()?,
            output,
        ))
    }

    /// Begins anew, on another connection.
    pub(crate) fn restart(&mut self, bytes_out: usize, reused: bool) {
        self.sent = Instant::now();
        self.last_event = self.sent;
        self.bytes_out = bytes_out as u64;
        self.reused = reused;
    }

    /// When it went out.
    pub(crate) fn sent(&self) -> Instant {
        self.sent
    }

    /// Takes an event of this exchange's lane.
    pub(crate) fn take(
        &mut self,
        event: ServerEvent<'_>,
        bytes: usize,
        now: Instant,
        key: Option<&Secret>,
    ) -> Step {
        self.bytes_in += bytes as u64;
        self.first_byte.get_or_insert(now);
        self.last_event = now;
        if self.is_too_much(bytes) {
            return Step::Error(Verdict::Fail(Error::Unread));
        }
        match event {
            ServerEvent::TextDelta(event) => self.text(&event.delta, now),
            // Only a server that streams no deltas says something new here.
            ServerEvent::TextDone(event) if self.tokens == 0 => self.text(&event.text, now),
            ServerEvent::Created(event) => self.created(&event.response),
            ServerEvent::Completed(event) if self.is_own(&event.response) => {
                Step::Done(done(&event.response, false))
            }
            ServerEvent::Incomplete(event) if self.is_own(&event.response) => {
                incomplete(&event.response)
            }
            ServerEvent::Failed(event) if self.is_own(&event.response) => {
                Step::Error(verdict::of_failed(event.response.error.as_ref(), key))
            }
            ServerEvent::Error(event) => Step::Error(verdict::of_event(&event, key)),
            _ => Step::More,
        }
    }

    /// Whether a model, or a server, does not stop, be it read or drained.
    fn is_too_much(&mut self, bytes: usize) -> bool {
        if let Some(draining) = &mut self.draining {
            draining.bytes = draining.bytes.saturating_sub(bytes);
            if draining.bytes == 0 {
                return true;
            }
        }
        self.bytes_in > MAX_RESPONSE
    }

    fn text(&mut self, text: &str, now: Instant) -> Step {
        self.first_token.get_or_insert(now);
        self.tokens += 1;
        if let Some(output) = &mut self.output {
            output.push_str(text);
        }
        if self.draining.is_some() || self.job.slot.push(text) {
            return Step::More;
        }
        Step::Error(Verdict::Fail(Error::Unread))
    }

    fn created(&mut self, response: &Response) -> Step {
        if self.response_id.is_none() {
            self.response_id = Some(response.id.clone());
            self.job.slot.start(&response.id);
        }
        Step::More
    }

    /// Whether a terminal event is ours: a server may still be ending a response that was given up.
    fn is_own(&self, response: &Response) -> bool {
        self.response_id
            .as_ref()
            .is_none_or(|id| response.id.is_empty() || *id == response.id)
    }

    pub(crate) fn response_id(&self) -> Option<&str> {
        self.response_id.as_deref()
    }

    /// Whether the reader has seen text, after which a replay would show it twice.
    pub(crate) fn has_output(&self) -> bool {
        self.tokens > 0
    }

    /// When the present wait ends; none while a shared socket is drained.
    pub(crate) fn deadline(&self, timeouts: &Timeouts) -> Option<Instant> {
        match self.draining {
            Some(draining) => draining.until,
            None if self.first_byte.is_none() => {
                Some(self.job.deadline(self.sent, timeouts.first_event, timeouts))
            }
            None => Some(self.last_event + timeouts.next_event),
        }
    }

    /// What has been waited for in vain.
    pub(crate) fn timeout(&self) -> Error {
        Error::Timeout(if self.first_byte.is_none() {
            Wait::FirstEvent
        } else {
            Wait::NextEvent
        })
    }

    pub(crate) fn view(&self, now: Instant, interrupt: bool, shared: bool) -> View {
        View {
            named: self.response_id.is_some(),
            tokens: self.tokens,
            limit: self.job.limit,
            writing: self.first_token.map_or(Duration::ZERO, |first| now - first),
            interrupt,
            shared,
        }
    }

    /// Ends the exchange: writes its figures and tells its reader.
    pub(crate) fn finish(mut self, shared: &Shared, result: Option<Result<Event, Error>>) {
        let tokens = match &result {
            Some(Ok(Event::Done {
                usage: Some(usage), ..
            })) => Some(usage.output_tokens),
            _ => None,
        };
        shared.recorder().add(&self.record(tokens, Instant::now()));
        match result {
            Some(result) => {
                shared.note_end(&result);
                self.job.end(result);
            }
            // Its reader is gone, which is how its end is counted when it is dropped.
            None => drop(self.job),
        }
    }

    fn record(&self, usage: Option<u64>, now: Instant) -> Record {
        let asked = self.job.asked;
        let tokens = usage.unwrap_or(self.tokens);
        let writing = self
            .first_token
            .map(|first| (self.last_event - first).as_secs_f64());
        Record {
            priority: self.job.priority,
            queue: self.sent - asked,
            reused: self.reused,
            dialed: self.job.dialed,
            first_byte: self.first_byte.map(|at| at - asked),
            first_token: self.first_token.map(|at| at - asked),
            total: now - asked,
            tokens,
            tokens_per_second: writing
                .filter(|seconds| *seconds > 0.0)
                .map(|seconds| tokens as f64 / seconds),
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
        }
    }
}

fn done(response: &Response, truncated: bool) -> Event {
    Event::Done {
        usage: response.usage.map(|usage| Usage {
            input_tokens: usage.input_tokens,
            cached_tokens: usage.input_tokens_details.cached_tokens,
            output_tokens: usage.output_tokens,
        }),
        truncated,
    }
}

fn incomplete(response: &Response) -> Step {
    let reason = response
        .incomplete_details
        .clone()
        .unwrap_or_default()
        .reason;
    if reason == "max_output_tokens" {
        return Step::Done(done(response, true));
    }
    Step::Error(Verdict::Fail(Error::CutShort { reason }))
}
