//! The secrets of a document, kept up to date at the cost of what an edit touched.

use std::ops::Range;
use std::sync::Arc;

use firesteel_text::{Bias, Document, Text};

use super::Secret;
use super::scan::{Piece, Scan, Starved, scan};

/// How many lines more are looked at when those around an edit do not suffice.
const MORE_LINES: usize = 32;

/// The secrets of one state of a document. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Secrets {
    revision: u64,
    len: usize,
    scan: Arc<Scan>,
}

impl Secrets {
    /// Looks at a whole document.
    pub fn of(document: &Document) -> Self {
        let text = document.text.to_string();
        let piece = Piece {
            text: &text,
            is_start: true,
            is_end: true,
        };
        Self {
            revision: document.revision,
            len: document.text.len(),
            scan: Arc::new(scan(piece).unwrap_or_default()),
        }
    }

    /// The secrets of a later state of the same document: only what the edits since then touched is looked at again, if
    /// the document remembers them.
    #[must_use]
    pub fn updated(&self, document: &Document) -> Self {
        if document.revision == self.revision {
            return self.clone();
        }
        let touched = self.touched(document);
        match touched.and_then(|touched| self.rescanned(document, touched)) {
            Some(scan) => Self {
                revision: document.revision,
                len: document.text.len(),
                scan: Arc::new(scan),
            },
            None => Self::of(document),
        }
    }

    /// The revision of the document that they belong to.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Every secret of which the range shows a byte or more, or within which an empty range stands; whole.
    pub fn within(&self, range: Range<usize>) -> impl Iterator<Item = &Secret> {
        let secrets = &self.scan.secrets;
        let first = secrets.partition_point(|secret| secret.range.end <= range.start);
        let end = range.end.max(range.start + 1);
        let shown = secrets[first..]
            .iter()
            .take_while(move |secret| secret.range.start < end);
        shown.filter(move |secret| !range.is_empty() || secret.range.start < range.start)
    }

    /// Whether there is no secret at all.
    pub fn is_empty(&self) -> bool {
        self.scan.secrets.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.scan.secrets.iter()
    }

    /// The part of the new text outside of which nothing has changed since.
    fn touched(&self, document: &Document) -> Option<Range<usize>> {
        let mut touched: Option<Range<usize>> = None;
        for delta in document.deltas_since(self.revision)? {
            let here = delta.start..delta.new_end;
            touched = Some(match touched {
                None => here,
                Some(range) => {
                    let start = delta.map(range.start, Bias::Left);
                    let end = delta.map(range.end, Bias::Right);
                    start.min(here.start)..end.max(here.end)
                }
            });
        }
        touched
    }

    fn rescanned(&self, document: &Document, touched: Range<usize>) -> Option<Scan> {
        let text = &document.text;
        let moved = Moved {
            reads: &self.scan.reads,
            old_len: self.len,
            new_len: text.len(),
        };
        let mut start = moved.clean_start(line_start(text, touched.start.saturating_sub(1)));
        let mut end = moved.clean_end(lines_behind(text, touched.end, 1));
        let mut more = MORE_LINES;
        loop {
            let lines = text.slice(start..end);
            let piece = Piece {
                text: &lines,
                is_start: start == 0,
                is_end: end == text.len(),
            };
            match scan(piece) {
                Ok(scan) => return Some(self.spliced(scan, start..end, &moved)),
                Err(Starved::Before) => start = moved.clean_start(lines_before(text, start, more)),
                Err(Starved::After) => end = moved.clean_end(lines_behind(text, end, more)),
            }
            more *= 2;
        }
    }

    /// The old findings with those of `range` in the place of what was found there.
    fn spliced(&self, piece: Scan, range: Range<usize>, moved: &Moved<'_>) -> Scan {
        let old_end = moved.to_old(range.end);
        let old = &self.scan;
        let shift = |at: &Range<usize>| moved.to_new(at.start)..moved.to_new(at.end);
        let within = |at: &Range<usize>| range.start + at.start..range.start + at.end;
        let mut secrets = Vec::with_capacity(old.secrets.len() + piece.secrets.len());
        let split = old
            .secrets
            .partition_point(|secret| secret.range.start < range.start);
        secrets.extend_from_slice(&old.secrets[..split]);
        secrets.extend(piece.secrets.iter().map(|secret| Secret {
            range: within(&secret.range),
            ..secret.clone()
        }));
        let split = old
            .secrets
            .partition_point(|secret| secret.range.start < old_end);
        secrets.extend(old.secrets[split..].iter().map(|secret| Secret {
            range: shift(&secret.range),
            ..secret.clone()
        }));
        let before = old
            .reads
            .iter()
            .filter(|read| read.start < range.start)
            .cloned();
        let after = old
            .reads
            .iter()
            .filter(|read| read.start >= old_end)
            .map(shift);
        let reads = before
            .chain(piece.reads.iter().map(within))
            .chain(after)
            .collect();
        Scan { secrets, reads }
    }
}

/// What was read together in the old text, seen from the new one.
struct Moved<'a> {
    reads: &'a [Range<usize>],
    old_len: usize,
    new_len: usize,
}

impl Moved<'_> {
    /// An offset behind the edits, in the old text.
    fn to_old(&self, offset: usize) -> usize {
        (offset + self.old_len).saturating_sub(self.new_len)
    }

    /// An offset behind the edits, in the new text.
    fn to_new(&self, offset: usize) -> usize {
        (offset + self.new_len).saturating_sub(self.old_len)
    }

    /// The last place at or before `offset`, which lies before the edits, where nothing that is read together is cut.
    fn clean_start(&self, offset: usize) -> usize {
        let cut = |read: &&Range<usize>| read.start < offset && offset < read.end;
        match self.reads.iter().find(cut) {
            Some(read) => self.clean_start(read.start),
            None => offset,
        }
    }

    /// The first place at or behind `offset`, which lies behind the edits, where nothing that was read together is cut.
    fn clean_end(&self, offset: usize) -> usize {
        let old = self.to_old(offset);
        let cut = |read: &&Range<usize>| read.start < old && old < read.end;
        match self.reads.iter().rfind(cut) {
            Some(read) => self.clean_end(self.to_new(read.end)),
            None => offset,
        }
    }
}

fn line_start(text: &Text, offset: usize) -> usize {
    text.line_start(text.line_of(offset))
}

/// Where the line begins that stands `count` lines before the one at `offset`.
fn lines_before(text: &Text, offset: usize, count: usize) -> usize {
    text.line_start(text.line_of(offset).saturating_sub(count))
}

/// Where the line begins that stands `count` lines behind the one at `offset`.
fn lines_behind(text: &Text, offset: usize, count: usize) -> usize {
    text.line_start(text.line_of(offset) + count)
}
