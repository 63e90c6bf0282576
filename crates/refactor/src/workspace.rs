//! The workspace's files on disk, as far as they may be read.

use std::path::{Path, PathBuf};

use firesteel_privacy::{Guard, read_regular_text};

use crate::Files;

/// The longest file that is read, in bytes.
const FILE_CAP: u64 = 1024 * 1024;

/// The files in these folders, but for those that must not be shown in others.
#[derive(Clone, Copy, Debug)]
pub struct Workspace<'a> {
    roots: &'a [PathBuf],
    guard: &'a Guard,
}

impl<'a> Workspace<'a> {
    /// The files in these folders.
    pub fn new(roots: &'a [PathBuf], guard: &'a Guard) -> Self {
        Self { roots, guard }
    }

    /// A path relative to the folder that it is in; none by way of a link out of it.
    pub fn relative<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        let is_real = |root: &&PathBuf| match (path.canonicalize(), root.canonicalize()) {
            (Ok(path), Ok(root)) => path.starts_with(root),
            // What is not there is not read either.
            _ => true,
        };
        let root = self.roots.iter().find(|root| path.starts_with(root));
        path.strip_prefix(root.filter(is_real)?).ok()
    }
}

impl Files for Workspace<'_> {
    fn read(&self, path: &Path) -> Option<String> {
        self.relative(path)?;
        self.guard.check_context(path).ok()?;
        read_regular_text(path, FILE_CAP).ok()
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.relative(path).is_some() && path.is_dir()
    }
}
