//! Keeps indexes on disk, so that the second start is instant: mapped, checked, and rebuilt whenever anything about them is not right.

use std::{
    cmp::Reverse,
    fs::{self, File, TryLockError},
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
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
/// Extension of a file that is locked while an index is made.
const LOCK_EXTENSION: &str = "lock";

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

    /// The segments of the index called `name` that are there and whole, the largest first. Those of `have` are taken as they are;
    /// what no longer is an index is deleted.
    pub(crate) fn load(&self, name: &str, have: &[Arc<Index>]) -> Vec<Arc<Index>> {
        let in_memory = have.iter().filter(|index| index.is_in_memory()).cloned();
        let mut segments: Vec<Arc<Index>> = in_memory.collect();
        for path in self.files_of(name) {
            let key = key_of(&path, name);
            let known = have.iter().find(|index| Some(index.key()) == key);
            let segment = match known.filter(|index| !index.is_in_memory()) {
                Some(index) => Some(index.clone()),
                None => key.and_then(|key| map_whole(&path, key)).map(Arc::new),
            };
            match segment {
                Some(index) => segments.push(index),
                // Damaged, or of another version.
                None => drop(fs::remove_file(&path)),
            }
        }
        segments.sort_by_key(|index| (Reverse(index.tokens()), index.key()));
        segments
    }

    /// Writes a segment and maps it, so that it takes no memory of its own; where that fails it is kept in memory.
    pub(crate) fn store(&self, name: &str, key: u64, bytes: Vec<u8>) -> Option<Index> {
        let mapped = self
            .path(name, key)
            .and_then(|path| write_and_map(&path, &bytes).ok());
        let storage = match mapped {
            Some(storage) => storage,
            None => Storage::Heap(bytes),
        };
        Index::open(storage, key).ok()
    }

    /// Deletes all segments of an index but these.
    pub(crate) fn retain(&self, name: &str, keys: &[u64]) {
        for path in self.files_of(name) {
            if key_of(&path, name).is_none_or(|key| !keys.contains(&key)) {
                // Another server may have been quicker.
                let _ = fs::remove_file(path);
            }
        }
    }

    /// Tries to be the only one of all processes that makes the index called `name`.
    pub(crate) fn try_lock(&self, name: &str) -> Lock {
        let Some(folder) = &self.folder else {
            return Lock::Held(None);
        };
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(folder.join(format!("{name}.{LOCK_EXTENSION}")));
        match file.map(|file| (file.try_lock(), file)) {
            Ok((Err(TryLockError::WouldBlock), _)) => Lock::Busy,
            Ok((Ok(()), file)) => Lock::Held(Some(file)),
            // Without locks two servers may do the same work; each index is whole all the same.
            Ok((Err(TryLockError::Error(_)), _)) | Err(_) => Lock::Held(None),
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

    fn path(&self, name: &str, key: u64) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join(format!("{name}-{key:016x}.{EXTENSION}")))
    }

    /// The files of an index: its segments, and what an earlier version has written in their place.
    fn files_of(&self, name: &str) -> Vec<PathBuf> {
        let entries = self.folder.iter().filter_map(|it| fs::read_dir(it).ok());
        let paths = entries
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()));
        let is_of = |path: &PathBuf| {
            let is_index = path.extension().is_some_and(|it| it == EXTENSION);
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            is_index && stem.is_some_and(|stem| stem.starts_with(name))
        };
        paths.filter(is_of).collect()
    }
}

/// The right to make an index; the system takes it back when the process ends, however it does.
pub(crate) enum Lock {
    Held(#[expect(dead_code, reason = "it is held until it is dropped")] Option<File>),
    /// Another process makes the index.
    Busy,
}

fn key_of(path: &Path, name: &str) -> Option<u64> {
    let stem = path.file_stem()?.to_str()?;
    u64::from_str_radix(stem.strip_prefix(name)?.strip_prefix('-')?, 16).ok()
}

fn map_whole(path: &Path, key: u64) -> Option<Index> {
    let whole = File::open(path).is_ok_and(is_whole);
    let storage = map(path).ok().filter(|_| whole)?;
    let index = Index::open(storage, key).ok()?;
    // A used index counts as young; that its age cannot be set only means that it is rebuilt one day.
    let _ = File::options()
        .append(true)
        .open(path)
        .and_then(|file| file.set_modified(SystemTime::now()));
    Some(index)
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

/// The files of indexes in a folder, each with its size in bytes; none where there is no folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn cached_files(folder: &Path) -> std::io::Result<Vec<(PathBuf, u64)>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        if is_ours(&entry.path()) {
            files.push((entry.path(), entry.metadata()?.len()));
        }
    }
    Ok(files)
}

/// Whether a file in the folder is one that this module writes, or that an earlier version has kept there.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let is_index = path
        .extension()
        .is_some_and(|it| it == EXTENSION || it == LOCK_EXTENSION || it == "part");
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
    // Words are looked up all over it.
    #[cfg(unix)]
    let _ = map.advise(memmap2::Advice::Random);
    Ok(Storage::Mapped { map, file })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{
        build::{Builder, Tables},
        files::Stamp,
    };

    fn bytes(text: &str, key: u64) -> Vec<u8> {
        let mut builder = Builder::new(100_000);
        builder.add("a.rs", Stamp::default(), text);
        builder
            .finish(key, Tables::WithContexts)
            .expect("a small index")
    }

    fn keys(cache: &Cache) -> Vec<u64> {
        let segments = cache.load("w", &[]);
        segments.iter().map(|index| index.key()).collect()
    }

    #[test]
    fn stored_segments_are_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(Some(folder.path().to_path_buf()));
        assert_eq!(keys(&cache), [0; 0]);
        assert!(cache.store("w", 5, bytes("let x = 1;", 5)).is_some());
        assert!(cache.store("w", 6, bytes("let x = 1; y", 6)).is_some());
        assert!(cache.store("v", 7, bytes("let x = 1;", 7)).is_some());
        assert_eq!(keys(&cache), [6, 5], "the largest first");
        assert!(cache.load("w", &[])[0].find("y").is_some());
        cache.retain("w", &[5]);
        assert_eq!(keys(&cache), [5]);
        let have = cache.load("w", &[]);
        let again = cache.load("w", &have);
        assert!(Arc::ptr_eq(&have[0], &again[0]), "it is not mapped twice");
    }

    #[test]
    fn a_damaged_index_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(Some(folder.path().to_path_buf()));
        let good = bytes("let x = 1;", 5);
        let path = folder.path().join("w-0000000000000005.fsindex");
        let mut flipped = good.clone();
        flipped[good.len() - 9] ^= 1;
        let mut older = good.clone();
        older[8] -= 1;
        for damaged in [
            &good[..good.len() / 2],
            &[][..],
            b"nonsense",
            &flipped,
            &older,
        ] {
            fs::write(&path, damaged).expect("a file");
            assert_eq!(keys(&cache), [0; 0]);
            assert!(!path.exists());
        }
        // As an earlier version called it.
        let old = folder.path().join("w.fsindex");
        fs::write(&old, &good).expect("a file");
        assert_eq!(keys(&cache), [0; 0]);
        assert!(!old.exists());
        assert!(cache.store("w", 5, good).is_some());
        assert_eq!(keys(&cache), [5], "a damaged index is replaced");
    }

    #[test]
    fn two_servers_share_a_cache() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::new(Some(folder.path().to_path_buf()));
        let first = cache.store("w", 5, bytes("let x = 1;", 5)).expect("stored");
        let second = cache
            .store("w", 5, bytes("let x = 1;", 5))
            .expect("stored over it");
        cache.retain("w", &[]);
        assert!(first.find("x").is_some(), "the older map stays whole");
        assert!(second.find("x").is_some());
        let mut seen = 0;
        first.declared(7, |_, _| seen += 1);
        assert_eq!(seen, 0);
        let left = fs::read_dir(folder.path()).expect("the folder").count();
        assert_eq!(left, 0, "no half-written file is left");
    }

    #[test]
    fn one_at_a_time_makes_an_index() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = || Cache::new(Some(folder.path().to_path_buf()));
        let is_held = |lock: &Lock| matches!(lock, Lock::Held(_));
        let first = cache().try_lock("w");
        assert!(is_held(&first));
        assert!(!is_held(&cache().try_lock("w")));
        assert!(is_held(&cache().try_lock("v")), "another index");
        drop(first);
        assert!(is_held(&cache().try_lock("w")));
        assert!(is_held(&Cache::new(None).try_lock("w")));
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
        for name in ["old.fsindex", "w-0000000000000005.fsindex"] {
            assert_eq!(mode(&folder.join(name)) & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn without_a_folder_it_stays_in_memory() {
        let cache = Cache::new(None);
        let index = cache
            .store("w", 5, bytes("let x = 1;", 5))
            .expect("an index");
        assert_eq!(keys(&cache), [0; 0]);
        assert_eq!(cache.load("w", &[Arc::new(index)]).len(), 1);
    }
}
