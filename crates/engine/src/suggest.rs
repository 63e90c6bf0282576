//! Suggestions: from a snapshot and a cursor to text that fits there, or the reason that there is none.

mod alternatives;
mod gate;
mod generation;
mod memory;
mod rate_limiter;
mod readiness;
mod shape;
mod suggestion_cache;
mod trie;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use firesteel_syntax::Snapshot;
pub use firesteel_task::Eagerness;
use firesteel_text::{DocumentId, Edit};

use crate::backend::Role;
use crate::metrics::Acceptance;
use crate::models::Source;
use crate::no_suggestion_reason::NoSuggestionReason;
use crate::ticket::Ticket;
use crate::{Engine, lock};

use generation::{Follow, Outcome};
use memory::{Found, Place};
pub(crate) use rate_limiter::RateLimiter;
use shape::wanted;
use suggestion_cache::Choice;
pub(crate) use suggestion_cache::SuggestionCache;

/// How long a generation that an earlier keystroke began may be silent, before this one is asked for itself.
const PATIENCE: Duration = Duration::from_millis(400);

/// How long a text must be shown before what comes after it is asked for. Nobody reads and takes one in less than a quarter
/// of a second, so the answer is there in time; and nothing is asked where the next keystroke says something else.
const PREFETCH_DELAY: Duration = Duration::from_millis(120);

/// A request for a suggestion.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The document as it was when the request came in.
    pub snapshot: Arc<Snapshot>,
    /// Its path, by which privacy is decided and the embedded engine knows it.
    pub path: PathBuf,
    /// Byte offset of the cursor.
    pub offset: usize,
    /// The user asked by a shortcut or command, rather than merely typing.
    pub invoked: bool,
}

/// Text to insert at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Byte offset at which it is inserted.
    pub offset: usize,
    /// The text; never empty.
    pub text: String,
    /// Who made it.
    pub source: Source,
}

impl Engine {
    /// The suggestion for a cursor. `partial` is given each longer beginning of it while the model still writes; without
    /// it the first line that is there is the answer, and the rest that of a later request.
    ///
    /// # Errors
    /// The reason that nothing is shown, which is also remembered for [`Engine::last_no_suggestion_reason`].
    pub async fn suggest(
        &self,
        ask: Ask,
        ticket: &Ticket,
        partial: Option<&mut (dyn FnMut(Suggestion) + Send)>,
    ) -> Result<Suggestion, NoSuggestionReason> {
        let result = tokio::select! {
            biased;
            () = ticket.superseded() => Err(NoSuggestionReason::Superseded),
            result = self.find(&ask, partial) => result,
        };
        let id = &ask.snapshot.document.id;
        let result = result.and_then(|suggestion| match self.is_undone_by(&suggestion, id) {
            true => Err(NoSuggestionReason::Undoes),
            false => Ok(suggestion),
        });
        match &result {
            Ok(_) => lock(&self.inner.no_suggestion_reasons).forget(id),
            Err(reason) => lock(&self.inner.no_suggestion_reasons).record(id, reason),
        }
        if result != Err(NoSuggestionReason::Superseded) {
            let source = result.as_ref().map(|suggestion| suggestion.source);
            *lock(&self.inner.last) = Some(source.map_err(Clone::clone));
            self.inner.news.notify_one();
        }
        result
    }

    /// Takes note of edits, which led to `snapshot`. Where the client asks only when the user rests, the answer is
    /// begun here; this takes microseconds.
    pub fn did_change(&self, snapshot: &Arc<Snapshot>, path: &Path, edits: &[Edit]) {
        self.forget_if_outdated();
        let settings = self.settings();
        settings.expect_request(path);
        self.inner.history.change(snapshot, edits, Instant::now());
        // Several edits at once are not somebody typing, and neither is a deletion.
        let typed = match edits {
            [edit] if !edit.insert.is_empty() => Some(cursor_after(edit)),
            _ => None,
        };
        self.cache().edited(snapshot, typed);
        let (Some(offset), true) = (typed, settings.asks_late) else {
            return;
        };
        let ask = Ask {
            snapshot: snapshot.clone(),
            path: path.to_owned(),
            offset,
            invoked: false,
        };
        if self.snoozed().is_none() && wanted(&ask, &settings).is_ok() {
            // What is there or under way already needs nothing more.
            let _ = self.cache().choose(self, &ask, &[]);
        }
    }

    /// The client says that the suggestion it was given last was taken.
    pub fn accepted(&self, id: &DocumentId) {
        self.cache().accepted(id);
    }

    /// Suggestion statistics since the start.
    pub fn acceptance(&self) -> Acceptance {
        self.cache().counts()
    }

    /// Forgets all suggestions once other files may be private than those that they were made of.
    fn forget_if_outdated(&self) {
        let outdated = &self.inner.outdated;
        if outdated.load(Ordering::Acquire) && outdated.swap(false, Ordering::AcqRel) {
            self.cache().forget_all();
        }
    }

    async fn find(
        &self,
        ask: &Ask,
        mut partial: Option<&mut (dyn FnMut(Suggestion) + Send)>,
    ) -> Result<Suggestion, NoSuggestionReason> {
        let settings = self.settings();
        if let Some(left) = self.snoozed().filter(|_| !ask.invoked) {
            return Err(NoSuggestionReason::Snoozed(
                left.as_secs().div_ceil(60).max(1),
            ));
        }
        wanted(ask, &settings)?;
        let permitted = settings.permitted(&ask.path).await;
        // What is remembered of a file that is private by now is not shown either.
        permitted.map_err(NoSuggestionReason::Private)?;
        self.forget_if_outdated();
        let mut in_vain = Vec::new();
        loop {
            let choice = self.cache().choose(self, ask, &in_vain)?;
            let place = choice.place.clone();
            let followed = choice.generation.as_ref().map(|(it, _)| it.clone());
            let is_own = choice.is_new;
            match self.take(ask, choice, &mut partial).await {
                Outcome::Text(found) => {
                    self.prefetch(ask, &place, &found.text);
                    return Ok(suggestion(ask, found));
                }
                Outcome::Nothing(reason) => return Err(reason),
                // Its own was cut short: there are newer ones.
                Outcome::Elsewhere if is_own => return Err(NoSuggestionReason::Superseded),
                Outcome::Elsewhere => in_vain.extend(followed),
            }
        }
    }

    /// Gives what is there, and follows the generation to what else there will be.
    async fn take(
        &self,
        ask: &Ask,
        choice: Choice,
        partial: &mut Option<&mut (dyn FnMut(Suggestion) + Send)>,
    ) -> Outcome {
        let id = &ask.snapshot.document.id;
        let place = &choice.place;
        let streams = partial.is_some();
        let mut give = |found: &Found| {
            let suggestion = suggestion(ask, found.clone());
            if self.is_undone_by(&suggestion, id) {
                return;
            }
            self.cache().show(id, place, &suggestion);
            if let Some(partial) = partial {
                partial(suggestion);
            }
        };
        if let Some(found) = &choice.found {
            give(found);
        }
        let (generation, typed) = match (choice.generation, &choice.found) {
            (Some(generation), found) if found.is_none() || streams => generation,
            (_, Some(found)) => return Outcome::Text(found.clone()),
            (_, None) => return Outcome::Elsewhere,
        };
        let may_ask_anew = !choice.is_new && !self.cache().is_busy(id);
        let follow = Follow {
            typed: &typed,
            shown: choice.found.as_ref().map(|found| found.text.clone()),
            patience: may_ask_anew.then(|| generation.began + PATIENCE),
            give: &mut give,
            streams,
        };
        match (generation.follow(follow).await, choice.found) {
            (Outcome::Text(found), _) | (_, Some(found)) => Outcome::Text(found),
            (outcome, None) => outcome,
        }
    }

    /// Whether a suggestion would bring back what the user removed there a moment ago.
    fn is_undone_by(&self, suggestion: &Suggestion, id: &DocumentId) -> bool {
        let Suggestion { offset, text, .. } = suggestion;
        let history = &self.inner.history;
        history.is_undone_by(id, *offset, text, Instant::now())
    }

    /// Asks for what comes after a suggestion, while the user reads it.
    fn prefetch(&self, ask: &Ask, place: &Place, text: &str) {
        let place = place.after(text);
        if !self.is_worth_prefetching(ask, &place) {
            return;
        }
        let (engine, ask, text) = (self.clone(), ask.clone(), text.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(PREFETCH_DELAY).await;
            if !engine.is_worth_prefetching(&ask, &place) || !engine.may_prefetch(&ask) {
                return;
            }
            let offset = ask.offset + text.len();
            let edit = Edit {
                range: ask.offset..ask.offset,
                insert: text,
            };
            let ahead = Ask {
                snapshot: Arc::new(ask.snapshot.supposing(&edit)),
                offset,
                invoked: false,
                ..ask
            };
            engine.cache().prefetch(&engine, &ahead, &place);
        });
    }

    fn is_worth_prefetching(&self, ask: &Ask, place: &Place) -> bool {
        let id = &ask.snapshot.document.id;
        self.cache().is_worth_prefetching(id, place)
    }

    /// Whether the rate limiter has tokens to spare.
    fn may_prefetch(&self, ask: &Ask) -> bool {
        let settings = self.settings();
        let eagerness = settings.eagerness(&ask.snapshot);
        let quota = settings.models.quota(Role::Complete);
        self.rate_limiter().may_prefetch(eagerness, &quota)
    }

    fn cache(&self) -> &SuggestionCache {
        &self.inner.cache
    }

    fn rate_limiter(&self) -> &RateLimiter {
        &self.inner.rate_limiter
    }
}

/// Where the cursor stands after typing: inside of a pair that the editor closed by itself.
fn cursor_after(edit: &Edit) -> usize {
    let is_pair = ["()", "[]", "{}", "\"\"", "''", "``"].contains(&edit.insert.as_str());
    let typed = if is_pair { 1 } else { edit.insert.len() };
    edit.range.start + typed
}

fn suggestion(ask: &Ask, found: Found) -> Suggestion {
    Suggestion {
        offset: ask.offset,
        text: found.text,
        source: found.source,
    }
}
