//! The features, editor-neutral: suggest, edit and explain, in byte offsets and ranges.
//!
//! The server hands in snapshots and gets plain data back; nothing here knows LSP.

mod around;
pub mod backend;
pub mod edit;
mod editorconfig;
pub mod explain;
mod history;
mod metrics;
mod models;
pub mod next_edit;
mod no_suggestion_reason;
mod patterns;
mod related;
pub mod suggest;
mod ticket;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use firesteel_privacy::{Freshness, Guard, Refused, SecretCache, Use};
use firesteel_syntax::Snapshot;
use firesteel_text::DocumentId;
use tokio::sync::Notify;

pub use around::Around;
pub use backend::{Backend, Prompt, Reply, Role, Status};
pub use explain::ExplanationCounts;
pub use metrics::{Acceptance, Look};
pub use models::{Models, Source};
pub use no_suggestion_reason::{NoSuggestionCounts, NoSuggestionReason};
pub use patterns::PathPatterns;
pub use related::Related;
pub use suggest::Eagerness;
pub use ticket::{Queue, Ticket};

/// The features behind one handle; clones share it.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    settings: RwLock<Arc<Settings>>,
    tickets: ticket::Tickets,
    leases: edit::Leases,
    applicable: edit::Applicable,
    cache: suggest::SuggestionCache,
    secrets: SecretCache,
    history: history::History,
    explanations: explain::Explanations,
    /// Finds what documents are read with.
    around: OnceLock<Box<around::FindAround>>,
    rate_limiter: suggest::RateLimiter,
    no_suggestion_reasons: Mutex<no_suggestion_reason::NoSuggestionReasons>,
    /// Set when other files may be private than those that suggestions were made of.
    outdated: Arc<AtomicBool>,
    /// What came of the last request that was not superseded, in whichever document.
    last: Mutex<Option<Result<Source, NoSuggestionReason>>>,
    /// Until when nothing is suggested unasked.
    snoozed: Mutex<Option<Instant>>,
    /// Told when anything of what a status shows may have changed.
    news: Arc<Notify>,
}

/// What the user's configuration decides; replaced as a whole when it changes.
pub struct Settings {
    /// The models that answer.
    pub models: Models,
    /// Decides which documents a model may see.
    pub guard: Guard,
    /// Lines of a suggestion at most.
    pub max_lines: u32,
    /// How eager suggestions are to come unasked.
    pub eagerness: Eagerness,
    /// The same for single languages, by their ids.
    pub eagerness_of: BTreeMap<String, Eagerness>,
    /// Whether the embedded engine also answers while the hosted model does.
    pub assist: bool,
    /// The client asks only when the user rests, so answers are begun when the text changes.
    pub asks_late: bool,
    /// How long a suggestion's syntax may be checked, the parse included, before it is dropped unseen.
    pub check_limit: Duration,
    /// The files whose changes are to be read, by their path.
    pub review_paths: PathPatterns,
    /// The files in which nothing is suggested unasked, by their path.
    pub disabled: PathPatterns,
    /// Finds pieces of other files for a hosted model's prompt, where the user wants that.
    pub related: Option<Related>,
    /// The user's own actions.
    pub actions: Vec<edit::OwnAction>,
    /// How long an explanation may take before it is of no use.
    pub hover_deadline: Duration,
    /// Whether a hosted model explains code, too.
    pub hover_model: bool,
}

impl Settings {
    /// How eager suggestions are to come unasked in a document.
    pub(crate) fn eagerness(&self, snapshot: &Snapshot) -> Eagerness {
        let is_its = |id: &&String| snapshot.is_in(id);
        let own = { self.eagerness_of.get(&*snapshot.language_id) }.or_else(|| {
            self.eagerness_of
                .get(self.eagerness_of.keys().find(is_its)?)
        });
        own.copied().unwrap_or(self.eagerness)
    }

    /// Refuses a document that must not be shown to a model; the disk is read elsewhere than where keys are answered.
    ///
    /// # Errors
    /// Why it must not.
    pub(crate) async fn permitted(&self, path: &Path) -> Result<(), Refused> {
        if let Some((answer, Freshness::Fresh)) = self.guard.known(path, Use::Target) {
            return answer;
        }
        let (guard, path) = (self.guard.clone(), path.to_owned());
        let check = move || guard.check(&path);
        let checked = tokio::task::spawn_blocking(check).await;
        // Only a runtime that ends cancels it, and then nothing is sent.
        checked.unwrap_or_else(|_| Err(Refused::Links(String::new())))
    }
}

impl Settings {
    /// Has the disk looked at again for [`Self::permitted`], if that would be done anyway by the request that is about to
    /// come: it is on its way meanwhile.
    pub(crate) fn expect_request(&self, path: &Path) {
        if let Some((_, Freshness::Fresh)) = self.guard.known(path, Use::Target) {
            return;
        }
        // Without a runtime nobody asks.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (guard, path) = (self.guard.clone(), path.to_owned());
            runtime.spawn_blocking(move || guard.check(&path));
        }
    }
}

impl Engine {
    /// An engine with its settings.
    pub fn new(settings: Settings) -> Self {
        let outdated = Arc::new(AtomicBool::new(false));
        let flag = outdated.clone();
        settings
            .guard
            .on_change(move || flag.store(true, Ordering::Release));
        let inner = Inner {
            outdated,
            settings: RwLock::new(Arc::new(settings)),
            tickets: ticket::Tickets::default(),
            leases: edit::Leases::default(),
            applicable: edit::Applicable::default(),
            cache: suggest::SuggestionCache::default(),
            secrets: SecretCache::default(),
            history: history::History::default(),
            explanations: explain::Explanations::default(),
            around: OnceLock::new(),
            rate_limiter: suggest::RateLimiter::default(),
            no_suggestion_reasons: Mutex::default(),
            snoozed: Mutex::default(),
            last: Mutex::default(),
            news: Arc::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Suggests nothing unasked for so long; for no time, suggests again.
    pub fn snooze(&self, length: Duration) {
        let until = Instant::now().checked_add(length);
        *lock(&self.inner.snoozed) = until.filter(|_| !length.is_zero());
        let news = self.inner.news.clone();
        news.notify_one();
        // A status that counts the time has to hear of its end.
        tokio::spawn(async move {
            tokio::time::sleep(length).await;
            news.notify_one();
        });
    }

    /// For how long nothing more is suggested unasked.
    pub fn snoozed(&self) -> Option<Duration> {
        let until = (*lock(&self.inner.snoozed))?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Replaces the settings; requests under way keep those they began with, unless their text may be shown no longer.
    pub fn configure(&self, settings: Settings) {
        let mut current = self
            .inner
            .settings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let is_as_eager = current.eagerness == settings.eagerness
            && current.eagerness_of == settings.eagerness_of;
        *current = Arc::new(settings);
        drop(current);
        // What is remembered, silence too, was right for the eagerness before.
        if !is_as_eager {
            self.inner.cache.forget_all();
        }
        self.inner.news.notify_one();
    }

    /// The settings in force.
    pub fn settings(&self) -> Arc<Settings> {
        let current = self
            .inner
            .settings
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    pub(crate) fn applicable(&self) -> &edit::Applicable {
        &self.inner.applicable
    }

    /// The secrets of documents.
    pub(crate) fn secrets(&self) -> &SecretCache {
        &self.inner.secrets
    }

    pub(crate) fn explanations(&self) -> &explain::Explanations {
        &self.inner.explanations
    }

    pub(crate) fn leases(&self) -> &edit::Leases {
        &self.inner.leases
    }

    /// Takes the next place in a document's queue; the request that held the last one is superseded at once.
    pub fn ticket(&self, id: &DocumentId, queue: Queue) -> Ticket {
        self.inner.tickets.next(id, queue)
    }

    /// Why nothing was suggested last for a document, in words; none when something was.
    pub fn last_no_suggestion_reason(&self, id: &DocumentId) -> Option<String> {
        lock(&self.inner.no_suggestion_reasons).last(id)
    }

    /// How many requests for a suggestion got none since the start, by reason.
    pub fn no_suggestion_counts(&self) -> NoSuggestionCounts {
        lock(&self.inner.no_suggestion_reasons).counts().clone()
    }

    /// What came of the last request that was not superseded: who made the suggestion, or why there was none.
    pub fn last_outcome(&self) -> Option<Result<Source, NoSuggestionReason>> {
        lock(&self.inner.last).clone()
    }

    /// Is notified when anything of what a status shows may have changed; for one listener.
    pub fn news(&self) -> Arc<Notify> {
        self.inner.news.clone()
    }

    /// Forgets what is remembered of a document that was closed.
    pub fn close(&self, id: &DocumentId) {
        self.inner.tickets.forget(id);
        self.inner.cache.forget(id);
        self.inner.secrets.forget(id);
        self.inner.history.forget(id);
        self.inner.explanations.close(id);
        lock(&self.inner.no_suggestion_reasons).forget(id);
    }
}

/// A model's text up to so many bytes, and no part of a character.
pub(crate) fn cut(text: &mut String, cap: usize) {
    let mut ends = (0..=cap.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
