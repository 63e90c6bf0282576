//! Files saved since the index of the workspace was begun: they stand in for what the index knows of them, until the next index.

use std::collections::HashMap;

use crate::document::OpenDocument;

/// Saved files that stand in at once, the latest; each costs a request about as much as the file that it is in.
const MAX_FILES: usize = 4;

/// The saved files, latest last.
#[derive(Default)]
pub(crate) struct Overlay {
    saved: Vec<Saved>,
    /// Those that were closed since.
    closed: HashMap<String, OpenDocument>,
}

struct Saved {
    path: String,
    /// The number of the save.
    number: u64,
}

impl Overlay {
    /// Notes that the file was saved, as the save of this number.
    pub(crate) fn saved(&mut self, path: &str, number: u64) {
        self.saved.retain(|saved| saved.path != path);
        self.saved.push(Saved {
            path: path.to_owned(),
            number,
        });
        if self.saved.len() > MAX_FILES {
            self.saved.remove(0);
        }
        self.forget_unused();
    }

    /// Takes a document that is closed, if it stands in for its file.
    pub(crate) fn closed(&mut self, path: &str, document: OpenDocument) {
        if self.paths().any(|saved| saved == path) {
            self.closed.insert(path.to_owned(), document);
        }
    }

    /// Forgets a closed document; the file is open again.
    pub(crate) fn opened(&mut self, path: &str) {
        self.closed.remove(path);
    }

    /// Forgets all saves up to this number: there is an index now that knows them.
    pub(crate) fn indexed(&mut self, number: u64) {
        self.saved.retain(|saved| saved.number > number);
        self.forget_unused();
    }

    /// The paths of the files that stand in.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.saved.iter().map(|saved| saved.path.as_str())
    }

    /// The document of a file that was closed.
    pub(crate) fn document(&self, path: &str) -> Option<&OpenDocument> {
        self.closed.get(path)
    }

    /// All documents of files that were closed.
    pub(crate) fn documents_mut(&mut self) -> impl Iterator<Item = &mut OpenDocument> {
        self.closed.values_mut()
    }

    fn forget_unused(&mut self) {
        let saved = &self.saved;
        self.closed
            .retain(|path, _| saved.iter().any(|saved| saved.path == *path));
    }
}
