//! Texts that are shown in documents of their own: files that only this user can read, with names that nobody can foresee,
//! which are removed when they are closed, or with the conversation.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempPath;

/// Files of one conversation; the oldest makes room.
const FILES_CAP: usize = 16;
/// Random characters of a name.
const RANDOM: usize = 16;
/// The longest part of a name that tells what it is, in characters.
const TITLE_CAP: usize = 40;
/// How long a file may stay that a process left behind which was killed.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 60 * 60);

/// The files that are shown; dropping it removes them.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<Vec<TempPath>>);

impl Shown {
    /// Writes a text below a folder; returns where. It takes file access.
    ///
    /// # Errors
    /// Where it cannot be written so that only this user can read it.
    pub(crate) fn write(&self, cache: &Path, title: &str, text: &str) -> std::io::Result<PathBuf> {
        let folder = cache.join("shown");
        make_private(&folder)?;
        sweep(&folder);
        let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
        let name: String = title.chars().map(plain).take(TITLE_CAP).collect();
        // Files are made for this user only, and only where there is none.
        let file = tempfile::Builder::new()
            .prefix(&format!("{name}-"))
            .suffix(".md")
            .rand_bytes(RANDOM)
            .tempfile_in(&folder)?;
        std::fs::write(file.path(), text)?;
        let file = file.into_temp_path();
        let path = file.to_path_buf();
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.push(file);
        let n_old = files.len().saturating_sub(FILES_CAP);
        let old: Vec<TempPath> = files.drain(..n_old).collect();
        drop(files);
        drop(old);
        Ok(path)
    }

    /// Takes out a file that was closed, or all of them; dropping what comes back removes it from the disk.
    pub(crate) fn take(&self, closed: Option<&Path>) -> Vec<TempPath> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |file: &mut TempPath| closed.is_none_or(|closed| **file == *closed);
        files.extract_if(.., is_meant).collect()
    }
}

/// A folder that only this user can look into.
fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // This fails for a process that does not own it.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    match std::fs::symlink_metadata(folder)?.is_dir() {
        true => Ok(()),
        false => Err(std::io::ErrorKind::NotADirectory.into()),
    }
}

/// Removes what a process left behind that was killed.
fn sweep(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age > LEFT_BEHIND) {
            // Another process may have been faster.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
