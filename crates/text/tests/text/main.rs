//! The properties of texts, documents and anchors.

mod anchors;
mod edits;
mod identity;
mod many;
mod model;
mod positions;
