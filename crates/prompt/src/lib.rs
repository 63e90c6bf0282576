//! Prompts under a budget, and model text turned back into completions.
//!
//! [`Outgoing`] is the only form in which text of a document reaches a model, and this crate is the only place that
//! makes one: a path that must stay private is refused by the [`Guard`], and what looks like a secret is blotted out.

mod answer;
mod complete;
mod edit;
mod explain;
pub mod formats;
mod hole;
mod next_edit;
mod outgoing;
mod question;
mod refactor;
mod review;

pub use answer::{Dropped, Fit, complete_lines, fit, strip_fences};
pub use complete::{Hole, Piece, complete};
pub use edit::{Rewrite, Wanted, edit};
pub use explain::explain;
pub use firesteel_privacy::{Blotted, Guard, Refused, unblot};
pub use formats::{Format, Formats, Rendered};
pub use hole::{HoleAnswer, hole, hole_within};
pub use next_edit::{LineDiff, next_edit};
pub use outgoing::{Audience, Outgoing};
pub use question::{Chat, Extra, Fim, Question, Role, Turn};
pub use refactor::refactor;
pub use review::review;
