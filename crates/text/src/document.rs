//! A document as the editor sees it: text, version, and a memory of its latest edits.

use std::{fmt, ops::Range, sync::Arc};

use crate::{
    Anchor, AnchorRange, Bias, Change, Delta, DocumentId, Edit, Encoding, Text, batch,
    log::{Log, next_revision},
};

/// With more changes at once than this, the text is worked out apart, and differs from the one before in one place.
const MANY_CHANGES: usize = 512;

/// One state of an open document. It never changes: an edit makes a new one, and a clone is cheap.
#[derive(Clone)]
pub struct Document {
    /// What it is. Documents are compared by this.
    pub id: DocumentId,
    /// The client's own spelling of it, for what is sent to that client and for nothing else.
    pub uri: Arc<str>,
    /// The client's version. It grows with each notification, not necessarily by one.
    pub version: i32,
    /// Our number of this state. It grows with each single edit and is unique in the process.
    pub revision: u64,
    /// The whole text.
    pub text: Text,
    log: Log,
}

/// A change was refused because its version is not newer than the document's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("version {offered} does not follow version {current}")]
pub struct VersionError {
    /// The version of the document as it stands.
    pub current: i32,
    /// The version that came with the change.
    pub offered: i32,
}

impl Document {
    /// A document as it is when it is opened.
    pub fn open(uri: impl Into<Arc<str>>, version: i32, text: &str) -> Self {
        let revision = next_revision();
        let uri = uri.into();
        Self {
            id: DocumentId::parse(&uri),
            uri,
            version,
            revision,
            text: Text::new(text),
            log: Log::starting_at(revision),
        }
    }

    /// The document after it was closed and opened again, perhaps by another spelling: where its text is another now
    /// counts as edits, so that anchors stay what they were.
    #[must_use]
    pub fn reopened(&self, uri: impl Into<Arc<str>>, version: i32, text: &str) -> Self {
        let mut document = Self {
            uri: uri.into(),
            version,
            ..self.clone()
        };
        for edit in self.text.edits_to(text) {
            document.apply(&edit);
        }
        document
    }

    /// The same document under another name.
    #[must_use]
    pub fn renamed(&self, uri: &str) -> Self {
        Self {
            id: DocumentId::parse(uri),
            uri: uri.into(),
            ..self.clone()
        }
    }

    /// The document after `changes`, which apply one after the other.
    ///
    /// The edits and deltas say the same in byte offsets, each in the text that the ones before
    /// it leave, each giving one revision. A change of several lines becomes one edit for each place where they differ,
    /// and a change of the whole text becomes the smallest single edit that has its effect,
    /// so that anchors and syntax trees survive it. Very many changes become one removal and one insertion.
    ///
    /// # Errors
    /// The version must grow. Otherwise an earlier change has been missed or repeated, and the
    /// document stays as it was.
    pub fn changed(
        &self,
        version: i32,
        changes: &[Change],
        encoding: Encoding,
    ) -> Result<(Self, Vec<Edit>, Vec<Delta>), VersionError> {
        if version <= self.version {
            return Err(VersionError {
                current: self.version,
                offered: version,
            });
        }
        let mut document = Self {
            version,
            ..self.clone()
        };
        let mut edits = Vec::with_capacity(changes.len());
        let mut deltas = Vec::with_capacity(changes.len());
        if changes.len() > MANY_CHANGES
            && let Some(text) = batch::applied(&document.text, changes, encoding)
        {
            edits = in_two(document.text.edit_to(&text));
            deltas.extend(edits.iter().map(|edit| document.apply(edit)));
            return Ok((document, edits, deltas));
        }
        for change in changes {
            for edit in document.text.resolve_change(change, encoding) {
                deltas.push(document.apply(&edit));
                edits.push(edit);
            }
        }
        Ok((document, edits, deltas))
    }

    /// The document as it would be after `edit`, with a memory of its own: no anchor of this one stands in it.
    pub fn supposing(&self, edit: &Edit) -> (Self, Delta) {
        let mut document = Self {
            log: Log::starting_at(self.revision),
            ..self.clone()
        };
        let delta = document.apply(edit);
        (document, delta)
    }

    /// An anchor at `offset`.
    pub fn anchor(&self, offset: usize, bias: Bias) -> Anchor {
        Anchor {
            revision: self.revision,
            offset: self.text.floor_char_boundary(offset),
            bias,
        }
    }

    /// Where an anchor of this or an earlier state stands now; `None` if it is older than what
    /// the document remembers, or was not made from an earlier state of this document.
    pub fn resolve(&self, anchor: Anchor) -> Option<usize> {
        self.log.fold(
            anchor.revision,
            self.revision,
            anchor.offset,
            |offset, delta| delta.map(offset, anchor.bias),
        )
    }

    /// A range that moves with edits. Text inserted at either edge belongs to it.
    pub fn anchor_range(&self, range: Range<usize>) -> AnchorRange {
        AnchorRange {
            start: self.anchor(range.start, Bias::Left),
            end: self.anchor(range.end, Bias::Right),
        }
    }

    /// Where an anchored range stands now, as [`Self::resolve`]; an inverted one collapses.
    pub fn resolve_range(&self, range: AnchorRange) -> Option<Range<usize>> {
        let (start, end) = (self.resolve(range.start)?, self.resolve(range.end)?);
        Some(start..end.max(start))
    }

    /// The deltas that lead from `revision` to this state; `None` as with [`Self::resolve`].
    pub fn deltas_since(&self, revision: u64) -> Option<Vec<Delta>> {
        self.log
            .fold(revision, self.revision, Vec::new(), |mut deltas, delta| {
                deltas.push(*delta);
                deltas
            })
    }

    fn apply(&mut self, edit: &Edit) -> Delta {
        let delta = self.text.edit(edit);
        let revision = next_revision();
        self.log = self.log.append(self.revision, revision, delta);
        self.revision = revision;
        delta
    }
}

/// A replacement as a removal and an insertion, for it is not somebody typing.
fn in_two(edit: Edit) -> Vec<Edit> {
    let Edit { range, insert } = edit;
    let at = range.start;
    let removal = Edit {
        range,
        insert: String::new(),
    };
    let insertion = Edit {
        range: at..at,
        insert,
    };
    vec![removal, insertion]
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("uri", &self.uri)
            .field("version", &self.version)
            .field("revision", &self.revision)
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}
