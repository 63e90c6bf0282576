//! What was edited lately in each document: keys coalesced into edits as a person thinks of them.
//!
//! It is fed while a `didChange` is taken in, so it only cuts out what an edit removed and appends; a query does
//! the rest.

mod past;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use firesteel_syntax::Snapshot;
use firesteel_text::{DocumentId, Edit, Text};

use crate::lock;
pub(crate) use past::{By, Past};

/// Edits of one document that are remembered.
const EDITS_CAP: usize = 32;
/// Edits of one change that are taken one by one.
const MANY_EDITS: usize = 512;
/// How long an edit is one of the latest, which may be repeated.
const LATEST_TIME: Duration = Duration::from_secs(5 * 60);
/// How long a text that the server put into a document is expected back.
const LANDING_TIME: Duration = Duration::from_secs(3);
/// Texts of the server that are expected back at a time.
const LANDINGS_CAP: usize = 64;
/// How much of such a text tells it from a keystroke of the user's, in bytes.
const MIN_ECHO: usize = 3;
/// How long an edit counts as the user's last one, which a suggestion must not undo.
const UNDO_TIME: Duration = Duration::from_secs(30);
/// A removal with fewer characters than this that count is a slip of the finger.
const MIN_REMOVED: usize = 3;

/// The latest edits of every open document.
#[derive(Default)]
pub(crate) struct History(Mutex<HashMap<DocumentId, Document>>);

struct Document {
    /// The text after the last edit, to see what the next one removes.
    text: Text,
    /// The oldest first.
    edits: VecDeque<Past>,
    /// What the server is about to put in, and when that was said.
    landings: VecDeque<(String, Instant)>,
}

impl History {
    /// Begins with a document as it is opened.
    pub(crate) fn open(&self, snapshot: &Snapshot) {
        let document = Document {
            text: snapshot.document.text.clone(),
            edits: VecDeque::new(),
            landings: VecDeque::new(),
        };
        lock(&self.0).insert(snapshot.document.id.clone(), document);
    }

    pub(crate) fn forget(&self, id: &DocumentId) {
        lock(&self.0).remove(id);
    }

    /// Takes in the edits of one change, which lead to `snapshot`.
    pub(crate) fn change(&self, snapshot: &Snapshot, edits: &[Edit], now: Instant) {
        let mut documents = lock(&self.0);
        let known = documents.get_mut(&snapshot.document.id);
        // A document that began again from its full text comes without edits, and so does a mere new version.
        let text = &snapshot.document.text;
        let is_known = |document: &&mut Document| match edits.len() {
            0 => document.text == *text,
            // So many are a tool's, and push everything else out.
            n_edits => n_edits <= MANY_EDITS,
        };
        let Some(document) = known.filter(is_known) else {
            drop(documents);
            return self.open(snapshot);
        };
        let is_typing = edits.windows(2).all(|pair| goes_on(&pair[0], &pair[1]));
        for edit in edits {
            document.take(edit, is_typing, now);
        }
        document.text = snapshot.document.text.clone();
    }

    /// The server is about to put a text into a document, so that its coming back is nobody's typing.
    pub(crate) fn expect(&self, id: &DocumentId, text: &str, now: Instant) {
        if let Some(document) = lock(&self.0).get_mut(id) {
            if document.landings.len() == LANDINGS_CAP {
                document.landings.pop_front();
            }
            document.landings.push_back((text.to_owned(), now));
        }
    }

    /// The latest edits of a document, the newest first.
    pub(crate) fn latest(&self, id: &DocumentId) -> Vec<Past> {
        let documents = lock(&self.0);
        let edits = documents.get(id).map(|document| document.edits.iter());
        let edits = edits.into_iter().flatten().rev();
        let late = edits.filter(|past| past.at.elapsed() < LATEST_TIME);
        late.cloned().collect()
    }

    /// Whether a text at `offset` brings back what the user removed there a moment ago.
    pub(crate) fn is_undone_by(
        &self,
        id: &DocumentId,
        offset: usize,
        text: &str,
        now: Instant,
    ) -> bool {
        let documents = lock(&self.0);
        let Some(document) = documents.get(id) else {
            return false;
        };
        document.edits.iter().any(|past| {
            let is_users = matches!(past.by, By::User | By::Undo);
            let is_fresh = now.duration_since(past.at) < UNDO_TIME && is_users;
            let is_here = past.range.start <= offset && offset <= past.range.end;
            is_fresh && is_here && brings_back(past, offset, text)
        })
    }
}

/// Whether an edit is made where the one before it was; Neovim sends several keys as one change.
fn goes_on(last: &Edit, next: &Edit) -> bool {
    let end = last.range.start + last.insert.len();
    last.range.start <= next.range.end && next.range.start <= end
}

/// Whether what the user put there so far, and then `text`, is what was there before.
fn brings_back(past: &Past, offset: usize, text: &str) -> bool {
    let typed = past.inserted.get(..offset - past.range.start);
    let rest = past.inserted.get(offset - past.range.start..);
    let (Some(typed), Some(rest)) = (typed, rest) else {
        return false;
    };
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (made, removed) = (words(&format!("{typed}{text}")), words(&past.removed));
    let weight = removed.chars().filter(|c| c.is_alphanumeric()).count();
    let enough = weight >= MIN_REMOVED && !typed.ends_with(&past.removed);
    enough && rest.trim().is_empty() && (made.starts_with(&removed) || is_most_of(&removed, &made))
}

/// Whether `made` is the beginning of `removed`, and no small part of it.
fn is_most_of(removed: &str, made: &str) -> bool {
    removed.starts_with(made) && made.len() * 2 > removed.len()
}

impl Document {
    fn take(&mut self, edit: &Edit, is_typing: bool, now: Instant) {
        let by = match (self.is_expected(&edit.insert, now), is_typing) {
            (true, _) => By::Server,
            (false, true) => By::User,
            // Several places at once are a rename or a formatter, which goes on by itself.
            (false, false) => By::Tool,
        };
        let mut past = Past::of(&self.text, edit, by, now);
        self.text.edit(edit);
        if past.is_nothing() {
            return;
        }
        let goes_on = self.edits.back().is_some_and(|last| last.takes(&past));
        if goes_on && let Some(mut last) = self.edits.pop_back() {
            self.edits.retain_mut(|older| older.follow(&past));
            last.absorb(past);
            if !last.is_nothing() {
                self.edits.push_back(last);
            }
            return;
        }
        let undone = self.edits.iter().rposition(|older| past.undoes(older));
        if undone.and_then(|index| self.edits.remove(index)).is_some() {
            past.by = By::Undo;
        }
        self.edits.retain_mut(|older| older.follow(&past));
        if self.edits.len() == EDITS_CAP {
            self.edits.pop_front();
        }
        self.edits.push_back(past);
    }

    fn is_expected(&mut self, insert: &str, now: Instant) -> bool {
        self.landings
            .retain(|(_, since)| now.duration_since(*since) < LANDING_TIME);
        // Neovim sends back only what differs from the lines before.
        let insert = insert.trim();
        let is_it = |(text, _): &(String, Instant)| {
            text.trim() == insert || insert.len() >= MIN_ECHO && text.contains(insert)
        };
        let found = self.landings.iter().position(is_it);
        found
            .and_then(|index| self.landings.remove(index))
            .is_some()
    }
}
