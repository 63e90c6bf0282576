//! Edits: what can be done at a place, and a run that streams the model's text into the document.

mod actions;
mod confine;
mod doc_comment;
mod instruction;
mod review;
mod run;

pub use actions::{Action, Availability, Kind};
pub use review::{Deep, Finding, Note, Review, ReviewPaths, Severity, notes};
pub use run::{Landing, NotLanded, Outcome, Run};
