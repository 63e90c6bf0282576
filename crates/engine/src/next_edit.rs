//! Next edit: where the user's last edit is to be made once more, and how that place then reads.
//!
//! The mechanical case needs no model: the same replacement at the next place that is alike. Where a declaration changed,
//! the hosted model is asked about the next use, with the latest edits as its history. Where the document at hand has no
//! such place, one of the other open documents may have it.

mod hosted;
mod repeat;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use firesteel_privacy::{Invisible, Refused};
use firesteel_syntax::{Snapshot, Tree};
use firesteel_text::{DocumentId, Text};

use crate::backend::Role;
use crate::history::{By, Past};
use crate::models::Source;
use crate::{Engine, Settings};

/// The largest text that a keystroke may wait for the parse of, in bytes: it takes about a millisecond.
const QUICK_BYTES: usize = 64 * 1024;

/// How long the parse of a document may take on which the search waits.
const PARSE_LIMIT: Duration = Duration::from_millis(200);
/// The largest of the other documents that is looked at, in bytes.
const OTHER_BYTES: usize = 512 * 1024;
/// How long the other documents are looked through, all together.
const OTHERS_TIME: Duration = Duration::from_millis(300);

/// An open document.
#[derive(Clone, Debug)]
pub struct Open {
    /// The document as it is now.
    pub snapshot: Arc<Snapshot>,
    /// Its path.
    pub path: PathBuf,
}

impl Open {
    fn text(&self) -> &Text {
        &self.snapshot.document.text
    }

    fn tree(&self) -> Option<Tree> {
        self.snapshot.parsed(PARSE_LIMIT)
    }

    fn is(&self, other: &Self) -> bool {
        self.snapshot.document.id == other.snapshot.document.id
    }
}

/// A question for the next edit.
#[derive(Clone, Debug)]
pub struct After {
    /// The document that the user is in.
    pub open: Open,
    /// The offset behind which the next place is looked for, before the search goes on at the beginning.
    pub offset: usize,
    /// Other open documents of its language, the one that the user was in last first.
    pub others: Vec<Open>,
}

/// A replacement that is proposed; it leaves the code as whole as it was.
#[derive(Clone, Debug)]
pub struct NextEdit {
    /// The document that it is for.
    pub open: Open,
    /// The bytes that it replaces.
    pub range: Range<usize>,
    /// What comes in their place.
    pub text: String,
    /// What it comes to, in a few words: `` `count` → `total` ``.
    pub title: String,
    /// Who made it.
    pub source: Source,
}

/// Why there is no next edit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoNextEdit {
    /// The user has edited nothing lately that still stands, or took it back.
    #[error("there is no edit of yours to repeat")]
    NoEdit,
    /// The edit replaced nothing that is found elsewhere.
    #[error("no other place is like the one that you edited")]
    NothingLike,
    /// What is found would break the code.
    #[error("the same edit would break the syntax elsewhere")]
    ParseGate,
    /// The document could not be parsed in time, or is of no language that is known.
    #[error("the document could not be parsed in time")]
    NotParsed,
    /// The document must not be shown to a model.
    #[error("{0}")]
    Private(Refused),
    /// What the model said has characters that nobody sees.
    #[error("{0}")]
    Invisible(Invisible),
    /// The hosted model failed, or had nothing to change.
    #[error("the model proposed nothing: {0}")]
    Model(String),
}

impl Engine {
    /// Begins the history of a document that was opened.
    pub fn did_open(&self, snapshot: &Snapshot) {
        self.inner.history.open(snapshot);
    }

    /// The server is about to put `text` into a document: what comes back is not the user's typing.
    pub fn lands(&self, id: &DocumentId, text: &str) {
        self.inner.history.expect(id, text, Instant::now());
    }

    /// The next place for the user's last edit, found without a model.
    ///
    /// # Errors
    /// The reason when there is none.
    pub async fn repeat_edit(&self, after: After) -> Result<NextEdit, NoNextEdit> {
        let question = self.question(after)?;
        search(move || repeat::find(&question.fit_to_be_seen())).await
    }

    /// The same where the cursor is at it, before all that it changes: there ghost text can show it.
    ///
    /// # Errors
    /// The reason when there is none.
    pub async fn repeat_edit_here(&self, after: After) -> Result<NextEdit, NoNextEdit> {
        let mut question = self.question(after)?;
        let text = question.text();
        let line = text.line_of(question.offset);
        let line = text.line_start(line)..text.line_end(line);
        // Nearly every keystroke ends here, for no line but few is worth a search.
        if !repeat::may_be_in(&question, &line) {
            return Err(NoNextEdit::NothingLike);
        }
        let is_quick = |edited: &Edited| {
            let snapshot = &edited.open.snapshot;
            snapshot.document.text.len() <= QUICK_BYTES || snapshot.is_parsed()
        };
        if !is_quick(&question.here) {
            return Err(NoNextEdit::NotParsed);
        }
        question.others.retain(is_quick);
        let found = search(move || {
            let question = question.fit_to_be_seen();
            let (text, offset) = (question.text(), question.offset);
            let here = repeat::word_start(text, offset)..line.end;
            let found = repeat::find_here(&question, here.start, here)?;
            let changed = found.clone().without_what_stays();
            let is_here = (found.range.start..=changed.range.start).contains(&offset);
            is_here.then_some(found).ok_or(NoNextEdit::NothingLike)
        });
        found.await
    }

    /// The next edit, by the hosted model where the mechanical case finds nothing.
    ///
    /// # Errors
    /// The reason when there is none.
    pub async fn next_edit(&self, after: After) -> Result<NextEdit, NoNextEdit> {
        let found = self.repeat_edit(after.clone()).await;
        let settings = self.settings();
        let is_hosted = settings.models.preferred(Role::NextEdit) == Source::Hosted;
        if !matches!(found, Err(NoNextEdit::NothingLike)) || !is_hosted {
            return found;
        }
        let question = self.question(after)?;
        hosted::find(self, &settings, question).await
    }

    /// The documents with what was edited in them, if one of the user's edits may be repeated.
    fn question(&self, after: After) -> Result<Question, NoNextEdit> {
        let edited = |open: Open| Edited {
            edits: self.inner.history.latest(&open.snapshot.document.id),
            open,
        };
        let question = Question {
            here: edited(after.open),
            offset: after.offset,
            others: after.others.into_iter().map(edited).collect(),
            settings: self.settings(),
        };
        let mut users = question.edited().flat_map(Edited::repeatable);
        let is_any = users.next().is_some();
        drop(users);
        is_any.then_some(question).ok_or(NoNextEdit::NoEdit)
    }
}

/// A document and its latest edits, the newest first.
struct Edited {
    open: Open,
    edits: Vec<Past>,
}

impl Edited {
    fn text(&self) -> &Text {
        self.open.text()
    }

    /// The user's edits that may be repeated.
    fn repeatable(&self) -> impl Iterator<Item = &Past> {
        let users = self.edits.iter();
        users.filter(|past| is_repeatable(past, self.text()))
    }
}

/// Where the next edit is looked for, and after which edits.
struct Question {
    here: Edited,
    offset: usize,
    others: Vec<Edited>,
    settings: Arc<Settings>,
}

impl Question {
    fn text(&self) -> &Text {
        self.here.text()
    }

    /// The documents, the one at hand first.
    fn edited(&self) -> impl Iterator<Item = &Edited> {
        std::iter::once(&self.here).chain(&self.others)
    }

    /// Without the documents that are too large, or private: nothing goes into such a one or out of it. It reads files.
    fn fit_to_be_seen(mut self) -> Self {
        let guard = &self.settings.guard;
        let is_public = |edited: &Edited| guard.check_context(&edited.open.path).is_ok();
        if !self.others.is_empty() && !is_public(&self.here) {
            self.others.clear();
        }
        let others = &mut self.others;
        others.retain(|other| other.text().len() <= OTHER_BYTES && is_public(other));
        self
    }
}

/// Whether an edit is the user's and still stands in this text.
fn is_repeatable(past: &Past, text: &Text) -> bool {
    past.by == By::User && text.slice(past.range.clone()) == past.inserted
}

impl NextEdit {
    /// The same without the beginning and the end that stay as they are.
    fn without_what_stays(self) -> Self {
        let old = self.open.text().slice(self.range.clone());
        let length = |(a, b): (char, char)| (a == b).then(|| a.len_utf8());
        let prefix: usize = { old.chars().zip(self.text.chars()) }
            .map_while(length)
            .sum();
        let (old, new) = (&old[prefix..], &self.text[prefix..]);
        let suffix: usize = { old.chars().rev().zip(new.chars().rev()) }
            .map_while(length)
            .sum();
        let start = self.range.start + prefix;
        let (range, text) = (
            start..start + old.len() - suffix,
            new[..new.len() - suffix].to_owned(),
        );
        Self {
            range,
            text,
            ..self
        }
    }
}

/// Runs a search where it may take milliseconds.
async fn search(
    find: impl FnOnce() -> Result<NextEdit, NoNextEdit> + Send + 'static,
) -> Result<NextEdit, NoNextEdit> {
    let found = tokio::task::spawn_blocking(find).await;
    found.unwrap_or(Err(NoNextEdit::NotParsed))
}
