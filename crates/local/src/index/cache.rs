//! Keeps indexes on disk, so that the second start is instant: mapped, checked, and rebuilt whenever anything about them is not right.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use crate::{
    index::{Index, Storage, format::is_whole},
    vocabulary::hash_text,
};

/// Indexes that were not used for this long are deleted.
const MAX_AGE: Duration = Duration::from_secs(60 * 24 * 60 * 60);
/// Extension of an index file.
const EXTENSION: &str = "fsindex";

/// A folder of indexes. Without one, indexes live in memory only.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    pub(crate) fn new(folder: Option<PathBuf>) -> Cache {
        Cache {
            folder: folder.filter(|folder| fs::create_dir_all(folder).is_ok()),
        }
    }

    /// The index called `name` if it is there, whole, and of the files that `key` stands for.
    pub(crate) fn load(&self, name: &str, key: u64) -> Option<Index> {
        let path = self.path(name)?;
        let whole = File::open(&path).is_ok_and(is_whole);
        let index = map(&path)
            .ok()
            .filter(|_| whole)
            .and_then(|storage| Index::open(storage, key).ok())?;
        // A used index counts as young; that its age cannot be set only means that it is rebuilt one day.
        let _ = File::options()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::now()));
        Some(index)
    }

    /// Writes an index and maps it, so that it takes no memory of its own; where that fails it is kept in memory.
    pub(crate) fn store(&self, name: &str, key: u64, bytes: Vec<u8>) -> Option<Index> {
        let mapped = self
            .path(name)
            .and_then(|path| write_and_map(&path, &bytes).ok());
        let storage = match mapped {
            Some(storage) => storage,
            None => Storage::Heap(bytes),
        };
        Index::open(storage, key).ok()
    }

    /// Deletes indexes that nobody has used for long.
    pub(crate) fn sweep(&self) {
        let Some(entries) = self
            .folder
            .as_ref()
            .and_then(|folder| fs::read_dir(folder).ok())
        else {
            return;
        };
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let ours = path
                .extension()
                .is_some_and(|extension| extension == EXTENSION || extension == "part");
            let age = fs::metadata(&path)
                .and_then(|metadata| metadata.modified())
                .ok()
                .and_then(|time| time.elapsed().ok());
            if ours && age.is_some_and(|age| age > MAX_AGE) {
                // Another server may have been quicker.
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// A file beside the indexes.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(name))
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{name}.{EXTENSION}")))
    }
}

/// The name of the index of these roots.
pub(crate) fn name(kind: &str, roots: &[PathBuf]) -> String {
    let key = roots.iter().fold(0u64, |key, root| {
        key.rotate_left(7) ^ hash_text(&root.to_string_lossy())
    });
    format!("{kind}-{key:016x}")
}

/// Writes under a name of its own and renames, so that two servers on one cache never see half an index.
fn write_and_map(path: &Path, bytes: &[u8]) -> std::io::Result<Storage> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let unique = format!(
        "{}-{}.part",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let part = path.with_extension(unique);
    let written = File::create(&part)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&part, path));
    if let Err(error) = written {
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    map(path)
}

#[expect(
    unsafe_code,
    reason = "mapping a file is unsafe, since another process could cut it; ours only ever replaces it by renaming"
)]
fn map(path: &Path) -> std::io::Result<Storage> {
    let file = File::open(path)?;
    // SAFETY: an index file is written once under another name, renamed into place and never written again; a process
    // that nevertheless changes it can make results wrong, for every read is checked against the section's length.
    let map = unsafe { memmap2::Mmap::map(&file)? };
    Ok(Storage::Mapped(map))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::build::{Builder, Tables};

    fn bytes(text: &str, key: u64) -> Vec<u8> {
        let mut builder = Builder::new(100_000);
        builder.add("a.rs", text);
        builder
            .finish(key, Tables::WithContexts)
            .expect("a small index")
    }

    #[test]
    fn a_stored_index_is_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(Some(folder.path().to_path_buf()));
        assert!(cache.load("w", 5).is_none());
        assert!(cache.store("w", 5, bytes("let x = 1;", 5)).is_some());
        let again = cache.load("w", 5).expect("it was stored");
        assert!(again.find("let").is_some());
        assert!(
            cache.load("w", 6).is_none(),
            "another key is another state of the files"
        );
    }

    #[test]
    fn a_damaged_index_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(Some(folder.path().to_path_buf()));
        let good = bytes("let x = 1;", 5);
        let path = folder.path().join("w.fsindex");
        for damaged in [&good[..good.len() / 2], &[][..], b"nonsense"] {
            fs::write(&path, damaged).expect("a file");
            assert!(cache.load("w", 5).is_none());
        }
        let mut flipped = good.clone();
        let middle = good.len() - 9;
        flipped[middle] ^= 1;
        fs::write(&path, flipped).expect("a file");
        assert!(cache.load("w", 5).is_none());
        assert!(cache.store("w", 5, good).is_some());
        assert!(cache.load("w", 5).is_some(), "a damaged index is replaced");
    }

    #[test]
    fn two_servers_share_a_cache() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(Some(folder.path().to_path_buf()));
        let first = cache.store("w", 5, bytes("let x = 1;", 5)).expect("stored");
        let second = cache
            .store("w", 6, bytes("let y = 2;", 6))
            .expect("stored over it");
        assert!(first.find("x").is_some(), "the older map stays whole");
        assert!(second.find("y").is_some());
        let parts = fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(parts, 1, "no half-written file is left");
    }

    #[test]
    fn without_a_folder_it_stays_in_memory() {
        let cache = Cache::new(None);
        assert!(cache.store("w", 5, bytes("let x = 1;", 5)).is_some());
        assert!(cache.load("w", 5).is_none());
    }
}
