//! The text of a document: a rope that speaks byte offsets, LSP positions and tree-sitter points.

use std::{borrow::Cow, fmt, ops::Range};

use ropey::Rope;

use crate::{Change, Delta, Edit, Encoding, LineEnding, Point, Position, minimal};

/// From here on an insertion is made into a rope of its own and joined, which is several times
/// faster than putting it piece by piece into the leaves there are.
const LARGE_INSERT_BYTES: usize = 4 * 1024;

/// What some programs put before a text to tell its encoding.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A text that is cheap to clone and to edit. Lines end as in LSP: with `\n`, `\r\n` or `\r`.
///
/// Every offset and position is clamped into the text and floored to a character, so no method
/// panics, whatever it is given.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Text {
    rope: Rope,
    /// How many `\r` are not followed by `\n`. While there are none, lines are tree-sitter's rows,
    /// and the rope's own index of lines gives points.
    lone_returns: usize,
}

impl Text {
    /// A text with this content.
    pub fn new(text: &str) -> Self {
        Self {
            rope: Rope::from_str(text),
            lone_returns: count_lone_returns(text.as_bytes(), None),
        }
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        self.rope.len_bytes()
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many lines there are; at least one, and one more than there are line ends.
    pub fn line_count(&self) -> usize {
        self.rope.len_lines()
    }

    /// The offset of an LSP position: past the end of a line it is that end, before the
    /// terminator; past the last line it is the end of the text; inside a character its start.
    pub fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        if line >= self.line_count() {
            return self.len();
        }
        let (start, end) = (self.rope.line_to_byte(line), self.line_end(line));
        let units = position.character as usize;
        match encoding {
            Encoding::Utf8 => self.floor_char_boundary(start.saturating_add(units).min(end)),
            Encoding::Utf16 => {
                let unit = self.utf16_offset(start).saturating_add(units);
                let unit = unit.min(self.utf16_offset(end));
                self.rope.char_to_byte(self.rope.utf16_cu_to_char(unit))
            }
            Encoding::Utf32 => {
                let char_idx = self.rope.byte_to_char(start).saturating_add(units);
                self.rope
                    .char_to_byte(char_idx.min(self.rope.byte_to_char(end)))
            }
        }
    }

    /// The LSP position of an offset. An offset inside a line's terminator is the line's end.
    pub fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let line = self.line_of(offset);
        let start = self.rope.line_to_byte(line);
        let offset = self.floor_char_boundary(offset).min(self.line_end(line));
        let units = match encoding {
            Encoding::Utf8 => offset - start,
            Encoding::Utf16 => self.utf16_offset(offset) - self.utf16_offset(start),
            Encoding::Utf32 => self.rope.byte_to_char(offset) - self.rope.byte_to_char(start),
        };
        Position {
            line: saturating_u32(line),
            character: saturating_u32(units),
        }
    }

    /// The nearest start of a character at or before `offset`.
    pub fn floor_char_boundary(&self, offset: usize) -> usize {
        if offset >= self.len() {
            return self.len();
        }
        self.rope.char_to_byte(self.rope.byte_to_char(offset))
    }

    /// The line on which an offset stands; its terminator belongs to it.
    pub fn line_of(&self, offset: usize) -> usize {
        self.rope.byte_to_line(offset.min(self.len()))
    }

    /// Where the text begins for people: behind its byte order mark, if it has one.
    pub fn content_start(&self) -> usize {
        let first = self.rope.get_char(0);
        if first == Some(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len_utf8()
        } else {
            0
        }
    }

    /// The offset at which a line begins; the end of the text if there is no such line. The first line begins behind a byte
    /// order mark, so that nothing that is done to lines moves it.
    pub fn line_start(&self, line: usize) -> usize {
        if line >= self.line_count() {
            self.len()
        } else if line == 0 {
            self.content_start()
        } else {
            self.rope.line_to_byte(line)
        }
    }

    /// The offset at which a line ends, before its terminator; the end of the text if there is no
    /// such line.
    pub fn line_end(&self, line: usize) -> usize {
        if line.saturating_add(1) >= self.line_count() {
            return self.len();
        }
        let next = self.rope.line_to_byte(line + 1);
        if self.is_inside_crlf(next - 1) {
            next - 2
        } else {
            next - 1
        }
    }

    /// A line without its terminator; empty if there is no such line.
    pub fn line(&self, line: usize) -> Cow<'_, str> {
        self.slice(self.line_start(line)..self.line_end(line))
    }

    /// The text of a range; empty if the range is inverted.
    pub fn slice(&self, range: Range<usize>) -> Cow<'_, str> {
        let range = self.clamp(&range);
        self.rope.byte_slice(range).into()
    }

    /// The tree-sitter point of an offset.
    pub fn point(&self, offset: usize) -> Point {
        let offset = self.floor_char_boundary(offset);
        if self.lone_returns > 0 {
            let chunks = self.rope.byte_slice(..offset);
            return chunks.chunks().fold(Point::default(), |point, chunk| {
                point.after(chunk.as_bytes())
            });
        }
        let row = self.line_of(offset);
        Point {
            row,
            column: offset - self.rope.line_to_byte(row),
        }
    }

    /// Some of the text that begins at `offset`, empty only at the end: what a parser reads next.
    pub fn chunk_at(&self, offset: usize) -> &str {
        if offset >= self.len() {
            return "";
        }
        let (chunk, start, _, _) = self.rope.chunk_at_byte(offset);
        let mut within = offset - start;
        while !chunk.is_char_boundary(within) {
            within -= 1;
        }
        &chunk[within..]
    }

    /// What ends the first line, and so, as a rule, all others; `\n` if there is but one line.
    pub fn line_ending(&self) -> LineEnding {
        self.ending_of(0).unwrap_or_default()
    }

    /// What ends the line at an offset, or else the one above it; `None` where there is but one line.
    pub fn line_ending_at(&self, offset: usize) -> Option<LineEnding> {
        let line = self.line_of(offset);
        self.ending_of(line)
            .or_else(|| self.ending_of(line.checked_sub(1)?))
    }

    fn ending_of(&self, line: usize) -> Option<LineEnding> {
        let end = self.line_end(line);
        match self.rope.get_byte(end)? {
            b'\r' if self.rope.get_byte(end + 1) == Some(b'\n') => Some(LineEnding::CrLf),
            b'\r' => Some(LineEnding::Cr),
            _ => Some(LineEnding::Lf),
        }
    }

    /// Applies an edit, clamped into the text, and says where it took place.
    pub fn edit(&mut self, edit: &Edit) -> Delta {
        let Range { start, end } = self.clamp(&edit.range);
        let start_point = self.point(start);
        let removed = self.rope.byte_slice(start..end);
        let old_end_point = removed
            .chunks()
            .fold(start_point, |point, chunk| point.after(chunk.as_bytes()));
        let new_end = start + edit.insert.len();

        // Whether a `\r` just before the edit is alone depends on what follows it.
        let from = if start > 0 && self.rope.byte(start - 1) == b'\r' {
            start - 1
        } else {
            start
        };
        self.lone_returns -= self.count_lone_returns(from..end);
        self.replace(start, end, &edit.insert);
        self.lone_returns += self.count_lone_returns(from..new_end);

        let new_end_point = start_point.after(edit.insert.as_bytes());
        Delta {
            start,
            old_end: end,
            new_end,
            start_point,
            old_end_point,
            new_end_point,
        }
    }

    /// The smallest single edit that makes this text read `target`.
    pub fn edit_to(&self, target: &str) -> Edit {
        let bytes = target.as_bytes();
        let mut prefix = common_prefix(self.rope.chunks().map(str::as_bytes), bytes);
        while !target.is_char_boundary(prefix) {
            prefix -= 1;
        }
        let at_most = self.len().min(bytes.len()) - prefix;
        let mut suffix = self.common_suffix(&bytes[bytes.len() - at_most..]);
        while !target.is_char_boundary(bytes.len() - suffix) {
            suffix -= 1;
        }
        let insert = target[prefix..bytes.len() - suffix].to_owned();
        Edit {
            range: prefix..self.len() - suffix,
            insert,
        }
    }

    /// What an LSP change means here, in offsets: as little as possible, for some clients replace more than has changed,
    /// and what has not keeps its anchors. The last edit in the text comes first.
    pub(crate) fn resolve_change(&self, change: &Change, encoding: Encoding) -> Vec<Edit> {
        let Some(range) = &change.range else {
            return vec![self.edit_to(&change.text)];
        };
        let (start, end) = (
            self.offset(range.start, encoding),
            self.offset(range.end, encoding),
        );
        minimal::edits(&self.slice(start..end.max(start)), start, &change.text)
    }

    /// What makes this text another one, one edit for each place where they differ; the last one in the text comes first.
    pub(crate) fn edits_to(&self, text: &str) -> Vec<Edit> {
        minimal::edits(&self.slice(0..self.len()), 0, text)
    }

    fn replace(&mut self, start: usize, end: usize, insert: &str) {
        let chars = self.rope.byte_to_char(start)..self.rope.byte_to_char(end);
        if insert.len() < LARGE_INSERT_BYTES {
            self.rope.remove(chars.clone());
            self.rope.insert(chars.start, insert);
            return;
        }
        let tail = self.rope.split_off(chars.end);
        self.rope.remove(chars.start..);
        self.rope.append(Rope::from_str(insert));
        self.rope.append(tail);
    }

    fn clamp(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.floor_char_boundary(range.start);
        let end = self.floor_char_boundary(range.end);
        start..end.max(start)
    }

    fn utf16_offset(&self, offset: usize) -> usize {
        self.rope.char_to_utf16_cu(self.rope.byte_to_char(offset))
    }

    fn is_inside_crlf(&self, offset: usize) -> bool {
        offset > 0
            && self.rope.get_byte(offset) == Some(b'\n')
            && self.rope.byte(offset - 1) == b'\r'
    }

    fn count_lone_returns(&self, range: Range<usize>) -> usize {
        let chunks = self.rope.byte_slice(range.clone());
        let mut chunks = chunks.chunks().map(str::as_bytes).peekable();
        let mut count = 0;
        while let Some(chunk) = chunks.next() {
            let next = chunks.peek().and_then(|chunk| chunk.first().copied());
            count += count_lone_returns(chunk, next.or_else(|| self.rope.get_byte(range.end)));
        }
        count
    }

    fn common_suffix(&self, target: &[u8]) -> usize {
        let (mut chunks, ..) = self.rope.chunks_at_byte(self.len());
        let mut length = 0;
        while let Some(chunk) = chunks.prev() {
            let rest = &target[..target.len() - length];
            let (chunk, rest) = (
                chunk.as_bytes(),
                &rest[rest.len().saturating_sub(chunk.len())..],
            );
            if chunk == rest {
                length += chunk.len();
                continue;
            }
            let pairs = chunk.iter().rev().zip(rest.iter().rev());
            return length + pairs.take_while(|(a, b)| a == b).count();
        }
        length
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rope.fmt(f)
    }
}

/// Sizes only: what is printed for debugging ends in logs, and logs hold no source text.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text")
            .field("bytes", &self.len())
            .field("lines", &self.line_count())
            .finish()
    }
}

/// Counts each `\r` of `text` that has no `\n` behind it; `next` is the byte behind the text.
fn count_lone_returns(text: &[u8], next: Option<u8>) -> usize {
    if !text.contains(&b'\r') {
        return 0;
    }
    let is_lone = |&idx: &usize| text.get(idx + 1).copied().or(next) != Some(b'\n');
    (0..text.len())
        .filter(|&idx| text[idx] == b'\r')
        .filter(is_lone)
        .count()
}

fn common_prefix<'a>(chunks: impl Iterator<Item = &'a [u8]>, target: &[u8]) -> usize {
    let mut length = 0;
    for chunk in chunks {
        let rest = &target[length..];
        if rest.starts_with(chunk) {
            length += chunk.len();
            continue;
        }
        return length + chunk.iter().zip(rest).take_while(|(a, b)| a == b).count();
    }
    length
}

fn saturating_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
