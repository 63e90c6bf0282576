//! The open documents: changed only by the ingress, in the order of the wire, and handed out as snapshots.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use firesteel_syntax::{Snapshot, Tree};
use firesteel_text::{Change, Document, DocumentId, Edit, Encoding, Position};
use tokio::sync::watch;

/// The store of open documents.
#[derive(Debug)]
pub(crate) struct Documents {
    open: Mutex<HashMap<DocumentId, State>>,
    /// The documents that the user was in last, the newest first; some may be closed by now.
    visited: Mutex<VecDeque<DocumentId>>,
    /// Counts changes, so that a task can wait for the next one.
    changes: watch::Sender<u64>,
}

#[derive(Clone, Debug)]
enum State {
    InSync {
        newest: Arc<Snapshot>,
        /// The last versions, for ranges that the client made at one of them; their text is shared.
        recent: VecDeque<Document>,
    },
    /// A change could not be applied: what the client shows is unknown until it sends the full text again.
    OutOfSync {
        /// The client's own spelling.
        uri: Arc<str>,
        language_id: Arc<str>,
        /// The last version that the client has told of.
        version: i32,
        /// What was wrong with the change.
        why: Arc<str>,
    },
}

/// How many documents that the user was in are remembered.
const VISITED_CAP: usize = 16;
/// Bytes of the texts whose syntax trees are kept, at most, unless one alone has more: those that the user was in last.
const PARSED_BYTES: usize = 600_000;
/// How many versions back a range of the client is still understood.
const RECENT_CAP: usize = 64;

impl State {
    fn in_sync(newest: &Arc<Snapshot>) -> Self {
        Self::InSync {
            newest: newest.clone(),
            recent: [newest.document.clone()].into(),
        }
    }

    fn out_of_sync(&self, version: Option<i32>, why: &str) -> Self {
        match self {
            Self::InSync { newest, .. } => Self::OutOfSync {
                uri: newest.document.uri.clone(),
                language_id: newest.language_id.clone(),
                version: version.unwrap_or(newest.document.version),
                why: why.into(),
            },
            Self::OutOfSync {
                uri,
                language_id,
                version: last,
                why,
            } => Self::OutOfSync {
                uri: uri.clone(),
                language_id: language_id.clone(),
                version: version.unwrap_or(*last),
                why: why.clone(),
            },
        }
    }

    fn version(&self) -> i32 {
        match self {
            Self::InSync { newest, .. } => newest.document.version,
            Self::OutOfSync { version, .. } => *version,
        }
    }

    /// Puts a newer snapshot in the place of the newest.
    fn follow(&mut self, snapshot: &Arc<Snapshot>) {
        let Self::InSync { newest, recent } = self else {
            *self = Self::in_sync(snapshot);
            return;
        };
        newest.clone_from(snapshot);
        if recent.len() == RECENT_CAP {
            recent.pop_front();
        }
        recent.push_back(snapshot.document.clone());
    }
}

/// Why a change was not applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error("the document is not open")]
    NotOpen,
    #[error("the document is out of sync until its full text is known again")]
    OutOfSync,
    #[error(
        "version {offered} came after version {current}, so a change may be missing, or be there twice"
    )]
    Version {
        /// The version of the document as it was.
        current: i32,
        /// The version that came with the change.
        offered: i32,
    },
}

impl From<firesteel_text::VersionError> for ChangeError {
    fn from(error: firesteel_text::VersionError) -> Self {
        Self::Version {
            current: error.current,
            offered: error.offered,
        }
    }
}

impl Documents {
    pub(crate) fn new() -> Self {
        Self {
            open: Mutex::default(),
            visited: Mutex::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// Opens a document, or starts it afresh.
    pub(crate) fn open(&self, document: Document, language_id: &str) -> Arc<Snapshot> {
        let id = document.id.clone();
        let snapshot = Arc::new(Snapshot::identified(document, language_id));
        self.lock().insert(id.clone(), State::in_sync(&snapshot));
        self.focused(&id);
        self.changed();
        snapshot
    }

    /// Applies the changes of one `didChange`; returns the new snapshot and the edits in bytes, or no edits when the
    /// document was begun again from its full text. A client that tells no version means the next one.
    ///
    /// A full text is taken whatever its version: nothing can be missing from it.
    ///
    /// # Errors
    /// When the document is not open, or the version does not grow; the document is then out of sync.
    pub(crate) fn change(
        &self,
        id: &DocumentId,
        version: Option<i32>,
        changes: &[Change],
        encoding: Encoding,
    ) -> Result<(Arc<Snapshot>, Option<Vec<Edit>>), ChangeError> {
        let mut open = self.lock();
        let state = open.get_mut(id).ok_or(ChangeError::NotOpen)?;
        let version = version.unwrap_or_else(|| state.version().saturating_add(1));
        let result = match state {
            State::InSync { newest, .. } if version <= newest.document.version => {
                let current = newest.document.version;
                let earlier = |version, text: &str| {
                    newest
                        .document
                        .reopened(newest.document.uri.clone(), version, text)
                };
                let afresh = reopened(&newest.language_id, version, changes, encoding, earlier);
                afresh
                    .map(|afresh| (afresh, None))
                    .ok_or(ChangeError::Version {
                        current,
                        offered: version,
                    })
            }
            State::InSync { newest, .. } => newest
                .changed(version, changes, encoding)
                .map(|(snapshot, edits)| (snapshot, Some(edits)))
                .map_err(ChangeError::from),
            State::OutOfSync {
                uri, language_id, ..
            } => {
                let earlier = |version, text: &str| Document::open(uri.clone(), version, text);
                let afresh = reopened(language_id, version, changes, encoding, earlier);
                afresh
                    .map(|afresh| (afresh, None))
                    .ok_or(ChangeError::OutOfSync)
            }
        };
        match result {
            Ok((snapshot, edits)) => {
                let snapshot = Arc::new(snapshot);
                state.follow(&snapshot);
                drop(open);
                self.changed();
                self.focused(&snapshot.document.id);
                Ok((snapshot, edits))
            }
            Err(error) => {
                *state = state.out_of_sync(Some(version), &error.to_string());
                Err(error)
            }
        }
    }

    /// A change of a document has come that nobody can read.
    pub(crate) fn lose(&self, id: &DocumentId, why: &str) {
        if let Some(state) = self.lock().get_mut(id) {
            *state = state.out_of_sync(None, why);
        }
        self.changed();
    }

    /// Why nothing can be said of a document; nothing where all is well.
    pub(crate) fn unknown(&self, id: &DocumentId) -> Option<String> {
        match self.lock().get(id) {
            Some(State::InSync { .. }) => None,
            None => Some("the document is not open".to_owned()),
            Some(State::OutOfSync { why, .. }) => Some(format!(
                "Firesteel and the editor are out of sync about this document: {why}. Save it, or close and open it"
            )),
        }
    }

    /// Begins a document that is out of sync again from the text that was just saved; nothing for any other.
    pub(crate) fn resume(&self, id: &DocumentId, text: &str) -> Option<Arc<Snapshot>> {
        let mut open = self.lock();
        let state = open.get_mut(id)?;
        let State::OutOfSync {
            uri,
            language_id,
            version,
            ..
        } = state
        else {
            return None;
        };
        let document = Document::open(uri.clone(), *version, text);
        let snapshot = Arc::new(Snapshot::identified(document, language_id));
        *state = State::in_sync(&snapshot);
        drop(open);
        self.changed();
        Some(snapshot)
    }

    /// Whether the document is open and out of sync.
    pub(crate) fn is_out_of_sync(&self, id: &DocumentId) -> bool {
        matches!(self.lock().get(id), Some(State::OutOfSync { .. }))
    }

    /// Closes a document; returns it as it was.
    pub(crate) fn close(&self, id: &DocumentId) -> Option<Document> {
        let closed = self.lock().remove(id);
        self.changed();
        match closed? {
            State::InSync { newest, .. } => Some(newest.document.clone()),
            State::OutOfSync { .. } => None,
        }
    }

    /// The newest snapshot of a document; none when it is not open or out of sync.
    pub(crate) fn get(&self, id: &DocumentId) -> Option<Arc<Snapshot>> {
        match self.lock().get(id) {
            Some(State::InSync { newest, .. }) => Some(newest.clone()),
            _ => None,
        }
    }

    /// The newest snapshot, and where a range that the client made at `version` is in it by now.
    ///
    /// None when the document is not open, or that version is too long ago.
    pub(crate) fn locate(
        &self,
        id: &DocumentId,
        version: i32,
        range: &Range<Position>,
        encoding: Encoding,
    ) -> Option<(Arc<Snapshot>, Range<usize>)> {
        let open = self.lock();
        let State::InSync { newest, recent } = open.get(id)? else {
            return None;
        };
        let then = recent
            .iter()
            .rev()
            .find(|document| document.version == version)?;
        let start = then.text.offset(range.start, encoding);
        let end = then.text.offset(range.end, encoding).max(start);
        let now = newest
            .document
            .resolve_range(then.anchor_range(start..end))?;
        Some((newest.clone(), now))
    }

    /// The user is in a document. Those that they were in long ago are parsed again when they come back.
    pub(crate) fn focused(&self, id: &DocumentId) {
        let left: Vec<DocumentId> = {
            let mut visited = self.visited();
            if visited.front() == Some(id) {
                return;
            }
            visited.retain(|other| other != id);
            visited.push_front(id.clone());
            let kept = VISITED_CAP.min(visited.len());
            visited.split_off(kept).into()
        };
        let mut dropped = Vec::new();
        let mut open = self.lock();
        let unparsed = left.into_iter().chain(self.beyond_parsed(&open));
        for id in unparsed {
            if let Some(State::InSync { newest, .. }) = open.get_mut(&id)
                && newest.has_tree()
            {
                let bare = Arc::new(newest.without_trees());
                dropped.push(std::mem::replace(newest, bare));
            }
        }
        // Dropping trees takes longer than the next edit should wait.
        drop(open);
    }

    /// Those of the documents that the user was in lately whose trees are too many.
    fn beyond_parsed(&self, open: &HashMap<DocumentId, State>) -> Vec<DocumentId> {
        let len = |id: &DocumentId| match open.get(id) {
            Some(State::InSync { newest, .. }) => newest.document.text.len(),
            _ => 0,
        };
        let mut bytes = 0;
        let mut beyond = Vec::new();
        for (number, id) in self.visited().iter().enumerate() {
            bytes += len(id);
            if number > 0 && bytes > PARSED_BYTES {
                beyond.push(id.clone());
            }
        }
        beyond
    }

    /// Whether the trees of a document are kept.
    pub(crate) fn keeps_trees(&self, id: &DocumentId) -> bool {
        let open = self.lock();
        self.visited().contains(id) && !self.beyond_parsed(&open).contains(id)
    }

    /// The other open documents of the same language that the user was in lately, the newest first.
    pub(crate) fn others(&self, snapshot: &Snapshot) -> Vec<Arc<Snapshot>> {
        let visited = self.visited().clone();
        let newest = visited.iter().filter_map(|id| self.get(id));
        let is_same = |other: &Snapshot| match snapshot.language {
            Some(_) => other.language == snapshot.language,
            None => other.language_id == snapshot.language_id,
        };
        let is_like =
            |other: &Arc<Snapshot>| is_same(other) && other.document.id != snapshot.document.id;
        newest.filter(is_like).collect()
    }

    /// The last states of a document, newest first; none when it is not open or out of sync.
    pub(crate) fn states(&self, id: &DocumentId) -> Vec<Document> {
        match self.lock().get(id) {
            Some(State::InSync { recent, .. }) => recent.iter().rev().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// The open document that is meant by a URI or an identity: itself, or else the only one that is like it; what is
    /// not open is left as it is.
    pub(crate) fn resolve(&self, id: impl Into<DocumentId>) -> DocumentId {
        let id = id.into();
        let open = self.lock();
        if open.contains_key(&id) {
            return id;
        }
        let mut alike = open.keys().filter(|open| open.is_like(&id));
        match (alike.next(), alike.next()) {
            (Some(only), None) => only.clone(),
            _ => id,
        }
    }

    /// The documents that are open, also those that are out of sync.
    pub(crate) fn ids(&self) -> Vec<DocumentId> {
        self.lock().keys().cloned().collect()
    }

    /// How many documents are open.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Gives a document the tree that was parsed for one of its revisions.
    pub(crate) fn install(&self, id: &DocumentId, tree: Tree) {
        let mut open = self.lock();
        if let Some(State::InSync { newest, .. }) = open.get_mut(id) {
            let parsed = Arc::new(newest.with_tree(tree));
            let old = std::mem::replace(newest, parsed);
            // To let go of a large tree takes longer than the next edit should wait.
            drop(open);
            drop(old);
        }
    }

    /// A receiver that sees each change after it was applied.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn visited(&self) -> MutexGuard<'_, VecDeque<DocumentId>> {
        self.visited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DocumentId, State>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins a document again from changes of which the last full text makes it known; `open` makes it of a version and a text.
fn reopened(
    language_id: &str,
    version: i32,
    changes: &[Change],
    encoding: Encoding,
    open: impl FnOnce(i32, &str) -> Document,
) -> Option<Snapshot> {
    let full = changes.iter().rposition(|change| change.range.is_none())?;
    let before = version.checked_sub(1)?;
    let snapshot = Snapshot::identified(open(before, &changes[full].text), language_id);
    let changed = snapshot.changed(version, &changes[full + 1..], encoding);
    changed.ok().map(|(snapshot, _edits)| snapshot)
}
