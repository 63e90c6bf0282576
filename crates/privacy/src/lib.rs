//! What may leave the process and what may be written: private files, secrets and their placeholders.

mod files;
mod names;
mod secrets;

pub use files::{Guard, Refused};
pub use names::is_private;
pub use secrets::{Blotted, redact, unblot};
