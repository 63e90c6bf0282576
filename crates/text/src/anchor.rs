//! Anchors: places in a document that keep their meaning while it is edited.

/// To which side an anchor leans when text is inserted exactly at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bias {
    /// The anchor stays before the inserted text.
    Left,
    /// The anchor moves behind the inserted text.
    Right,
}

/// A place in one revision of a document, which [`Document::resolve`](crate::Document::resolve)
/// carries through every later edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Anchor {
    pub(crate) revision: u64,
    pub(crate) offset: usize,
    pub(crate) bias: Bias,
}

impl Anchor {
    /// The revision of the document in which the anchor was made.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The side to which the anchor leans.
    pub fn bias(&self) -> Bias {
        self.bias
    }

    /// The same place, leaning to this side.
    #[must_use]
    pub fn leaning(self, bias: Bias) -> Self {
        Self { bias, ..self }
    }
}

/// A range between two anchors. The biases of the two decide whether text inserted at an edge
/// belongs to the range; [`Document::anchor_range`](crate::Document::anchor_range) includes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnchorRange {
    /// Where the range begins.
    pub start: Anchor,
    /// Where the range ends.
    pub end: Anchor,
}
