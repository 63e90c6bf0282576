//! Passwords in URLs.

use std::ops::Range;

use super::scan::Scanner;

/// Finds the passwords in the URLs of a line.
pub(super) fn find(scanner: &mut Scanner<'_>, line: Range<usize>) {
    let text = &scanner.text()[line.clone()];
    for (at, _) in text.match_indices("://") {
        let rest = &text[at + 3..];
        let end = rest.find(|c: char| c.is_whitespace() || "/\"'`<>@".contains(c));
        let Some(end) = end.filter(|end| rest[*end..].starts_with('@')) else {
            continue;
        };
        if let Some(colon) = rest[..end].find(':') {
            let start = line.start + at + 3;
            scanner.push(start + colon + 1..start + end, "url-password");
        }
    }
}
