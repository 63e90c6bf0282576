//! One question on its way by HTTP: written, sent, read, and asked again where that can mend what went wrong.

mod read;

use std::sync::Arc;
use std::time::Duration;

use firesteel_prompt::Question;
use firesteel_task::{End, Error, Event, Priority, Usage, Wait};
use hyper::Method;
use serde_json::{Map, Value};
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

use crate::address::Path;
use crate::carrier::Carrier;
use crate::metrics::Record;
use crate::refusal::Refusal;
use crate::reply::Slot;
use crate::secret::Secret;
use crate::sent::Note;
use crate::transport::http::Outbound;
use crate::transport::quota::Learn;
use crate::transport::websocket::dial::headers_of;
use crate::wire::{Finish, Kind, infill};

/// How often a question is asked at most: a refused field, a smaller window, another route, each costs one.
const MAX_ATTEMPTS: usize = 12;
/// How much of a refusal's body is read.
const MAX_REFUSAL: usize = 64 << 10;
/// How long the usage report may lag behind the end of the text.
const USAGE: Duration = Duration::from_millis(150);

/// A question on its way.
pub(crate) struct Errand {
    carrier: Arc<Carrier>,
    question: Question,
    priority: Priority,
    slot: Arc<Slot>,
    note: Note,
    asked: Instant,
    counted: bool,
    progress: Progress,
}

/// What has come of the present attempt.
#[derive(Debug)]
pub(crate) struct Progress {
    sent: Instant,
    heard: Instant,
    reused: bool,
    bytes_out: u64,
    bytes_in: u64,
    first_byte: Option<Instant>,
    first_token: Option<Instant>,
    frames: u64,
    /// Text that has reached the reader, after which nothing is asked again.
    shown: bool,
    started: bool,
    usage: Option<Usage>,
    finish: Option<Finish>,
    /// The prompt as the server has read it.
    prompt: Option<String>,
}

/// Why an attempt has no answer.
#[derive(Debug)]
pub(crate) enum Stumble {
    /// The question is over.
    Fail(Error),
    /// The server has refused it.
    Refused(Box<Refusal>, Option<Secret>),
}

/// What is done about a refusal.
#[derive(Debug)]
pub(crate) enum Mend {
    /// Ask again at once, otherwise.
    Again,
    /// Ask again after a while.
    After(Duration),
    /// Nothing.
    Fail(Error),
}

impl Errand {
    pub(crate) fn new(
        carrier: Arc<Carrier>,
        question: Question,
        priority: Priority,
        slot: Arc<Slot>,
        note: Note,
    ) -> Self {
        let now = Instant::now();
        Errand {
            carrier,
            question,
            priority,
            slot,
            note,
            asked: now,
            counted: false,
            progress: Progress::new(now),
        }
    }

    /// Carries the question to its end. Dropping what is under way is the cancellation.
    pub(crate) async fn run(mut self) {
        let (commands, mut cancelled) = mpsc::channel(1);
        if !self.slot.carried_by(&commands) {
            return;
        }
        let carrier = Arc::clone(&self.carrier);
        let _underway = carrier.warmth.question();
        let shutdown = carrier.shutdown.clone();
        let result = select! {
            result = self.carry() => Some(result),
            _ = cancelled.recv() => None,
            () = shutdown.cancelled() => Some(Err(Error::ShutDown)),
        };
        self.record();
        if let Some(result) = result {
            self.end(result);
        }
    }

    /// Ends the question. A first end counts.
    pub(crate) fn end(mut self, result: Result<Event, Error>) {
        self.finish(result);
    }

    fn finish(&mut self, result: Result<Event, Error>) {
        if !std::mem::replace(&mut self.counted, true) {
            let end: End = self.slot.verdict(&result);
            self.carrier.recorder().ended(self.priority, end);
            self.note.ended(end, self.progress.usage);
        }
        self.slot.end(result);
    }

    async fn carry(&mut self) -> Result<Event, Error> {
        let carrier = Arc::clone(&self.carrier);
        let turn = self.asked + carrier.spec.timeouts.turn;
        let waiting = async {
            let slow = match self.priority {
                Priority::Inline => None,
                Priority::Hover | Priority::Edit => carrier.slow_places.acquire().await.ok(),
            };
            (slow, carrier.places.acquire().await.ok())
        };
        let _place = timeout_at(turn, waiting)
            .await
            .map_err(|_| Error::Timeout(Wait::Turn))?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (refusal, key) = match self.attempt().await {
                Ok(event) => return Ok(event),
                Err(Stumble::Fail(error)) => return Err(error),
                Err(Stumble::Refused(refusal, key)) => (refusal, key),
            };
            let last = attempts >= MAX_ATTEMPTS || self.progress.shown;
            match carrier
                .mend(
                    &self.question,
                    self.priority,
                    &refusal,
                    key.as_ref(),
                    attempts,
                    last,
                )
                .await
            {
                Mend::Again => {}
                Mend::After(pause) => self.pause(pause).await?,
                Mend::Fail(error) => return Err(error),
            }
        }
    }

    /// Waits before asking again, if the question can wait for so long.
    async fn pause(&self, pause: Duration) -> Result<(), Error> {
        let timeouts = &self.carrier.spec.timeouts;
        let limit = match self.priority {
            Priority::Inline => timeouts.keystroke,
            Priority::Hover | Priority::Edit => self.carrier.first_event(),
        };
        if Instant::now() + pause > self.asked + limit {
            return Err(Error::Timeout(Wait::FirstEvent));
        }
        sleep(pause).await;
        Ok(())
    }

    async fn attempt(&mut self) -> Result<Event, Stumble> {
        let carrier = Arc::clone(&self.carrier);
        let patience = self.deadline(Instant::now() + self.carrier.first_event());
        let settled = timeout_at(patience, carrier.settle_for(&self.question)).await;
        settled.map_err(|_| Stumble::Fail(Error::Timeout(Wait::FirstEvent)))??;
        let Some((kind, how)) = carrier.route(&self.question) else {
            return Err(Stumble::Fail(Error::Refused {
                code: "not_supported".to_owned(),
                message: carrier.taken().words,
            }));
        };
        let wire = kind.wire();
        let call = carrier.with_ask(&self.question, how, wire.encode);
        let key = self.key().await?;
        let path = carrier.path(kind);
        let pinned = carrier.slot(kind, &self.question).map(|slot| {
            let mut body = call.body.clone();
            infill::pin(&mut body, slot);
            body
        });
        let body = pinned.as_ref().unwrap_or(&call.body);
        let outbound = carrier.outbound(Method::POST, path, Some(body), key.as_ref());
        let outbound = outbound.map_err(Stumble::Fail)?;
        carrier.note(&self.note, kind, &outbound);
        self.progress = Progress {
            bytes_out: outbound.body.len() as u64,
            ..Progress::new(Instant::now())
        };
        let ahead = matches!(self.question, Question::Fim(_));
        let answer = timeout_at(
            self.first_deadline(),
            carrier
                .http
                .send(&outbound, carrier.spec.timeouts.connect, ahead),
        );
        let Ok(answer) = answer.await else {
            // A connection that says nothing may be dead without a word.
            carrier.http.distrust();
            return Err(Stumble::Fail(Error::Timeout(Wait::FirstEvent)));
        };
        let mut answer = answer.map_err(|fault| Stumble::Fail(carrier.unreached(&fault)))?;
        self.progress.reused = answer.reused;
        carrier.quota().take_headers(&headers_of(&answer.headers));
        if !answer.status.is_success() {
            let body = answer
                .all(MAX_REFUSAL, carrier.spec.timeouts.next_event)
                .await;
            let refusal = Refusal::of(answer.status.as_u16(), &answer.headers, &body, key.as_ref());
            return Err(Stumble::Refused(
                Box::new(refusal.of_request(kind, call.body)),
                key,
            ));
        }
        self.read(kind, call, answer, key).await
    }

    async fn key(&self) -> Result<Option<Secret>, Stumble> {
        let timeouts = &self.carrier.spec.timeouts;
        let patience = self.deadline(Instant::now() + timeouts.key);
        let key = timeout_at(patience, self.carrier.keys.current()).await;
        let key = key.unwrap_or_else(|_| Err("the key is not there yet".to_owned()));
        key.map_err(|message| Stumble::Fail(Error::Auth { message }))
    }

    fn heard(&mut self, bytes: usize) {
        let now = Instant::now();
        self.progress.heard = now;
        self.progress.first_byte.get_or_insert(now);
        self.progress.bytes_in += bytes as u64;
    }

    /// When the present wait ends. A comment is a sign of life, but no keystroke waits for it.
    fn wait(&self) -> Instant {
        let progress = &self.progress;
        if progress.finish.is_some() {
            return progress.heard + USAGE;
        }
        match progress.shown {
            // Thoughts are a sign of life as well, and nothing to show.
            false => self.first_deadline(),
            true => progress.heard + self.carrier.spec.timeouts.next_event,
        }
    }

    fn first_deadline(&self) -> Instant {
        self.deadline(self.progress.heard + self.carrier.first_event())
    }

    /// Whatever a keystroke waits for, all of it together is over before its user would wonder.
    fn deadline(&self, deadline: Instant) -> Instant {
        match self.priority {
            Priority::Inline => deadline.min(self.asked + self.carrier.spec.timeouts.keystroke),
            Priority::Hover | Priority::Edit => deadline,
        }
    }

    fn timed_out(&self) -> Error {
        Error::Timeout(match self.progress.shown {
            false => Wait::FirstEvent,
            true => Wait::NextEvent,
        })
    }

    /// Writes the figures of what was sent.
    fn record(&self) {
        let (progress, now) = (&self.progress, Instant::now());
        if progress.bytes_out == 0 {
            return;
        }
        let tokens = progress
            .usage
            .map_or(progress.frames, |usage| usage.output_tokens);
        let writing = progress
            .first_token
            .map(|first| (progress.heard - first).as_secs_f64());
        self.carrier.recorder().add(&Record {
            priority: self.priority,
            queue: progress.sent - self.asked,
            reused: progress.reused,
            dialed: !progress.reused,
            first_byte: progress.first_byte.map(|at| at - self.asked),
            first_token: progress.first_token.map(|at| at - self.asked),
            total: now - self.asked,
            tokens,
            tokens_per_second: writing
                .filter(|seconds| *seconds > 0.0)
                .map(|seconds| tokens as f64 / seconds),
            bytes_out: progress.bytes_out,
            bytes_in: progress.bytes_in,
        });
    }
}

impl Drop for Errand {
    /// Whatever becomes of a question, its reader is never left to wait for ever.
    fn drop(&mut self) {
        self.finish(Err(Error::Disconnected {
            why: "the request was dropped".to_owned(),
        }));
    }
}

impl Progress {
    fn new(now: Instant) -> Self {
        Progress {
            sent: now,
            heard: now,
            reused: false,
            bytes_out: 0,
            bytes_in: 0,
            first_byte: None,
            first_token: None,
            frames: 0,
            shown: false,
            started: false,
            usage: None,
            finish: None,
            prompt: None,
        }
    }
}

impl Stumble {
    /// A refusal within a stream is about the same request as one before it.
    fn about(self, by: Kind, body: &Map<String, Value>) -> Self {
        match self {
            Stumble::Refused(refusal, key) => {
                Stumble::Refused(Box::new(refusal.of_request(by, body.clone())), key)
            }
            fail => fail,
        }
    }
}

impl From<Error> for Stumble {
    fn from(error: Error) -> Self {
        Stumble::Fail(error)
    }
}

impl Carrier {
    /// Notes a request that goes out.
    pub(crate) fn note(&self, note: &Note, kind: Kind, outbound: &Outbound) {
        let body = String::from_utf8_lossy(&outbound.body);
        note.sent(kind.name(), &self.model(), &body);
    }

    /// The path of a wire here.
    pub(crate) fn path(&self, kind: Kind) -> Path<'_> {
        let own = &self.spec.preset.fim_path;
        match kind.wire().path {
            Path::Versioned(_) if kind == Kind::Completions && !own.is_empty() => {
                Path::Versioned(own)
            }
            path => path,
        }
    }
}

pub(crate) fn lost(why: &str) -> Error {
    Error::Disconnected {
        why: why.to_owned(),
    }
}
