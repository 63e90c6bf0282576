//! The engine's handle: what the rest of Firesteel sees. One thread takes in edits, one makes indexes, and requests run where they are asked.

use std::{
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, Thread},
};

use firesteel_privacy::Guard;
use firesteel_text::{Edit, Text};
use thread_priority::ThreadPriority;

use crate::{
    complete::{CompletionOutcome, Hole},
    doc_comment,
    explain::CodeInFile,
    index::{left_out::LeftOut, walk},
    indexer::{IndexProgress, Indexer, Skips},
    mixer::Mixer,
    related::Snippet,
    state::State,
};

/// Changed files that are read as soon as they have changed; of more the index tells.
const READ_AT_ONCE: usize = 32;

/// Of more changed files it is not asked whether each may be learned from; the index is made by the rules in any case.
const MOST_JUDGED: usize = 1_000;

/// What the engine is to learn from, and where it keeps it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The workspace's folders.
    pub roots: Vec<PathBuf>,
    /// Decides which files may be learned from.
    pub guard: Guard,
    /// Whether the sources of dependencies found on this disk are learned too.
    pub dependencies: bool,
    /// Where indexes are kept between runs; without it they are made anew.
    pub cache_dir: Option<PathBuf>,
    /// Words of the workspace that are indexed at most; eight million unless told. A larger workspace is indexed in part.
    pub max_words: Option<usize>,
    /// A weights file to use in place of the built-in one.
    pub weights: Option<PathBuf>,
}

/// What happened in the editor.
#[derive(Clone, Debug)]
pub enum Observation {
    /// A document was opened, or replaced as a whole.
    Open {
        /// The file's path.
        path: String,
        /// The language's LSP id.
        language_id: String,
        /// Its text.
        text: Text,
    },
    /// A document was edited.
    Edit {
        /// The file's path.
        path: String,
        /// The edits, one after the other.
        edits: Vec<Edit>,
    },
    /// A document was saved.
    Save {
        /// The file's path.
        path: String,
    },
    /// A document was closed.
    Close {
        /// The file's path.
        path: String,
    },
    /// Files came, went or have changed on the disk; see [`Engine::files_changed`].
    FilesChanged {
        /// The number of the change.
        number: u64,
        /// Paths of files and folders, with the texts of the files that are read at once.
        files: Vec<(String, Option<Text>)>,
    },
    /// The workspace's folders are others.
    Roots(Vec<PathBuf>),
    /// Other files may be private by now. The guard tells of that by itself.
    RulesChanged,
}

/// What the engine knows and does at the moment.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// How far the index is, while one is being made.
    pub indexing: Option<IndexProgress>,
    /// Words known from the workspace and its dependencies.
    pub tokens: usize,
    /// Bytes of the indexes, in memory or mapped.
    pub bytes: usize,
    /// Documents that are open.
    pub documents: usize,
    /// How often an index was made or found since the start, of the workspace or of its dependencies.
    pub indexed: u64,
    /// Why files of the workspace are not learned, and how many.
    pub skipped: Skips,
    /// What the index of the workspace has no room for, if it has none for all.
    pub left_out: Option<LeftOut>,
    /// How many files were read for indexes since the start.
    pub files_read: u64,
}

/// A handle on the embedded engine; cloning it is cheap. The engine ends when the last handle goes.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    observations: Sender<Observation>,
    worker: Arc<Worker>,
}

struct Shared {
    guard: Guard,
    state: Mutex<Inner>,
    indexer: Indexer,
    stop: AtomicBool,
    /// How often an index was made or looked at again.
    version: AtomicU64,
    /// Callers that wait for the state; reading long documents gives way to them.
    waiting: AtomicUsize,
}

struct Inner {
    state: State,
    observations: Receiver<Observation>,
}

/// Wakes the thread that takes in observations, and ends it with the last handle.
struct Worker {
    thread: Option<Thread>,
    shared: Arc<Shared>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.indexer.stop();
        if let Some(thread) = &self.thread {
            thread.unpark();
        }
    }
}

impl Engine {
    /// Starts the engine; it answers at once, and better as soon as the first index is made.
    pub fn start(options: Options) -> Engine {
        let (sender, observations) = mpsc::channel();
        let mixer = weights(&options);
        let mut state = State::new(mixer);
        state.roots.clone_from(&options.roots);
        state.guard = options.guard.clone();
        let guard = options.guard.clone();
        let indexer = Indexer::new(options);
        let inner = Inner {
            state,
            observations,
        };
        let shared = Arc::new(Shared {
            guard: guard.clone(),
            state: Mutex::new(inner),
            indexer,
            stop: AtomicBool::new(false),
            version: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
        });
        let thread = spawn("firesteel-local", &shared, Shared::take_in_observations);
        spawn("firesteel-index", &shared, Shared::make_indexes);
        let (rules, reader) = (sender.clone(), thread.clone());
        guard.on_change(move || {
            // Before the question that found the change is answered, so that every later request sees it.
            if rules.send(Observation::RulesChanged).is_ok()
                && let Some(reader) = &reader
            {
                reader.unpark();
            }
        });
        let worker = Arc::new(Worker {
            thread,
            shared: shared.clone(),
        });
        Engine {
            shared,
            observations: sender,
            worker,
        }
    }

    /// Tells the engine what happened. Never blocks; requests made after this see it.
    pub fn observe(&self, observation: Observation) {
        // The receiver lives as long as the engine.
        let _ = self.observations.send(observation);
        if let Some(thread) = &self.worker.thread {
            thread.unpark();
        }
    }

    /// Takes in what has changed on the disk: files and folders that came, went or have another text. Reads a few of the files, on
    /// the thread that calls; the index follows.
    pub fn files_changed(&self, paths: &[PathBuf]) {
        let guard = &self.shared.guard;
        // What git ignores changes all the time, and is not learned from.
        let is_learned = |path: &PathBuf| match walk::is_source(path) {
            true => paths.len() > MOST_JUDGED || guard.check_context(path).is_ok(),
            false => !path.is_file(),
        };
        let paths: Vec<&PathBuf> = paths.iter().filter(|path| is_learned(path)).collect();
        if paths.is_empty() {
            return;
        }
        let number = self.shared.indexer.changed();
        let is_few = paths.len() <= READ_AT_ONCE;
        let read = |path: &PathBuf| {
            let text = is_few.then(|| walk::read_context(guard, path)).flatten();
            let name = path.to_string_lossy().into_owned();
            (name, text.map(|text| Text::new(&text)))
        };
        let files = paths.into_iter().map(read).collect();
        self.observe(Observation::FilesChanged { number, files });
    }

    /// Has all files looked at again: some have changed, and nobody knows which.
    pub fn look_again(&self) {
        self.shared.indexer.changed();
    }

    /// Fills a hole; the text goes to `emit`, which may stop it. Blocks for a few milliseconds at most.
    pub fn complete(
        &self,
        hole: &Hole,
        cancel: &AtomicBool,
        emit: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> CompletionOutcome {
        self.shared.current().complete(hole, cancel, emit)
    }

    /// A doc comment for the target's first function, made of what its signature and body say for certain: Rust `///` or a Python
    /// docstring in the file's own style, as lines without indentation. Nothing when there is no such function, or it has one.
    pub fn document(&self, place: &CodeInFile) -> Option<String> {
        doc_comment::document(place)
    }

    /// What is known about the target, a name or an item, as Markdown: its signature, its doc comment, where it is defined and used.
    pub fn explain(&self, place: &CodeInFile) -> Option<String> {
        self.shared.current().explain(place)
    }

    /// Pieces of other files of the workspace that help to write at a hole, the likeliest to help first.
    pub fn related(&self, hole: &Hole) -> Vec<Snippet> {
        self.shared.current().related(hole)
    }

    /// Another number once the index of the workspace was made, or looked at again. Never blocks.
    pub fn index_version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    /// What the engine knows and does.
    pub fn status(&self) -> Status {
        let indexing = self.shared.indexer.progress();
        let inner = self.shared.lock();
        let indexes = [&inner.state.workspace, &inner.state.dependencies];
        Status {
            indexing,
            tokens: indexes.iter().map(|sources| sources.tokens()).sum(),
            bytes: indexes.iter().map(|sources| sources.bytes()).sum(),
            documents: inner.state.documents.len(),
            indexed: inner.state.indexed,
            skipped: self.shared.indexer.skipped(),
            left_out: self.shared.indexer.left_out(),
            files_read: self.shared.indexer.files_read(),
        }
    }

    /// Waits until the indexes that are being made are made and the open documents are read; for tools and tests.
    pub fn wait_until_indexed(&self) {
        drop(self.shared.current());
        self.shared.indexer.wait();
        while self.shared.current().read_on() {}
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// The state with every observation so far taken in.
pub(crate) struct Current<'a>(MutexGuard<'a, Inner>);

impl std::ops::Deref for Current<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0.state
    }
}

impl std::ops::DerefMut for Current<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.0.state
    }
}

impl Shared {
    /// A panic in another thread leaves evidence that may be wrong but is never unsound.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self) -> Current<'_> {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let mut inner = self.lock();
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        self.take_in(&mut inner);
        Current(inner)
    }

    fn take_in(&self, inner: &mut Inner) {
        while let Ok(observation) = inner.observations.try_recv() {
            match observation {
                Observation::Open { path, text, .. } => {
                    self.indexer.opened(&path);
                    inner.state.opened(&path, text, self.indexer.changes());
                }
                Observation::Edit { path, edits } => inner.state.edit(&path, &edits),
                Observation::Close { path } => {
                    self.indexer.closed(&path);
                    inner.state.close(&path);
                }
                Observation::Save { path } => {
                    if let Some(number) = self.indexer.saved(&path) {
                        inner.state.saved(&path, number);
                    }
                }
                Observation::FilesChanged { number, files } => inner.state.changed(number, files),
                Observation::Roots(roots) => {
                    self.indexer.move_to(&roots);
                    inner.state.roots = roots;
                }
                Observation::RulesChanged => {
                    inner.state.rules_changed(self.indexer.rules_changed());
                }
            }
        }
    }

    /// Takes in observations as they come, so that a request finds little left to do.
    fn take_in_observations(self: Arc<Shared>) {
        while !self.stop.load(Ordering::Acquire) {
            while self.current().read_on() && !self.stop.load(Ordering::Acquire) {
                while self.waiting.load(Ordering::Acquire) > 0 {
                    thread::yield_now();
                }
            }
            thread::park();
        }
    }

    fn make_indexes(self: Arc<Shared>) {
        // A system that does not let a thread be modest still gets its indexes.
        if let Err(error) = thread_priority::set_current_thread_priority(ThreadPriority::Min) {
            tracing::debug!(?error, "indexes are made at the usual priority");
        }
        self.indexer.run(|made| {
            let mut inner = self.lock();
            self.take_in(&mut inner);
            inner.state.made(made);
            self.version.fetch_add(1, Ordering::Release);
        });
    }
}

fn spawn(name: &str, shared: &Arc<Shared>, body: fn(Arc<Shared>)) -> Option<Thread> {
    let shared = shared.clone();
    match thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || body(shared))
    {
        Ok(handle) => Some(handle.thread().clone()),
        Err(error) => {
            tracing::error!(%error, name, "no thread for the embedded engine");
            None
        }
    }
}

fn weights(options: &Options) -> Option<Arc<Mixer>> {
    let own = options.weights.as_ref().and_then(|path| {
        let mixer = std::fs::read(path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| Mixer::read(&bytes).map_err(|error| error.to_string()));
        mixer
            .inspect_err(|error| tracing::warn!(%error, "the weights file is not used"))
            .ok()
    });
    own.or_else(Mixer::built_in).map(Arc::new)
}
