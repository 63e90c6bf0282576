//! Where a run's text lands: the editor, as the server sees it, and what lands there in one go.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use firesteel_syntax::{Language, Snapshot};
use firesteel_text::{Document, DocumentId};

use super::error::FileError;
use super::hunks::Hunk;
use crate::editorconfig::style;

/// A hunk of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHunk {
    /// The file.
    pub id: DocumentId,
    /// The hunk.
    pub hunk: Hunk,
}

/// How to take back a part of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// Puts the old lines back.
    Hunk(FileHunk),
    /// Removes a file that the run made, while it has this text.
    Create(NewFile),
}

/// A file that a run made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// The file.
    pub id: DocumentId,
    /// Its text.
    pub text: String,
}

impl NewFile {
    /// The file at `path` with a text that a model wrote, as such files are written beside the document in which the run
    /// began.
    pub fn new(path: &Path, text: &str, home: Option<&Document>) -> Self {
        let id = DocumentId::from_path(path);
        let snapshot = Snapshot::open(
            Document::open(id.to_uri(), 0, ""),
            Language::from_path(path),
        );
        let style = style(&snapshot, path);
        let ending = home.map(|home| home.text.line_ending());
        Self {
            id,
            text: style.new_file(text, ending.unwrap_or_default()),
        }
    }
}

/// What lands in one go.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Replacements.
    pub hunks: Vec<FileHunk>,
    /// New files: the path as the model gave it, and the text.
    pub creates: Vec<(String, String)>,
    /// Files to remove that a run made, unless they have been changed.
    pub deletes: Vec<NewFile>,
}

impl Batch {
    /// What takes back a run, or a part of it.
    pub fn of_undo(undo: impl IntoIterator<Item = Undo>) -> Self {
        let mut batch = Self::default();
        for undo in undo {
            match undo {
                Undo::Hunk(hunk) => batch.hunks.push(hunk),
                Undo::Create(file) => batch.deletes.push(file),
            }
        }
        batch
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.hunks.is_empty() && self.creates.is_empty() && self.deletes.is_empty()
    }
}

/// The outcome of a batch.
#[derive(Debug, Default)]
pub struct Landed {
    /// How to take back what landed.
    pub undo: Vec<Undo>,
    /// What did not land since the user changed the same lines.
    pub touched: Vec<FileHunk>,
    /// Lines that the user has to confirm first.
    pub withheld: usize,
}

/// Why nothing of a batch reached its files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLanded {
    /// The document was closed, or changed beyond recognition.
    #[error("the place of the edit is gone")]
    PlaceGone,
    /// The editor refused, or the user did.
    #[error("the editor refused the edit: {0}")]
    Refused(String),
    /// The editor said yes, but the text never showed up.
    #[error("the editor did not apply the edit in time")]
    NoEcho,
    /// A file that a run may not touch.
    #[error("{0}")]
    Forbidden(String),
}

impl From<FileError> for NotLanded {
    fn from(error: FileError) -> Self {
        Self::Forbidden(error.to_string())
    }
}

/// Where a run's text lands: the editor, as the server sees it.
pub trait Landing: Send {
    /// The newest state of a file that the run has seen; none once it was closed.
    fn newest(&mut self, id: &DocumentId) -> Option<Arc<Snapshot>>;

    /// A file of the project by the path that a model gave.
    ///
    /// # Errors
    /// Why the run may not touch it, or that there is none.
    fn open(&mut self, path: &str) -> Result<Arc<Snapshot>, FileError>;

    /// Whether edits of a file may land before the answer is whole.
    fn streams(&self, id: &DocumentId) -> bool;

    /// Applies a batch and waits until the documents have it.
    fn land(&mut self, batch: Batch) -> impl Future<Output = Result<Landed, NotLanded>> + Send;

    /// Waits for the next change of any document.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;

    /// Whether nothing lands at all: then other runs on the same lines are not in the way.
    fn is_dry(&self) -> bool {
        false
    }

    /// Tells the user how far the run is.
    fn progress(&mut self, progress: Progress);
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It waits for the lines that this run works at.
    Waiting(String),
    /// So many lines are written.
    Lines(usize),
}
