//! Making a server ready: the model loaded, a connection open, and where the server keeps what it has read of a prompt,
//! the next prompt read before it is asked for.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use firesteel_prompt::{Fim, Question};
use firesteel_task::{End, Wait};
use hyper::Method;
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use crate::carrier::Carrier;
use crate::look::MAX_FACTS;
use crate::sent::Note;
use crate::status::Status;
use crate::wire::{How, Kind, infill, ollama};

/// The shortest rest between two of them. A slow server rests for as long as it has worked, so that this takes half of
/// its time at most.
const REST: Duration = Duration::from_secs(1);

/// What is made ready, one thing at a time.
#[derive(Debug, Default)]
pub(crate) struct Warmth {
    state: Mutex<State>,
    /// Questions under way, before which all this steps back.
    questions: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    /// What is next; a newer one takes its place.
    next: Option<(Fim, Note)>,
    /// Whether a task looks after it.
    is_tended: bool,
    /// When the next one may begin.
    rests_until: Option<Instant>,
    /// What was made ready last, by its hash.
    last: Option<u64>,
}

/// A question that is under way until this is dropped.
pub(crate) struct Underway<'a>(&'a Warmth);

impl Warmth {
    /// A question is under way.
    pub(crate) fn question(&self) -> Underway<'_> {
        self.questions.send_modify(|questions| *questions += 1);
        Underway(self)
    }

    /// Resolves while no question is under way, or while one is.
    fn questions(&self, are_wanted: bool) -> impl Future<Output = ()> + use<> {
        let mut questions = self.questions.subscribe();
        async move {
            // It ends with what holds it, which the caller does as well.
            let _ = questions.wait_for(|n| (*n > 0) == are_wanted).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.0.questions.send_modify(|questions| *questions -= 1);
    }
}

impl Carrier {
    /// Makes the server ready for a question, as soon as it has nothing else to do.
    pub(crate) fn warm(self: &Arc<Self>, fim: Fim, note: Note) {
        {
            let mut state = self.warmth.state();
            state.next = Some((fim, note));
            if std::mem::replace(&mut state.is_tended, true) {
                return;
            }
        }
        let carrier = Arc::clone(self);
        self.runtime.spawn(async move {
            let shutdown = carrier.shutdown.clone();
            let _ = shutdown.run_until_cancelled(carrier.warm_all()).await;
        });
    }

    /// Whether the server keeps what it has read of a prompt; where only its own word can tell, it may.
    pub(crate) fn reads_ahead(&self) -> bool {
        let is_known = self.settled.initialized() || !self.must_discover();
        let route = self.route(&Question::Fim(Fim::default()));
        !is_known || matches!(route, Some((Kind::Infill, _)))
    }

    async fn warm_all(self: &Arc<Self>) {
        loop {
            let rests_until = self.warmth.state().rests_until;
            if let Some(rests_until) = rests_until {
                sleep_until(rests_until).await;
            }
            self.warmth.questions(false).await;
            let next = {
                let mut state = self.warmth.state();
                let next = state.next.take();
                state.is_tended = next.is_some();
                next
            };
            let Some((fim, note)) = next else {
                return;
            };
            let began = Instant::now();
            if self.warm_up(fim, &note).await {
                let rest = began.elapsed().max(REST);
                self.warmth.state().rests_until = Some(Instant::now() + rest);
            }
        }
    }

    /// Loads the model, has a prompt read or opens a connection, whichever the server has. Whether anything was sent.
    async fn warm_up(self: &Arc<Self>, fim: Fim, note: &Note) -> bool {
        if let Status::Away { .. } | Status::Starting = self.board.get() {
            return false;
        }
        let is_of_a_prompt = fim != Fim::default();
        let hash = hash(&fim);
        let question = Question::Fim(fim);
        if self.settle_for(&question).await.is_err() {
            return false;
        }
        let Some((kind, how)) = self.route(&question) else {
            return false;
        };
        // What else there is to make ready is the same for every prompt.
        if is_of_a_prompt && kind != Kind::Infill {
            return false;
        }
        if self.warmth.state().last.replace(hash) == Some(hash) {
            return false;
        }
        match (kind, how) {
            (Kind::Infill, _) => {
                let mut body = self.with_ask(&question, how, infill::warm);
                if let Some(slot) = self.slot(kind, &question) {
                    infill::pin(&mut body, slot);
                }
                // The question that comes has the same prompt read, from where this has come to.
                tokio::select! {
                    biased;
                    () = self.warmth.questions(true) => note.ended(End::Superseded, None),
                    () = self.load(kind, &body, note) => {}
                }
            }
            (Kind::Ollama, How::Native | How::Template(_)) => {
                let body = self.with_ask(&question, how, ollama::warm);
                self.load(kind, &body, note).await;
            }
            _ => {
                let _ = self.knock().await;
            }
        }
        true
    }

    /// Sends a request whose answer is of no interest; a load may take long.
    async fn load(self: &Arc<Self>, kind: Kind, body: &Map<String, Value>, note: &Note) {
        let key = self.keys.current().await.ok().flatten();
        let Ok(outbound) = self.outbound(Method::POST, kind.wire().path, Some(body), key.as_ref())
        else {
            return;
        };
        self.note(note, kind, &outbound);
        let sent = self.http.send(&outbound, self.spec.timeouts.connect, true);
        match timeout(self.first_event(), sent).await {
            Ok(Ok(mut answer)) => {
                let is_well = answer.status.is_success();
                let text = answer.all(MAX_FACTS, self.first_event()).await;
                note.ended(
                    if is_well {
                        End::Completed
                    } else {
                        End::Refused
                    },
                    None,
                );
                match (is_well, text.to_lowercase().contains("loading model")) {
                    (true, _) => drop(self.board.set(Status::Ready)),
                    (false, true) => self.starts(),
                    (false, false) => {
                        tracing::debug!(status = %answer.status, "warming up was refused")
                    }
                }
            }
            Ok(Err(fault)) => {
                note.ended(End::Lost, None);
                drop(self.unreached(&fault));
            }
            Err(_) => note.ended(End::TimedOut(Wait::FirstEvent), None),
        }
    }
}

/// A hash of what a prompt is made of.
fn hash(fim: &Fim) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    (&fim.path, &fim.before, &fim.after).hash(&mut hasher);
    for piece in &fim.extra {
        (&piece.path, &piece.text).hash(&mut hasher);
    }
    hasher.finish()
}
