//! Files of which the index of the workspace does not have the newest text: what is open, saved or changed on disk since then
//! stands in for it, and what is gone is not asked for.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use firesteel_text::Text;

use crate::{
    document::OpenDocument,
    evidence::{
        lines::Lines,
        source::{Source, Sources},
    },
    index::walk,
};

/// Files that stand in at once, the latest. What they cost a request is limited where they are searched.
const MAX_FILES: usize = 64;

/// What an index has to be like to know what a file says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// No index can: the text stands in the editor alone.
    Unsaved,
    /// It knows the change of this number, and the file.
    Change(u64),
}

/// The files that stand in, latest last.
#[derive(Default)]
pub(crate) struct Overlay {
    standing: Vec<Standing>,
    /// The texts of those that are not open.
    closed: HashMap<String, OpenDocument>,
    /// Files whose text in the index is no longer right, with the number of the change.
    stale: HashMap<String, u64>,
    /// The number of the last change that the index knows; nothing as long as there is none.
    indexed: Option<u64>,
}

struct Standing {
    path: String,
    since: Since,
}

impl Overlay {
    /// From now on a file that is open stands in for what the index has of it.
    pub(crate) fn stands(&mut self, path: &str, since: Since) {
        if let Some(last) = self.standing.last_mut()
            && last.path == path
        {
            last.since = since;
            return;
        }
        self.standing.retain(|standing| standing.path != path);
        self.standing.push(Standing {
            path: path.to_owned(),
            since,
        });
        if self.standing.len() > MAX_FILES {
            self.standing.remove(0);
        }
        self.forget_unused();
    }

    /// The file does not stand in any more.
    pub(crate) fn leave(&mut self, path: &str) {
        self.standing.retain(|standing| standing.path != path);
        self.closed.remove(path);
    }

    /// A file that is not open has this text now, as the change of this number.
    pub(crate) fn changed(&mut self, path: &str, number: u64, text: Text) {
        self.stale.insert(path.to_owned(), number);
        self.closed.insert(path.to_owned(), OpenDocument::new(text));
        self.stands(path, Since::Change(number));
    }

    /// Files that are gone, or of which nobody has read what they say now. Some may have been folders: what the index has below
    /// those is no longer right either.
    pub(crate) fn gone(&mut self, number: u64, paths: HashSet<String>, index: &Sources) {
        let folders = paths.iter().map(Path::new);
        let folders: HashSet<&Path> = folders.filter(|path| !walk::is_source(path)).collect();
        let is_below = |path: &&str| {
            let mut above = Path::new(path).ancestors().skip(1);
            above.any(|folder| folders.contains(folder))
        };
        let known = index.iter().filter(|_| !folders.is_empty());
        let known = known.flat_map(Source::live_paths);
        let newer = self.closed.keys().map(String::as_str);
        let below = known.chain(newer).filter(is_below);
        let below: Vec<String> = below.map(str::to_owned).collect();
        drop(folders);
        let gone: HashSet<String> = below.into_iter().chain(paths).collect();
        let closed = &self.closed;
        self.standing.retain(|standing| {
            !gone.contains(&standing.path) || !closed.contains_key(&standing.path)
        });
        self.closed.retain(|path, _| !gone.contains(path));
        self.stale
            .extend(gone.into_iter().map(|path| (path, number)));
    }

    /// Takes a document that is closed. It stands in for its file as long as the index does not know what was saved.
    pub(crate) fn closed(&mut self, path: &str, mut document: OpenDocument) {
        let indexed = self.indexed;
        let of = self.standing.iter().find(|standing| standing.path == path);
        let is_saved = of.is_some_and(
            |it| matches!(it.since, Since::Change(number) if indexed.is_none_or(|known| number > known)),
        );
        match is_saved {
            true => {
                document.wake();
                self.closed.insert(path.to_owned(), document);
            }
            false => self.leave(path),
        }
    }

    /// Forgets a closed document; the file is open again.
    pub(crate) fn opened(&mut self, path: &str) {
        self.closed.remove(path);
    }

    /// There is an index now that knows all changes up to this number. Of what is open the files that it does not have go on to
    /// stand in.
    pub(crate) fn indexed(&mut self, number: u64, index: &Sources) {
        self.indexed = Some(number);
        self.stale.retain(|_, changed| *changed > number);
        let mut known: Vec<&str> = index.iter().flat_map(Source::live_paths).collect();
        known.sort_unstable();
        let closed = &self.closed;
        self.standing.retain(|standing| match standing.since {
            Since::Change(change) if change <= number => {
                let path = standing.path.as_str();
                known.binary_search(&path).is_err() && !closed.contains_key(path)
            }
            _ => true,
        });
        self.forget_unused();
    }

    /// All words are numbered anew.
    pub(crate) fn restart(&mut self) {
        for document in self.closed.values_mut() {
            *document = OpenDocument::new(document.text.clone());
        }
    }

    /// Forgets the files that are not to be shown in others.
    pub(crate) fn retain(&mut self, mut is_kept: impl FnMut(&str) -> bool) {
        self.standing.retain(|standing| is_kept(&standing.path));
        self.forget_unused();
    }

    /// Whether the file stands in already with what the editor alone has.
    pub(crate) fn is_unsaved(&self, path: &str) -> bool {
        let last = self.standing.last();
        last.is_some_and(|last| last.path == path && last.since == Since::Unsaved)
    }

    /// The paths of the files that stand in, latest first.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let paths = self.standing.iter().map(|standing| standing.path.as_str());
        paths.rev()
    }

    /// Marks the files of the index whose text is no longer right.
    pub(crate) fn mark_stale(&self, index: &mut Sources) {
        let is_stale = |path: &str| self.stale.contains_key(path);
        index.set_stale(is_stale, !self.stale.is_empty());
    }

    /// What a file that is not open teaches.
    pub(crate) fn lines(&self, path: &str) -> Option<&Lines> {
        self.closed.get(path).map(|document| &document.lines)
    }

    /// All documents of files that are not open.
    pub(crate) fn documents_mut(&mut self) -> impl Iterator<Item = &mut OpenDocument> {
        self.closed.values_mut()
    }

    /// One of them.
    pub(crate) fn document_mut(&mut self, path: &str) -> Option<&mut OpenDocument> {
        self.closed.get_mut(path)
    }

    fn forget_unused(&mut self) {
        let standing = &self.standing;
        self.closed
            .retain(|path, _| standing.iter().any(|standing| standing.path == *path));
    }
}
