//! What may leave the process, what may be written and what may be shown: private files, secrets and their placeholders,
//! protected files, characters that nobody sees, text of others.

mod characters;
mod files;
mod legacy;
mod markdown;
mod names;
mod placeholders;
mod protected;
mod redacted;
mod secrets;
mod shown;

pub use characters::{Invisible, check_characters, visible};
pub use files::{Guard, Refused};
pub use legacy::{Blotted, redact, unblot};
pub use markdown::{code_span, fenced, inert_markdown};
pub use names::is_private;
pub use placeholders::{Misplaced, Placeholders};
pub use protected::{Protected, Write, may_write};
pub use redacted::{Redacted, Turn, excerpt, masked, scanned};
pub use secrets::{Secret, SecretCache, Secrets, find_secrets};
pub use shown::Shown;
