//! Makes the indexes of the workspace and its dependencies in the background, and again when files have changed.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustc_hash::FxHashSet;

use crate::{
    clock,
    engine::Options,
    index::{
        Index,
        build::{Builder, Tables},
        cache::{self, Cache},
        dependencies,
        walk::{self, Found, Skipped},
    },
};

/// Tokens of the workspace that are indexed; a larger one is indexed in part. It bounds what making an index takes: about 50 bytes each.
const MAX_WORKSPACE_TOKENS: usize = 8_000_000;
/// Tokens of dependencies that are indexed.
const MAX_DEPENDENCY_TOKENS: usize = 5_000_000;
/// After a save, this long nothing is done, for more saves may follow.
const QUIET_AFTER_SAVE: Duration = Duration::from_secs(3);
/// The same after files have changed on the disk, which come one after the other.
const QUIET_AFTER_CHANGE: Duration = Duration::from_millis(500);
/// Making an index again waits at least this many times as long as a processor was busy with the last one.
const REST_FACTOR: u32 = 10;

/// Files that an index from the disk does not have, and of which it is found out why.
const MAX_LOOKED_AT: usize = 1_000;

/// How many files are not learned, by the reason.
pub type Skips = BTreeMap<Skipped, usize>;

/// How far an index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files read so far.
    pub done: usize,
    /// Files to be read.
    pub total: usize,
}

/// Indexes that have just been made, or looked at again.
pub(crate) struct Made {
    pub(crate) of: Kind,
    pub(crate) index: Latest,
    /// The number of the last save that the index knows.
    pub(crate) saves: u64,
    /// How often the rules of what is private had changed when the files were looked for.
    pub(crate) rules: u64,
}

/// What an index is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Workspace,
    Dependencies,
}

/// What an index is now.
pub(crate) enum Latest {
    /// The files are what they were.
    Unchanged,
    /// This one, or none.
    New(Option<Arc<Index>>),
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Workspace => "workspace",
            Kind::Dependencies => "dependencies",
        }
    }
}

/// What the indexing thread is told and tells.
pub(crate) struct Indexer {
    options: Options,
    cache: Cache,
    desk: Mutex<Desk>,
    changed: Condvar,
}

#[derive(Default)]
struct Desk {
    stop: bool,
    /// When to index again, because of a save.
    due: Option<Instant>,
    /// Whether that must not wait, because an index may hold what is private by now.
    urgent: bool,
    /// How often the rules of what is private have changed.
    rules: u64,
    /// Saves so far.
    saves: u64,
    /// The workspace's folders.
    roots: Vec<PathBuf>,
    progress: Option<Progress>,
    skipped: Skips,
    finished_once: bool,
}

impl Indexer {
    pub(crate) fn new(options: Options) -> Indexer {
        let cache = Cache::new(options.cache_dir.clone());
        let desk = Desk {
            roots: options.roots.clone(),
            ..Desk::default()
        };
        Indexer {
            options,
            cache,
            desk: Mutex::new(desk),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn progress(&self) -> Option<Progress> {
        self.desk().progress
    }

    /// Why files of the workspace are not learned, and how many.
    pub(crate) fn skipped(&self) -> Skips {
        self.desk().skipped.clone()
    }

    pub(crate) fn stop(&self) {
        self.desk().stop = true;
        self.changed.notify_all();
    }

    /// Notes that a file was saved, and gives the save a number; the index will follow. Nothing for a file that is not indexed.
    pub(crate) fn saved(&self, path: &str) -> Option<u64> {
        if !walk::is_source(path.as_ref()) {
            return None;
        }
        let mut desk = self.desk();
        desk.due = Some(Instant::now() + QUIET_AFTER_SAVE);
        desk.saves += 1;
        self.changed.notify_all();
        Some(desk.saves)
    }

    /// Notes that files have changed on the disk, and gives the change a number; the index will follow.
    pub(crate) fn changed(&self) -> u64 {
        let mut desk = self.desk();
        desk.due = Some(Instant::now() + QUIET_AFTER_CHANGE);
        desk.saves += 1;
        self.changed.notify_all();
        desk.saves
    }

    /// The number of the last change.
    pub(crate) fn changes(&self) -> u64 {
        self.desk().saves
    }

    /// The workspace's folders are others; all indexes follow at once.
    pub(crate) fn move_to(&self, roots: &[PathBuf]) {
        let mut desk = self.desk();
        desk.roots = roots.to_vec();
        desk.due = Some(Instant::now());
        desk.urgent = true;
        desk.saves += 1;
        self.changed.notify_all();
    }

    /// Notes that other files may be private by now, and gives the number of that change; all indexes follow at once.
    pub(crate) fn rules_changed(&self) -> u64 {
        let mut desk = self.desk();
        desk.due = Some(Instant::now());
        desk.urgent = true;
        desk.rules += 1;
        self.changed.notify_all();
        desk.rules
    }

    /// Waits until the first indexes are made.
    pub(crate) fn wait(&self) {
        let mut desk = self.desk();
        while !(desk.finished_once && !desk.urgent || desk.stop) {
            desk = self
                .changed
                .wait(desk)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The indexing thread: makes all indexes, then that of the workspace whenever it has changed.
    pub(crate) fn run(&self, mut publish: impl FnMut(Made)) {
        let (mut workspace, mut dependencies) = (0, 0);
        // On a busy machine the thread waits for its turn, which is rest enough.
        let mut begun = clock::now();
        publish(self.workspace(&mut workspace));
        if self.options.dependencies && !self.desk().stop {
            publish(self.dependencies(&mut dependencies));
        }
        self.cache.sweep();
        self.desk().progress = None;
        self.desk().finished_once = true;
        self.changed.notify_all();
        while self.wait_until_due(clock::now().saturating_sub(begun) * REST_FACTOR) {
            begun = clock::now();
            let (is_urgent, rules) = {
                let desk = self.desk();
                (desk.urgent, desk.rules)
            };
            publish(self.workspace(&mut workspace));
            if is_urgent && self.options.dependencies && !self.desk().stop {
                publish(self.dependencies(&mut dependencies));
            }
            let mut desk = self.desk();
            desk.progress = None;
            if desk.rules == rules && desk.due.is_none() {
                desk.urgent = false;
            }
            self.changed.notify_all();
        }
    }

    /// Waits for a save and the quiet after it; false when the engine ends.
    fn wait_until_due(&self, rest: Duration) -> bool {
        let earliest = Instant::now() + rest;
        let mut desk = self.desk();
        loop {
            if desk.stop {
                return false;
            }
            let Some(due) = desk.due else {
                desk = self
                    .changed
                    .wait(desk)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let due = if desk.urgent { due } else { due.max(earliest) };
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                desk.due = None;
                return true;
            }
            desk = self
                .changed
                .wait_timeout(desk, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// The index of the workspace, unless it is still the one of `key`.
    fn workspace(&self, key: &mut u64) -> Made {
        self.latest(Kind::Workspace, key, |options, roots| {
            walk::files(roots, &options.guard)
        })
    }

    fn dependencies(&self, key: &mut u64) -> Made {
        self.latest(Kind::Dependencies, key, |options, roots| {
            dependencies::files(roots, &options.guard)
        })
    }

    fn latest(
        &self,
        of: Kind,
        key: &mut u64,
        find: impl Fn(&Options, &[PathBuf]) -> Vec<Found>,
    ) -> Made {
        let (saves, rules, roots) = {
            let desk = self.desk();
            (desk.saves, desk.rules, desk.roots.clone())
        };
        let files = find(&self.options, &roots);
        let new = walk::fingerprint(&files);
        let index = match std::mem::replace(key, new) == new {
            true => Latest::Unchanged,
            false => Latest::New(self.index(of, &roots, &files, new)),
        };
        Made {
            of,
            index,
            saves,
            rules,
        }
    }

    fn index(&self, of: Kind, roots: &[PathBuf], files: &[Found], key: u64) -> Option<Arc<Index>> {
        let kind = of.name();
        let (max_tokens, tables) = match of {
            Kind::Workspace => (MAX_WORKSPACE_TOKENS, Tables::WithContexts),
            Kind::Dependencies => (MAX_DEPENDENCY_TOKENS, Tables::SuffixesOnly),
        };
        let name = cache::name(kind, roots);
        if let Some(index) = self.cache.load(&name, key) {
            if of == Kind::Workspace {
                self.desk().skipped = skipped(files, &index);
            }
            return Some(Arc::new(index));
        }
        // It may hold what is private by now.
        self.cache.remove(&name);
        if of == Kind::Dependencies && files.is_empty() {
            return None;
        }
        let mut builder = Builder::new(max_tokens);
        let mut skipped = Skips::new();
        for (done, file) in files.iter().enumerate() {
            if builder.is_full() {
                tracing::info!(
                    kind,
                    files = done,
                    "the index is full; further files are not learned"
                );
                break;
            }
            match walk::read_source(&file.path) {
                Ok(text) => builder.add(&file.path.to_string_lossy(), &text),
                Err(reason) => *skipped.entry(reason).or_default() += 1,
            }
            let mut desk = self.desk();
            desk.progress = Some(Progress {
                done: done + 1,
                total: files.len(),
            });
            if desk.stop {
                return None;
            }
        }
        if of == Kind::Workspace {
            self.desk().skipped = skipped;
        }
        let tokens = builder.tokens();
        let bytes = builder.finish(key, tables)?;
        tracing::debug!(kind, tokens, bytes = bytes.len(), "index made");
        self.cache.store(&name, key, bytes).map(Arc::new)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why the files are not learned that an index does not have, as far as these are not too many to look.
fn skipped(files: &[Found], index: &Index) -> Skips {
    let known: FxHashSet<&str> = index.paths().collect();
    let is_left_out = |file: &&Found| !known.contains(&*file.path.to_string_lossy());
    let mut skips = Skips::new();
    for file in files.iter().filter(is_left_out).take(MAX_LOOKED_AT) {
        if let Err(reason) = walk::read_source(&file.path) {
            *skips.entry(reason).or_default() += 1;
        }
    }
    skips
}

/// Indexes texts that are given, not found; for the replay of a history.
pub(crate) fn index_texts<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    tables: Tables,
) -> Option<Arc<Index>> {
    let mut builder = Builder::new(MAX_WORKSPACE_TOKENS);
    files
        .into_iter()
        .for_each(|(path, text)| builder.add(path, text));
    let bytes = builder.finish(0, tables)?;
    Index::open(crate::index::Storage::Heap(bytes), 0)
        .ok()
        .map(Arc::new)
}
