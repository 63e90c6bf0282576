//! What of an edit the user has to confirm before it is written: files that run by themselves or decide what runs.

use std::path::{Path, PathBuf};

use firesteel_engine::edit::{Batch, FileError, FileHunk, NotLanded, Run};
use firesteel_privacy::{Protected, Write, may_write};
use firesteel_text::DocumentId;

use crate::session::Core;

/// What a run may not write by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Withheld {
    /// What would be written.
    pub(crate) batch: Batch,
    /// The files, as the user knows them, and why each has to be confirmed.
    files: Vec<(String, &'static str)>,
    /// Whether the user was asked already, and did not confirm it.
    pub(crate) is_declined: bool,
}

impl Withheld {
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    pub(crate) fn lines(&self) -> usize {
        lines(&self.batch)
    }

    fn add(&mut self, file: String, why: &'static str) {
        if !self.files.iter().any(|(known, _)| *known == file) {
            self.files.push((file, why));
        }
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.files.iter().map(|(file, _)| file.as_str()).collect();
        names.join(", ")
    }

    /// Offers it as a code action, unless the user has declined it; returns what the user is told.
    pub(crate) fn offer(self, core: &Core, run: &Run) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let (names, n_lines) = (self.names(), self.lines());
        if self.is_declined {
            return Some(format!("{names} was not written: you did not confirm it"));
        }
        let why: Vec<_> = { self.files.iter() }
            .map(|(file, why)| format!("{file} {why}"))
            .collect();
        let title = format!("Write {names} ({n_lines} lines)");
        let said = format!(
            "{names} is not written unless you confirm it, for {}; “{title}” is among the code actions",
            why.join("; ")
        );
        core.runs.offer_confirmed(run, title, self.batch);
        Some(said)
    }
}

/// The lines that a batch writes.
fn lines(batch: &Batch) -> usize {
    let hunks = batch.hunks.iter().map(|FileHunk { hunk, .. }| hunk.lines());
    let creates = batch.creates.iter().map(|(_, text)| text.lines().count());
    hunks.chain(creates).sum()
}

/// Takes out of a batch what the user has to confirm. What the user edits in the document `home`, where they asked for it,
/// is theirs to change.
///
/// # Errors
/// When something in it may not be written at all.
pub(crate) fn split(
    core: &Core,
    batch: Batch,
    home: &DocumentId,
    file: impl Fn(&str) -> Result<PathBuf, FileError>,
) -> Result<(Batch, Withheld), NotLanded> {
    let (mut free, mut withheld) = (Batch::default(), Withheld::default());
    for hunk in batch.hunks {
        let is_home = hunk.id == *home;
        match verdict(core, &hunk.id.path(), Write::Change, is_home)? {
            Some((file, why)) => {
                withheld.add(file, why);
                withheld.batch.hunks.push(hunk);
            }
            None => free.hunks.push(hunk),
        }
    }
    for (named, text) in batch.creates {
        let path = file(&named)?;
        match verdict(core, &path, Write::Create, false)? {
            Some((file, why)) => {
                withheld.add(file, why);
                withheld.batch.creates.push((named, text));
            }
            None => free.creates.push((named, text)),
        }
    }
    // What a run made, and is taken back while it is unchanged.
    free.deletes = batch.deletes;
    Ok((free, withheld))
}

/// The file's name and the reason, where it has to be confirmed.
fn verdict(
    core: &Core,
    path: &Path,
    write: Write,
    is_home: bool,
) -> Result<Option<(String, &'static str)>, NotLanded> {
    let file = core.engine.settings().guard.label(path);
    match protection(path, write) {
        Some(why @ Protected::Control) => Err(NotLanded::Forbidden(format!(
            "{file} is not written to: {why}"
        ))),
        Some(Protected::Confirm(why)) if !is_home => Ok(Some((file, why))),
        _ => Ok(None),
    }
}

/// Whether a file is protected, by its name or by that of what links lead to.
pub(crate) fn protection(path: &Path, write: Write) -> Option<Protected> {
    let real = real(path);
    let verdicts = [Some(path), real.as_deref()].into_iter().flatten();
    let verdicts = verdicts.filter_map(|path| may_write(path, write).err());
    // What is refused comes before what can be confirmed.
    verdicts.max_by_key(|verdict| *verdict == Protected::Control)
}

/// The path with its links followed, as far as it exists.
fn real(path: &Path) -> Option<PathBuf> {
    path.ancestors().find_map(|part| {
        let real = part.canonicalize().ok()?;
        let rest = path.strip_prefix(part).ok()?;
        // Joining nothing would put a separator behind a file.
        Some(match rest.as_os_str().is_empty() {
            true => real,
            false => real.join(rest),
        })
    })
}
