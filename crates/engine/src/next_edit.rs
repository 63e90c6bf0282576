//! Next edit: where the user's last edit is to be made once more, and how that place then reads.
//!
//! The mechanical case needs no model: the same replacement at the next place that is alike. Where a signature changed,
//! the hosted model is asked about the next call, with the latest edits as its history.

mod hosted;
mod repeat;

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use firesteel_prompt::Refused;
use firesteel_syntax::Snapshot;
use firesteel_text::Text;

use crate::Engine;
use crate::history::{By, Past};
use crate::models::Source;

/// How long after an edit it may be repeated.
const REPEAT_TIME: Duration = Duration::from_secs(5 * 60);

/// The largest text that a key may wait for the parse of, in bytes: it takes about a millisecond.
const QUICK_BYTES: usize = 64 * 1024;

/// A question for the next edit.
#[derive(Clone, Debug)]
pub struct After {
    /// The document as it is now.
    pub snapshot: Arc<Snapshot>,
    /// Its path.
    pub path: PathBuf,
    /// The offset behind which the next place is looked for, before the search goes on at the beginning.
    pub offset: usize,
}

/// A replacement that is proposed; it leaves the code as whole as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextEdit {
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
    /// The user has edited nothing in this document lately, or took it back.
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
    pub fn lands(&self, uri: &str, text: &str) {
        self.inner.history.expect(uri, text, Instant::now());
    }

    /// The next place for the user's last edit, found without a model.
    ///
    /// # Errors
    /// The reason when there is none.
    pub async fn repeat_edit(&self, after: After) -> Result<NextEdit, NoNextEdit> {
        let edits = self.repeatable(&after.snapshot)?;
        let whole = 0..after.snapshot.document.text.len();
        search(move || repeat::find(&after.snapshot, &edits, after.offset, whole)).await
    }

    /// The same where the cursor is at it, before all that it changes: there ghost text can show it.
    ///
    /// # Errors
    /// The reason when there is none.
    pub async fn repeat_edit_here(&self, after: After) -> Result<NextEdit, NoNextEdit> {
        let edits = self.repeatable(&after.snapshot)?;
        let text = &after.snapshot.document.text;
        let line = text.line_of(after.offset);
        let line = text.line_start(line)..text.line_end(line);
        // Nearly every key ends here, for no line but few is worth a search.
        if !repeat::may_be_in(&edits, text, &line) {
            return Err(NoNextEdit::NothingLike);
        }
        if text.len() > QUICK_BYTES && !after.snapshot.is_parsed() {
            return Err(NoNextEdit::NotParsed);
        }
        let found = search(move || {
            let text = &after.snapshot.document.text;
            let here = repeat::word_start(text, after.offset)..line.end;
            let found = repeat::find(&after.snapshot, &edits, here.start, here)?;
            let changed = found.clone().without_what_stays(text);
            let is_here = (found.range.start..=changed.range.start).contains(&after.offset);
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
        if found != Err(NoNextEdit::NothingLike) || settings.models.preferred() != Source::Hosted {
            return found;
        }
        let edits = self.repeatable(&after.snapshot)?;
        hosted::find(&settings, after, edits).await
    }

    /// The latest edits, the newest first, if one of the user's in this very text may be repeated.
    fn repeatable(&self, snapshot: &Snapshot) -> Result<Vec<Past>, NoNextEdit> {
        let edits = self.inner.history.latest(&snapshot.document.uri);
        let text = &snapshot.document.text;
        match edits.iter().any(|past| is_repeatable(past, text)) {
            true => Ok(edits),
            false => Err(NoNextEdit::NoEdit),
        }
    }
}

/// Whether an edit is the user's, of late, and still stands in this text.
fn is_repeatable(past: &Past, text: &Text) -> bool {
    let is_users = past.by == By::User && past.at.elapsed() < REPEAT_TIME;
    is_users && text.slice(past.range.clone()) == past.inserted
}

impl NextEdit {
    /// The same without the beginning and the end that stay as they are.
    fn without_what_stays(mut self, text: &Text) -> Self {
        let old = text.slice(self.range.clone());
        let length = |(a, b): (char, char)| (a == b).then(|| a.len_utf8());
        let prefix: usize = { old.chars().zip(self.text.chars()) }
            .map_while(length)
            .sum();
        let (old, new) = (&old[prefix..], &self.text[prefix..]);
        let suffix: usize = { old.chars().rev().zip(new.chars().rev()) }
            .map_while(length)
            .sum();
        let start = self.range.start + prefix;
        self.range = start..start + old.len() - suffix;
        self.text = new[..new.len() - suffix].to_owned();
        self
    }
}

/// Runs a search where it may take milliseconds.
async fn search(
    find: impl FnOnce() -> Result<NextEdit, NoNextEdit> + Send + 'static,
) -> Result<NextEdit, NoNextEdit> {
    let found = tokio::task::spawn_blocking(find).await;
    found.unwrap_or(Err(NoNextEdit::NotParsed))
}
