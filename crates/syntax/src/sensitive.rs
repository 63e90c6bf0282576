//! Code that a person should look at after a machine changed it.

use std::ops::Range;

use firesteel_text::Text;
use tree_sitter::{QueryCursor, StreamingIterator};

use crate::{Tree, query::Chunks};

/// How many places are reported of one text.
const MAX_PLACES: usize = 1_000;

/// What makes code sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Concern {
    /// Who may do what.
    Authentication,
    /// Ciphers, hashes, signatures, certificates.
    Cryptography,
    /// SQL that is put together from strings.
    Sql,
    /// What the compiler does not check.
    Unsafe,
    /// Programs that are started, or text that is run as one.
    Processes,
    /// Keys and credentials.
    Secrets,
}

impl Concern {
    fn from_capture(name: &str) -> Option<Self> {
        Some(match name {
            "authentication" => Self::Authentication,
            "cryptography" => Self::Cryptography,
            "sql" => Self::Sql,
            "unsafe" => Self::Unsafe,
            "processes" => Self::Processes,
            "secrets" => Self::Secrets,
            _ => return None,
        })
    }
}

/// A sensitive place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sensitive {
    /// The name or the expression that is.
    pub range: Range<usize>,
    /// Why.
    pub concern: Concern,
}

/// The sensitive places that overlap `range`, in the order of the text, by the names and calls in
/// it; code that hides what it does is not seen through.
pub fn sensitive(tree: &Tree, text: &Text, range: Range<usize>) -> Vec<Sensitive> {
    let Some(query) = tree.language().sensitive() else {
        return Vec::new();
    };
    let names = query.capture_names();
    let mut cursor = QueryCursor::new();
    cursor.set_byte_range(range.clone());
    let mut found = Vec::new();
    let mut captures = cursor.captures(query, tree.root(), Chunks(text));
    while let Some((one, idx)) = captures.next() {
        let capture = one.captures()[*idx];
        let name = names.get(capture.index as usize).copied();
        let at = capture.node.byte_range();
        // A match may reach out of the range with its other nodes.
        if let Some(concern) = name.and_then(Concern::from_capture)
            && at.start < range.end
            && range.start < at.end
        {
            found.push(Sensitive { range: at, concern });
        }
        if found.len() == MAX_PLACES {
            break;
        }
    }
    found
}
