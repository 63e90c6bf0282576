//! Edits: what can be done at a place, and runs that stream a model's text into files as small hunks.
//!
//! An answer comes in as [blocks](firesteel_prompt::blocks); `patch` finds their lines (`locate`), aligns new text
//! with old (`align`), and makes hunks of what is settled (`hunks`); `stream` holds them until the code is whole and
//! lands them one batch at a time; `run` asks, once more where the answer was unfit, and reports.

mod actions;
mod align;
mod confine;
mod doc_comment;
mod error;
mod explanation;
mod fit;
mod hunks;
mod instruction;
mod job;
mod landing;
mod leases;
mod locate;
mod offline;
mod patch;
mod review;
mod run;
pub(crate) mod sites;
mod spec;
mod stream;
mod writer;

pub use actions::{Action, Availability, OwnAction, Problem};
pub use confine::{Outside, confine, relative_path};
pub use error::{AskError, FileError, NotWritten};
pub use hunks::{Hunk, Touched};
pub use landing::{Batch, FileHunk, Landed, Landing, NewFile, NotLanded, Progress, Undo};
pub(crate) use leases::Leases;
pub(crate) use offline::Applicable;
pub use review::{Finding, Note, Review, Severity, Subject, notes, whole_lines};
pub use run::{Conversation, Outcome, Report, Run};
pub use spec::{ActionId, ActionKind, Spec};
