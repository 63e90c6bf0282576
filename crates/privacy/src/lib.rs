//! What may leave the process and what may be written: private files, secrets and their placeholders.

mod files;
mod legacy;
mod names;
mod protected;
mod secrets;

pub use files::{Guard, Refused};
pub use legacy::{Blotted, redact, unblot};
pub use names::is_private;
pub use protected::{Protected, Write, may_write};
pub use secrets::{Secret, SecretCache, Secrets, find_secrets};
