//! Tasks made of documents, tasks as questions to a model, and model text turned back into completions.
//!
//! A [`Source`] cuts a task out of a document; [`question`] writes a redacted task down as a model reads it.

mod answer;
pub mod blocks;
mod complete;
mod edit;
mod explain;
pub mod formats;
mod hole;
pub mod indent;
mod next_edit;
mod parts;
mod question;
mod render;
mod review;
mod source;

pub use answer::{
    Dropped, Fit, complete_lines, fit, is_closed_by_editor, strip_fences, with_line_feeds,
};
pub use complete::{CONTEXT_CAP, Hole, complete};
pub use edit::{Rewrite, edit};
pub use explain::{explain, explain_item};
pub use firesteel_privacy::{Guard, Refused};
pub use formats::{Format, Formats, Rendered};
pub use hole::{HoleAnswer, hole, hole_within};
pub use indent::{Preferences, Reindent, Style, Unit};
pub use next_edit::next_edit;
pub use parts::{Part, PartSource, parts};
pub use question::{Chat, Extra, Fim, Question, Role, Turn};
pub use render::question;
pub use review::review;
pub use source::Source;
