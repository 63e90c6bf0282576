//! From LSP types to ours.

use firesteel_text::{Change, Encoding, Position, Text};
use tower_lsp::ls_types::{self as lsp, PositionEncodingKind, TextDocumentContentChangeEvent};

/// The best encoding that the client offers; UTF-16 when it offers none.
pub(crate) fn encoding(offered: Option<&[PositionEncodingKind]>) -> Encoding {
    let offers = |kind| offered.is_some_and(|offered| offered.contains(&kind));
    if offers(PositionEncodingKind::UTF8) {
        Encoding::Utf8
    } else if offers(PositionEncodingKind::UTF32) {
        Encoding::Utf32
    } else {
        Encoding::Utf16
    }
}

pub(crate) fn position(position: lsp::Position) -> Position {
    Position {
        line: position.line,
        character: position.character,
    }
}

pub(crate) fn offset(text: &Text, at: lsp::Position, encoding: Encoding) -> usize {
    // Nobody means to write before a byte order mark.
    text.offset(position(at), encoding)
        .max(text.content_start())
}

pub(crate) fn range(text: &Text, range: lsp::Range, encoding: Encoding) -> std::ops::Range<usize> {
    let start = offset(text, range.start, encoding);
    start..offset(text, range.end, encoding).max(start)
}

pub(crate) fn positions(range: lsp::Range) -> std::ops::Range<Position> {
    position(range.start)..position(range.end)
}

pub(crate) fn change(event: TextDocumentContentChangeEvent) -> Change {
    Change {
        range: event.range.map(positions),
        text: event.text,
    }
}
