//! Rope documents: positions in three encodings, edits, and anchors that move with them.
//!
//! An offset is a byte offset in the document's UTF-8 text, everywhere; only this crate turns
//! offsets into the line and character pairs of the Language Server Protocol. Nothing here
//! panics on what a client sends: positions, offsets and ranges are clamped.
//!
//! ```
//! use firesteel_text::{Bias, Change, Document, Encoding, Position};
//!
//! let document = Document::open("file:///hello.rs", 1, "let 🦀 = 1;\n");
//! let anchor = document.anchor(4, Bias::Right);
//! let start = Position { line: 0, character: 0 };
//! let change = Change { range: Some(start..start), text: "// hi\n".to_owned() };
//!
//! let (document, _edits, _deltas) = document.changed(2, &[change], Encoding::Utf16)?;
//!
//! assert_eq!(document.text.to_string(), "// hi\nlet 🦀 = 1;\n");
//! let offset = document.resolve(anchor).unwrap_or_default();
//! assert_eq!(document.text.position(offset, Encoding::Utf16), Position { line: 1, character: 4 });
//! # Ok::<(), firesteel_text::VersionError>(())
//! ```

mod anchor;
mod batch;
mod document;
mod edit;
mod identity;
mod log;
mod minimal;
mod position;
mod text;

pub use crate::{
    anchor::{Anchor, AnchorRange, Bias},
    document::{Document, VersionError},
    edit::{Change, Delta, Edit},
    identity::{DocumentId, quoted, unquoted},
    log::MAX_LOGGED_DELTAS,
    position::{Encoding, LineEnding, Point, Position},
    text::Text,
};
