//! The properties of texts, documents and anchors.

mod anchors;
mod edits;
mod model;
mod positions;
