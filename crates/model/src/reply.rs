//! The way back: a slot that the pump fills and the reader empties.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use firesteel_prompt::HoleAnswer;
use firesteel_task::{End, Error, Event};
use tokio::sync::mpsc;

use crate::carrier::Carrier;
use crate::transport::websocket::pump::Command;

/// The most text of one response, read or not: more than any model writes; and one that does not stop is not worth more.
pub(crate) const MAX_TEXT: usize = 8 << 20;

/// How much more than it is read up to a response may have, so that the reader sees that there is more.
const UNREAD_FACTOR: usize = 4;

/// The stream of one response. Dropping it cancels the response.
#[derive(Debug)]
pub struct Reply {
    id: u64,
    slot: Arc<Slot>,
    /// What is noted when it is dropped before its end.
    if_dropped: End,
    /// What takes the text apart that is not part of the answer.
    cleaner: Option<Box<HoleAnswer>>,
    /// The end that waits while the cleaner's last text is given.
    last: Option<Event>,
    /// Who is told of the end.
    told: Option<Arc<Carrier>>,
}

impl Reply {
    pub(crate) fn new(id: u64, slot: Arc<Slot>) -> Self {
        Reply {
            id,
            slot,
            if_dropped: End::Cancelled,
            cleaner: None,
            last: None,
            told: None,
        }
    }

    /// The same, of whose end a model's status learns.
    pub(crate) fn told_to(self, carrier: Arc<Carrier>) -> Self {
        let mut reply = self;
        reply.told = Some(carrier);
        reply
    }

    /// The same, of which only what belongs into the hole is given.
    pub(crate) fn cleaned(self, cleaner: HoleAnswer) -> Self {
        let mut reply = self;
        reply.cleaner = Some(Box::new(cleaner));
        reply
    }

    /// How it is noted when it is dropped from now on: as [`End::Enough`] or [`End::Superseded`], where that says
    /// more than [`End::Cancelled`].
    pub fn if_dropped(&mut self, end: End) {
        self.if_dropped = end;
    }

    /// So much text at most: a response with more ends as an error, whether its reader keeps up or not.
    pub fn at_most(&self, bytes: usize) {
        self.slot.lock().limit = Some(bytes.min(MAX_TEXT));
    }

    /// The next event; `None` after the end.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The same, as a poll function.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        loop {
            if let Some(last) = self.last.take() {
                return Poll::Ready(Some(Ok(last)));
            }
            let Poll::Ready(event) = self.slot.poll(context) else {
                return Poll::Pending;
            };
            if let (Some(carrier), Some(event)) = (&self.told, &event) {
                carrier.hears(event);
            }
            let Some(cleaner) = &mut self.cleaner else {
                return Poll::Ready(event);
            };
            let text = match event {
                Some(Ok(Event::Text(text))) => cleaner.push(&text),
                Some(Ok(done @ Event::Done { .. })) => {
                    self.last = Some(done);
                    cleaner.finish()
                }
                event => return Poll::Ready(event),
            };
            if !text.is_empty() {
                return Poll::Ready(Some(Ok(Event::Text(text))));
            }
        }
    }

    /// The whole text, for callers that show nothing before the end.
    ///
    /// # Errors
    /// As the response's own.
    pub async fn text(self) -> Result<String, Error> {
        self.text_up_to(MAX_TEXT).await
    }

    /// The text up to so many bytes: a model that says more is cut off there, and its request ended.
    ///
    /// # Errors
    /// As the response's own.
    pub async fn text_up_to(mut self, cap: usize) -> Result<String, Error> {
        self.at_most(cap.saturating_mul(UNREAD_FACTOR));
        let mut whole = String::new();
        while let Some(event) = self.next().await {
            if let Event::Text(text) = event? {
                whole.push_str(&text);
            }
            if whole.len() > cap {
                self.if_dropped(End::Enough);
                cut(&mut whole, cap);
                break;
            }
        }
        Ok(whole)
    }
}

/// The text up to so many bytes, and no part of a character.
fn cut(text: &mut String, cap: usize) {
    let mut ends = (0..=cap.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(carrier) = self.slot.abandon(self.if_dropped) {
            // A pump that is gone or choked needs no word: it ends the request by itself.
            let _ = carrier.try_send(Command::Cancel(self.id));
        }
    }
}

/// What pump and reader share.
#[derive(Debug, Default)]
pub(crate) struct Slot(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    started: Option<String>,
    text: String,
    /// Bytes of text so far, those that were read included.
    received: usize,
    /// How much of it the reader has use for.
    limit: Option<usize>,
    end: Option<Result<Event, Error>>,
    /// Set with the end and never cleared, so that only the first end counts.
    ended: bool,
    /// Set when the reader is gone: how that is noted.
    abandoned: Option<End>,
    /// The pump to tell when the reader loses interest.
    carrier: Option<mpsc::Sender<Command>>,
    waker: Option<Waker>,
}

/// Wakes the reader, always after the lock has been let go.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Result<Event, Error>>> {
        let mut contents = self.lock();
        if let Some(id) = contents.started.take() {
            return Poll::Ready(Some(Ok(Event::Started { id })));
        }
        if !contents.text.is_empty() {
            return Poll::Ready(Some(Ok(Event::Text(std::mem::take(&mut contents.text)))));
        }
        if contents.ended {
            return Poll::Ready(contents.end.take());
        }
        match &mut contents.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }

    pub(crate) fn start(&self, id: &str) {
        let mut contents = self.lock();
        contents.started = Some(id.to_owned());
        let waker = contents.waker.take();
        drop(contents);
        wake(waker);
    }

    /// Adds text; false when there is so much that the response must end.
    pub(crate) fn push(&self, text: &str) -> bool {
        let mut contents = self.lock();
        if contents.abandoned.is_some() {
            return true;
        }
        contents.received += text.len();
        if contents.received > contents.limit.unwrap_or(MAX_TEXT) {
            return false;
        }
        contents.text.push_str(text);
        let waker = contents.waker.take();
        drop(contents);
        wake(waker);
        true
    }

    /// How a response that ends so is noted: what its reader wanted comes before what came of it.
    pub(crate) fn verdict(&self, result: &Result<Event, Error>) -> End {
        let of_result = || match result {
            Ok(Event::Done {
                truncated: true, ..
            }) => End::Limit,
            Ok(_) => End::Completed,
            Err(error) => End::from(error),
        };
        self.lock().abandoned.unwrap_or_else(of_result)
    }

    /// Ends the response; a second end is ignored.
    pub(crate) fn end(&self, end: Result<Event, Error>) {
        let mut contents = self.lock();
        if contents.ended {
            return;
        }
        contents.ended = true;
        contents.end = Some(end);
        contents.carrier = None;
        let waker = contents.waker.take();
        drop(contents);
        wake(waker);
    }

    /// Names the pump that carries the request from now on; false when nobody wants it any more.
    pub(crate) fn carried_by(&self, carrier: &mpsc::Sender<Command>) -> bool {
        let mut contents = self.lock();
        if contents.abandoned.is_some() {
            return false;
        }
        contents.carrier = Some(carrier.clone());
        true
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.lock().abandoned.is_some()
    }

    /// The reader is gone; gives the pump to tell, if the request is on its way.
    fn abandon(&self, noted: End) -> Option<mpsc::Sender<Command>> {
        let mut contents = self.lock();
        contents.abandoned = Some(noted);
        contents.waker = None;
        contents.text = String::new();
        contents.carrier.take()
    }
}
