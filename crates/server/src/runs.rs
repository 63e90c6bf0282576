//! The edits under way, those that can be taken back, and those that wait for the user's choice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use firesteel_engine::edit::{Batch, Conversation, FileHunk, Run, Undo};
use firesteel_text::{AnchorRange, Document, DocumentId};
use tokio_util::sync::CancellationToken;
use tower_lsp::ls_types::ProgressToken;

/// Finished runs that can be taken back.
const JOURNAL_CAP: usize = 32;
/// Their text, in bytes, both old and new.
const JOURNAL_BYTES: usize = 4 * 1024 * 1024;
/// Closed documents whose text is kept for what can be taken back in them.
const CLOSED_CAP: usize = 16;
/// Announced renames that are remembered until they are made.
const EXPECTED_CAP: usize = 64;
/// Edits that wait for the user's choice.
const OFFERS_CAP: usize = 32;

/// The runs of this conversation; clones share them.
#[derive(Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// The last number that was given.
    number: u64,
    active: Vec<Active>,
    journal: VecDeque<Finished>,
    offers: VecDeque<Offer>,
    /// Documents with runs in the journal, as they were when they were closed: what can be taken back has its place there.
    closed: VecDeque<Document>,
    /// Renames that the client has announced, with the old name and the new one.
    expected: VecDeque<(DocumentId, DocumentId)>,
}

/// A run under way.
#[derive(Clone)]
pub(crate) struct Active {
    pub(crate) number: u64,
    token: ProgressToken,
    pub(crate) cancel: CancellationToken,
    /// Cancelled when the run has ended and stands in the journal.
    pub(crate) ended: CancellationToken,
}

/// A run that has ended.
#[derive(Clone)]
pub(crate) struct Finished {
    pub(crate) number: u64,
    pub(crate) run: Run,
    /// Where it was about, in the document as it was.
    pub(crate) place: AnchorRange,
    /// How to take back what landed of it, as far as that was not done.
    pub(crate) undo: Vec<Undo>,
    pub(crate) conversation: Option<Conversation>,
    /// Whether its user was told that nothing of it is left to take back.
    pub(crate) is_told: bool,
}

/// An edit that the user may choose: a variant, or hunks that met the user's own changes.
#[derive(Clone)]
pub(crate) struct Offer {
    pub(crate) number: u64,
    /// Of one group only one is kept.
    pub(crate) group: u64,
    pub(crate) title: String,
    pub(crate) batch: Batch,
    /// Whether its title names every protected file that it writes.
    pub(crate) is_confirmed: bool,
    /// The run that it is of.
    pub(crate) run: Run,
}

/// A run's entry, which goes with it.
pub(crate) struct Entry {
    runs: Runs,
    pub(crate) active: Active,
}

impl Runs {
    pub(crate) fn enter(&self, token: ProgressToken) -> Entry {
        let mut inner = self.lock();
        inner.number += 1;
        let active = Active {
            number: inner.number,
            token,
            cancel: CancellationToken::new(),
            ended: CancellationToken::new(),
        };
        inner.active.push(active.clone());
        Entry {
            runs: self.clone(),
            active,
        }
    }

    pub(crate) fn cancel(&self, token: &ProgressToken) {
        let inner = self.lock();
        let meant = inner.active.iter().filter(|active| active.token == *token);
        meant.for_each(|active| active.cancel.cancel());
    }

    /// Cancels every run; returns how many there were.
    pub(crate) fn cancel_all(&self) -> usize {
        let inner = self.lock();
        inner
            .active
            .iter()
            .for_each(|active| active.cancel.cancel());
        inner.active.len()
    }

    /// The run that was started last and is still under way.
    pub(crate) fn newest_active(&self) -> Option<Active> {
        self.lock().active.last().cloned()
    }

    /// Keeps a finished run, and drops the oldest where there is too much.
    pub(crate) fn keep(&self, finished: Finished) {
        let mut inner = self.lock();
        inner.journal.push_back(finished);
        let is_too_much = |journal: &VecDeque<Finished>| {
            journal.len() > JOURNAL_CAP
                || journal.iter().map(Finished::bytes).sum::<usize>() > JOURNAL_BYTES
        };
        while is_too_much(&inner.journal) {
            inner.journal.pop_front();
        }
        let Inner {
            journal, closed, ..
        } = &mut *inner;
        closed.retain(|document| journal.iter().any(|finished| finished.is_of(&document.id)));
    }

    /// A document with runs in the journal was closed.
    pub(crate) fn closed(&self, document: &Document) {
        let mut inner = self.lock();
        let id = &document.id;
        inner.closed.retain(|closed| closed.id != *id);
        if inner.journal.iter().any(|finished| finished.is_of(id)) {
            inner.closed.push_back(document.clone());
        }
        if inner.closed.len() > CLOSED_CAP {
            inner.closed.pop_front();
        }
    }

    /// A document of this text, in which what can be taken back has the place that it had when the document was closed, or that
    /// it has under its old name, of which `open` tells the state.
    pub(crate) fn document(
        &self,
        uri: Arc<str>,
        version: i32,
        text: &str,
        open: impl Fn(&DocumentId) -> Option<Document>,
    ) -> Document {
        let id = DocumentId::parse(&uri);
        let mut inner = self.lock();
        let is_it = |closed: &&Document| closed.id == id;
        if let Some(closed) = inner.closed.iter().find(is_it) {
            return closed.reopened(uri, version, text);
        }
        let expected = inner.expected.iter().rev();
        let old = expected
            .filter_map(|(old, new)| id.moved(new, old))
            .find_map(|old| {
                let is_kept = inner.journal.iter().any(|finished| finished.is_of(&old));
                let closed = || inner.closed.iter().find(|closed| closed.id == old).cloned();
                open(&old).or_else(closed).filter(|_| is_kept)
            });
        let Some(old) = old else {
            return Document::open(uri, version, text);
        };
        inner.rename(&old.id, &id);
        old.renamed(&uri).reopened(uri, version, text)
    }

    /// A file or folder is about to be renamed.
    pub(crate) fn expect_renamed(&self, old: DocumentId, new: DocumentId) {
        let mut inner = self.lock();
        inner.expected.push_back((old, new));
        if inner.expected.len() > EXPECTED_CAP {
            inner.expected.pop_front();
        }
    }

    /// A file or folder has another name: what can be taken back in it, or chosen, is there.
    pub(crate) fn renamed(&self, old: &DocumentId, new: &DocumentId) {
        let mut inner = self.lock();
        inner.rename(old, new);
        inner.expected.retain(|(expected, _)| expected != old);
    }

    /// A finished run by its number, or the newest one.
    pub(crate) fn finished(&self, number: Option<u64>) -> Option<Finished> {
        let inner = self.lock();
        let is_meant = |finished: &&Finished| number.is_none_or(|number| finished.number == number);
        inner.journal.iter().rev().find(is_meant).cloned()
    }

    /// The finished runs of which something can be taken back, the newest first.
    pub(crate) fn revertible(&self) -> Vec<Finished> {
        let inner = self.lock();
        let can = |finished: &&Finished| !finished.undo.is_empty();
        inner.journal.iter().rev().filter(can).cloned().collect()
    }

    /// The user was told that nothing of a run is left to take back.
    pub(crate) fn told(&self, number: u64) {
        let mut inner = self.lock();
        let mut journal = inner.journal.iter_mut();
        if let Some(finished) = journal.find(|finished| finished.number == number) {
            finished.is_told = true;
        }
    }

    /// Takes what is about to be taken back out of the journal; what cannot be is put back with [`Runs::restore`].
    pub(crate) fn take_undo(&self, number: u64, wanted: impl Fn(&Undo) -> bool) -> Vec<Undo> {
        let mut inner = self.lock();
        let Some(finished) = inner
            .journal
            .iter_mut()
            .find(|finished| finished.number == number)
        else {
            return Vec::new();
        };
        let (taken, left) = std::mem::take(&mut finished.undo)
            .into_iter()
            .partition(|undo| wanted(undo));
        finished.undo = left;
        taken
    }

    pub(crate) fn restore(&self, number: u64, undo: Vec<Undo>) {
        let mut inner = self.lock();
        if let Some(finished) = inner
            .journal
            .iter_mut()
            .find(|finished| finished.number == number)
        {
            finished.undo.extend(undo);
        }
    }

    /// Adds edits of which the user may choose one.
    pub(crate) fn offer(&self, run: &Run, offers: Vec<(String, Batch)>) {
        let mut inner = self.lock();
        inner.number += 1;
        let group = inner.number;
        for (title, batch) in offers {
            inner.number += 1;
            let (number, run) = (inner.number, run.clone());
            inner.offers.push_back(Offer {
                number,
                group,
                title,
                batch,
                is_confirmed: false,
                run,
            });
        }
        while inner.offers.len() > OFFERS_CAP {
            inner.offers.pop_front();
        }
    }

    /// Adds an edit of protected files, which the user confirms by choosing it.
    pub(crate) fn offer_confirmed(&self, run: &Run, title: String, batch: Batch) {
        self.offer(run, vec![(title, batch)]);
        if let Some(offer) = self.lock().offers.back_mut() {
            offer.is_confirmed = true;
        }
    }

    /// The edits that the user may choose.
    pub(crate) fn offers(&self) -> Vec<Offer> {
        self.lock().offers.iter().cloned().collect()
    }

    /// Takes an edit that the user chose; the others of its group are forgotten.
    pub(crate) fn choose(&self, number: u64) -> Option<Offer> {
        let mut inner = self.lock();
        let offer = inner
            .offers
            .iter()
            .find(|offer| offer.number == number)
            .cloned()?;
        inner.offers.retain(|other| other.group != offer.group);
        Some(offer)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn rename(&mut self, old: &DocumentId, new: &DocumentId) {
        let moved = |id: &mut DocumentId| {
            if let Some(moved) = id.moved(old, new) {
                *id = moved;
            }
        };
        for finished in &mut self.journal {
            finished.run.moved(old, new);
            for undo in &mut finished.undo {
                match undo {
                    Undo::Hunk(hunk) => moved(&mut hunk.id),
                    Undo::Create(file) => moved(&mut file.id),
                }
            }
        }
        for offer in &mut self.offers {
            offer.run.moved(old, new);
            offer
                .batch
                .hunks
                .iter_mut()
                .for_each(|hunk| moved(&mut hunk.id));
            offer
                .batch
                .deletes
                .iter_mut()
                .for_each(|file| moved(&mut file.id));
        }
        for document in &mut self.closed {
            if let Some(id) = document.id.moved(old, new) {
                *document = document.renamed(&id.to_uri());
            }
        }
    }
}

impl Finished {
    /// Whether something in this file can be taken back.
    pub(crate) fn is_of(&self, id: &DocumentId) -> bool {
        self.undo.iter().any(|undo| match undo {
            Undo::Hunk(hunk) => hunk.id == *id,
            Undo::Create(file) => file.id == *id,
        })
    }

    fn bytes(&self) -> usize {
        let bytes = |undo: &Undo| match undo {
            Undo::Hunk(FileHunk { hunk, .. }) => hunk.old.len() + hunk.new.len(),
            Undo::Create(file) => file.text.len(),
        };
        self.undo.iter().map(bytes).sum()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let number = self.active.number;
        self.runs
            .lock()
            .active
            .retain(|active| active.number != number);
        self.active.ended.cancel();
    }
}
