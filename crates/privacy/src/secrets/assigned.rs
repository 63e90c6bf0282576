//! Literals given to names that say they are secret.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::scan::Scanner;

/// What stands in every name of a secret.
pub(super) const STEMS: &[&str] = &["pass", "secret", "token", "key", "credential"];

static ASSIGNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:passw(?:or)?d|secret|token|api_?key|access_?key|private_?key|credential)s?\w*["']?\s*(?::\s*&?(?:'static\s+)?\w+\s*)?[:=]>?\s*[rbuf]?["'](?P<secret>[^"']{6,})"#).ok()
});

/// Finds the secrets that follow the names at `names` in a line.
pub(super) fn find(scanner: &mut Scanner<'_>, line: Range<usize>, _names: &[usize]) {
    let text = &scanner.text()[line.clone()];
    let Some(regex) = &*ASSIGNED else { return };
    for found in regex.captures_iter(text) {
        if let Some(secret) = found.name("secret") {
            scanner.push(
                line.start + secret.start()..line.start + secret.end(),
                "assigned-secret",
            );
        }
    }
}
