//! Looks for changes on the disk: the client tells of them where it can, a watcher of our own does where it cannot, and where
//! that has reached the system's limits all files are looked at now and then.

mod settings;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use firesteel_host::{is_watched, source_folders};
use firesteel_privacy::{Guard, Use};
use firesteel_text::DocumentId;
use notify::event::{EventKind, ModifyKind};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use serde_json::{Value, json};

use crate::session::Core;
use crate::uris::WatchedFilesParams;
use settings::SettingsWatcher;

/// After a change, so long no other has to come before it is taken in.
const QUIET: Duration = Duration::from_millis(150);
/// A change is taken in after so long, though others go on coming.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Paths that are taken in at once; with more, all files are looked at.
const MAX_PATHS: usize = 20_000;
/// Folders that are watched one by one, where the system watches no trees.
const MAX_FOLDERS: usize = 10_000;
/// How often all files are looked at where nothing tells of changes.
const POLL: Duration = Duration::from_secs(30);

/// Who tells of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    /// Nobody yet.
    Nobody,
    Client,
    /// Our own watcher, of so many folders.
    Own(usize),
    /// Nobody, and why; all files are looked at now and then.
    Polled(String),
}

enum Message {
    /// The client's own spellings.
    Uris(Vec<String>),
    /// The client's message, not read yet.
    Unread(String),
    Paths(Vec<PathBuf>),
    /// The user's own settings.
    Settings,
    /// Some files have changed, and nobody knows which.
    Unknown,
    /// The client tells of no changes.
    WatchYourself,
    Folders(Vec<PathBuf>),
    End,
}

/// The thread that takes changes in. It ends with this.
pub(crate) struct Watch {
    messages: Sender<Message>,
    queue: Mutex<Option<Receiver<Message>>>,
    told: Arc<Mutex<Told>>,
}

impl Default for Watch {
    fn default() -> Self {
        let (messages, queue) = channel();
        Self {
            messages,
            queue: Mutex::new(Some(queue)),
            told: Arc::new(Mutex::new(Told::Nobody)),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.send(Message::End);
    }
}

impl Watch {
    /// Begins to take changes in.
    pub(crate) fn start(&self, core: &Arc<Core>) {
        let queue = self
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(queue) = queue else { return };
        let worker = Worker {
            core: Arc::downgrade(core),
            guard: core.guard.clone(),
            folders: core.folders(),
            messages: self.messages.clone(),
            told: self.told.clone(),
            own: None,
            settings: None,
            most: MAX_FOLDERS,
        };
        let thread = std::thread::Builder::new().name("firesteel-files".to_owned());
        if let Err(error) = thread.spawn(move || worker.run(&queue)) {
            tracing::error!(%error, "changes on the disk are not looked for");
        }
    }

    /// The client tells of changes from now on.
    pub(crate) fn by_client(&self) {
        *lock(&self.told) = Told::Client;
    }

    /// The client does not.
    pub(crate) fn by_ourselves(&self) {
        self.send(Message::WatchYourself);
    }

    /// The client has told of these.
    pub(crate) fn changed(&self, uris: Vec<String>) {
        self.send(Message::Uris(uris));
    }

    /// The client has told of changes in a message that is still to be read.
    pub(crate) fn unread(&self, params: String) {
        self.send(Message::Unread(params));
    }

    /// The workspace's folders are others.
    pub(crate) fn move_to(&self, folders: Vec<PathBuf>) {
        self.send(Message::Folders(folders));
    }

    /// Who looks, and why nobody does.
    pub(crate) fn status(&self) -> Value {
        match &*lock(&self.told) {
            Told::Nobody => json!({"by": null}),
            Told::Client => json!({"by": "client"}),
            Told::Own(folders) => json!({"by": "server", "folders": folders}),
            Told::Polled(why) => {
                json!({"by": null, "why": why, "looked_every_seconds": POLL.as_secs()})
            }
        }
    }

    fn send(&self, message: Message) {
        // The thread ends only with this, or was never there.
        let _ = self.messages.send(message);
    }
}

struct Worker {
    core: Weak<Core>,
    guard: Guard,
    folders: Vec<PathBuf>,
    messages: Sender<Message>,
    told: Arc<Mutex<Told>>,
    own: Option<Own>,
    settings: Option<SettingsWatcher>,
    /// Folders that are watched one by one.
    most: usize,
}

/// A watcher of ours.
struct Own {
    watcher: RecommendedWatcher,
    watched: HashSet<PathBuf>,
}

/// Whether the system watches whole trees at no cost, so that folders that nobody wants need not be left out.
const WATCHES_TREES: bool = cfg!(any(target_os = "macos", windows));

impl Worker {
    fn run(mut self, queue: &Receiver<Message>) {
        let sender = self.messages.clone();
        // At the end nobody wants it.
        self.settings = SettingsWatcher::start(move || drop(sender.send(Message::Settings)));
        loop {
            let mut batch = Batch::default();
            let is_polling = matches!(&*lock(&self.told), Told::Polled(_));
            let wait = if is_polling { POLL } else { Duration::MAX };
            match queue.recv_timeout(wait) {
                Ok(message) => {
                    if !self.take(message, &mut batch) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => batch.is_unknown = true,
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let first = Instant::now();
            while !batch.is_empty() && first.elapsed() < LONGEST_WAIT {
                match queue.recv_timeout(QUIET) {
                    Ok(message) => {
                        if !self.take(message, &mut batch) {
                            return;
                        }
                    }
                    Err(_) => break,
                }
            }
            self.follow(&mut batch);
            if !self.pass_on(batch) {
                return;
            }
        }
    }

    /// Takes in a message; false at the end.
    fn take(&mut self, message: Message, batch: &mut Batch) -> bool {
        match message {
            Message::Uris(uris) => self.take_uris(&uris, batch),
            Message::Unread(params) => match serde_json::from_str::<WatchedFilesParams>(&params) {
                Ok(params) => {
                    let uris: Vec<String> = params.changes.into_iter().map(|it| it.uri).collect();
                    self.take_uris(&uris, batch);
                }
                Err(error) => tracing::error!(%error, "changed files: bad parameters"),
            },
            Message::Paths(paths) => {
                batch.extend(paths.into_iter().filter(|path| self.concerns(path)));
            }
            Message::Settings => {
                let files = self.settings.as_mut().map(SettingsWatcher::watch);
                batch.extend(files.unwrap_or_default().iter().cloned());
            }
            Message::Unknown => batch.is_unknown = true,
            Message::WatchYourself => self.watch_folders(),
            Message::Folders(folders) => {
                self.folders = folders;
                if self.own.is_some() || *lock(&self.told) != Told::Client {
                    self.own = None;
                    self.watch_folders();
                }
            }
            Message::End => return false,
        }
        true
    }

    fn take_uris(&self, uris: &[String], batch: &mut Batch) {
        let paths = { uris.iter() }.filter_map(|uri| DocumentId::parse(uri).on_disk());
        batch.extend(paths.filter(|path| self.concerns(path)));
    }

    fn concerns(&self, path: &Path) -> bool {
        is_watched(path, &self.folders)
            || self
                .core
                .upgrade()
                .is_some_and(|core| core.is_configuration(path))
    }

    /// Hands the changes to whom they concern; false at the end of the conversation.
    fn pass_on(&self, batch: Batch) -> bool {
        let Some(core) = self.core.upgrade() else {
            return false;
        };
        if batch.is_unknown {
            // The guard looks at the ignore files again when it is asked next.
            core.read_configuration();
            core.embedded.look_again();
        } else if !batch.paths.is_empty() {
            let paths: Vec<PathBuf> = batch.paths.into_iter().collect();
            core.files_changed(&paths);
        }
        true
    }

    /// Watches every folder of the workspace that is looked through.
    fn watch_folders(&mut self) {
        if self.folders.iter().all(|folder| !folder.is_dir()) {
            return;
        }
        let sender = self.messages.clone();
        let watcher = notify::recommended_watcher(move |event| tell(&sender, event));
        let watcher = match watcher {
            Ok(watcher) => watcher,
            Err(error) => return self.poll(&error),
        };
        self.own = Some(Own {
            watcher,
            watched: HashSet::new(),
        });
        for root in self.folders.clone() {
            if !self.watch_below(&root, &mut Batch::default()) {
                return;
            }
        }
    }

    /// Watches a folder and those below it; notes what is in new ones, for it came before they were watched. False where the
    /// system's limit, or ours, is reached.
    fn watch_below(&mut self, folder: &Path, batch: &mut Batch) -> bool {
        let Some(own) = &mut self.own else {
            return true;
        };
        let (folders, mode) = match WATCHES_TREES {
            true => (vec![folder.to_owned()], RecursiveMode::Recursive),
            false => {
                let most = (self.most + 1).saturating_sub(own.watched.len());
                let folders = source_folders(folder, &self.guard, most);
                (folders, RecursiveMode::NonRecursive)
            }
        };
        for folder in folders {
            if own.watched.len() >= self.most {
                let why = format!("the workspace has more than {} folders", self.most);
                self.own = None;
                *lock(&self.told) = Told::Polled(why);
                return false;
            }
            if own.watched.contains(&folder) {
                continue;
            }
            match own.watcher.watch(&folder, mode) {
                Ok(()) => {
                    let inside = std::fs::read_dir(&folder).into_iter().flatten().flatten();
                    batch.extend(inside.map(|entry| entry.path()));
                    own.watched.insert(folder);
                }
                // It has gone again meanwhile.
                Err(_) if !folder.is_dir() => {}
                Err(error) => {
                    self.poll(&error);
                    return false;
                }
            }
        }
        let number = own.watched.len();
        *lock(&self.told) = Told::Own(number);
        true
    }

    /// Folders that came are watched, those that went are forgotten.
    fn follow(&mut self, batch: &mut Batch) {
        if WATCHES_TREES || self.own.is_none() {
            return;
        }
        for path in batch.paths.clone() {
            let is_known = self
                .own
                .as_ref()
                .is_some_and(|own| own.watched.contains(&path));
            match (path.is_dir(), is_known) {
                (true, false) if self.guard.is_walked(&path, true, Use::Context) => {
                    let mut inside = Batch::default();
                    if !self.watch_below(&path, &mut inside) {
                        return;
                    }
                    batch.extend(inside.paths.into_iter().filter(|path| self.concerns(path)));
                }
                (false, true) => {
                    if let Some(own) = &mut self.own {
                        own.watched.retain(|watched| !watched.starts_with(&path));
                    }
                }
                _ => {}
            }
        }
    }

    fn poll(&mut self, error: &notify::Error) {
        let why = match error.kind {
            notify::ErrorKind::MaxFilesWatch => {
                "the system's limit of watched folders is reached (fs.inotify.max_user_watches)"
                    .to_owned()
            }
            _ => error.to_string(),
        };
        tracing::warn!(why, "changes on the disk are looked for now and then");
        self.own = None;
        *lock(&self.told) = Told::Polled(why);
    }
}

/// Changes that are taken in together.
#[derive(Default)]
struct Batch {
    paths: HashSet<PathBuf>,
    is_unknown: bool,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.is_unknown
    }

    fn extend(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        if self.is_unknown {
            return;
        }
        self.paths.extend(paths);
        if self.paths.len() > MAX_PATHS {
            self.paths.clear();
            self.is_unknown = true;
        }
    }
}

/// Passes on what the system tells, but for what changes no text.
fn tell(messages: &Sender<Message>, event: notify::Result<Event>) {
    let message = match event {
        Ok(event) if event.need_rescan() => Message::Unknown,
        Ok(event) => match event.kind {
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => return,
            _ => Message::Paths(event.paths),
        },
        Err(error) => {
            tracing::debug!(%error, "a change on the disk was not told");
            Message::Unknown
        }
    };
    // At the end nobody wants it.
    let _ = messages.send(message);
}

fn lock(told: &Mutex<Told>) -> std::sync::MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn worker(root: &Path, most: usize) -> Worker {
        Worker {
            core: Weak::new(),
            guard: Guard::new(vec![root.to_owned()]),
            folders: vec![root.to_owned()],
            messages: channel().0,
            told: Arc::new(Mutex::new(Told::Nobody)),
            own: None,
            settings: None,
            most,
        }
    }

    #[test]
    fn what_nobody_learns_from_is_not_watched_and_too_many_folders_are_not_either() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        std::fs::create_dir(root.join(".git")).unwrap();
        std::fs::write(root.join(".gitignore"), "out/\n").unwrap();
        for name in [
            "src/a/b",
            "target/debug/deps",
            "out/x/y",
            "node_modules/z",
            "lib",
        ] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        let mut enough = worker(&root, 5);
        enough.watch_folders();
        // The root, src, a, b and lib.
        assert_eq!(*lock(&enough.told), Told::Own(5));
        let mut too_few = worker(&root, 4);
        too_few.watch_folders();
        let why = "the workspace has more than 4 folders".to_owned();
        assert_eq!(*lock(&too_few.told), Told::Polled(why));
        assert!(too_few.own.is_none(), "nothing is half watched");
        // A folder that comes is watched with what is in it, unless nobody learns from it.
        std::fs::create_dir_all(root.join("new/deep")).unwrap();
        std::fs::create_dir_all(root.join("out/more")).unwrap();
        std::fs::write(root.join("new/deep/a.rs"), "").unwrap();
        enough.most = 100;
        let mut batch = Batch::default();
        batch.extend([root.join("new"), root.join("out"), root.join("out/more")]);
        enough.follow(&mut batch);
        assert_eq!(*lock(&enough.told), Told::Own(7));
        assert!(batch.paths.contains(&root.join("new/deep/a.rs")));
    }
}
