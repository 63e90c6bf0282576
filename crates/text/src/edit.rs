//! Edits as they come from a client, as they apply to a text, and as they move what stood in it.

use std::ops::Range;

use crate::{Bias, Point, Position};

/// A content change as LSP sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is replaced; `None` replaces the whole text.
    pub range: Option<Range<Position>>,
    /// What comes in its place.
    pub text: String,
}

/// A replacement in byte offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced, in the text before the edit.
    pub range: Range<usize>,
    /// What comes in its place.
    pub insert: String,
}

/// Where an edit took place, without its text: what tree-sitter and anchors need to follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delta {
    /// The first byte that was replaced.
    pub start: usize,
    /// The end of the replaced bytes, in the text before the edit.
    pub old_end: usize,
    /// The end of the inserted bytes, in the text after the edit.
    pub new_end: usize,
    /// The point of `start`, the same before and after the edit.
    pub start_point: Point,
    /// The point of `old_end` in the text before the edit.
    pub old_end_point: Point,
    /// The point of `new_end` in the text after the edit.
    pub new_end_point: Point,
}

impl Delta {
    /// Where `offset` of the text before the edit stands after it.
    ///
    /// An offset at an edge of replaced text stays on its side of it. Two cases leave a choice to
    /// `bias`: text inserted exactly at the offset, and replaced text on both sides of it.
    pub fn map(&self, offset: usize, bias: Bias) -> usize {
        let inserts_here = self.start == self.old_end && self.start == offset;
        if inserts_here || (self.start < offset && offset < self.old_end) {
            return match bias {
                Bias::Left => self.start,
                Bias::Right => self.new_end,
            };
        }
        if offset <= self.start {
            offset
        } else {
            offset - self.old_end + self.new_end
        }
    }
}
