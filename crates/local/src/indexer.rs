//! Makes the indexes of the workspace and its dependencies in the background, and again when files have changed.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    clock,
    engine::Options,
    index::{
        Index,
        build::{Builder, Tables},
        cache::{self, Cache, Lock},
        choice::{Choice, Order},
        dependencies,
        files::Stamp,
        left_out::LeftOut,
        segments::{self, Plan, Segment},
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
/// It waits no longer than this: after a long one there is mostly little to do.
const MAX_REST: Duration = Duration::from_secs(10);

/// How often is asked whether another process is done with the index.
const LOCK_POLL: Duration = Duration::from_millis(50);
/// How long the end waits for what may be private by now to be gone from the disk.
const FORGET_LIMIT: Duration = Duration::from_secs(2);
/// Open files near which others come first where there is no room for all; those that were opened last.
const MAX_OPEN: usize = 32;

/// How many files are not learned, by the reason.
pub type Skips = BTreeMap<Skipped, usize>;

/// How far an index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexProgress {
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
    /// These segments.
    New(Vec<Segment>),
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Workspace => "workspace",
            Kind::Dependencies => "dependencies",
        }
    }

    fn tables(self) -> Tables {
        match self {
            Kind::Workspace => Tables::WithContexts,
            Kind::Dependencies => Tables::SuffixesOnly,
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
    /// The files that are open, the latest first.
    open: VecDeque<PathBuf>,
    /// Whether one was opened in another folder since files were last chosen.
    is_elsewhere: bool,
    /// What the index of the workspace has no room for.
    left_out: Option<LeftOut>,
    /// Files read so far.
    files_read: u64,
    progress: Option<IndexProgress>,
    skipped: Skips,
    finished_once: bool,
    /// Whether the indexing thread runs.
    is_running: bool,
}

impl Desk {
    /// The folders of the open files.
    fn folders(&self) -> Vec<PathBuf> {
        let folders = self.open.iter().filter_map(|path| path.parent());
        let mut folders: Vec<PathBuf> = folders.map(Path::to_owned).collect();
        folders.sort();
        folders.dedup();
        folders
    }
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

    pub(crate) fn progress(&self) -> Option<IndexProgress> {
        self.desk().progress
    }

    /// Why files of the workspace are not learned, and how many.
    pub(crate) fn skipped(&self) -> Skips {
        self.desk().skipped.clone()
    }

    /// What the index of the workspace has no room for, if it has none for all.
    pub(crate) fn left_out(&self) -> Option<LeftOut> {
        self.desk().left_out.clone()
    }

    /// How many files were read for indexes since the start.
    pub(crate) fn files_read(&self) -> u64 {
        self.desk().files_read
    }

    /// Ends the indexing thread. What may be private by now is deleted before, which is waited for; nothing else is.
    pub(crate) fn stop(&self) {
        let deadline = Instant::now() + FORGET_LIMIT;
        let mut desk = self.desk();
        desk.stop = true;
        self.changed.notify_all();
        while desk.urgent && desk.is_running {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                tracing::warn!(
                    "an index may still hold what is private by now; the next start deletes it"
                );
                break;
            }
            let waited = self.changed.wait_timeout(desk, left);
            desk = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Notes that a file was opened: files near it come first where there is no room for all.
    pub(crate) fn opened(&self, path: &str) {
        let path = Path::new(path);
        let mut desk = self.desk();
        let is_new = !desk.open.iter().any(|it| it.parent() == path.parent());
        desk.open.retain(|it| it != path);
        desk.open.push_front(path.to_owned());
        desk.open.truncate(MAX_OPEN);
        desk.is_elsewhere |= is_new;
        if desk.left_out.is_some() && desk.is_elsewhere {
            desk.due.get_or_insert(Instant::now() + QUIET_AFTER_CHANGE);
            self.changed.notify_all();
        }
    }

    /// Notes that a file was closed.
    pub(crate) fn closed(&self, path: &str) {
        self.desk().open.retain(|it| it != Path::new(path));
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
        self.desk().is_running = true;
        let (mut workspace, mut dependencies) = (Vec::new(), Vec::new());
        // On a busy machine the thread waits for its turn, which is rest enough.
        let mut begun = clock::now();
        publish(self.latest(Kind::Workspace, &mut workspace));
        if self.options.dependencies && !self.desk().stop {
            publish(self.latest(Kind::Dependencies, &mut dependencies));
        }
        self.cache.sweep();
        self.desk().progress = None;
        self.desk().finished_once = true;
        self.changed.notify_all();
        let rest = |begun| (clock::now().saturating_sub(begun) * REST_FACTOR).min(MAX_REST);
        while self.wait_until_due(rest(begun)) {
            begun = clock::now();
            let (is_urgent, rules) = {
                let desk = self.desk();
                (desk.urgent, desk.rules)
            };
            publish(self.latest(Kind::Workspace, &mut workspace));
            if is_urgent && self.options.dependencies && !self.desk().stop {
                publish(self.latest(Kind::Dependencies, &mut dependencies));
            }
            let mut desk = self.desk();
            desk.progress = None;
            if desk.rules == rules && desk.due.is_none() {
                desk.urgent = false;
            }
            self.changed.notify_all();
        }
        self.desk().is_running = false;
        self.changed.notify_all();
    }

    /// Waits for a save and the quiet after it; false when the engine ends and nothing has to be deleted before.
    fn wait_until_due(&self, rest: Duration) -> bool {
        let earliest = Instant::now() + rest;
        let mut desk = self.desk();
        loop {
            if desk.stop {
                return desk.urgent && desk.due.take().is_some();
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

    /// Brings the segments of an index up to date.
    fn latest(&self, of: Kind, have: &mut Vec<Segment>) -> Made {
        let (saves, rules, roots, order) = {
            let mut desk = self.desk();
            let order = match of {
                Kind::Workspace => {
                    desk.is_elsewhere = false;
                    Order::Near(desk.folders())
                }
                Kind::Dependencies => Order::Paths,
            };
            (desk.saves, desk.rules, desk.roots.clone(), order)
        };
        let name = cache::name(of.name(), &roots);
        let lock = self.lock(&name);
        let guard = &self.options.guard;
        let (files, max_tokens) = match of {
            Kind::Workspace => (walk::files(&roots, guard), self.max_words()),
            Kind::Dependencies => (dependencies::files(&roots, guard), MAX_DEPENDENCY_TOKENS),
        };
        let known: Vec<Arc<Index>> = have.iter().map(|segment| segment.index.clone()).collect();
        let choice = Choice { max_tokens, order };
        let segments = match lock.is_some() {
            true => self.update(of, &name, known, &files, &choice),
            // The engine ends.
            false => None,
        };
        let index = match segments {
            Some(segments) if !is_same(&segments, have) => {
                have.clone_from(&segments);
                Latest::New(segments)
            }
            _ => Latest::Unchanged,
        };
        Made {
            of,
            index,
            saves,
            rules,
        }
    }

    /// Waits until no other process makes the index called `name`; nothing when the engine ends meanwhile.
    fn lock(&self, name: &str) -> Option<Lock> {
        loop {
            // At the end too: what has become private has to go.
            if let held @ Lock::Held(_) = self.cache.try_lock(name) {
                return Some(held);
            }
            let mut desk = self.desk();
            if desk.stop {
                return None;
            }
            desk.progress.get_or_insert_default();
            drop(self.changed.wait_timeout(desk, LOCK_POLL));
        }
    }

    /// The segments that an index of these files has, of which `known` are there already; nothing when the engine ends.
    fn update(
        &self,
        of: Kind,
        name: &str,
        known: Vec<Arc<Index>>,
        files: &[Found],
        choice: &Choice,
    ) -> Option<Vec<Segment>> {
        let mut plan = segments::plan(self.cache.load(name, &known), files, choice);
        // What is not kept may hold what is private by now.
        let keys: Vec<u64> = plan
            .kept
            .iter()
            .map(|segment| segment.index.key())
            .collect();
        self.cache.retain(name, &keys);
        let index = self.read(of, name, &mut plan)?;
        plan.kept
            .extend(index.map(|index| Segment::whole(Arc::new(index))));
        plan.kept
            .sort_by_key(|segment| Reverse(segment.index.tokens()));
        if of == Kind::Workspace {
            let left_out = LeftOut::of(&plan);
            let mut desk = self.desk();
            desk.left_out = left_out;
            if desk.left_out.is_some() && desk.is_elsewhere {
                desk.due.get_or_insert(Instant::now() + QUIET_AFTER_CHANGE);
            }
            desk.skipped = plan.skipped;
        }
        Some(plan.kept)
    }

    /// Reads the files of a plan into a segment, if there are any; nothing at all when the engine ends.
    fn read(&self, of: Kind, name: &str, plan: &mut Plan<'_>) -> Option<Option<Index>> {
        let kind = of.name();
        let mut builder = Builder::new(plan.max_tokens);
        for (done, file) in plan.read.iter().enumerate() {
            if builder.is_full() {
                tracing::info!(kind, files = done, "the index is full");
                plan.left_out.extend(plan.read.drain(done..));
                break;
            }
            let path = file.path.to_string_lossy();
            match walk::read_source(&file.path) {
                Ok(text) => builder.add(&path, file.stamp, &text),
                Err(reason) => {
                    builder.skip(&path, file.stamp, reason);
                    *plan.skipped.entry(reason).or_default() += 1;
                }
            }
            let mut desk = self.desk();
            desk.files_read += 1;
            desk.progress = Some(IndexProgress {
                done: done + 1,
                total: plan.read.len(),
            });
            if desk.stop {
                return None;
            }
        }
        if plan.read.is_empty() {
            return Some(None);
        }
        let (tables, tokens) = (of.tables(), builder.tokens());
        let key = walk::fingerprint(&plan.read);
        let index = builder
            .finish(key, tables)
            .and_then(|bytes| self.cache.store(name, key, bytes));
        tracing::debug!(kind, tokens, files = plan.read.len(), "segment made");
        Some(index)
    }

    fn max_words(&self) -> usize {
        self.options.max_words.unwrap_or(MAX_WORKSPACE_TOKENS)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_same(segments: &[Segment], others: &[Segment]) -> bool {
    let mut both = segments.iter().zip(others);
    segments.len() == others.len() && both.all(|(one, other)| one.is_same(other))
}

/// Indexes texts that are given, not found; for the replay of a history.
pub(crate) fn index_texts<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    tables: Tables,
) -> Option<Arc<Index>> {
    let mut builder = Builder::new(MAX_WORKSPACE_TOKENS);
    files
        .into_iter()
        .for_each(|(path, text)| builder.add(path, Stamp::default(), text));
    let bytes = builder.finish(0, tables)?;
    Index::open(crate::index::Storage::Heap(bytes), 0)
        .ok()
        .map(Arc::new)
}
