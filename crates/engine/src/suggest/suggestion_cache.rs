//! The suggestions of every open document: what each one's memory holds, and which generations run for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use firesteel_syntax::Snapshot;
use firesteel_text::{Document, DocumentId};

use super::generation::{Generation, Purpose};
use super::memory::{Answer, Found, Memory, Place};
use super::{Ask, Suggestion};
use crate::metrics::{Acceptance, Taken, Watched};
use crate::no_suggestion_reason::NoSuggestionReason;
use crate::{Engine, lock};

/// Generations of one document at a time, detached ones included; the oldest makes room.
const RUNNING_CAP: usize = 4;
/// Generations that somebody waits for; with so many under way a silent one is waited for rather than asked again.
const PATIENT_CAP: usize = 2;

/// The documents that are being written.
#[derive(Default)]
pub(crate) struct SuggestionCache {
    entries: Mutex<HashMap<DocumentId, Entry>>,
    counts: Mutex<Acceptance>,
}

/// What is kept of one document.
#[derive(Default)]
struct Entry {
    memory: Memory,
    running: Vec<Arc<Generation>>,
    /// The newest state, with the texts of ours in it that are watched. It holds no tree: the last to let go of one
    /// spends a good part of a millisecond on it, and here that would be the next keystroke.
    newest: Option<Document>,
    watched: Watched,
}

/// What there is for a request, as soon as it comes in.
pub(super) struct Choice {
    pub(super) place: Place,
    /// A text that is there already.
    pub(super) found: Option<Found>,
    /// A generation that may have a text, or a longer one, with what was typed since.
    pub(super) generation: Option<(Arc<Generation>, String)>,
    /// Whether that one was started for this request.
    pub(super) is_new: bool,
}

impl SuggestionCache {
    /// Finds what fits the cursor, or starts a generation for it.
    ///
    /// Generations that were followed in vain are named in `but`.
    ///
    /// # Errors
    /// The reason that nothing is shown, when a model had nothing for just this place, or the document has changed since.
    pub(super) fn choose(
        &self,
        engine: &Engine,
        ask: &Ask,
        but: &[Arc<Generation>],
    ) -> Result<Choice, NoSuggestionReason> {
        let mut entries = lock(&self.entries);
        let entry = entries.entry(ask.snapshot.document.id.clone()).or_default();
        // A request that comes late must not have the memory go back to its place: newer ones rely on it.
        if !entry.is_newest(&ask.snapshot.document) {
            return Err(NoSuggestionReason::Superseded);
        }
        let place = entry.memory.place(&ask.snapshot, ask.offset);
        let shown = entry.memory.shown(&place).map(str::to_owned);
        let mut found = entry.memory.find(&place);
        let mut adopted = None;
        for generation in entry.running.iter().rev() {
            let in_vain = but.iter().any(|but| Arc::ptr_eq(but, generation));
            let typed = place.typed_since(&generation.place);
            let agrees = typed.filter(|typed| generation.agrees(typed, shown.as_deref()));
            match agrees {
                Some(typed) if adopted.is_none() && !in_vain => {
                    let longer = generation.text(typed, found.as_ref().map(|it| &*it.text));
                    found = longer.or(found);
                    adopted = Some((generation.clone(), typed.to_owned()));
                }
                Some(_) => {}
                // What is prefetched may still be reached.
                None if generation.purpose == Purpose::Prefetch
                    && generation.place.typed_since(&place).is_some() => {}
                None => generation.detach(),
            }
        }
        let reason = entry
            .memory
            .no_suggestion_reason(&place)
            .filter(|_| !ask.invoked);
        if found.is_some() || adopted.is_some() {
            return Ok(Choice {
                place,
                found,
                generation: adopted,
                is_new: false,
            });
        }
        if let Some(reason) = reason {
            return Err(reason);
        }
        let known = entry.memory.refused(&place).filter(|_| !ask.invoked);
        let generation = entry.start(engine, ask, &place, Purpose::Ask, known);
        Ok(Choice {
            place,
            found: None,
            generation: Some((generation, String::new())),
            is_new: true,
        })
    }

    /// Whether so much is under way that a silent generation should be waited for.
    pub(super) fn is_busy(&self, id: &DocumentId) -> bool {
        lock(&self.entries)
            .get(id)
            .is_some_and(|entry| entry.running.len() >= PATIENT_CAP)
    }

    /// Notes what a request is answered with.
    pub(super) fn show(&self, id: &DocumentId, place: &Place, suggestion: &Suggestion) {
        let mut entries = lock(&self.entries);
        let entry = entries.get_mut(id);
        if entry.is_some_and(|entry| entry.memory.show(place, &suggestion.text)) {
            lock(&self.counts).shown += 1;
        }
    }

    /// Whether a place is where what is shown leads to, and nothing is known or asked of it yet.
    pub(super) fn is_worth_prefetching(&self, id: &DocumentId, place: &Place) -> bool {
        let entries = lock(&self.entries);
        entries.get(id).is_some_and(|entry| {
            let is_asked = entry.running.iter().any(|it| it.place == *place);
            let memory = &entry.memory;
            let is_known =
                memory.find(place).is_some() || memory.no_suggestion_reason(place).is_some();
            !is_asked && !is_known && memory.leads_to(place)
        })
    }

    /// Prefetches for a place that the cursor may come to.
    pub(super) fn prefetch(&self, engine: &Engine, ask: &Ask, place: &Place) {
        if let Some(entry) = lock(&self.entries).get_mut(&ask.snapshot.document.id) {
            entry.start(engine, ask, place, Purpose::Prefetch, None);
        }
    }

    /// Takes note of the newest state of a document and of where the cursor is, if an edit tells.
    pub(super) fn edited(&self, snapshot: &Snapshot, cursor: Option<usize>) {
        let mut entries = lock(&self.entries);
        let Some(entry) = entries.get_mut(&snapshot.document.id) else {
            return;
        };
        let mut counts = lock(&self.counts);
        entry.look(&mut counts);
        entry.newest = Some(snapshot.document.clone());
        let Some(cursor) = cursor else {
            entry.memory.leave();
            return;
        };
        let place = entry.memory.place(snapshot, cursor);
        if let Some((taken, part)) = entry.memory.edited(&place) {
            counts.count(taken);
            if taken != Taken::Typed {
                entry.watched.add(&snapshot.document, cursor, part);
            }
        }
    }

    /// Whether a document has not been edited since.
    pub(super) fn is_newest(&self, document: &Document) -> bool {
        let entries = lock(&self.entries);
        { entries.get(&document.id) }.is_none_or(|entry| entry.is_newest(document))
    }

    /// The client says that a suggestion was taken.
    pub(super) fn accepted(&self, id: &DocumentId) {
        let mut entries = lock(&self.entries);
        let entry = entries.get_mut(id);
        if entry.is_some_and(|entry| entry.memory.accepted()) {
            lock(&self.counts).count(Taken::Whole);
        }
    }

    /// Suggestion statistics so far.
    pub(super) fn counts(&self) -> Acceptance {
        let mut entries = lock(&self.entries);
        let mut counts = lock(&self.counts);
        entries
            .values_mut()
            .for_each(|entry| entry.look(&mut counts));
        counts.clone()
    }

    /// Keeps what the models said for a place.
    pub(super) fn remember(
        &self,
        id: &DocumentId,
        place: &Place,
        answers: impl Iterator<Item = Answer>,
    ) {
        if let Some(entry) = lock(&self.entries).get_mut(id) {
            for answer in answers {
                entry.memory.keep(place, answer);
            }
        }
    }

    pub(super) fn ended(&self, id: &DocumentId, generation: &Generation) {
        if let Some(entry) = lock(&self.entries).get_mut(id) {
            entry
                .running
                .retain(|it| !std::ptr::eq(Arc::as_ptr(it), generation));
        }
    }

    /// Forgets all documents, and ends what is under way.
    pub(crate) fn forget_all(&self) {
        let entries = std::mem::take(&mut *lock(&self.entries));
        for generation in entries.into_values().flat_map(|entry| entry.running) {
            generation.cut();
        }
    }

    /// Forgets a document, and ends what is under way for it.
    pub(crate) fn forget(&self, id: &DocumentId) {
        let entry = lock(&self.entries).remove(id);
        for generation in entry.into_iter().flat_map(|entry| entry.running) {
            generation.cut();
        }
    }
}

impl Entry {
    fn is_newest(&self, document: &Document) -> bool {
        let newest = self.newest.as_ref();
        newest.is_none_or(|newest| newest.revision == document.revision)
    }

    fn look(&mut self, counts: &mut Acceptance) {
        if let Some(newest) = &self.newest {
            self.watched.look(std::time::Instant::now(), newest, counts);
        }
    }

    fn start(
        &mut self,
        engine: &Engine,
        ask: &Ask,
        place: &Place,
        purpose: Purpose,
        known: Option<Found>,
    ) -> Arc<Generation> {
        if self.running.len() == RUNNING_CAP {
            self.running.remove(0).cut();
        }
        let generation = Generation::start(engine, ask.clone(), place.clone(), purpose, known);
        self.running.push(generation.clone());
        generation
    }
}
