//! The file that a hole is in, found by its text: other programs send what stands around the cursor, and not where that is.
//!
//! What they send is newer than the disk, and a part of the file only. So the file is the one that has most of the lines, and
//! its document is the file with those lines as they were sent. All of this reads the disk, and belongs on a thread where
//! that may be.

mod merge;

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use firesteel_engine::Engine;
use firesteel_privacy::{Guard, Refused, Use, is_private, read_regular_text};
use firesteel_syntax::{Language, Snapshot};
use firesteel_text::{Change, Document, DocumentId, Encoding};

use merge::{Lines, merged};

/// Files that are looked into, at most.
const MAX_FILES: usize = 20_000;
/// The largest of them, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// What is read to find one, in bytes.
const MAX_READ: u64 = 64 << 20;
/// How long a search may take: the client waits for it.
const PATIENCE: Duration = Duration::from_millis(250);
/// For how long a list of the workspace's files is believed.
const LIST_AGE: Duration = Duration::from_secs(10);
/// How deep folders may nest.
const MAX_DEPTH: usize = 40;
/// Files that are remembered as open: the next keystroke is in one of them.
const MAX_OPEN: usize = 16;
/// How long the first parse of a file may take.
const PARSE_LIMIT: Duration = Duration::from_millis(200);
/// Folders that nobody writes code in.
const SKIPPED: [&str; 7] = [
    ".git",
    ".hg",
    ".svn",
    ".jj",
    "node_modules",
    "target",
    "__pycache__",
];

/// The files of a workspace.
pub(crate) struct Files {
    roots: Vec<PathBuf>,
    guard: Guard,
    open: Mutex<Open>,
    listed: Mutex<Option<(Instant, Arc<Vec<PathBuf>>)>>,
}

#[derive(Default)]
struct Open {
    snapshots: HashMap<PathBuf, Snapshot>,
    /// The newest first.
    order: VecDeque<PathBuf>,
}

/// Where a hole is.
pub(crate) enum Place {
    /// In a file of the workspace.
    File {
        snapshot: Arc<Snapshot>,
        path: PathBuf,
        offset: usize,
    },
    /// In a file that no model may see.
    Private(Refused),
    /// In no file of the workspace.
    Nowhere,
    /// Nobody knows: the workspace is too large to be looked through.
    Unknown,
}

/// A file that has the lines.
struct Candidate {
    path: PathBuf,
    text: String,
    score: usize,
}

impl Files {
    pub(crate) fn new(roots: Vec<PathBuf>, guard: Guard) -> Self {
        Self {
            roots,
            guard,
            open: Mutex::default(),
            listed: Mutex::default(),
        }
    }

    /// The place of a hole between two texts, of which `said` is the path if its program has said one. Takes its time.
    pub(crate) fn find(&self, engine: &Engine, before: &str, after: &str, said: &str) -> Place {
        let lines = Lines::of(before, after);
        let found = match self.search(&lines, said) {
            Ok(Some(found)) => found,
            Ok(None) => return Place::Nowhere,
            Err(CutShort) => return Place::Unknown,
        };
        if let Err(refused) = self.guard.check(&found.path) {
            return Place::Private(refused);
        }
        let (text, offset) = merged(&found.text, before, after);
        let snapshot = self.opened(engine, &found.path, text);
        Place::File {
            snapshot: Arc::new(snapshot),
            path: found.path,
            offset,
        }
    }

    fn search(&self, lines: &Lines<'_>, said: &str) -> Result<Option<Candidate>, CutShort> {
        if lines.is_nothing() {
            return Ok(None);
        }
        let mut search = Search {
            lines,
            until: Instant::now() + PATIENCE,
            left: MAX_READ,
        };
        let said = self.named(said);
        let recent: Vec<PathBuf> = lock(&self.open).order.iter().cloned().collect();
        // The next keystroke is where the last one was.
        let likely = said.into_iter().chain(recent);
        if let Some(found) = best(likely.filter_map(|path| search.look(path))) {
            return Ok(Some(found));
        }
        let listed = self.listed(search.until);
        let found = best(listed.iter().filter_map(|path| search.look(path.clone())));
        match found {
            None if search.is_over() || listed.len() >= MAX_FILES => Err(CutShort),
            found => Ok(found),
        }
    }

    /// The file of a path that a program said, if it is in the workspace.
    fn named(&self, said: &str) -> Option<PathBuf> {
        let plain = Path::new(said).components().all(|part| {
            use std::path::Component;
            matches!(part, Component::Normal(_))
        });
        let mut named = self.roots.iter().map(|root| root.join(said));
        named.find(|path| plain && !said.is_empty() && path.is_file())
    }

    /// The document of a file, with the edits that have led to this text.
    fn opened(&self, engine: &Engine, path: &Path, text: String) -> Snapshot {
        let mut open = lock(&self.open);
        open.order.retain(|other| other != path);
        open.order.push_front(path.to_owned());
        let known = open.snapshots.get(path);
        let snapshot = match known {
            Some(known) if known.document.text.to_string() == text => known.clone(),
            Some(known) => {
                let change = Change { range: None, text };
                let version = known.document.version.wrapping_add(1).max(1);
                match known.changed(version, &[change], Encoding::Utf8) {
                    Ok((snapshot, edits)) => {
                        engine.did_change(&Arc::new(snapshot.clone()), path, &edits);
                        snapshot
                    }
                    Err(_) => known.clone(),
                }
            }
            None => {
                let uri = DocumentId::from_path(path).to_uri();
                let document = Document::open(uri, 1, &text);
                Snapshot::open(document, Language::from_path(path))
            }
        };
        open.snapshots.insert(path.to_owned(), snapshot.clone());
        if open.order.len() > MAX_OPEN
            && let Some(oldest) = open.order.pop_back()
            && let Some(closed) = open.snapshots.remove(&oldest)
        {
            engine.close(&closed.document.id);
        }
        drop(open);
        // The gate's parse is incremental from here on.
        let _ = snapshot.parsed(PARSE_LIMIT);
        snapshot
    }

    /// The files of the workspace, as they were a moment ago.
    fn listed(&self, until: Instant) -> Arc<Vec<PathBuf>> {
        let mut listed = lock(&self.listed);
        if let Some((since, files)) = listed.as_ref()
            && since.elapsed() < LIST_AGE
        {
            return files.clone();
        }
        let mut files = Vec::new();
        for root in &self.roots {
            self.walk(root, MAX_DEPTH, until, &mut files);
        }
        // A text of a private file is known as such though there be no time for others.
        files.sort_by_key(|path: &PathBuf| !is_private(path));
        let files = Arc::new(files);
        // A list that was cut short is made anew.
        if Instant::now() < until {
            *listed = Some((Instant::now(), files.clone()));
        }
        files
    }

    /// Private files are among what is listed: a text of one of them is to be known as such.
    fn walk(&self, folder: &Path, depth: usize, until: Instant, files: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        let mut folders = Vec::new();
        for entry in entries.filter_map(Result::ok) {
            if files.len() >= MAX_FILES || Instant::now() >= until {
                return;
            }
            // A link's own type is neither.
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_file() {
                files.push(entry.path());
            } else if kind.is_dir() && self.is_entered(&entry.path()) {
                folders.push(entry.path());
            }
        }
        if depth > 0 {
            for folder in folders {
                self.walk(&folder, depth - 1, until, files);
            }
        }
    }

    /// What git ignores was made by something else; but what is private is looked into, to be known.
    fn is_entered(&self, folder: &Path) -> bool {
        let name = folder.file_name().and_then(|name| name.to_str());
        let is_skipped = name.is_some_and(|name| SKIPPED.contains(&name));
        let is_walked = || self.guard.is_walked(folder, true, Use::Context);
        !is_skipped && (is_walked() || self.guard.check(folder).is_err())
    }
}

/// A search that ends in time.
struct Search<'a> {
    lines: &'a Lines<'a>,
    until: Instant,
    left: u64,
}

/// A search that has not seen everything.
struct CutShort;

impl Search<'_> {
    fn is_over(&self) -> bool {
        self.left == 0 || Instant::now() >= self.until
    }

    fn look(&mut self, path: PathBuf) -> Option<Candidate> {
        if self.is_over() {
            return None;
        }
        let text = read_regular_text(&path, MAX_FILE).ok()?;
        self.left = self.left.saturating_sub(text.len() as u64);
        // Programs speak of lines as they are shown.
        let text = match self.lines.has_carriage_returns {
            false if text.contains("\r\n") => text.replace("\r\n", "\n"),
            _ => text,
        };
        let score = self.lines.score(&text)?;
        Some(Candidate { path, text, score })
    }
}

/// The one that has most; the first of those that have as much.
fn best(candidates: impl Iterator<Item = Candidate>) -> Option<Candidate> {
    candidates.reduce(|best, other| {
        if other.score > best.score {
            other
        } else {
            best
        }
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
