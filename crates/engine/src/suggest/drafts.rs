//! The documents that are being written: what each one's memory holds, and which generations run for it.

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

/// Generations of one document at a time, orphans among them; the oldest makes room.
const RUNNING_CAP: usize = 4;
/// Generations that somebody waits for; with so many under way a silent one is waited for rather than asked again.
const PATIENT_CAP: usize = 2;

/// Every document that is being written.
#[derive(Default)]
pub(crate) struct Drafts {
    open: Mutex<HashMap<DocumentId, Draft>>,
    counts: Mutex<Acceptance>,
}

#[derive(Default)]
struct Draft {
    memory: Memory,
    running: Vec<Arc<Generation>>,
    /// The newest state, with the texts of ours in it that are watched. It holds no tree: the last to let go of one
    /// spends a good part of a millisecond on it, and here that would be the next key.
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

impl Drafts {
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
        let mut drafts = lock(&self.open);
        let draft = drafts.entry(ask.snapshot.document.id.clone()).or_default();
        // A request that comes late must not have the memory go back to its place: newer ones rely on it.
        if !draft.is_newest(&ask.snapshot.document) {
            return Err(NoSuggestionReason::Superseded);
        }
        let place = draft.memory.place(&ask.snapshot, ask.offset);
        let shown = draft.memory.shown(&place).map(str::to_owned);
        let mut found = draft.memory.find(&place);
        let mut adopted = None;
        for generation in draft.running.iter().rev() {
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
                // What is asked ahead of the cursor may still be reached.
                None if generation.purpose == Purpose::Speculate
                    && generation.place.typed_since(&place).is_some() => {}
                None => generation.orphan(),
            }
        }
        let reason = draft
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
        let known = draft.memory.refused(&place).filter(|_| !ask.invoked);
        let generation = draft.start(engine, ask, &place, Purpose::Ask, known);
        Ok(Choice {
            place,
            found: None,
            generation: Some((generation, String::new())),
            is_new: true,
        })
    }

    /// Whether so much is under way that a silent generation should be waited for.
    pub(super) fn is_busy(&self, id: &DocumentId) -> bool {
        lock(&self.open)
            .get(id)
            .is_some_and(|draft| draft.running.len() >= PATIENT_CAP)
    }

    /// Notes what a request is answered with.
    pub(super) fn show(&self, id: &DocumentId, place: &Place, suggestion: &Suggestion) {
        let mut drafts = lock(&self.open);
        let draft = drafts.get_mut(id);
        if draft.is_some_and(|draft| draft.memory.show(place, &suggestion.text)) {
            lock(&self.counts).shown += 1;
        }
    }

    /// Whether a place is where what is shown leads to, and nothing is known or asked of it yet.
    pub(super) fn is_worth_asking_ahead(&self, id: &DocumentId, place: &Place) -> bool {
        let drafts = lock(&self.open);
        drafts.get(id).is_some_and(|draft| {
            let is_asked = draft.running.iter().any(|it| it.place == *place);
            let memory = &draft.memory;
            let is_known =
                memory.find(place).is_some() || memory.no_suggestion_reason(place).is_some();
            !is_asked && !is_known && memory.leads_to(place)
        })
    }

    /// Asks ahead for a place that the cursor may come to.
    pub(super) fn ask_ahead(&self, engine: &Engine, ask: &Ask, place: &Place) {
        if let Some(draft) = lock(&self.open).get_mut(&ask.snapshot.document.id) {
            draft.start(engine, ask, place, Purpose::Speculate, None);
        }
    }

    /// Takes note of the newest state of a document and of where the cursor is, if an edit tells.
    pub(super) fn edited(&self, snapshot: &Snapshot, cursor: Option<usize>) {
        let mut drafts = lock(&self.open);
        let Some(draft) = drafts.get_mut(&snapshot.document.id) else {
            return;
        };
        let mut counts = lock(&self.counts);
        draft.look(&mut counts);
        draft.newest = Some(snapshot.document.clone());
        let Some(cursor) = cursor else {
            draft.memory.leave();
            return;
        };
        let place = draft.memory.place(snapshot, cursor);
        if let Some((taken, part)) = draft.memory.edited(&place) {
            counts.count(taken);
            if taken != Taken::Typed {
                draft.watched.add(&snapshot.document, cursor, part);
            }
        }
    }

    /// Whether a document has not been edited since.
    pub(super) fn is_newest(&self, document: &Document) -> bool {
        let drafts = lock(&self.open);
        { drafts.get(&document.id) }.is_none_or(|draft| draft.is_newest(document))
    }

    /// The client says that a suggestion was taken.
    pub(super) fn accepted(&self, id: &DocumentId) {
        let mut drafts = lock(&self.open);
        let draft = drafts.get_mut(id);
        if draft.is_some_and(|draft| draft.memory.accepted()) {
            lock(&self.counts).count(Taken::Whole);
        }
    }

    /// Suggestion statistics so far.
    pub(super) fn counts(&self) -> Acceptance {
        let mut drafts = lock(&self.open);
        let mut counts = lock(&self.counts);
        drafts
            .values_mut()
            .for_each(|draft| draft.look(&mut counts));
        counts.clone()
    }

    /// Keeps what the models said for a place.
    pub(super) fn remember(
        &self,
        id: &DocumentId,
        place: &Place,
        answers: impl Iterator<Item = Answer>,
    ) {
        if let Some(draft) = lock(&self.open).get_mut(id) {
            for answer in answers {
                draft.memory.keep(place, answer);
            }
        }
    }

    pub(super) fn ended(&self, id: &DocumentId, generation: &Generation) {
        if let Some(draft) = lock(&self.open).get_mut(id) {
            draft
                .running
                .retain(|it| !std::ptr::eq(Arc::as_ptr(it), generation));
        }
    }

    /// Forgets all documents, and ends what is under way.
    pub(crate) fn forget_all(&self) {
        let drafts = std::mem::take(&mut *lock(&self.open));
        for generation in drafts.into_values().flat_map(|draft| draft.running) {
            generation.cut();
        }
    }

    /// Forgets a document.
    pub(crate) fn forget(&self, id: &DocumentId) {
        let draft = lock(&self.open).remove(id);
        for generation in draft.into_iter().flat_map(|draft| draft.running) {
            generation.cut();
        }
    }
}

impl Draft {
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
