//! Lands edits in the editor: one `workspace/applyEdit` in flight, believed only when the text is there.
//!
//! Neovim answers `applied: true` before its `didChange`, and also when it dropped an edit for its old version; Helix
//! sends `didChange` first and refuses old versions. So an edit counts as landed when the document has its text, and
//! one that was refused or dropped is sent again at its place in the newest version. Where the user has changed the
//! same lines meanwhile, the user's text stays.

mod files;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use firesteel_config::Apply;
use firesteel_engine::edit::{
    Batch, FileError, FileHunk, Hunk, Landed, Landing, NewFile, NotLanded, Progress, Undo,
};
use firesteel_privacy::{Write, check_characters, read_regular_text};
use firesteel_syntax::Snapshot;
use firesteel_text::{Change, Document, DocumentId, Encoding};
use tokio::sync::{mpsc, watch};

use crate::confirmation::{self, Withheld};
use crate::session::Core;
use crate::uris::{ApplyEdit, ApplyEditParams};
use crate::workspace_edit;

/// How long a client may take to answer an edit.
const REPLY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take to answer an edit that its user has to confirm.
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(600);
/// How long after its answer the client's own `didChange` may come; Neovim collects changes for 150 ms.
const ECHO_TIMEOUT: Duration = Duration::from_millis(600);
/// How long a client may say nothing at all of a document that it has edited; Emacs collects changes until its user rests.
const LATE_ECHO_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the change may take to come in for which a client refused an edit to an old version.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);
/// How often an edit is sent before it is given up.
const ATTEMPTS: u32 = 6;
/// What becomes of an edit that the user was shown and did not want.
const NOT_CONFIRMED: &str = "you did not confirm it";

/// The editor's buffers, and the workspace's files, as a run sees them.
pub(crate) struct EditorLanding {
    core: Arc<Core>,
    /// The document that the run began in.
    home: DocumentId,
    label: String,
    mode: Apply,
    changes: watch::Receiver<u64>,
    /// Files that are not open, as they were read.
    closed: HashMap<DocumentId, Arc<Snapshot>>,
    progress: mpsc::UnboundedSender<Progress>,
    /// Whether the user has said yes to all of it, files that are protected included.
    is_confirmed: bool,
    /// Open documents that are protected: nothing of them lands before the answer is whole.
    protected: HashSet<DocumentId>,
    /// What waits for the user's word.
    withheld: Withheld,
}

/// Who is asked about an edit before it lands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    Nobody,
    User,
}

/// What a client says to an edit.
enum Reply {
    Applied,
    Refused(String),
}

impl EditorLanding {
    pub(crate) fn new(
        core: &Arc<Core>,
        home: &DocumentId,
        label: String,
        progress: mpsc::UnboundedSender<Progress>,
    ) -> Self {
        let wanted = core.config().edits.apply;
        let mode = match wanted {
            // Without the means to ask, the whole edit at once is the nearest to a preview.
            Apply::Preview if !core.editor.confirms_edits => Apply::Once,
            wanted => wanted,
        };
        Self {
            home: home.clone(),
            label,
            mode,
            changes: core.documents.watch(),
            closed: HashMap::new(),
            progress,
            is_confirmed: false,
            protected: HashSet::new(),
            withheld: Withheld::default(),
            core: core.clone(),
        }
    }

    /// Lands at once and without asking, whatever the user prefers for new text: for taking back.
    pub(crate) fn at_once(mut self) -> Self {
        self.mode = Apply::Stream;
        self
    }

    /// The user has seen which files it writes, and wants it.
    pub(crate) fn confirmed(mut self, is_confirmed: bool) -> Self {
        self.is_confirmed = is_confirmed;
        self
    }

    /// Lands one hunk, of which the user is asked only where `asks` says so.
    pub(crate) async fn land_one(
        &mut self,
        hunk: FileHunk,
        asks: bool,
    ) -> Result<Landed, NotLanded> {
        let ask = if asks { Ask::User } else { Ask::Nobody };
        let batch = Batch {
            hunks: vec![hunk],
            ..Batch::default()
        };
        self.write(batch, ask).await
    }

    /// What the run wanted to write and the user has to confirm.
    pub(crate) fn withheld(&mut self) -> Withheld {
        std::mem::take(&mut self.withheld)
    }

    /// The new files of a batch.
    fn new_files(&self, batch: &Batch) -> Result<Vec<NewFile>, NotLanded> {
        let create = |(path, text): (&String, &String)| {
            check_characters(path, || "")
                .map_err(|why| NotLanded::Forbidden(format!("{path} is not created: {why}")))?;
            let is_open = self.open_by_name(path)?.is_some();
            let file = self.confined(path)?;
            let is_open = is_open || !matches!(self.open_as(&file), Ok(None));
            let why = match (
                is_open || files::blocking(|| file.exists()),
                self.core.editor.creates_files,
            ) {
                (true, _) => "it is there already",
                (_, false) => "this editor creates no files for a server",
                _ => {
                    let home = self.core.documents.get(&self.home);
                    let home = home.as_ref().map(|home| &home.document);
                    return Ok(NewFile::new(&file, text, home));
                }
            };
            Err(NotLanded::Forbidden(format!(
                "{path} is not created: {why}"
            )))
        };
        let mut files: Vec<NewFile> = Vec::new();
        for (path, text) in &batch.creates {
            let file = create((path, text))?;
            if files.iter().any(|other| other.id == file.id) {
                let why = format!("{path} is not created twice");
                return Err(NotLanded::Forbidden(why));
            }
            files.push(file);
        }
        Ok(files)
    }

    /// The files to remove that still have the text that a run gave them, and may be removed.
    fn unchanged(&mut self, files: Vec<NewFile>) -> Vec<NewFile> {
        let on_disk = |file: &NewFile| {
            let path = file.id.on_disk();
            let read = |path: PathBuf| read_regular_text(&path, files::FILE_CAP);
            let text = path.map(|path| files::blocking(|| read(path)));
            matches!(text, Some(Ok(text)) if text == file.text)
        };
        let documents = &self.core.documents;
        let is_open = |file: &NewFile| {
            documents
                .ids()
                .contains(&documents.resolve(file.id.clone()))
        };
        let is_same = |file: &NewFile| match documents.get(&documents.resolve(file.id.clone())) {
            Some(open) => open.document.text.to_string() == file.text,
            None => !is_open(file) && on_disk(file),
        };
        let may = self.core.editor.deletes_files;
        files
            .into_iter()
            .filter(|file| may && is_same(file))
            .collect()
    }

    /// Sends what there is to do for the versions as they are, and waits for the client's word.
    async fn send(&self, edit: workspace_edit::Sent, ask: Ask) -> Result<Reply, NotLanded> {
        let asks = ask == Ask::User;
        let edit = edit
            .to_proto(&self.core.editor, &self.label, asks)
            .ok_or(NotLanded::PlaceGone)?;
        let params = ApplyEditParams {
            label: format!("Firesteel: {}", self.label),
            edit,
        };
        let patience = if asks { CONFIRM_TIMEOUT } else { REPLY_TIMEOUT };
        let request = self.core.client.send_request::<ApplyEdit>(params);
        match tokio::time::timeout(patience, request).await {
            Ok(Ok(reply)) if reply.applied => Ok(Reply::Applied),
            Ok(Ok(reply)) => {
                let why = reply
                    .failure_reason
                    .unwrap_or_else(|| "it gave no reason".to_owned());
                match asks {
                    true => Err(NotLanded::Refused(why)),
                    false => Ok(Reply::Refused(why)),
                }
            }
            Ok(Err(error)) => Err(NotLanded::Refused(error.message.into_owned())),
            Err(_) => Err(NotLanded::Refused("it does not answer".to_owned())),
        }
    }

    /// Whether the files of all these hunks still have these versions.
    fn are_at(&mut self, hunks: &[FileHunk], versions: &HashMap<DocumentId, i32>) -> bool {
        hunks.iter().all(|hunk| {
            let newest = self.newest(&hunk.id);
            newest.map(|newest| newest.document.version) == versions.get(&hunk.id).copied()
        })
    }

    /// Waits until the documents have the hunks that were sent; returns those that they do not have in the end.
    async fn echo(
        &mut self,
        mut sent: Vec<FileHunk>,
        patience: Duration,
        undo: &mut Vec<Undo>,
    ) -> Result<Vec<FileHunk>, NotLanded> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            self.changes.mark_unchanged();
            let mut missing = Vec::new();
            for FileHunk { id, hunk } in sent {
                match self.landed(&id, &hunk)? {
                    Some((document, range)) => {
                        let hunk = hunk.inverse(&document, range);
                        undo.push(Undo::Hunk(FileHunk { id, hunk }));
                    }
                    None => missing.push(FileHunk { id, hunk }),
                }
            }
            sent = missing;
            let is_open = |sent: &FileHunk| self.core.documents.get(&sent.id).is_some();
            if !sent.iter().any(is_open) {
                return Ok(sent);
            }
            let changed = tokio::time::timeout_at(deadline, self.changes.changed());
            if !matches!(changed.await, Ok(Ok(()))) {
                return Ok(sent);
            }
        }
    }

    /// The newest state of a document that has a hunk which was sent, and where. The user may have taken it back already,
    /// before the client's word came.
    fn landed(
        &mut self,
        id: &DocumentId,
        hunk: &Hunk,
    ) -> Result<Option<(Document, Range<usize>)>, NotLanded> {
        let mut states = self.core.documents.states(id);
        if states.is_empty() {
            let closed = self.newest(id).ok_or(NotLanded::PlaceGone)?;
            states.push(closed.document.clone());
        }
        let landed = |document: Document| {
            let range = hunk.landed(&document)?;
            Some((document, range))
        };
        Ok(states.into_iter().find_map(landed))
    }

    /// What the files that are not open have become: no `didChange` tells of them.
    fn follow(&mut self, sent: &[FileHunk]) {
        for (id, snapshot) in &mut self.closed {
            let hunks = sent.iter().filter(|sent| sent.id == *id);
            let mut changes: Vec<_> = hunks
                .filter_map(|sent| {
                    Some((sent.hunk.resolve(&snapshot.document).ok()?, &sent.hunk.new))
                })
                .collect();
            changes.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
            let text = &snapshot.document.text;
            let position = |offset| text.position(offset, Encoding::Utf8);
            let changes: Vec<Change> = changes
                .into_iter()
                .map(|(range, new)| Change {
                    range: Some(position(range.start)..position(range.end)),
                    text: new.clone(),
                })
                .collect();
            let version = snapshot.document.version + 1;
            if let Ok((changed, _)) = snapshot.changed(version, &changes, Encoding::Utf8)
                && !changes.is_empty()
            {
                *snapshot = Arc::new(changed);
            }
        }
    }
}

impl Landing for EditorLanding {
    fn newest(&mut self, id: &DocumentId) -> Option<Arc<Snapshot>> {
        let open = self.core.documents.get(id);
        open.or_else(|| self.closed.get(id).cloned())
    }

    fn open(&mut self, path: &str) -> Result<Arc<Snapshot>, FileError> {
        let open = match self.open_by_name(path)? {
            Some(open) => Some(open),
            None => self.open_as(&self.confined(path)?)?,
        };
        let found = match open {
            Some(open) => open,
            None => self.read(&self.confined(path)?)?,
        };
        let id = &found.document.id;
        if *id != self.home && confirmation::protection(&id.path(), Write::Change).is_some() {
            self.protected.insert(id.clone());
        }
        Ok(found)
    }

    fn streams(&self, id: &DocumentId) -> bool {
        self.mode == Apply::Stream
            && !self.protected.contains(id)
            && self.core.documents.get(id).is_some()
    }

    async fn land(&mut self, batch: Batch) -> Result<Landed, NotLanded> {
        let ask = match self.mode {
            Apply::Preview => Ask::User,
            Apply::Stream | Apply::Once => Ask::Nobody,
        };
        if self.is_confirmed {
            return self.write(batch, ask).await;
        }
        let file = |named: &str| self.confined(named);
        let (free, withheld) = confirmation::split(&self.core, batch, &self.home, file)?;
        if withheld.is_empty() {
            return self.write(free, ask).await;
        }
        // Nothing of the rest lands where a part of it cannot.
        self.new_files(&withheld.batch)?;
        let mut landed = match free.is_empty() {
            true => Landed::default(),
            false => self.write(free, ask).await?,
        };
        match self.ask(withheld).await? {
            Ok(more) => {
                landed.undo.extend(more.undo);
                landed.touched.extend(more.touched);
            }
            Err(withheld) => {
                landed.withheld += withheld.lines();
                self.withheld = withheld;
            }
        }
        Ok(landed)
    }

    async fn changed(&mut self) {
        // The documents live as long as the server.
        let _ = self.changes.changed().await;
    }

    fn progress(&mut self, progress: Progress) {
        // The reporting task ends only with this.
        let _ = self.progress.send(progress);
    }
}

impl EditorLanding {
    /// Has the user confirm what is protected, where the client can ask; gives it back where it did not land.
    async fn ask(&mut self, mut withheld: Withheld) -> Result<Result<Landed, Withheld>, NotLanded> {
        if !self.core.editor.confirms_edits {
            return Ok(Err(withheld));
        }
        match self.write(withheld.batch.clone(), Ask::User).await {
            Ok(landed) => Ok(Ok(landed)),
            Err(NotLanded::Refused(why)) => {
                tracing::info!(why, "an edit of a protected file was not confirmed");
                withheld.is_declined = true;
                Ok(Err(withheld))
            }
            Err(error) => Err(error),
        }
    }

    /// Sends a batch until all of it has landed, or cannot.
    async fn write(&mut self, batch: Batch, ask: Ask) -> Result<Landed, NotLanded> {
        let mut creates = self.new_files(&batch)?;
        let n_deletes = batch.deletes.len();
        let mut deletes = self.unchanged(batch.deletes);
        if deletes.len() < n_deletes && batch.hunks.is_empty() {
            return Err(NotLanded::Refused(
                "the new file has been changed, or may not be removed".to_owned(),
            ));
        }
        let mut hunks = batch.hunks;
        let mut landed = Landed::default();
        let mut outcome = NotLanded::NoEcho;
        for _ in 0..ATTEMPTS {
            let mut sent = Vec::new();
            // One state of each file for all of an attempt: the user types meanwhile.
            let mut files: HashMap<DocumentId, Arc<Snapshot>> = HashMap::new();
            for FileHunk { id, hunk } in hunks {
                let file = match files.get(&id) {
                    Some(file) => file.clone(),
                    None => self.file(&id)?,
                };
                let id = file.document.id.clone();
                files.insert(id.clone(), file.clone());
                match hunk.at_newest(&file.document) {
                    Ok(hunk) => sent.push(FileHunk { id, hunk }),
                    Err(_) => landed.touched.push(FileHunk { id, hunk }),
                }
            }
            if sent.is_empty() && creates.is_empty() && deletes.is_empty() {
                return Ok(landed);
            }
            let file = |id: &DocumentId| files.get(id).cloned();
            let removed = { deletes.iter() }.map(|file| self.spelling(&file.id));
            let edit = workspace_edit::Sent::new(&sent, &creates, removed.collect(), file);
            for FileHunk { id, hunk } in &sent {
                // What we write is nobody's typing.
                self.core.engine.lands(id, &hunk.new);
            }
            let sent_at: HashMap<_, _> = { files.iter() }
                .map(|(id, file)| (id.clone(), file.document.version))
                .collect();
            let patience = match self.send(edit, ask).await? {
                Reply::Applied => {
                    self.follow(&sent);
                    let mut made = std::mem::take(&mut creates);
                    if ask == Ask::User {
                        // Who is asked may have left some of it out.
                        made.retain(|file| self.is_there(&file.id));
                        if made.is_empty() && sent.is_empty() && landed.undo.is_empty() {
                            return Err(NotLanded::Refused(NOT_CONFIRMED.to_owned()));
                        }
                    }
                    landed.undo.extend(made.into_iter().map(Undo::Create));
                    deletes.clear();
                    ECHO_TIMEOUT
                }
                Reply::Refused(why) => {
                    outcome = NotLanded::Refused(why);
                    REFUSED_PAUSE
                }
            };
            hunks = self.echo(sent, patience, &mut landed.undo).await?;
            if patience == ECHO_TIMEOUT && !hunks.is_empty() && self.are_at(&hunks, &sent_at) {
                // An edit is dropped for a newer version only, of which the client would tell. Sent again, this one
                // could stand there twice.
                hunks = self
                    .echo(hunks, LATE_ECHO_TIMEOUT, &mut landed.undo)
                    .await?;
                if !hunks.is_empty() && self.are_at(&hunks, &sent_at) {
                    outcome = match ask {
                        Ask::User => NotLanded::Refused(NOT_CONFIRMED.to_owned()),
                        Ask::Nobody => NotLanded::NoEcho,
                    };
                    break;
                }
            }
            if hunks.is_empty() && creates.is_empty() && deletes.is_empty() {
                return Ok(landed);
            }
        }
        if landed.undo.is_empty() {
            return Err(outcome);
        }
        landed.touched.append(&mut hunks);
        Ok(landed)
    }
}
