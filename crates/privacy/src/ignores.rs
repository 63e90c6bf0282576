//! Ignore files of folders: found, parsed once, and read again when they have changed.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, gitconfig_excludes_path};

use crate::regular::{read_regular, read_regular_text};

/// The files in which users list, in the syntax of `.gitignore`, what no model may see: Firesteel's own, and those of Cursor,
/// Gemini and Android Studio, GitHub Copilot, Codeium and Windsurf, JetBrains, Gemini's command line, and of search tools.
const PRIVATE: [&str; 9] = [
    ".firesteelignore",
    ".cursorignore",
    ".cursorindexingignore",
    ".aiexclude",
    ".copilotignore",
    ".codeiumignore",
    ".aiignore",
    ".geminiignore",
    ".ignore",
];
const GIT: &str = ".gitignore";
/// The place of git's among the kinds of ignore files.
const GIT_KIND: usize = PRIVATE.len();
/// How long a folder is not looked at again, unless something is known to have changed there.
pub(crate) const FRESH: Duration = Duration::from_millis(100);
/// An ignore file above this is not one that a person wrote.
const MAX_BYTES: u64 = 1 << 20;
/// Patterns of one file; building the matcher of more takes seconds.
const MAX_PATTERNS: usize = 20_000;
/// A folder that changed less than this before it was looked at may change once more without a newer time; no file system
/// counts in longer steps.
const COARSEST_TIME: Duration = Duration::from_secs(2);
/// Folders remembered; a walk of a large workspace meets more, and begins anew.
const MAX_FOLDERS: usize = 20_000;

/// Whether a path names an ignore file, so that a change of it may change what is private.
pub fn is_ignore_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| PRIVATE.contains(&name) || name == GIT)
        || path.ends_with(".git/info/exclude")
}

/// What the ignore files say of a path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Excluded {
    /// The ignore file that keeps it from every model.
    pub(crate) private: Option<PathBuf>,
    /// The one by which git ignores it.
    pub(crate) git: Option<PathBuf>,
}

/// The ignore files met so far.
#[derive(Default)]
pub(crate) struct Ignores {
    folders: Mutex<HashMap<PathBuf, Folder>>,
    /// What is said of folders, with the generation in which it was.
    verdicts: Mutex<HashMap<PathBuf, (u64, Excluded)>>,
    /// Grows whenever an ignore file has changed, come or gone.
    generation: AtomicU64,
    parsed: AtomicU64,
    global: OnceLock<Option<PathBuf>>,
}

/// A folder as it was seen last.
struct Folder {
    checked: Instant,
    /// When an entry last came or went, if one that comes or goes from now on changes this.
    settled: Option<SystemTime>,
    rules: Arc<FolderRules>,
}

/// The rules that a folder's ignore files make.
#[derive(Default)]
struct FolderRules {
    files: Vec<Arc<Rules>>,
    /// Of a repository's root: what git ignores beside its `.gitignore` files, the strongest first.
    excludes: Vec<Arc<Rules>>,
    /// Where more of those may come to be; they are not in the folder itself.
    missing: Vec<PathBuf>,
    is_repository: bool,
}

/// One ignore file.
struct Rules {
    kind: usize,
    path: PathBuf,
    stamp: Stamp,
    /// `None` where it could not be read as patterns.
    matcher: Option<Gitignore>,
}

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    inode: (u64, i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            inode: {
                use std::os::unix::fs::MetadataExt as _;
                (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
            },
        }
    }
}

/// A folder and those above it whose ignore files count, the nearest first.
struct Chain {
    folders: Vec<Arc<FolderRules>>,
    paths: Vec<PathBuf>,
    /// How many of them lie within the repository.
    in_repository: usize,
}

impl Ignores {
    /// Grows whenever an ignore file has changed, come or gone.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// How many ignore files were parsed so far.
    pub(crate) fn parsed(&self) -> u64 {
        self.parsed.load(Ordering::Relaxed)
    }

    /// An ignore file has changed, or something of which nobody knows what it is.
    pub(crate) fn changed(&self, path: &Path) {
        let mut folders = lock(&self.folders);
        match path.parent().filter(|_| !path.ends_with("info/exclude")) {
            Some(folder) => drop(folders.remove(folder)),
            None => folders.clear(),
        }
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Nothing is known any more, and all that was said may be said otherwise.
    pub(crate) fn forget(&self) {
        lock(&self.folders).clear();
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// What the ignore files say of an absolute path that has no links, from its own folder up to the root of its
    /// repository, or of the file system where there is none, and at least up to a workspace folder that it lies in.
    pub(crate) fn excluded(&self, path: &Path, is_folder: bool, roots: &[PathBuf]) -> Excluded {
        let Some(folder) = path.parent() else {
            return Excluded::default();
        };
        loop {
            let generation = self.generation();
            let chain = self.chain(folder, roots);
            let excluded = self.judge(path, is_folder, &chain, generation);
            // An ignore file that has changed meanwhile may say otherwise.
            if self.generation() == generation {
                return excluded;
            }
        }
    }

    /// Looks whether the ignore files of a path are as they were.
    pub(crate) fn look(&self, path: &Path, roots: &[PathBuf]) {
        if let Some(folder) = path.parent() {
            self.chain(folder, roots);
        }
    }

    fn judge(&self, path: &Path, is_folder: bool, chain: &Chain, generation: u64) -> Excluded {
        // As git has it, nothing in an excluded folder can be included again.
        let mut above = Excluded::default();
        for (at, folder) in chain.paths.iter().enumerate().rev().skip(1) {
            above = self.folder(folder, above, &chain.from(at + 1), generation);
        }
        chain.judge(path, is_folder, above)
    }

    fn folder(
        &self,
        folder: &Path,
        above: Excluded,
        chain: &ChainFrom<'_>,
        generation: u64,
    ) -> Excluded {
        if let Some((of, known)) = lock(&self.verdicts).get(folder)
            && *of == generation
        {
            return known.clone();
        }
        let excluded = chain.judge(folder, true, above);
        let mut verdicts = lock(&self.verdicts);
        if verdicts.len() >= MAX_FOLDERS {
            verdicts.clear();
        }
        verdicts.insert(folder.to_owned(), (generation, excluded.clone()));
        excluded
    }

    fn chain(&self, folder: &Path, roots: &[PathBuf]) -> Chain {
        let top = roots
            .iter()
            .filter(|root| folder.starts_with(root))
            .map(|root| root.as_os_str().len())
            .min();
        let mut chain = Chain {
            folders: Vec::new(),
            paths: Vec::new(),
            in_repository: usize::MAX,
        };
        for folder in folder.ancestors() {
            let rules = self.rules(folder);
            let is_repository = rules.is_repository;
            chain.folders.push(rules);
            chain.paths.push(folder.to_owned());
            if is_repository && chain.in_repository == usize::MAX {
                chain.in_repository = chain.paths.len();
            }
            let is_below = top.is_some_and(|top| folder.as_os_str().len() > top);
            if chain.in_repository != usize::MAX && !is_below {
                break;
            }
        }
        if chain.in_repository == usize::MAX {
            // Where there is no repository, git's files count as far as the workspace goes.
            let within = |folder: &&PathBuf| top.is_some_and(|top| folder.as_os_str().len() >= top);
            chain.in_repository = chain.paths.iter().take_while(within).count();
        }
        chain
    }

    /// The rules of one folder; they are looked for again after a while.
    fn rules(&self, folder: &Path) -> Arc<FolderRules> {
        let (mut old, mut settled) = (None, None);
        if let Some(known) = lock(&self.folders).get(folder) {
            if known.checked.elapsed() < FRESH {
                return known.rules.clone();
            }
            old = Some(known.rules.clone());
            settled = known.settled;
        }
        let modified = folder.metadata().and_then(|it| it.modified()).ok();
        let is_settled = settled.is_some() && settled == modified;
        // Parsed without the lock: it may take as long as the file is.
        let new = match &old {
            Some(old) if is_settled && old.are_as_they_were() => old.clone(),
            _ => Arc::new(self.read(folder, old.as_deref())),
        };
        let is_long_ago = |time: &SystemTime| {
            let age = SystemTime::now().duration_since(*time);
            age.is_ok_and(|age| age > COARSEST_TIME)
        };
        let rules = match &old {
            Some(old) if old.is_same(&new) => old.clone(),
            _ => new,
        };
        let mut folders = lock(&self.folders);
        if folders.len() >= MAX_FOLDERS {
            folders.clear();
        }
        folders.insert(
            folder.to_owned(),
            Folder {
                checked: Instant::now(),
                settled: modified.filter(is_long_ago),
                rules: rules.clone(),
            },
        );
        if old.is_some_and(|old| !Arc::ptr_eq(&old, &rules)) {
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        rules
    }

    fn read(&self, folder: &Path, old: Option<&FolderRules>) -> FolderRules {
        let names = PRIVATE.iter().chain([&GIT]).enumerate();
        let earlier = old.map_or(&[][..], |old| &old.files);
        let files = names
            .filter_map(|(kind, name)| self.file(kind, folder, folder.join(name), earlier))
            .collect();
        let git = folder.join(".git");
        let is_repository = git.symlink_metadata().is_ok();
        let (mut excludes, mut missing) = (Vec::new(), Vec::new());
        if is_repository {
            let earlier = old.map_or(&[][..], |old| &old.excludes);
            let own = common_folder(&git).map(|git| git.join("info/exclude"));
            let global = self.global.get_or_init(gitconfig_excludes_path).clone();
            for path in own.into_iter().chain(global) {
                match self.file(GIT_KIND, folder, path.clone(), earlier) {
                    Some(rules) => excludes.push(rules),
                    None => missing.push(path),
                }
            }
        }
        FolderRules {
            files,
            excludes,
            missing,
            is_repository,
        }
    }

    /// One ignore file, if it is there; the earlier one where it is as it was.
    fn file(
        &self,
        kind: usize,
        folder: &Path,
        path: PathBuf,
        earlier: &[Arc<Rules>],
    ) -> Option<Arc<Rules>> {
        let metadata = path.metadata().ok().filter(Metadata::is_file)?;
        let stamp = Stamp::of(&metadata);
        let is_same = |old: &&Arc<Rules>| old.path == path && old.stamp == stamp;
        if let Some(old) = earlier.iter().find(is_same) {
            return Some(old.clone());
        }
        self.parsed.fetch_add(1, Ordering::Relaxed);
        let matcher = parse(folder, &path);
        if matcher.is_none() {
            tracing::warn!(path = %path.display(), "this ignore file cannot be read");
            // What git cannot read either hides nothing; what hides from models and cannot be read hides all.
            if kind == GIT_KIND {
                return None;
            }
        }
        Some(Arc::new(Rules {
            kind,
            path,
            stamp,
            matcher,
        }))
    }
}

impl FolderRules {
    /// Whether no ignore file has changed, in a folder in which nothing has come or gone.
    fn are_as_they_were(&self) -> bool {
        let mut files = self.files.iter().chain(&self.excludes);
        let is_same = |rules: &Arc<Rules>| {
            let metadata = rules.path.metadata();
            metadata.is_ok_and(|it| it.is_file() && Stamp::of(&it) == rules.stamp)
        };
        files.all(is_same) && !self.missing.iter().any(|path| path.exists())
    }

    fn is_same(&self, other: &Self) -> bool {
        let are_same = |a: &[Arc<Rules>], b: &[Arc<Rules>]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b))
        };
        self.is_repository == other.is_repository
            && are_same(&self.files, &other.files)
            && are_same(&self.excludes, &other.excludes)
    }
}

impl Rules {
    /// Whether the file excludes a path, or includes it again; nothing where it says nothing.
    fn excludes(&self, path: &Path, is_folder: bool) -> Option<bool> {
        let Some(matcher) = &self.matcher else {
            return Some(true);
        };
        match matcher.matched(path, is_folder) {
            Match::Ignore(_) => Some(true),
            Match::Whitelist(_) => Some(false),
            Match::None => None,
        }
    }
}

/// The part of a chain from one of its folders up.
struct ChainFrom<'a> {
    folders: &'a [Arc<FolderRules>],
    in_repository: usize,
}

impl Chain {
    fn from(&self, at: usize) -> ChainFrom<'_> {
        ChainFrom {
            folders: &self.folders[at..],
            in_repository: self.in_repository.saturating_sub(at),
        }
    }

    fn judge(&self, path: &Path, is_folder: bool, above: Excluded) -> Excluded {
        self.from(0).judge(path, is_folder, above)
    }
}

impl ChainFrom<'_> {
    /// The nearest file of each kind that says something of the path decides for that kind.
    fn judge(&self, path: &Path, is_folder: bool, above: Excluded) -> Excluded {
        let within = &self.folders[..self.in_repository.min(self.folders.len())];
        // Above a repository that lies in another, git begins anew.
        let above_git = above.git.filter(|_| !within.is_empty());
        let private =
            || (0..PRIVATE.len()).find_map(|kind| by(self.folders, kind, path, is_folder));
        let git = || {
            let files = within.iter().flat_map(|folder| &folder.files);
            let files = files.filter(|rules| rules.kind == GIT_KIND);
            let excludes = within.iter().flat_map(|folder| &folder.excludes);
            first_word(files.chain(excludes), path, is_folder)
        };
        Excluded {
            private: above.private.or_else(private),
            git: above_git.or_else(git),
        }
    }
}

fn by(folders: &[Arc<FolderRules>], kind: usize, path: &Path, is_folder: bool) -> Option<PathBuf> {
    let files = folders.iter().flat_map(|folder| &folder.files);
    first_word(files.filter(|rules| rules.kind == kind), path, is_folder)
}

/// The first of these files that says something of the path, if it excludes it.
fn first_word<'a>(
    mut files: impl Iterator<Item = &'a Arc<Rules>>,
    path: &Path,
    is_folder: bool,
) -> Option<PathBuf> {
    let (rules, excludes) =
        files.find_map(|rules| Some((rules, rules.excludes(path, is_folder)?)))?;
    excludes.then(|| rules.path.clone())
}

/// The patterns of a file that holds for `folder`.
fn parse(folder: &Path, path: &Path) -> Option<Gitignore> {
    let bytes = read_regular(path, MAX_BYTES).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let mut builder = GitignoreBuilder::new(folder);
    // On these a path in another case is the same file.
    let ignores_case = cfg!(any(target_os = "macos", windows));
    builder.case_insensitive(ignores_case).ok()?;
    let mut patterns = 0;
    for line in text.trim_start_matches('\u{feff}').lines() {
        patterns += usize::from(!line.trim().is_empty());
        if patterns > MAX_PATTERNS {
            return None;
        }
        // A pattern that is none matches nothing, as in git.
        let _ = builder.add_line(Some(path.to_owned()), line);
    }
    builder.build().ok()
}

/// The folder of git's own files that all work trees of a repository share.
fn common_folder(git: &Path) -> Option<PathBuf> {
    if git.is_dir() {
        return Some(git.to_owned());
    }
    /// What git writes into these files is a path.
    const MAX_POINTER: u64 = 8 * 1024;
    let pointer = read_regular_text(git, MAX_POINTER).ok()?;
    let folder = git.parent()?.join(pointer.strip_prefix("gitdir:")?.trim());
    match read_regular_text(&folder.join("commondir"), MAX_POINTER) {
        Ok(common) => Some(folder.join(common.trim())),
        Err(_) => Some(folder),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
