//! Which files a model may see or change: decided on the file itself, by its names, its language and the ignore files above it.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Instant;

use crate::ignores::{Excluded, FRESH, Ignores};
use crate::links::reached;
use crate::names::{is_private_language, private_kind};

/// Decisions remembered; those of more files are decided anew.
const MAX_DECISIONS: usize = 10_000;

/// Why a document's text stays here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Keys, certificates, environment files and the like, by their name.
    #[error("{path} is private by its name: it is {kind}")]
    PrivateName {
        /// The document, or what a link leads to.
        path: String,
        /// What such a name stands for.
        kind: &'static str,
    },
    /// The client says that it is such a file.
    #[error("{path} is private by its language, {language}")]
    PrivateLanguage {
        /// The document.
        path: String,
        /// The language's id.
        language: String,
    },
    /// A pattern of an ignore file.
    #[error("{path} is excluded by {ignore_file}")]
    Ignored {
        /// The document, or what a link leads to.
        path: String,
        /// The ignore file that excludes it.
        ignore_file: String,
    },
    /// Nobody knows what it is.
    #[error("{0} is a link that leads nowhere, over too many others")]
    Links(String),
}

/// What a file is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The user is in it: its text goes to the model that is asked about it, or it is to be written.
    Target,
    /// A piece of it helps with another file. What git ignores does not, unless the user wants that.
    Context,
}

/// Whether an answer can have changed since it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It is a moment old, or less.
    Fresh,
    /// Links and ignore files were not looked at for a while.
    Stale,
}

/// What the user decides about files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileOptions {
    /// Whether a file that git ignores may help with another one.
    pub git_ignored_context: bool,
}

/// Decides what may be shown to a model and changed by it. Clones share what is known.
///
/// A question reads the disk: links, and which ignore files there are. The answer is kept for a tenth of a second, and after that
/// for as long as these are as they were, so that a question costs some microseconds. [`Guard::known`] reads nothing.
#[derive(Clone, Default)]
pub struct Guard {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    roots: RwLock<Vec<PathBuf>>,
    options: RwLock<FileOptions>,
    ignores: Ignores,
    decisions: Mutex<HashMap<PathBuf, Arc<Decision>>>,
    /// Open documents of which more is known than their paths.
    opened: Mutex<HashMap<PathBuf, Opened>>,
    /// The generation that the listeners know.
    told: AtomicU64,
    listeners: Mutex<Vec<Listener>>,
}

type Listener = Box<dyn Fn() + Send + Sync>;

/// What the client has told of a document.
struct Opened {
    /// Its language, if it is one of private files.
    language: Option<String>,
    /// Other paths that its URI may mean, or of the file that it is a version or a part of.
    means: Vec<PathBuf>,
}

/// What is known of a file.
#[derive(Clone)]
struct Decision {
    generation: u64,
    checked: Instant,
    /// Every path by which it is reached.
    reached: Vec<PathBuf>,
    private: Option<Refused>,
    /// By what git ignores it.
    git: Option<Refused>,
}

impl Guard {
    /// A guard for a workspace of these folders.
    pub fn new(roots: Vec<PathBuf>) -> Self {
        Self::with_options(roots, FileOptions::default())
    }

    /// A guard for a workspace of these folders, as the user wants it.
    pub fn with_options(roots: Vec<PathBuf>, options: FileOptions) -> Self {
        let shared = Shared {
            roots: RwLock::new(roots),
            options: RwLock::new(options),
            ..Shared::default()
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Takes in changed options.
    pub fn configure(&self, options: FileOptions) {
        let before = {
            let current = self.shared.options.write();
            let mut current = current.unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, options)
        };
        if before != options {
            self.tell();
        }
    }

    /// The folders of the workspace are others: how far up ignore files count, and what a file is called, may be too.
    pub fn move_to(&self, roots: Vec<PathBuf>) {
        let before = {
            let mut current = self
                .shared
                .roots
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, roots)
        };
        if before != self.roots() {
            self.shared.ignores.forget();
            lock(&self.shared.decisions).clear();
            self.notify();
        }
    }

    /// Refuses a file that must stay private: it is neither shown to a model nor written by one.
    ///
    /// A document without a file, such as an unsaved one, is asked for by whatever name it has.
    ///
    /// # Errors
    /// The reason of the refusal, fit to be shown.
    pub fn check(&self, path: &Path) -> Result<(), Refused> {
        self.check_use(path, Use::Target)
    }

    /// Refuses a file of which no piece may help with another file.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub fn check_context(&self, path: &Path) -> Result<(), Refused> {
        self.check_use(path, Use::Context)
    }

    /// Refuses a file for one use.
    ///
    /// # Errors
    /// The reason of the refusal.
    pub fn check_use(&self, path: &Path, wanted: Use) -> Result<(), Refused> {
        let decision = self.decide(path);
        self.answer(path, &decision, wanted)
    }

    /// The answer as it was when the file was last asked about, and whether it can have changed since. Reads nothing.
    pub fn known(&self, path: &Path, wanted: Use) -> Option<(Result<(), Refused>, Freshness)> {
        let decision = lock(&self.shared.decisions).get(path).cloned()?;
        let freshness = match self.is_fresh(&decision) {
            true => Freshness::Fresh,
            false => Freshness::Stale,
        };
        Some((self.answer(path, &decision, wanted), freshness))
    }

    /// Whether a walk may take in what it meets below a workspace folder; it asks about each folder on the way down, and does
    /// not follow links.
    pub fn is_walked(&self, path: &Path, is_folder: bool, wanted: Use) -> bool {
        let excluded = self.excluded(path, is_folder);
        self.notify();
        let by_git = excluded.git.is_some() && self.heeds_git(wanted);
        excluded.private.is_none() && !by_git && (is_folder || private_kind(path).is_none())
    }

    /// Every path by which a folder is reached that a walk begins at; what the walk meets is asked about below each of them.
    pub fn reached(&self, folder: &Path) -> Vec<PathBuf> {
        reached(folder).unwrap_or_else(|_| vec![folder.to_owned()])
    }

    /// Notes a document that the client has opened, which is asked about as `path`: the language that it says it is in, and every
    /// path that its URI may mean. All of these must be allowed. Reads nothing.
    pub fn opened(&self, path: &Path, language: &str, means: Vec<PathBuf>) {
        let opened = Opened {
            language: is_private_language(language).then(|| language.to_owned()),
            means: means.into_iter().filter(|other| other != path).collect(),
        };
        let mut all = lock(&self.shared.opened);
        // What was decided of the path alone may not hold of the document.
        lock(&self.shared.decisions).remove(path);
        if opened.language.is_some() || !opened.means.is_empty() {
            all.insert(path.to_owned(), opened);
        } else {
            all.remove(path);
        }
    }

    /// Notes that a document is no longer open. Reads nothing.
    pub fn closed(&self, path: &Path) {
        if lock(&self.shared.opened).remove(path).is_some() {
            lock(&self.shared.decisions).remove(path);
        }
    }

    /// Notes that an ignore file may have changed, so that it is looked at before the next answer; all of them where the path is
    /// the root. Reads nothing.
    pub fn changed(&self, path: &Path) {
        self.shared.ignores.changed(path);
        self.notify();
    }

    /// Calls `listener` whenever what is private may have changed, on the thread that found it, before that one gets its answer.
    pub fn on_change(&self, listener: impl Fn() + Send + Sync + 'static) {
        lock(&self.shared.listeners).push(Box::new(listener));
    }

    /// The workspace's folders.
    pub fn roots(&self) -> Vec<PathBuf> {
        read(&self.shared.roots).clone()
    }

    /// The path within its workspace, or the bare file name outside of every one.
    pub fn label(&self, path: &Path) -> String {
        let roots = read(&self.shared.roots);
        let within = roots.iter().find_map(|root| path.strip_prefix(root).ok());
        let name = || path.file_name().map(Path::new).unwrap_or(path);
        within.unwrap_or_else(name).display().to_string()
    }

    /// How many ignore files were parsed so far.
    pub fn parsed(&self) -> u64 {
        self.shared.ignores.parsed()
    }

    fn answer(&self, path: &Path, decision: &Decision, wanted: Use) -> Result<(), Refused> {
        let opened = lock(&self.shared.opened);
        let language = opened.get(path).and_then(|it| it.language.clone());
        drop(opened);
        if let Some(language) = language {
            return Err(Refused::PrivateLanguage {
                path: path.display().to_string(),
                language,
            });
        }
        let git = decision.git.as_ref();
        let by_git = || git.filter(|_| self.heeds_git(wanted));
        match decision.private.as_ref().or_else(by_git) {
            Some(refused) => Err(refused.clone()),
            None => Ok(()),
        }
    }

    fn heeds_git(&self, wanted: Use) -> bool {
        wanted == Use::Context && !read(&self.shared.options).git_ignored_context
    }

    fn is_fresh(&self, decision: &Decision) -> bool {
        decision.generation == self.shared.ignores.generation()
            && decision.checked.elapsed() < FRESH
    }

    fn decide(&self, path: &Path) -> Arc<Decision> {
        let known = lock(&self.shared.decisions).get(path).cloned();
        if let Some(known) = known.as_ref().filter(|known| self.is_fresh(known)) {
            return known.clone();
        }
        let decision = Arc::new(self.look(path, known.as_deref()));
        let mut decisions = lock(&self.shared.decisions);
        if decisions.len() >= MAX_DECISIONS {
            decisions.clear();
        }
        decisions.insert(path.to_owned(), decision.clone());
        drop(decisions);
        self.notify();
        decision
    }

    /// Decides anew, or again as before where neither links nor ignore files are others.
    fn look(&self, path: &Path, known: Option<&Decision>) -> Decision {
        let checked = Instant::now();
        let mut decision = Decision {
            generation: self.shared.ignores.generation(),
            checked,
            reached: Vec::new(),
            private: None,
            git: None,
        };
        let means = lock(&self.shared.opened)
            .get(path)
            .map(|it| it.means.clone());
        for path in std::iter::once(path.to_owned()).chain(means.into_iter().flatten()) {
            // An unsaved document has no folder.
            match path.is_absolute().then(|| reached(&path)) {
                Some(Ok(paths)) => decision.reached.extend(paths),
                Some(Err(_)) => {
                    decision.private = Some(Refused::Links(path.display().to_string()));
                    return decision;
                }
                None => decision.reached.push(path),
            }
        }
        if let Some(known) = known.filter(|known| known.reached == decision.reached) {
            let roots = read(&self.shared.roots).clone();
            for path in decision.reached.iter().filter(|path| path.is_absolute()) {
                self.shared.ignores.look(path, &roots);
            }
            if self.shared.ignores.generation() == known.generation {
                return Decision {
                    checked,
                    ..known.clone()
                };
            }
        }
        self.judge(&mut decision);
        decision
    }

    fn judge(&self, decision: &mut Decision) {
        for path in &decision.reached {
            let shown = || path.display().to_string();
            if let Some(kind) = private_kind(path) {
                decision.private = Some(Refused::PrivateName {
                    path: shown(),
                    kind,
                });
                return;
            }
            if !path.is_absolute() {
                continue;
            }
            let excluded = self.excluded(path, false);
            let refused = |ignore_file: PathBuf| Refused::Ignored {
                path: shown(),
                ignore_file: ignore_file.display().to_string(),
            };
            decision.private = excluded.private.map(refused);
            if decision.private.is_some() {
                return;
            }
            decision.git = decision.git.take().or(excluded.git.map(refused));
        }
    }

    fn excluded(&self, path: &Path, is_folder: bool) -> Excluded {
        let roots = read(&self.shared.roots).clone();
        self.shared.ignores.excluded(path, is_folder, &roots)
    }

    /// Tells the listeners if anything has changed since they were told last.
    fn notify(&self) {
        let generation = self.shared.ignores.generation();
        if self.shared.told.swap(generation, Ordering::AcqRel) != generation {
            self.tell();
        }
    }

    fn tell(&self) {
        let listeners = lock(&self.shared.listeners);
        listeners.iter().for_each(|listener| listener());
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roots = self.roots();
        formatter
            .debug_struct("Guard")
            .field("roots", &roots)
            .finish()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(value: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    value.read().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
