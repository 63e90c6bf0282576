//! The open documents: changed only by the ingress, in the order of the wire, and handed out as snapshots.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use firesteel_syntax::{Language, Snapshot, Tree};
use firesteel_text::{Change, Document, Edit, Encoding};
use tokio::sync::watch;

/// The store of open documents.
#[derive(Debug)]
pub(crate) struct Documents {
    open: Mutex<HashMap<Arc<str>, State>>,
    /// Counts changes, so that a task can wait for the next one.
    changes: watch::Sender<u64>,
}

#[derive(Clone, Debug)]
enum State {
    InSync(Arc<Snapshot>),
    /// A change could not be applied: what the client shows is unknown until it sends the full text again.
    OutOfSync(Option<Language>),
}

/// Why a change was not applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error("the document is not open")]
    NotOpen,
    #[error("the document is out of sync until its full text is sent again")]
    OutOfSync,
    #[error(transparent)]
    Version(#[from] firesteel_text::VersionError),
}

impl Documents {
    pub(crate) fn new() -> Self {
        Self {
            open: Mutex::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// Opens a document, or starts it afresh.
    pub(crate) fn open(
        &self,
        uri: &str,
        language_id: &str,
        version: i32,
        text: &str,
    ) -> Arc<Snapshot> {
        let document = Document::open(uri, version, text);
        let language = Language::from_id(language_id).or_else(|| Language::from_path(uri));
        let snapshot = Arc::new(Snapshot::open(document, language));
        let state = State::InSync(snapshot.clone());
        self.lock().insert(uri.into(), state);
        self.changed();
        snapshot
    }

    /// Applies the changes of one `didChange`; returns the new snapshot and the edits in bytes, or no edits when the
    /// document was begun again from its full text.
    ///
    /// # Errors
    /// When the document is not open, or the version does not grow; the document is then out of sync.
    pub(crate) fn change(
        &self,
        uri: &str,
        version: i32,
        changes: &[Change],
        encoding: Encoding,
    ) -> Result<(Arc<Snapshot>, Option<Vec<Edit>>), ChangeError> {
        let mut open = self.lock();
        let state = open.get_mut(uri).ok_or(ChangeError::NotOpen)?;
        let result = match state {
            State::InSync(snapshot) => snapshot
                .changed(version, changes, encoding)
                .map(|(snapshot, edits)| (snapshot, Some(edits))),
            State::OutOfSync(language) => {
                let afresh = reopened(uri, *language, version, changes, encoding);
                Ok((afresh.ok_or(ChangeError::OutOfSync)??, None))
            }
        };
        match result {
            Ok((snapshot, edits)) => {
                let snapshot = Arc::new(snapshot);
                *state = State::InSync(snapshot.clone());
                drop(open);
                self.changed();
                Ok((snapshot, edits))
            }
            Err(error) => {
                if let State::InSync(snapshot) = state {
                    *state = State::OutOfSync(snapshot.language);
                }
                Err(error.into())
            }
        }
    }

    pub(crate) fn close(&self, uri: &str) {
        self.lock().remove(uri);
        self.changed();
    }

    /// The newest snapshot of a document; none when it is not open or out of sync.
    pub(crate) fn get(&self, uri: &str) -> Option<Arc<Snapshot>> {
        match self.lock().get(uri) {
            Some(State::InSync(snapshot)) => Some(snapshot.clone()),
            _ => None,
        }
    }

    /// How many documents are open.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Gives a document the tree that was parsed for one of its revisions.
    pub(crate) fn install(&self, uri: &str, tree: Tree) {
        if let Some(State::InSync(snapshot)) = self.lock().get_mut(uri) {
            *snapshot = Arc::new(snapshot.with_tree(tree));
        }
    }

    /// A receiver that sees each change after it was applied.
    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, State>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins a document again from changes of which the last full text makes it known.
fn reopened(
    uri: &str,
    language: Option<Language>,
    version: i32,
    changes: &[Change],
    encoding: Encoding,
) -> Option<Result<Snapshot, firesteel_text::VersionError>> {
    let full = changes.iter().rposition(|change| change.range.is_none())?;
    let document = Document::open(uri, version.saturating_sub(1), &changes[full].text);
    let snapshot = Snapshot::open(document, language);
    let changed = snapshot.changed(version, &changes[full + 1..], encoding);
    Some(changed.map(|(snapshot, _edits)| snapshot))
}
