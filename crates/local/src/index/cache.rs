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
            folder: folder.filter(|folder| make_private_folder(folder).is_ok()),
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

    /// Deletes an index that is no longer right.
    pub(crate) fn remove(&self, name: &str) {
        if let Some(path) = self.path(name) {
            // Mostly there is none.
            let _ = fs::remove_file(path);
        }
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
            let ours = is_ours(&path);
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
    write_private(&part, path, bytes)?;
    map(path)
}

/// Writes a file that only this user may read, first under the name `part`.
pub(crate) fn write_private(part: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(part)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(part, path));
    if written.is_err() {
        // It may be there in part, or not at all.
        let _ = fs::remove_file(part);
    }
    written
}

/// Makes a folder that only this user may look into, also of one that is there.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
        builder.mode(0o700).create(folder)?;
        if let Err(error) = fs::set_permissions(folder, fs::Permissions::from_mode(0o700)) {
            // Somebody else's folder; its files are this user's alone all the same.
            tracing::debug!(%error, "the folder of indexes stays as it is");
        }
        for entry in fs::read_dir(folder)?.filter_map(Result::ok) {
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if is_file && is_ours(&entry.path()) {
                // Left by a version that did not care.
                let _ = fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o600));
            }
        }
    }
    #[cfg(not(unix))]
    builder.create(folder)?;
    Ok(())
}

/// Whether a file in the folder is one that this module writes, or that an earlier version has kept there.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let is_index = path
        .extension()
        .is_some_and(|extension| extension == EXTENSION || extension == "part");
    is_index || name.is_some_and(|name| name.starts_with("adaptation-"))
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

    #[cfg(unix)]
    #[test]
    fn only_this_user_may_read_an_index() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("cache/firesteel");
        fs::create_dir_all(&folder).expect("a folder");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("its mode");
        fs::write(folder.join("old.fsindex"), "").expect("a file");
        fs::set_permissions(
            folder.join("old.fsindex"),
            fs::Permissions::from_mode(0o644),
        )
        .expect("its mode");
        let cache = Cache::new(Some(folder.clone()));
        assert!(cache.store("w", 5, bytes("let x = 1;", 5)).is_some());
        let mode = |path: &Path| {
            fs::metadata(path)
                .expect("it is there")
                .permissions()
                .mode()
        };
        assert_eq!(mode(&folder) & 0o777, 0o700);
        for name in ["old.fsindex", "w.fsindex"] {
            assert_eq!(mode(&folder.join(name)) & 0o777, 0o600, "{name}");
        }
        cache.remove("w");
        assert!(!folder.join("w.fsindex").exists());
    }

    #[test]
    fn without_a_folder_it_stays_in_memory() {
        let cache = Cache::new(None);
        assert!(cache.store("w", 5, bytes("let x = 1;", 5)).is_some());
        assert!(cache.load("w", 5).is_none());
    }
}
