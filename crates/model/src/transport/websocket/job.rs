//! A request on its way through the client.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use firesteel_protocol::client::CreateResponse;
use firesteel_task::{Error, Event, Priority};
use tokio::time::Instant;

use crate::metrics::Recorder;
use crate::options::Timeouts;
use crate::reply::Slot;
use crate::sent::Note;
use crate::wire::Kind;

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) request: CreateResponse,
    /// The most tokens that were asked for, also where the endpoint cannot be told.
    pub(crate) limit: Option<u32>,
    pub(crate) priority: Priority,
    pub(crate) slot: Arc<Slot>,
    /// When it was asked.
    pub(crate) asked: Instant,
    /// Whether it had to wait for a dial.
    pub(crate) dialed: bool,
    /// Whether it has been sent before, on a socket that died.
    pub(crate) replayed: bool,
    /// Whether it waits for one more dial after a failed one: its user asked knowingly.
    pub(crate) patient: bool,
    /// Whether its end has been counted, which happens once.
    pub(crate) counted: bool,
    pub(crate) recorder: Arc<Mutex<Recorder>>,
    /// Where it is noted what is sent.
    pub(crate) note: Note,
}

impl Job {
    /// Notes that it goes out with this body.
    pub(crate) fn goes_out(&self, body: &str) {
        self.note
            .sent(Kind::Responses.name(), &self.request.model, body);
    }

    /// When a wait that began at `from` has to end. Whatever a keystroke waits for, all of it together is
    /// over before its user would wonder.
    pub(crate) fn deadline(&self, from: Instant, wait: Duration, timeouts: &Timeouts) -> Instant {
        let deadline = from + wait;
        match self.priority {
            Priority::Inline => deadline.min(self.asked + timeouts.keystroke),
            Priority::Hover | Priority::Edit => deadline,
        }
    }

    /// Ends the request. A first end counts.
    pub(crate) fn end(&mut self, result: Result<Event, Error>) {
        if !std::mem::replace(&mut self.counted, true) {
            let end = self.slot.verdict(&result);
            let mut recorder = self.recorder.lock().unwrap_or_else(PoisonError::into_inner);
            recorder.ended(self.priority, end);
            drop(recorder);
            let usage = match &result {
                Ok(Event::Done { usage, .. }) => *usage,
                _ => None,
            };
            self.note.ended(end, usage);
        }
        self.slot.end(result);
    }
}

impl Drop for Job {
    /// Whatever becomes of a request, its reader is never left to wait for ever.
    fn drop(&mut self) {
        self.end(Err(Error::Disconnected {
            why: "the request was dropped".to_owned(),
        }));
    }
}
