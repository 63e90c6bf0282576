//! Blots out what looks like a secret, keeping the text's shape, before it leaves the process.

use std::borrow::Cow;
use std::ops::Range;

use crate::find_secrets;

/// What stands for each character of a secret.
const BLOT: &str = "x";
/// Fewer of them in a row are taken for what the model meant to write.
const SHORTEST_BLOT: usize = 6;

/// The text with secrets blotted out, and how many there were.
///
/// A secret keeps its length in characters and its line breaks, so that the model still sees a string of that size.
pub fn redact(text: &str) -> (Cow<'_, str>, usize) {
    let secrets = secrets(text);
    if secrets.is_empty() {
        return (Cow::Borrowed(text), 0);
    }
    let (mut out, mut end) = (String::with_capacity(text.len()), 0);
    for range in &secrets {
        out.push_str(&text[end..range.start]);
        out.extend(text[range.clone()].chars().map(blot));
        end = range.end;
    }
    out.push_str(&text[end..]);
    (Cow::Owned(out), secrets.len())
}

fn secrets(text: &str) -> Vec<Range<usize>> {
    let secrets = find_secrets(text).into_iter();
    secrets.map(|secret| secret.range).collect()
}

/// A model wrote something in the place of a secret that it was not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer writes over a secret, which the model was not shown")]
pub struct Blotted;

/// A line that a model wrote, with the secrets put back that were blotted out of `original` when the model read it.
///
/// # Errors
/// When it cannot be told which secret belongs there.
pub fn unblot<T: AsRef<str>>(
    line: &str,
    original: impl FnOnce() -> T,
) -> Result<Cow<'_, str>, Blotted> {
    if !line.contains(&BLOT.repeat(SHORTEST_BLOT)) {
        return Ok(Cow::Borrowed(line));
    }
    let original = original();
    let original = original.as_ref();
    let hidden: Vec<&str> = secrets(original)
        .into_iter()
        .flat_map(|range| original[range].split_whitespace())
        .collect();
    if hidden.is_empty() {
        return Ok(Cow::Borrowed(line));
    }
    let (blotted, _) = redact(original);
    let is_same = |(blotted, _): &(&str, &str)| blotted.trim() == line.trim();
    if let Some((_, original)) = blotted.lines().zip(original.lines()).find(is_same) {
        let indent = &line[..line.len() - line.trim_start().len()];
        return Ok(Cow::Owned(format!("{indent}{}", original.trim())));
    }
    let (mut out, mut rest) = (String::new(), line);
    while let Some(start) = rest.find(BLOT) {
        let run = &rest[start..];
        let run = &run[..run.len() - run.trim_start_matches(BLOT).len()];
        out.push_str(&rest[..start]);
        out.push_str(put_back(run, &hidden, original)?);
        rest = &rest[start + run.len()..];
    }
    Ok(Cow::Owned(out + rest))
}

/// What belongs in the place of a run of blots.
fn put_back<'a>(run: &'a str, hidden: &[&'a str], original: &str) -> Result<&'a str, Blotted> {
    if run.len() < SHORTEST_BLOT || original.contains(run) {
        return Ok(run);
    }
    let mut fitting = hidden
        .iter()
        .filter(|secret| secret.chars().count() == run.len());
    match fitting.next() {
        Some(secret) if fitting.all(|other| other == secret) => Ok(secret),
        _ => Err(Blotted),
    }
}

fn blot(character: char) -> char {
    if character.is_whitespace() {
        character
    } else {
        BLOT.chars().next().unwrap_or(character)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_blotted_out_and_code_is_not() {
        let cases = [
            ("key = \"sk-abcdefghij0123456789\"", 1),
            ("let t = \"ghp_abcdefghijklmnop0123\";", 1),
            ("aws = 'AKIAIOSFODNN7QX2ZKLM'", 1),
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

    #[test]
    fn secrets_are_put_back() {
        let original = "def connect():\n    key = \"sk-abcdefghij0123456789\"\n    url = \"postgres://bob:s3cret@db/x\"\n";
        let hidden = redact(original).0.into_owned();
        let back = |line: &str| unblot(line, || original).map(Cow::into_owned);
        for (blotted, line) in hidden.lines().zip(original.lines()) {
            assert_eq!(back(blotted), Ok(line.to_owned()));
        }
        let moved = format!("        connect(\"{}\", timeout=3)", "x".repeat(23));
        let expected = "        connect(\"sk-abcdefghij0123456789\", timeout=3)";
        assert_eq!(back(&moved), Ok(expected.to_owned()));
        assert_eq!(back("    key = \"xxxxxxxxxx\""), Err(Blotted));
        assert_eq!(back("    index = x"), Ok("    index = x".to_owned()));
        assert_eq!(
            unblot("xxxxxxxxxx", || "no secret"),
            Ok("xxxxxxxxxx".into())
        );
    }
}
