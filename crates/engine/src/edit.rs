//! Edits: what can be done at a place, and a run that streams the model's text into the document.

mod actions;
mod confine;
mod doc_comment;
mod instruction;
mod run;

pub use actions::{Action, Availability, Kind};
pub use run::{Landing, NotLanded, Outcome, Run};
