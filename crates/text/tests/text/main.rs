//! The properties of texts, documents and anchors.

mod anchors;
mod edits;
mod identity;
mod model;
mod positions;
