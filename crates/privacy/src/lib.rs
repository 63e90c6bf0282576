//! What may leave the process, what may be written and what may be shown: private files, secrets and their placeholders,
//! protected files, characters that nobody sees, text of others.

mod characters;
mod files;
mod ignores;
mod links;
mod markdown;
mod names;
mod placeholders;
mod protected;
mod redacted;
mod regular;
mod secrets;
mod shown;

pub use characters::{Invisible, check_characters, visible};
pub use files::{FileOptions, Freshness, Guard, Refused, Use};
pub use ignores::is_ignore_file;
pub use markdown::{code_span, fenced, inert_markdown};
pub use names::{is_private, is_private_language, private_kind};
pub use placeholders::{Misplaced, Placeholders};
pub use protected::{Protected, Write, may_write};
pub use redacted::{Redacted, Turn, excerpt, masked, scanned};
pub use regular::{open_regular, read_regular, read_regular_text};
pub use secrets::{Secret, SecretCache, Secrets, find_secrets, is_typing_secret};
pub use shown::Shown;
