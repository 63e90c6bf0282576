//! What a person should look at after a run, as diagnostics, until it was looked at or read by the slower model.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use firesteel_engine::edit::{Finding, Note, Review, Severity, Subject, Undo, whole_lines};
use firesteel_syntax::Snapshot;
use firesteel_text::{AnchorRange, Document, DocumentId};
use serde_json::json;
use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, Diagnostic, DiagnosticSeverity, MessageType, NumberOrString,
    ProgressToken,
};

use crate::edits::Work;
use crate::handlers::commands;
use crate::session::Core;
use crate::to_proto;
use crate::uris::{DiagnosticsParams, PublishDiagnostics};

/// Changes that wait to be looked at; of more, the oldest are forgotten.
const CHANGES_CAP: usize = 32;

const SOURCE: &str = "firesteel";
const CODE: &str = "review";

/// The changes that wait to be looked at.
#[derive(Default)]
pub(crate) struct Reviews(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    count: u64,
    changes: Vec<Change>,
}

/// What a run changed in one file.
#[derive(Clone)]
struct Change {
    number: u64,
    /// The run that made it.
    run: u64,
    id: DocumentId,
    before: String,
    marks: Vec<Mark>,
    /// Whether the marks are what the slower model found.
    is_read: bool,
}

/// A place to look at.
#[derive(Clone)]
struct Mark {
    place: AnchorRange,
    severity: DiagnosticSeverity,
    message: String,
    /// What it is about, where it is a note about code.
    subject: Option<Subject>,
    /// The later run that says what is to be said here, as long as that one is not taken back.
    said_by: Option<u64>,
}

/// A later run in the same file.
struct Later<'a> {
    run: u64,
    document: &'a Document,
    /// The whole lines that it touched.
    touched: &'a [Range<usize>],
    notes: &'a [Note],
}

impl Later<'_> {
    /// Whether what a mark says of an earlier run is no longer so, or is said again.
    fn says(&self, mark: &Mark) -> bool {
        let Some(subject) = &mark.subject else {
            return !self.notes.is_empty();
        };
        let is_same = |note: &Note| {
            let other = note.subject.as_ref();
            other
                .is_some_and(|other| other.concern == subject.concern && other.code == subject.code)
        };
        let is_back = |lines: &Range<usize>| {
            let text = self.document.text.slice(lines.clone());
            text.contains(subject.code.as_str())
        };
        if subject.is_gone {
            return self.touched.iter().any(is_back) || self.notes.iter().any(is_same);
        }
        let is_gone = |note: &Note| note.subject.as_ref().is_some_and(|subject| subject.is_gone);
        let Some(place) = self.document.resolve_range(mark.place) else {
            return true;
        };
        let is_touched =
            |lines: &Range<usize>| place.start <= lines.end && lines.start <= place.end;
        self.touched.iter().any(is_touched)
            || self.notes.iter().any(|note| is_gone(note) && is_same(note))
    }
}

impl Reviews {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, id: &DocumentId) -> Vec<Change> {
        let waiting = self.lock();
        let is_here = |change: &&Change| change.id == *id;
        waiting.changes.iter().filter(is_here).cloned().collect()
    }

    fn numbered(&self, number: u64) -> Option<Change> {
        let waiting = self.lock();
        let is_it = |change: &&Change| change.number == number;
        waiting.changes.iter().find(is_it).cloned()
    }

    /// Leaves to a later run what it says anew; returns whether there was any of that.
    fn leave_to(&self, later: &Later<'_>) -> bool {
        let mut waiting = self.lock();
        let id = &later.document.id;
        let marks = { waiting.changes.iter_mut() }
            .filter(|change| change.id == *id && !change.is_read)
            .flat_map(|change| &mut change.marks)
            .filter(|mark| mark.said_by.is_none() && later.says(mark));
        let n = marks.map(|mark| mark.said_by = Some(later.run)).count();
        n > 0
    }

    fn add(&self, mut change: Change) {
        let mut waiting = self.lock();
        waiting.count += 1;
        change.number = waiting.count;
        waiting.changes.push(change);
        let n_over = waiting.changes.len().saturating_sub(CHANGES_CAP);
        waiting.changes.drain(..n_over);
    }

    /// Puts other marks in place of those of a change; without any, it needs no looking at any more.
    fn mark(&self, number: u64, marks: Vec<Mark>) {
        let mut waiting = self.lock();
        if let Some(change) = waiting
            .changes
            .iter_mut()
            .find(|change| change.number == number)
        {
            change.marks = marks;
            change.is_read = true;
        }
        waiting.changes.retain(|change| !change.marks.is_empty());
    }

    /// Forgets a document that was closed; returns whether there was anything to forget.
    pub(crate) fn forget(&self, id: &DocumentId) -> bool {
        self.drop_where(|change| change.id == *id)
    }

    /// Forgets what a run changed in a file; returns whether there was anything to forget.
    fn drop_run(&self, run: u64, id: &DocumentId) -> bool {
        let is_dropped = self.drop_where(|change| change.run == run && change.id == *id);
        let mut waiting = self.lock();
        let here = { waiting.changes.iter_mut() }.filter(|change| change.id == *id);
        let hidden =
            { here.flat_map(|change| &mut change.marks) }.filter(|mark| mark.said_by == Some(run));
        hidden.map(|mark| mark.said_by = None).count() > 0 || is_dropped
    }

    fn drop_where(&self, is_over: impl Fn(&Change) -> bool) -> bool {
        let mut waiting = self.lock();
        let n_before = waiting.changes.len();
        waiting.changes.retain(|change| !is_over(change));
        waiting.changes.len() < n_before
    }
}

/// Marks what of a run a person should look at, in each open file that it changed.
pub(crate) async fn note(core: &Arc<Core>, run: u64, undo: &[Undo]) {
    for (id, undo) in by_file(undo) {
        if let Some(after) = core.documents.get(&id) {
            note_file(core, run, after, &undo).await;
        }
    }
}

/// A run that was taken back needs no looking at.
pub(crate) async fn taken_back(core: &Arc<Core>, run: u64, undo: &[Undo]) {
    for id in by_file(undo).into_keys() {
        if core.reviews.drop_run(run, &id) {
            publish(core, &id).await;
        }
    }
}

fn by_file(undo: &[Undo]) -> HashMap<DocumentId, Vec<&Undo>> {
    let mut files: HashMap<DocumentId, Vec<&Undo>> = HashMap::new();
    for one in undo {
        let id = match one {
            Undo::Hunk(hunk) => &hunk.id,
            Undo::Create(file) => &file.id,
        };
        files.entry(id.clone()).or_default().push(one);
    }
    files
}

async fn note_file(core: &Arc<Core>, run: u64, after: Arc<Snapshot>, undo: &[&Undo]) {
    let (before, touched) = before(&after.document, undo);
    let old = Document::open(after.document.uri.clone(), after.document.version, &before);
    let old = Snapshot::open(old, after.language);
    let (engine, path, newest) = (core.engine.clone(), after.document.id.path(), after.clone());
    // Two whole files are parsed and searched.
    let notes = move || {
        let notes = engine.review_notes(&path, &old, &newest, &touched);
        (notes, whole_lines(&newest.document.text, &touched))
    };
    let (notes, lines) = tokio::task::spawn_blocking(notes).await.unwrap_or_default();
    let is_less = core.reviews.leave_to(&Later {
        run,
        document: &after.document,
        touched: &lines,
        notes: &notes,
    });
    if notes.is_empty() {
        if is_less {
            publish(core, &after.document.id).await;
        }
        return;
    }
    let mark = |note: Note| Mark {
        place: after.document.anchor_range(note.range),
        severity: DiagnosticSeverity::INFORMATION,
        message: format!("review this: it {}", note.why),
        subject: note.subject,
        said_by: None,
    };
    core.reviews.add(Change {
        number: 0,
        run,
        id: after.document.id.clone(),
        before,
        marks: notes.into_iter().map(mark).collect(),
        is_read: false,
    });
    publish(core, &after.document.id).await;
}

/// The text before a run, and where the run touched it.
fn before(after: &Document, undo: &[&Undo]) -> (String, Vec<Range<usize>>) {
    let mut changes: Vec<(Range<usize>, &str)> = undo
        .iter()
        .filter_map(|undo| match undo {
            Undo::Hunk(file) => Some((file.hunk.resolve(after).ok()?, file.hunk.new.as_str())),
            Undo::Create(_) => Some((0..after.text.len(), "")),
        })
        .collect();
    changes.sort_by_key(|(range, _)| range.start);
    let mut text = after.text.to_string();
    for (range, old) in changes.iter().rev() {
        if text.is_char_boundary(range.start) && text.is_char_boundary(range.end) {
            text.replace_range(range.clone(), old);
        }
    }
    let touched = changes.into_iter().map(|(range, _)| range).collect();
    (text, touched)
}

/// Tells the client what waits to be looked at in a document.
async fn publish(core: &Arc<Core>, id: &DocumentId) {
    // The diagnostics of a document went when it was closed.
    let Some(newest) = core.documents.get(id) else {
        return;
    };
    let document = &newest.document;
    let marks: Vec<Mark> = core
        .reviews
        .of(id)
        .into_iter()
        .flat_map(|change| change.marks)
        .filter(|mark| mark.said_by.is_none())
        .collect();
    let shown = |mark: Mark| {
        let range = document.resolve_range(mark.place)?;
        Some(Diagnostic {
            range: to_proto::range(&document.text, range, core.editor.encoding),
            severity: Some(mark.severity),
            source: Some(SOURCE.to_owned()),
            code: Some(NumberOrString::String(CODE.to_owned())),
            message: mark.message,
            ..Diagnostic::default()
        })
    };
    let params = DiagnosticsParams {
        uri: document.uri.to_string(),
        diagnostics: marks.into_iter().filter_map(shown).collect(),
        version: Some(document.version),
    };
    core.client
        .send_notification::<PublishDiagnostics>(params)
        .await;
}

/// The entries of the menu for what waits to be looked at in a range.
pub(crate) fn actions(
    core: &Core,
    snapshot: &Snapshot,
    range: &Range<usize>,
    problems: &[Diagnostic],
) -> Vec<CodeAction> {
    let document = &snapshot.document;
    let is_at = |mark: &Mark| {
        let place = document.resolve_range(mark.place);
        mark.said_by.is_none()
            && place.is_some_and(|place| place.start <= range.end && range.start <= place.end)
    };
    let here = { core.reviews.of(&document.id).into_iter() }
        .filter(|change| change.marks.iter().any(is_at));
    let ours = |problem: &&Diagnostic| problem.source.as_deref() == Some(SOURCE);
    let ours: Vec<Diagnostic> = problems.iter().filter(ours).cloned().collect();
    let action = |title: String, command: &str, change: &Change| {
        let kind = CodeActionKind::QUICKFIX;
        let action = to_proto::command_action(title, kind, command, json!(change.number));
        CodeAction {
            diagnostics: Some(ours.clone()),
            ..action
        }
    };
    let listed = |change: Change| {
        let reviewer = core.engine.reviewer().filter(|_| !change.is_read);
        let review =
            reviewer.map(|name| action(format!("Review with {name}"), commands::REVIEW, &change));
        let seen = action("Mark as reviewed".to_owned(), commands::REVIEWED, &change);
        review.into_iter().chain([seen])
    };
    here.flat_map(listed).collect()
}

/// Takes the marks of a change away: its user has looked at it.
pub(crate) async fn reviewed(core: Arc<Core>, number: u64) {
    if let Some(change) = core.reviews.numbered(number) {
        core.reviews.mark(number, Vec::new());
        publish(&core, &change.id).await;
    }
}

/// Has a change read by the slower model, and puts what it finds in the place of the notes.
pub(crate) async fn review(core: Arc<Core>, number: u64, token: Option<ProgressToken>) {
    let change = core.reviews.numbered(number);
    let Some((change, after)) = change.and_then(|change| {
        let after = core.documents.get(&change.id)?;
        Some((change, after))
    }) else {
        let text = "Firesteel: this change is no longer there";
        return core.client.show_message(MessageType::WARNING, text).await;
    };
    let path = change.id.path();
    let note = |mark: &Mark| {
        let why = mark.message.strip_prefix("review this: it ");
        Some(Note {
            range: after.document.resolve_range(mark.place)?,
            why: why.unwrap_or(&mark.message).to_owned(),
            subject: mark.subject.clone(),
        })
    };
    let asked = Review {
        path,
        before: change.before,
        notes: { change.marks.iter() }
            .filter(|mark| mark.said_by.is_none())
            .filter_map(note)
            .collect(),
        after: after.clone(),
    };
    let work = Work::begin(&core, "Review", token);
    let found = core.engine.review(&asked, &work.entry.active.cancel).await;
    let (message, failed) = match found {
        Ok(findings) => {
            let said = match findings.len() {
                0 => "the slower model found nothing".to_owned(),
                1 => "1 finding".to_owned(),
                n => format!("{n} findings"),
            };
            let mark = |finding| mark_of(finding, &after.document);
            core.reviews
                .mark(number, findings.into_iter().map(mark).collect());
            publish(&core, &change.id).await;
            (said, false)
        }
        Err(why) => (why.to_string(), true),
    };
    work.end(&core, message, failed).await;
}

fn mark_of(finding: Finding, document: &Document) -> Mark {
    Mark {
        place: document.anchor_range(finding.range),
        severity: match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        },
        message: finding.message,
        subject: None,
        said_by: None,
    }
}
