//! A hole as ghost text fills it: in the file that it is in, with what the engine knows of the project, through the same gate
//! and memory; where there is no such file, in a document of what was sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use firesteel_engine::suggest::{Ask, Eagerness, Suggestion};
use firesteel_engine::{Engine, NoSuggestionReason, Queue};
use firesteel_host::words;
use firesteel_prompt::Fim;
use firesteel_prompt::formats::Output;
use firesteel_syntax::{Language, Snapshot};
use firesteel_text::Document;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::files::Place;
use crate::offer::Offer;
use crate::run::{Answer, Attended, Failure, Piece, Reason, end_of_words, tokens};

/// Pieces that wait for the connection; each is a longer beginning of some lines.
const PIECES: usize = 64;
/// What may stand after the cursor for a suggestion to come unasked: what editors close by themselves.
const CLOSERS: &str = ")]}>;:,\"'`";

static UNTITLED: AtomicU64 = AtomicU64::new(0);

/// A hole that is to be filled.
pub(crate) struct Hole {
    /// The name of who is to fill it.
    pub(crate) model: String,
    pub(crate) fim: Fim,
    /// Tokens at most.
    pub(crate) max_tokens: Option<u32>,
    /// What ends the text.
    pub(crate) stops: Vec<String>,
}

/// A hole that is being filled. Dropping it cancels.
pub(crate) struct Filling {
    pieces: mpsc::Receiver<FillEvent>,
    _work: Attended,
}

/// What happens while it is filled.
pub(crate) enum FillEvent {
    Piece(Piece),
    /// Nothing is said, for this reason.
    Nothing(String),
}

impl Filling {
    pub(crate) fn start(offer: Arc<Offer>, hole: Hole) -> Self {
        let (sender, pieces) = mpsc::channel(PIECES);
        let work = tokio::spawn(async move {
            let end = fill(&offer, hole, &sender).await;
            // A connection that is gone needs no end.
            let _ = sender.send(FillEvent::Piece(Piece::End(end))).await;
        });
        Self {
            pieces,
            _work: Attended(work),
        }
    }

    /// The next event; after the end, that all is lost.
    pub(crate) async fn next(&mut self) -> FillEvent {
        let lost = || {
            FillEvent::Piece(Piece::End(Err(Failure {
                status: 500,
                code: "server_error".to_owned(),
                message: "the engine stopped".to_owned(),
            })))
        };
        self.pieces.recv().await.unwrap_or_else(lost)
    }
}

/// A hole in its document.
struct Placed {
    engine: Engine,
    ask: Ask,
    /// Whether the document is of this hole only.
    is_own: bool,
    input_tokens: u64,
}

async fn fill(
    offer: &Arc<Offer>,
    hole: Hole,
    sender: &mpsc::Sender<FillEvent>,
) -> Result<Answer, Failure> {
    let mut text = Written::new(&hole);
    let here = offer.clone();
    let placed = spawn_blocking(move || place(&here, hole)).await;
    let placed = placed.map_err(|_| Failure {
        status: 500,
        code: "server_error".to_owned(),
        message: "the engine stopped".to_owned(),
    })??;
    let Placed {
        engine,
        ask,
        is_own,
        input_tokens,
    } = placed;
    let id = ask.snapshot.document.id.clone();
    let _closing = is_own.then(|| Closing(engine.clone(), id.clone()));
    let ticket = engine.ticket(&id, Queue::Inline);
    let mut partial = |suggestion: Suggestion| {
        text.take(&suggestion.text);
        // A slow reader gets the rest at the end.
        if !text.ready.is_empty()
            && let Ok(permit) = sender.try_reserve()
        {
            permit.send(FillEvent::Piece(Piece::Text(text.give())));
        }
    };
    let suggested = engine.suggest(ask, &ticket, Some(&mut partial)).await;
    match suggested {
        Ok(suggestion) => {
            text.take(&suggestion.text);
            text.finish();
            if !text.ready.is_empty() {
                let _ = sender
                    .send(FillEvent::Piece(Piece::Text(text.give())))
                    .await;
            }
        }
        Err(NoSuggestionReason::Model(why)) if text.sent.is_empty() => {
            return Err(Failure {
                status: 503,
                code: "model_unavailable".to_owned(),
                message: why,
            });
        }
        Err(reason) => {
            let _ = sender.send(FillEvent::Nothing(reason.to_string())).await;
        }
    }
    Ok(Answer {
        reason: text.ended.unwrap_or_default(),
        input_tokens,
        cached_tokens: 0,
        output_tokens: words(&text.sent) as u64,
    })
}

/// Finds the place of a hole; reads the disk.
fn place(offer: &Offer, hole: Hole) -> Result<Placed, Failure> {
    let Hole { model, fim, .. } = hole;
    let input_tokens = tokens(&fim.before) + tokens(&fim.after);
    let engine = offer.engine(&model);
    let found = offer
        .files
        .find(&engine, &fim.before, &fim.after, &fim.path);
    let (engine, snapshot, path, offset) = match found {
        Place::File {
            snapshot,
            path,
            offset,
        } => (engine, snapshot, path, offset),
        Place::Private(refused) => {
            return Err(Failure {
                status: 403,
                code: "private_file".to_owned(),
                message: refused.to_string(),
            });
        }
        place => {
            // What may be of a private file stays on this machine.
            let engine = match place {
                Place::Unknown => offer.engine("embedded"),
                _ => engine,
            };
            let number = UNTITLED.fetch_add(1, Ordering::Relaxed);
            let text = [fim.before.as_str(), &fim.after].concat();
            let document = Document::open(format!("untitled:hole-{number}"), 1, &text);
            let language = Language::from_path(&fim.path);
            let snapshot = Arc::new(Snapshot::open(document, language));
            let path = offer.path_of(&fim.path);
            let ask = Ask {
                snapshot,
                path,
                offset: fim.before.len(),
                invoked: true,
            };
            return Ok(Placed {
                engine,
                ask,
                is_own: true,
                input_tokens,
            });
        }
    };
    let rest = fim.after.split('\n').next().unwrap_or_default();
    let is_within = !{ rest.chars() }.all(|c| c.is_whitespace() || CLOSERS.contains(c));
    let is_off = engine.settings().eagerness == Eagerness::Off;
    Ok(Placed {
        ask: Ask {
            snapshot,
            path,
            offset,
            // A program asks for itself; where the setting is about asking unasked, it does not count.
            invoked: is_within || is_off,
        },
        engine,
        is_own: false,
        input_tokens,
    })
}

/// Forgets a document that was of one hole.
struct Closing(Engine, firesteel_text::DocumentId);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close(&self.1);
    }
}

/// A text as it grows: cut at its stops and its limit.
struct Written {
    /// What was sent.
    sent: String,
    /// What is to be sent next.
    ready: String,
    /// How much of the suggestion was taken in.
    seen: usize,
    limit: Option<u32>,
    stops: Output,
    ended: Option<Reason>,
}

impl Written {
    fn new(hole: &Hole) -> Self {
        Self {
            sent: String::new(),
            ready: String::new(),
            seen: 0,
            limit: hole.max_tokens,
            stops: Output::with_stops(hole.stops.clone()),
            ended: None,
        }
    }

    /// Takes in what is new in a longer beginning.
    fn take(&mut self, suggestion: &str) {
        let new = suggestion.get(self.seen..).unwrap_or_default();
        self.seen = self.seen.max(suggestion.len());
        let certain = self.stops.push(new);
        self.add(&certain);
    }

    /// Takes in what might have been the beginning of a stop.
    fn finish(&mut self) {
        let rest = self.stops.finish();
        self.add(&rest);
    }

    fn add(&mut self, text: &str) {
        if self.ended.is_some() {
            return;
        }
        self.ready.push_str(text);
        let whole = [self.sent.as_str(), &self.ready].concat();
        if let Some(end) = self.limit.and_then(|limit| end_of_words(&whole, limit)) {
            self.ready.truncate(end.saturating_sub(self.sent.len()));
            self.ended = Some(Reason::Limit);
        }
    }

    fn give(&mut self) -> String {
        self.sent.push_str(&self.ready);
        std::mem::take(&mut self.ready)
    }
}
