//! From LSP types to ours.

use std::path::{Path, PathBuf};

use firesteel_text::{Change, Encoding, Position, Text};
use serde::Deserialize;
use tower_lsp::ls_types::{
    self as lsp, PositionEncodingKind, TextDocumentContentChangeEvent, TextDocumentIdentifier,
};

/// The one field that every request about a document has, and where in it most of them are about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamesDocument {
    pub(crate) text_document: TextDocumentIdentifier,
    #[serde(default)]
    pub(crate) position: Option<lsp::Position>,
    #[serde(default)]
    pub(crate) range: Option<lsp::Range>,
}

impl NamesDocument {
    /// The range or the position that it is about.
    pub(crate) fn place(&self) -> Option<lsp::Range> {
        let at = self.position.map(|at| lsp::Range::new(at, at));
        self.range.or(at)
    }
}

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
    text.offset(position(at), encoding)
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

/// The path of a document; one that is no file is named by what its URI says behind the scheme.
pub(crate) fn path(uri: &str) -> PathBuf {
    let parsed = url::Url::parse(uri).ok();
    let file = parsed
        .filter(|url| url.scheme() == "file")
        .and_then(|url| url.to_file_path().ok());
    file.unwrap_or_else(|| {
        let name = uri.split_once(':').map_or(uri, |(_scheme, name)| name);
        Path::new(name.trim_start_matches('/')).to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_their_paths_and_other_documents_their_names() {
        let cases = [
            ("file:///home/me/a%20b.rs", "/home/me/a b.rs"),
            ("untitled:Untitled-1", "Untitled-1"),
            ("vscode-notebook-cell:/x/n.ipynb#W0", "x/n.ipynb#W0"),
            ("no uri at all", "no uri at all"),
        ];
        for (uri, expected) in cases {
            assert_eq!(path(uri), Path::new(expected));
        }
    }
}
