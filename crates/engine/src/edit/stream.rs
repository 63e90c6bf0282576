//! One answer on its way into the files: read, turned into hunks, held until they are whole, landed.

use std::sync::Arc;

use firesteel_privacy::{Invisible, Misplaced, check_characters};
use firesteel_prompt::with_line_feeds;
use firesteel_syntax::Snapshot;
use firesteel_task::Event;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::error::{EditError, ReadError};
use super::hunks::{Hunk, parses_no_worse};
use super::landing::{Batch, FileHunk, Landed, Landing, NotLanded, Progress, Undo};
use super::patch::{ModelView, Step};
use super::run::{Conversation, Outcome, Report};
use super::writer::Writer;
use crate::backend::Reply;

/// Model text of one answer, in bytes; a model that says more is cut off, and its answer not used.
const ANSWER_CAP: usize = 256 * 1024;

/// How an answer ended.
#[derive(Debug)]
pub(super) enum End {
    /// All of it landed.
    Done,
    /// The user stopped it, or took back what had landed.
    Cancelled,
    /// It cannot be carried out as it is, and why.
    Unfit(String),
    /// The model broke off, and why.
    Faulty(String),
    /// The editor failed, and how.
    Broken(String),
}

/// One answer and its outcome so far.
pub(super) struct Attempt<'a, L> {
    writer: Writer,
    /// The document that the run began in.
    origin: Arc<Snapshot>,
    view: ModelView,
    landing: &'a mut L,
    cancel: &'a CancellationToken,
    /// Hunks that are not whole by themselves yet, or must wait for the end, by file.
    held: Vec<(Arc<Snapshot>, Vec<Hunk>)>,
    creates: Vec<(String, String)>,
    undo: Vec<Undo>,
    touched: Vec<FileHunk>,
    lines: usize,
    /// Lines that wait for the user's word.
    withheld: usize,
    /// What the model has said so far.
    pub(super) answer: String,
}

/// Adds a hunk to those that are held. Lines that go to one place are one insertion: apart, an empty line among them
/// could not be told from its neighbors when they are taken back.
fn join(held: &mut Vec<Hunk>, hunk: Hunk) {
    match held.last_mut() {
        Some(last) if last.old.is_empty() && hunk.old.is_empty() && last.place == hunk.place => {
            last.new.push_str(&hunk.new);
        }
        _ => held.push(hunk),
    }
}

impl<'a, L: Landing> Attempt<'a, L> {
    pub(super) fn new(
        writer: Writer,
        origin: Arc<Snapshot>,
        view: ModelView,
        landing: &'a mut L,
        cancel: &'a CancellationToken,
    ) -> Self {
        Self {
            writer,
            origin,
            view,
            landing,
            cancel,
            held: Vec::new(),
            creates: Vec::new(),
            undo: Vec::new(),
            touched: Vec::new(),
            lines: 0,
            withheld: 0,
            answer: String::new(),
        }
    }

    /// Reads the model and lands its text at the same time: what comes in during a landing goes into the next one.
    pub(super) async fn stream(&mut self, reply: Reply) -> End {
        let (sender, mut texts) = mpsc::unbounded_channel();
        // A comment that was cut off is still a comment.
        let may_be_cut = matches!(self.writer, Writer::Doc(_));
        let reading = read(reply, sender, self.cancel.clone(), may_be_cut);
        let _reading = Reading(tokio::spawn(reading));
        loop {
            let received = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return End::Cancelled,
                received = texts.recv() => received,
                () = self.landing.changed(), if !self.undo.is_empty() => {
                    if self.was_undone() {
                        return End::Cancelled;
                    }
                    continue;
                }
            };
            let is_last = received.is_none();
            let mut batch = String::new();
            let more = std::iter::from_fn(|| texts.try_recv().ok());
            for text in received.into_iter().chain(more) {
                match text {
                    Ok(text) => batch.push_str(&text),
                    Err(why) => return End::Faulty(why.to_string()),
                }
            }
            self.answer.push_str(&batch);
            if let Err(why) = self.take(&batch, is_last) {
                return End::Unfit(why.to_string());
            }
            if let Some(end) = self.flush(is_last).await {
                return end;
            }
            // The landing has seen the changes that were made meanwhile; one of them may be the user's undo.
            if self.was_undone() {
                return End::Cancelled;
            }
            if is_last {
                return End::Done;
            }
        }
    }

    fn take(&mut self, batch: &str, is_last: bool) -> Result<(), EditError> {
        let landing = &mut *self.landing;
        let steps = match &mut self.writer {
            Writer::Planned => Vec::new(),
            Writer::Doc(doc) => {
                // A comment has no place where a secret has stood.
                if self.view.mentions_hidden(&self.answer) {
                    return Err(EditError::Secret);
                }
                let insertion = doc.lines.push(batch);
                doc.take(insertion);
                if is_last {
                    let rest = doc.lines.finish();
                    doc.take(rest);
                }
                check(&doc.so_far(), &doc.snapshot, &self.origin)?;
                Vec::new()
            }
            Writer::Patch(patch) => {
                let mut open = |path: &str| landing.open(path);
                let mut steps = patch.push(batch, &mut open)?;
                if is_last {
                    steps.extend(patch.finish(&mut open)?);
                }
                steps
            }
        };
        self.hold(steps)
    }

    /// Lands what was planned without a model.
    pub(super) async fn land_steps(&mut self, steps: Vec<Step>) -> End {
        match self.hold(steps) {
            Ok(()) => self.flush(true).await.unwrap_or(End::Done),
            Err(why) => End::Broken(why.to_string()),
        }
    }

    fn hold(&mut self, steps: Vec<Step>) -> Result<(), EditError> {
        for step in steps {
            match step {
                Step::Create(path, text) => {
                    check(&text, &self.origin, &self.origin)?;
                    self.creates.push((path, text));
                }
                Step::Change(file, hunks) => {
                    for hunk in &hunks {
                        check(&hunk.new, &file, &self.origin)?;
                    }
                    let is_it = |held: &&mut (Arc<Snapshot>, Vec<Hunk>)| {
                        held.0.document.id == file.document.id
                    };
                    match self.held.iter_mut().find(is_it) {
                        Some((_, held)) => hunks.into_iter().for_each(|hunk| join(held, hunk)),
                        None => {
                            let mut held = Vec::new();
                            hunks.into_iter().for_each(|hunk| join(&mut held, hunk));
                            self.held.push((file, held));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Lands what is whole; at the end of the answer everything. Returns how the answer ended, if it did by this.
    async fn flush(&mut self, is_last: bool) -> Option<End> {
        let mut batch = Batch::default();
        for index in (0..self.held.len()).rev() {
            let id = self.held[index].0.document.id.clone();
            let may_land = self.landing.streams(&id) && is_balanced(&self.held[index].1);
            if !is_last && !may_land {
                continue;
            }
            let Some(newest) = self.landing.newest(&id) else {
                return Some(End::Broken(NotLanded::PlaceGone.to_string()));
            };
            let hunks = self.untouched(index, &newest);
            let checked = hunks.clone();
            let check = move || parses_no_worse(&newest, &checked);
            match tokio::task::spawn_blocking(check).await {
                Ok(false) if is_last => {
                    let problem = "the code would not parse with it".to_owned();
                    return Some(End::Unfit(problem));
                }
                Ok(false) => continue,
                _ => {}
            }
            self.held.remove(index);
            let of_file = |hunk| FileHunk {
                id: id.clone(),
                hunk,
            };
            batch.hunks.extend(hunks.into_iter().map(of_file));
        }
        if let Writer::Doc(doc) = &self.writer
            && (is_last || self.landing.streams(&doc.snapshot.document.id))
        {
            let id = doc.snapshot.document.id.clone();
            batch
                .hunks
                .extend(doc.hunk().map(|hunk| FileHunk { id, hunk }));
        }
        if is_last {
            batch.creates = std::mem::take(&mut self.creates);
        }
        if batch.hunks.is_empty() && batch.creates.is_empty() {
            return None;
        }
        self.land(batch)
            .await
            .err()
            .map(|error| End::Broken(error.to_string()))
    }

    /// The held hunks of a file whose lines the user has left alone; the others are set aside.
    fn untouched(&mut self, index: usize, newest: &Snapshot) -> Vec<Hunk> {
        let (file, hunks) = &mut self.held[index];
        let id = file.document.id.clone();
        let (free, touched): (Vec<Hunk>, Vec<Hunk>) = std::mem::take(hunks)
            .into_iter()
            .partition(|hunk| hunk.resolve(&newest.document).is_ok());
        hunks.clone_from(&free);
        let of_file = |hunk| FileHunk {
            id: id.clone(),
            hunk,
        };
        self.touched.extend(touched.into_iter().map(of_file));
        free
    }

    async fn land(&mut self, batch: Batch) -> Result<(), NotLanded> {
        let wanted: usize = batch
            .hunks
            .iter()
            .map(|FileHunk { hunk, .. }| hunk.lines())
            .sum();
        let created: usize = batch
            .creates
            .iter()
            .map(|(_, text)| text.lines().count())
            .sum();
        let Landed {
            mut undo,
            touched,
            withheld,
        } = self.landing.land(batch).await?;
        let missed: usize = touched
            .iter()
            .map(|FileHunk { hunk, .. }| hunk.lines())
            .sum();
        self.withheld += withheld;
        self.lines += (wanted + created - missed.min(wanted)).saturating_sub(withheld);
        self.touched.extend(touched);
        if let Writer::Doc(doc) = &mut self.writer
            && let Some(Undo::Hunk(FileHunk { id, hunk })) = undo.pop()
        {
            let newest = self.landing.newest(&id).ok_or(NotLanded::PlaceGone)?;
            let whole = doc.landed(&newest, &hunk).ok_or(NotLanded::PlaceGone)?;
            self.undo = vec![Undo::Hunk(FileHunk { id, hunk: whole })];
        }
        self.undo.extend(undo);
        self.landing.progress(Progress::Lines(self.lines));
        Ok(())
    }

    /// Whether the user has taken back what landed last.
    fn was_undone(&mut self) -> bool {
        let Some(Undo::Hunk(FileHunk { id, hunk })) = self.undo.last() else {
            return false;
        };
        let newest = self.landing.newest(id);
        newest.is_some_and(|newest| hunk.is_applied(&newest.document))
    }

    /// Takes back what has landed; false when the user has worked on it since.
    pub(super) async fn take_back(&mut self) -> bool {
        let batch = Batch::of_undo(std::mem::take(&mut self.undo));
        self.held.clear();
        self.creates.clear();
        self.lines = 0;
        if batch.is_empty() {
            return true;
        }
        let landed = self.landing.land(batch).await;
        landed.is_ok_and(|landed| landed.touched.is_empty())
    }

    /// Takes back what has landed, and adds to the reason how that went.
    async fn undone(&mut self, why: String) -> String {
        if self.undo.is_empty() && self.touched.is_empty() {
            return why;
        }
        match self.take_back().await {
            true => format!("{why}; what had landed was taken back"),
            false => format!("{why}; what had landed could not be taken back"),
        }
    }

    /// How many changes were left out since they would have moved a secret.
    fn misplaced(&self) -> usize {
        match &self.writer {
            Writer::Patch(patch) => patch.moved_secrets(),
            Writer::Doc(_) | Writer::Planned => 0,
        }
    }

    /// The end of the run.
    pub(super) async fn report(mut self, end: End, conversation: Option<Conversation>) -> Report {
        let (lines, misplaced) = (self.lines, self.misplaced());
        let nothing = self.undo.is_empty() && self.touched.is_empty() && self.withheld == 0;
        let outcome = match end {
            End::Done if nothing && misplaced > 0 => Outcome::Faulty(Misplaced.to_string()),
            End::Done if nothing => Outcome::Nothing,
            End::Done => Outcome::Done(lines),
            End::Cancelled => Outcome::Cancelled(lines),
            End::Unfit(why) | End::Faulty(why) => Outcome::Faulty(self.undone(why).await),
            End::Broken(why) => Outcome::Failed(self.undone(why).await),
        };
        Report {
            outcome,
            undo: self.undo,
            moved_secrets: misplaced,
            touched: self.touched,
            conversation,
        }
    }
}

/// Refuses text with characters that nobody sees, unless the file that it is for, or the one that the run began in, has them.
fn check(text: &str, file: &Snapshot, origin: &Snapshot) -> Result<(), Invisible> {
    let text_of = |snapshot: &Snapshot| snapshot.document.text.to_string();
    // The carriage returns are the file's: none of the model's comes so far.
    let text = with_line_feeds(text);
    check_characters(&text, || text_of(file))
        .or_else(|_| check_characters(&text, || text_of(origin)))
}

/// Whether the hunks open no more brackets than they close: only then is it worth a parse.
fn is_balanced(hunks: &[Hunk]) -> bool {
    let depth = |text: &str| {
        text.bytes().fold(0_i64, |depth, byte| match byte {
            b'(' | b'[' | b'{' => depth + 1,
            b')' | b']' | b'}' => depth - 1,
            _ => depth,
        })
    };
    let total: i64 = hunks
        .iter()
        .map(|hunk| depth(&hunk.new) - depth(&hunk.old))
        .sum();
    total <= 0
}

/// Ends the reading, and with it the request, with the attempt.
struct Reading(JoinHandle<()>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Passes the model's text on; ends, and with it the request, when nobody listens or the run is cancelled.
async fn read(
    mut reply: Reply,
    texts: mpsc::UnboundedSender<Result<String, ReadError>>,
    cancel: CancellationToken,
    may_be_cut: bool,
) {
    let mut bytes = 0;
    reply.at_most(4 * ANSWER_CAP);
    loop {
        let event = tokio::select! {
            biased;
            () = cancel.cancelled() => return,
            event = reply.next() => event,
        };
        let text = match event {
            Some(Ok(Event::Text(text))) => Ok(text),
            Some(Ok(Event::Started { .. })) => continue,
            Some(Ok(Event::Done { truncated, .. })) if truncated && !may_be_cut => {
                Err(ReadError::Truncated)
            }
            Some(Ok(Event::Done { .. })) | None => return,
            Some(Err(error)) => Err(error.into()),
        };
        bytes += text.as_ref().map_or(0, String::len);
        let text = match bytes > ANSWER_CAP {
            true => Err(ReadError::TooLong),
            false => text,
        };
        let is_over = text.is_err();
        if texts.send(text).is_err() || is_over {
            return;
        }
    }
}
