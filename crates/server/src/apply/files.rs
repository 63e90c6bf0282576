//! Which file a run means, and its newest state: what is open is never taken from the disk, by whatever name it is open.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use firesteel_engine::edit::{FileError, NotLanded, NotWritten, confine, relative_path};
use firesteel_privacy::read_regular_text;
use firesteel_syntax::{Language, Snapshot};
use firesteel_text::DocumentId;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

use super::EditorLanding;
use crate::workspace_edit;

/// A file that is not open, in bytes; a longer one is not edited.
pub(super) const FILE_CAP: u64 = 1024 * 1024;

impl EditorLanding {
    /// The file that a model named, if a run may write it.
    pub(super) fn confined(&self, named: &str) -> Result<PathBuf, FileError> {
        let home = self.home.path();
        blocking(|| {
            let file = confine(&self.core.folders(), &home, named);
            let file = file.map_err(|why| refused(named, why))?;
            self.allowed(named, &file)?;
            Ok(file)
        })
    }

    fn allowed(&self, named: &str, file: &Path) -> Result<(), FileError> {
        let guard = &self.core.engine.settings().guard;
        guard.check(file).map_err(|why| refused(named, why))
    }

    /// The open document that a model means by a path, whether there is a file yet or not.
    pub(super) fn open_by_name(&self, named: &str) -> Result<Option<Arc<Snapshot>>, FileError> {
        blocking(|| self.find_open(named))
    }

    fn find_open(&self, named: &str) -> Result<Option<Arc<Snapshot>>, FileError> {
        let documents = &self.core.documents;
        let guard = &self.core.engine.settings().guard;
        let is_home = guard.label(&self.home.path()) == named;
        let home = Some(self.home.clone()).filter(|home| is_home && documents.ids().contains(home));
        let Some(id) = home.or_else(|| self.open_in_workspace(named)) else {
            return Ok(None);
        };
        self.allowed(named, &id.path())?;
        let open = documents.get(&id);
        open.map(Some).ok_or_else(|| out_of_sync(named))
    }

    /// The open document with this path in one of the workspace's folders, that of the run's own document first.
    fn open_in_workspace(&self, named: &str) -> Option<DocumentId> {
        let relative = relative_path(named).ok()?;
        let home = self.home.path();
        let mut roots = self.core.roots();
        roots.sort_by_key(|root| !home.starts_with(root.path()));
        let open = self.core.documents.ids();
        let is_open = |id: &DocumentId| open.contains(id);
        let root = roots
            .into_iter()
            .find(|root| is_open(&root.join(&relative)))?;
        // A link must not lead out of the folder, be the document open or not.
        let folder = root.on_disk();
        let is_within = |folder| confine(&[folder], &home, named).is_ok();
        folder.is_none_or(is_within).then(|| root.join(&relative))
    }

    /// The open document that is the file at `path`, by whatever name the client has opened it.
    pub(super) fn open_as(&self, path: &Path) -> Result<Option<Arc<Snapshot>>, FileError> {
        blocking(|| self.find_open_as(path))
    }

    fn find_open_as(&self, path: &Path) -> Result<Option<Arc<Snapshot>>, FileError> {
        let (id, documents) = (DocumentId::from_path(path), &self.core.documents);
        let open = documents.ids();
        let same = { open.iter() }
            .find(|open| **open == id)
            .or_else(|| open.iter().find(|open| is_same_file(open, path)));
        let alike = || Some(documents.resolve(id.clone())).filter(|alike| open.contains(alike));
        let found = match same {
            Some(same) => Some(same.clone()),
            // Of two names that differ in Unicode's normal form only, the one that is there is meant.
            None => alike().filter(|_| path.symlink_metadata().is_err()),
        };
        let Some(found) = found else {
            return Ok(None);
        };
        let name = path.display().to_string();
        if found.scheme() == "vscode-notebook-cell" {
            return Err(refused(&name, NotWritten::Notebook));
        }
        self.allowed(&name, &found.path())?;
        let open = documents.get(&found);
        open.map(Some).ok_or_else(|| out_of_sync(&name))
    }

    pub(super) fn read(&mut self, file: &Path) -> Result<Arc<Snapshot>, FileError> {
        let unreadable = |why: std::io::Error| FileError::Unreadable {
            named: file.display().to_string(),
            why: why.to_string(),
        };
        let text = blocking(|| read_regular_text(file, FILE_CAP));
        let text = text.map_err(unreadable)?;
        // Editors take a byte order mark off the text, and count positions without it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let uri = DocumentId::from_path(file).to_uri().into();
        let document = self
            .core
            .runs
            .document(uri, workspace_edit::CLOSED, text, |_| None);
        let id = document.id.clone();
        let snapshot = Arc::new(Snapshot::open(document, Language::from_path(file)));
        self.closed.insert(id, snapshot.clone());
        Ok(snapshot)
    }

    /// The newest state of a file: what is open, and not what is on the disk, wherever there is both.
    pub(super) fn file(&mut self, id: &DocumentId) -> Result<Arc<Snapshot>, NotLanded> {
        if let Some(open) = self.core.documents.get(id) {
            return Ok(open);
        }
        let path = id.on_disk().ok_or(NotLanded::PlaceGone)?;
        match self.open_as(&path)? {
            Some(open) => Ok(open),
            None => match self.closed.get(id) {
                Some(closed) => Ok(closed.clone()),
                // A file of an earlier run, closed since.
                None => Ok(self.read(&path)?),
            },
        }
    }

    /// Whether a file exists, on the disk or in the editor.
    pub(super) fn is_there(&self, id: &DocumentId) -> bool {
        let is_on_disk = || blocking(|| id.on_disk().is_some_and(|path| path.exists()));
        self.core.documents.ids().contains(id) || is_on_disk()
    }

    /// What the client calls a file.
    pub(super) fn spelling(&self, id: &DocumentId) -> Arc<str> {
        let documents = &self.core.documents;
        let open = documents.get(&documents.resolve(id.clone()));
        open.map_or_else(|| id.to_uri().into(), |open| open.document.uri.clone())
    }
}

/// Looks at the disk where that holds up no other task.
pub(super) fn blocking<T>(look: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => block_in_place(look),
        // There are no other threads to pass the tasks to, or no tasks.
        _ => look(),
    }
}

fn refused(named: &str, why: impl Into<NotWritten>) -> FileError {
    FileError::NotWritten {
        named: named.to_owned(),
        why: why.into(),
    }
}

fn out_of_sync(named: &str) -> FileError {
    refused(named, NotWritten::OutOfSync)
}

/// Whether an open document is kept in this file: by its own path, by a link to it, or as part of it.
fn is_same_file(open: &DocumentId, path: &Path) -> bool {
    let its = match open.scheme() {
        "untitled" | "vscode-notebook-cell" => open.file_path(),
        _ => open.on_disk(),
    };
    its.is_some_and(|its| its == path || is_same_on_disk(&its, path))
}

#[cfg(unix)]
fn is_same_on_disk(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let key = |path: &Path| std::fs::metadata(path).map(|of| (of.dev(), of.ino()));
    match (key(one), key(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => is_same_place(one, other),
    }
}

#[cfg(not(unix))]
fn is_same_on_disk(one: &Path, other: &Path) -> bool {
    is_same_place(one, other)
}

/// Whether two paths lead to one place; the file need not be there yet.
fn is_same_place(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        path.canonicalize().ok().or_else(|| {
            let folder = path.parent()?.canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        })
    };
    real(one).is_some_and(|one| real(other) == Some(one))
}
