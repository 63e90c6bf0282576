//! What turns an answer into text for a document: a patch of code, or a documentation comment that grows in place.

use std::sync::Arc;

use firesteel_syntax::Snapshot;
use firesteel_text::{Anchor, AnchorRange, Bias};

use super::doc_comment::{DocLines, DocSite, Insertion};
use super::hunks::Hunk;
use super::job::Job;
use super::patch::{Indentation, ModelView, Patch};

/// Turns an answer into hunks.
pub(super) enum Writer {
    Doc(Box<Doc>),
    Patch(Box<Patch>),
    /// Nothing: what is to be written was known at once.
    Planned,
}

/// A documentation comment, which grows in place.
pub(super) struct Doc {
    pub(super) lines: DocLines,
    pub(super) snapshot: Arc<Snapshot>,
    /// Where the next text goes.
    place: Anchor,
    /// The comment so far, and where in it the next text goes.
    whole: String,
    at: usize,
    /// The part of it that has not landed, and how much of that stands before the next text.
    pending: String,
    advance: usize,
}

impl Writer {
    pub(super) fn new(job: &Job, view: &ModelView) -> Self {
        let Some(site) = job.doc.clone() else {
            let indentation = match speaks_of_white_space(&job.rewrite.instruction) {
                true => Indentation::OfModel,
                false => Indentation::OfFile,
            };
            let patch = Patch::new(job.site.clone(), view.clone(), indentation);
            return Self::Patch(Box::new(patch));
        };
        Self::Doc(Box::new(Doc::new(job.site.snapshot.clone(), site)))
    }
}

impl Doc {
    fn new(snapshot: Arc<Snapshot>, site: DocSite) -> Self {
        Self {
            place: snapshot.document.anchor(site.offset, Bias::Right),
            snapshot,
            lines: DocLines::new(site),
            whole: String::new(),
            at: 0,
            pending: String::new(),
            advance: 0,
        }
    }

    pub(super) fn take(&mut self, insertion: Option<Insertion>) {
        if let Some(Insertion { text, advance }) = insertion {
            self.pending.insert_str(self.advance, &text);
            self.advance += advance;
        }
    }

    /// The whole comment, with what has not landed.
    pub(super) fn so_far(&self) -> String {
        let mut whole = self.whole.clone();
        whole.insert_str(self.at, &self.pending);
        whole
    }

    /// What has not landed, as one insertion.
    pub(super) fn hunk(&self) -> Option<Hunk> {
        let place = AnchorRange {
            start: self.place,
            end: self.place.leaning(Bias::Left),
        };
        (!self.pending.is_empty()).then(|| Hunk {
            place,
            old: String::new(),
            is_lines: self.pending.ends_with('\n'),
            new: self.pending.clone(),
        })
    }

    /// Goes on behind what has landed; returns how to take back the whole comment.
    pub(super) fn landed(&mut self, newest: &Snapshot, undo: &Hunk) -> Option<Hunk> {
        let document = &newest.document;
        let start = document.resolve(undo.place.start)?;
        self.place = document.anchor(start + self.advance, Bias::Right);
        let begin = start.checked_sub(self.at)?;
        self.whole
            .insert_str(self.at, &std::mem::take(&mut self.pending));
        self.at += std::mem::take(&mut self.advance);
        let empty = Hunk::new(document, begin..begin, self.whole.clone());
        Some(empty.inverse(document, begin..begin + self.whole.len()))
    }
}

/// Whether the user asks for other white space than the file has; what is quoted is a name in the code.
fn speaks_of_white_space(instruction: &str) -> bool {
    const WORDS: [&str; 7] = [
        "indent",
        "indentation",
        "indented",
        "reindent",
        "tabs",
        "spaces",
        "whitespace",
    ];
    let unquoted = instruction.split('`').step_by(2);
    let mut words =
        unquoted.flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}
