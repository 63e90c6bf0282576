//! Where the secrets of a text are.
//!
//! Libraries (`rusty_hogs`, `minos-codex` and `keyspoor`, by their documentation) match patterns in a whole text and
//! report where. None follows the edits of a document or knows literals that are still being typed. Both are on the path
//! of each keystroke, so this scanner is our own.

mod assigned;
mod bare;
mod blocks;
mod cache;
mod document;
mod literal;
mod names;
mod rules;
mod scan;
mod tables;
mod typing;
mod urls;
mod values;
mod vocabulary;
mod words;

use std::ops::Range;

pub use self::{cache::SecretCache, document::Secrets, typing::is_typing_secret};

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// The rule that found it, such as `github-token` or `assigned-password`.
    pub kind: &'static str,
}

/// The secrets of a whole text, in order; no two overlap.
///
/// A literal behind the name of a secret that has no closing quote yet counts to the end of its line.
///
/// ```
/// let text = "db_password = \"correct horse battery staple\"\n";
/// let secrets = firesteel_privacy::find_secrets(text);
/// assert_eq!(&text[secrets[0].range.clone()], "correct horse battery staple");
/// ```
pub fn find_secrets(text: &str) -> Vec<Secret> {
    let piece = scan::Piece {
        text,
        is_start: true,
        is_end: true,
    };
    scan::scan(piece)
        .map(|scan| scan.secrets)
        .unwrap_or_default()
}
