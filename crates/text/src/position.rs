//! The coordinates of a text: LSP positions, tree-sitter points and line endings.

use std::fmt;

/// The unit in which an LSP client counts characters within a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Code units of UTF-16, what LSP means when nothing was negotiated.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

impl Encoding {
    /// The length of `text` in units of this encoding.
    pub fn len(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::Utf32 => text.chars().count(),
        }
    }
}

/// An LSP position, zero-based; `character` counts units of the negotiated [`Encoding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Position {
    /// The line; `\n`, `\r\n` and `\r` end lines, and nothing else does.
    pub line: u32,
    /// The units before the position on its line.
    pub character: u32,
}

/// A tree-sitter point: the row and the byte within it.
///
/// Only `\n` begins a new row for tree-sitter, so on a text with lone `\r` a row is not a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Point {
    /// How many `\n` come before the point.
    pub row: usize,
    /// The bytes since the last `\n`, or since the start of the text.
    pub column: usize,
}

impl Point {
    /// The point reached from here by going over `text`.
    pub(crate) fn after(self, text: &[u8]) -> Self {
        match text.iter().rposition(|&byte| byte == b'\n') {
            None => Self {
                row: self.row,
                column: self.column + text.len(),
            },
            Some(last) => Self {
                row: self.row + count_newlines(&text[..=last]),
                column: text.len() - last - 1,
            },
        }
    }
}

fn count_newlines(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte == b'\n').count()
}

/// What ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LineEnding {
    /// `\n`
    #[default]
    Lf,
    /// `\r\n`
    CrLf,
    /// `\r`
    Cr,
}

impl LineEnding {
    /// The characters themselves.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

impl fmt::Display for LineEnding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
