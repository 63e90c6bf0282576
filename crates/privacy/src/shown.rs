//! A document as a model saw it, with placeholders in the place of secrets, and the way back to its own offsets.

use std::ops::Range;

use firesteel_text::Text;

use crate::placeholders::{Misplaced, Placeholders};
use crate::redacted::{identity, whole_words};
use crate::secrets::Secrets;

/// A document as a model saw it. Edits are found, aligned and compared in this text, so that a secret that the model
/// leaves alone is not a change.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The text with placeholders. A secret of several lines is part of one line here.
    pub text: Text,
    original: Text,
    placeholders: Placeholders,
    spans: Vec<Span>,
}

/// A secret and its placeholder.
#[derive(Clone, Debug)]
struct Span {
    shown: Range<usize>,
    original: Range<usize>,
}

impl Shown {
    /// A document as the models sees it that has these placeholders; secrets that it was not shown get further ones.
    pub fn new(text: &Text, secrets: &Secrets, placeholders: &Placeholders) -> Self {
        let mut placeholders = placeholders.clone();
        let mut spans = Vec::new();
        if secrets.is_empty() {
            return Self {
                text: text.clone(),
                original: text.clone(),
                placeholders,
                spans,
            };
        }
        let (mut shown, mut end) = (String::with_capacity(text.len()), 0);
        let secrets = secrets
            .iter()
            .map(|secret| (secret.range.clone(), secret.kind));
        for (original, kind) in whole_words(text, secrets) {
            shown.push_str(&text.slice(end..original.start));
            let start = shown.len();
            let value = text.slice(original.clone());
            shown.push_str(&placeholders.of(identity(&value), kind));
            end = original.end;
            spans.push(Span {
                shown: start..shown.len(),
                original,
            });
        }
        shown.push_str(&text.slice(end..text.len()));
        Self {
            text: Text::new(&shown),
            original: text.clone(),
            placeholders,
            spans,
        }
    }

    /// A document of which nothing is hidden, as the embedded engine sees it.
    pub fn plain(text: &Text) -> Self {
        Self {
            text: text.clone(),
            original: text.clone(),
            placeholders: Placeholders::default(),
            spans: Vec::new(),
        }
    }

    /// Where a range of the document is in what was shown; a secret that it has in part counts whole.
    pub fn range(&self, original: Range<usize>) -> Range<usize> {
        let start = self.to_shown(original.start, |span| span.shown.start);
        let end = self.to_shown(original.end, |span| span.shown.end);
        start..end.max(start)
    }

    fn to_shown(&self, offset: usize, within: impl Fn(&Span) -> usize) -> usize {
        let next = self
            .spans
            .partition_point(|span| span.original.end <= offset);
        match self.spans.get(next) {
            Some(span) if span.original.start < offset => within(span),
            _ => match next.checked_sub(1).map(|last| &self.spans[last]) {
                Some(span) => span.shown.end + (offset - span.original.end),
                None => offset,
            },
        }
    }

    /// Where an offset of what was shown is in the document. Within a placeholder it is where the secret begins.
    pub fn original(&self, shown: usize) -> usize {
        let next = self.spans.partition_point(|span| span.shown.end <= shown);
        match self.spans.get(next) {
            Some(span) if span.shown.start < shown => span.original.start,
            _ => match next.checked_sub(1).map(|last| &self.spans[last]) {
                Some(span) => span.original.end + (shown - span.shown.end),
                None => shown,
            },
        }
    }

    /// New lines for those that `range` of the shown text has, `old`, with each secret back in its place.
    ///
    /// # Errors
    /// When the new lines move, copy or change a secret, or have one that did not stand there.
    pub fn restore(
        &self,
        range: Range<usize>,
        old: &[String],
        new: &[String],
    ) -> Result<Vec<String>, Misplaced> {
        let first = self
            .spans
            .partition_point(|span| span.shown.end <= range.start);
        let value = |at: usize| {
            let span = self.spans.get(first + at)?;
            let is_here = span.shown.start < range.end;
            is_here.then(|| self.original.slice(span.original.clone()))
        };
        let values: Vec<_> = (0..).map_while(value).collect();
        self.placeholders
            .restore(old, new, |at| values.get(at).map(AsRef::as_ref))
    }

    /// A text that the model wrote for the whole of `original`, a range of the document, with each secret back in its place.
    ///
    /// # Errors
    /// As [`Shown::restore`].
    pub fn restored(&self, original: Range<usize>, new: &str) -> Result<String, Misplaced> {
        if self.placeholders.count() == 0 {
            return Ok(new.to_owned());
        }
        let range = self.range(original);
        let lines = |text: &str| -> Vec<String> { text.split('\n').map(str::to_owned).collect() };
        let old = lines(&self.text.slice(range.clone()));
        Ok(self.restore(range, &old, &lines(new))?.join("\n"))
    }

    /// The secrets that lines speak of, by number.
    pub fn numbers(&self, lines: &[String]) -> Vec<usize> {
        let found = lines
            .iter()
            .flat_map(|line| self.placeholders.numbers(line));
        found.collect()
    }
}
