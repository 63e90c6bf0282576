//! The plain model that the properties compare with, and texts that are hard to get right.

use std::ops::Range;

use firesteel_text::{Encoding, Point, Position};
use proptest::prelude::*;

pub(crate) const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

/// Line ends of LSP, line ends of Unicode that are none in LSP, and characters of every width:
/// combining, astral, joined, and plain.
const PIECES: [&str; 16] = [
    "a",
    "let x",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\n",
    "\u{e9}",
    "e\u{301}",
    "漢字",
    "🦀",
    "👩\u{200d}👩\u{200d}👧",
    "\u{2028}",
    "\u{85}",
    "\u{b}",
    "\u{0}",
];

pub(crate) fn texts(max_pieces: usize) -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(&PIECES[..]);
    proptest::collection::vec(piece, 0..max_pieces).prop_map(|pieces| pieces.concat())
}

/// Numbers that are mostly small, sometimes wild.
pub(crate) fn coordinates() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0..12_u32, 1 => 0..2_000_u32, 1 => Just(u32::MAX), 1 => any::<u32>()]
}

pub(crate) fn positions() -> impl Strategy<Value = Position> {
    (coordinates(), coordinates()).prop_map(|(line, character)| Position { line, character })
}

/// A line: where it starts, where its content ends, and where the next one starts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) next: usize,
}

pub(crate) fn lines(text: &str) -> Vec<Line> {
    let (mut lines, mut start, bytes) = (Vec::new(), 0, text.as_bytes());
    let mut idx = 0;
    while idx < bytes.len() {
        let terminator = match &bytes[idx..] {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        if terminator > 0 {
            lines.push(Line {
                start,
                end: idx,
                next: idx + terminator,
            });
            start = idx + terminator;
        }
        idx += terminator.max(1);
    }
    lines.push(Line {
        start,
        end: bytes.len(),
        next: bytes.len(),
    });
    lines
}

pub(crate) fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len()))
        .rfind(|&offset| text.is_char_boundary(offset))
        .unwrap_or(0)
}

pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let lines = lines(text);
    let is_on = |line: &Line| line.start <= offset && offset < line.next;
    lines.iter().position(is_on).unwrap_or(lines.len() - 1)
}

fn width(character: char, encoding: Encoding) -> usize {
    match encoding {
        Encoding::Utf8 => character.len_utf8(),
        Encoding::Utf16 => character.len_utf16(),
        Encoding::Utf32 => 1,
    }
}

/// Walks the line character by character while the next one still fits.
pub(crate) fn offset(text: &str, position: Position, encoding: Encoding) -> usize {
    let Some(line) = lines(text).get(position.line as usize).copied() else {
        return text.len();
    };
    let (mut offset, mut units) = (line.start, 0);
    for character in text[line.start..line.end].chars() {
        units += width(character, encoding);
        if units > position.character as usize {
            break;
        }
        offset += character.len_utf8();
    }
    offset
}

pub(crate) fn position(text: &str, offset: usize, encoding: Encoding) -> Position {
    let idx = line_of(text, offset);
    let line = lines(text)[idx];
    let before = &text[line.start..floor(text, offset).min(line.end)];
    let units: usize = before
        .chars()
        .map(|character| width(character, encoding))
        .sum();
    Position {
        line: idx as u32,
        character: units as u32,
    }
}

/// Rows as tree-sitter counts them.
pub(crate) fn point(text: &str, offset: usize) -> Point {
    let before = &text[..floor(text, offset)];
    let row_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Point {
        row: before.matches('\n').count(),
        column: before.len() - row_start,
    }
}

/// Replaces a range that may be inside characters, inverted or past the end.
pub(crate) fn replace(text: &str, range: Range<usize>, insert: &str) -> (String, Range<usize>) {
    let start = floor(text, range.start);
    let end = floor(text, range.end).max(start);
    ([&text[..start], insert, &text[end..]].concat(), start..end)
}
