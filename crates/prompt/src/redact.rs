//! Blots out what looks like a secret, keeping the text's shape, before it leaves the process.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Shapes of secrets. Where a pattern has a group named `secret`, only that group is blotted out.
const SHAPES: &[&str] = &[
    // Private keys in PEM, also when the end is cut off.
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<secret>(?s:.*?))(?:-----END|\z)",
    // Tokens that say what they are: OpenAI, GitHub, GitLab, Slack, AWS, Google, npm, PyPI, Stripe.
    r"\bsk-[A-Za-z0-9_-]{16,}",
    r"\b(?:gh[oprsu]_|github_pat_|glpat-|npm_|pypi-)[A-Za-z0-9_-]{16,}",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"\bAIza[A-Za-z0-9_-]{30,}",
    r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}",
    // JSON web tokens.
    r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    // Bearer tokens and passwords in URLs.
    r"(?i)\bbearer\s+(?P<secret>[A-Za-z0-9._~+/-]{16,}=*)",
    r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\x22]+:(?P<secret>[^\s/@'\x22]{3,})@",
    // A string literal given to a name that says it is secret.
    r#"(?i)(?:passw(?:or)?d|secret|token|api_?key|access_?key|private_?key|credential)s?\w*["']?\s*(?::\s*&?(?:'static\s+)?\w+\s*)?[:=]>?\s*[rbuf]?["'](?P<secret>[^"'\s{}]{8,})["']"#,
];

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    SHAPES
        .iter()
        .filter_map(|shape| Regex::new(shape).ok())
        .collect()
});

/// The text with secrets blotted out, and how many there were.
///
/// A secret keeps its length in characters and its line breaks, so that the model still sees a string of that size.
pub(crate) fn redact(text: &str) -> (Cow<'_, str>, usize) {
    let mut secrets: Vec<_> = PATTERNS
        .iter()
        .flat_map(|pattern| pattern.captures_iter(text))
        .filter_map(|found| found.name("secret").or_else(|| found.get(0)))
        .map(|secret| secret.range())
        .collect();
    if secrets.is_empty() {
        return (Cow::Borrowed(text), 0);
    }
    secrets.sort_by_key(|range| (range.start, usize::MAX - range.end));
    let (mut out, mut end, mut count) = (String::with_capacity(text.len()), 0, 0);
    for range in secrets {
        let start = range.start.max(end);
        if start >= range.end {
            continue;
        }
        out.push_str(&text[end..start]);
        out.extend(text[start..range.end].chars().map(blot));
        end = range.end;
        count += 1;
    }
    out.push_str(&text[end..]);
    (Cow::Owned(out), count)
}

fn blot(character: char) -> char {
    if character.is_whitespace() {
        character
    } else {
        'x'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_a_pattern() {
        assert_eq!(PATTERNS.len(), SHAPES.len());
    }

    #[test]
    fn secrets_are_blotted_out_and_code_is_not() {
        let cases = [
            ("key = \"sk-abcdefghij0123456789\"", 1),
            ("let t = \"ghp_abcdefghijklmnop0123\";", 1),
            ("aws = 'AKIAIOSFODNN7EXAMPLE'", 1),
            ("PASSWORD = \"hunter2hunter2\"", 1),
            ("const API_KEY: &str = \"0123456789abcdef\";", 1),
            ("postgres://bob:s3cret@db/x", 1),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
                1,
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIIEow", 1),
            ("fn token(&self) -> Token { self.tokens.next() }", 0),
            ("password = input(\"Password: \")", 0),
            ("let secret = env::var(\"SECRET\")?;", 0),
            ("let url = \"https://example.com/a:b\";", 0),
        ];
        for (text, expected) in cases {
            let (out, count) = redact(text);
            assert_eq!(count, expected, "{text} -> {out}");
            assert_eq!(out.chars().count(), text.chars().count());
            assert_eq!(out == text, expected == 0, "{text}");
        }
    }
}
