//! A document as tasks are cut out of it: with its path, and its secrets where they are to be known.

use std::ops::Range;
use std::path::Path;

use firesteel_privacy::{Secrets, excerpt};
use firesteel_syntax::Snapshot;
use firesteel_task::{Code, Excerpt, File};
use firesteel_text::Text;

/// Text before the cursor in a prompt, in bytes: about 6,000 tokens.
const BEFORE_CAP: usize = 20 * 1024;
/// Text after the cursor in a prompt, in bytes: about 1,500 tokens.
const AFTER_CAP: usize = 5 * 1024;

/// A document to cut a task out of.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The document.
    pub snapshot: &'a Snapshot,
    /// Its path.
    pub path: &'a Path,
    /// Its secrets. Without them the task is fit for the embedded engine only, which sees the text as it is.
    pub secrets: Option<&'a Secrets>,
}

impl Source<'_> {
    pub(crate) fn file(&self) -> File {
        File {
            path: self.path.to_owned(),
            language: self.snapshot.language_id.to_string(),
        }
    }

    /// A part of the document.
    pub(crate) fn excerpt(&self, range: Range<usize>) -> Excerpt {
        let text = &self.snapshot.document.text;
        match self.secrets {
            Some(secrets) => excerpt(text, secrets, range),
            None => Excerpt::plain(text.slice(range)),
        }
    }

    /// What stands before and after `offset`, each within its cap and cut where a line begins or ends.
    pub(crate) fn around(&self, offset: usize) -> (Excerpt, Excerpt) {
        let text = &self.snapshot.document.text;
        let offset = text.floor_char_boundary(offset);
        let after = offset..window_end(text, offset);
        (self.before(offset, BEFORE_CAP), self.excerpt(after))
    }

    /// What stands before `offset`, at most so many bytes of it, from where a line begins.
    pub(crate) fn before(&self, offset: usize, cap: usize) -> Excerpt {
        let text = &self.snapshot.document.text;
        let offset = text.floor_char_boundary(offset);
        self.excerpt(window_start(text, offset, cap)..offset)
    }

    /// Code with what stands around it.
    pub(crate) fn code(&self, target: Range<usize>) -> Code {
        let (before, _) = self.around(target.start);
        let (_, after) = self.around(target.end);
        Code {
            before,
            target: self.excerpt(target),
            after,
        }
    }
}

fn window_start(text: &Text, offset: usize, cap: usize) -> usize {
    let far = text.floor_char_boundary(offset.saturating_sub(cap));
    let next_line = text.line_start(text.line_of(far) + 1);
    // A single line longer than the cap is cut where it must be.
    if far == 0 || next_line > offset {
        far
    } else {
        next_line
    }
}

fn window_end(text: &Text, offset: usize) -> usize {
    let far = text.floor_char_boundary(offset.saturating_add(AFTER_CAP).min(text.len()));
    let line_start = text.line_start(text.line_of(far));
    if far == text.len() || line_start <= offset {
        far
    } else {
        line_start
    }
}
