//! Tokens of a format in the user's own text: broken before they leave, and made whole in the answer.
//!
//! A token is broken by a zero-width space after its first character. What looks like a broken token already gets one
//! more, so that taking one away always gives back what was there.

use std::borrow::Cow;

/// What breaks a token.
const BREAK: char = '\u{200b}';

/// Tokens, each as its first character and its rest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens(Vec<(char, String)>);

impl Tokens {
    pub(crate) fn new(tokens: impl Iterator<Item = String>) -> Self {
        let mut parts: Vec<(char, String)> = tokens
            .filter_map(|token| {
                let mut chars = token.chars();
                let first = chars.next()?;
                let rest = chars.as_str();
                (!rest.is_empty()).then(|| (first, rest.to_owned()))
            })
            .collect();
        // Longer ones first, for one may begin with another.
        parts.sort_by(|one, other| other.1.len().cmp(&one.1.len()).then_with(|| one.cmp(other)));
        parts.dedup();
        Tokens(parts)
    }

    /// The text with every token broken.
    pub(crate) fn broken<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.changed(text, |out, breaks| {
            out.extend(std::iter::repeat_n(BREAK, breaks + 1))
        })
    }

    /// The text with every broken token whole again.
    pub(crate) fn whole<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.changed(text, |out, breaks| {
            out.extend(std::iter::repeat_n(BREAK, breaks.saturating_sub(1)))
        })
    }

    /// Writes anew what stands between a token's first character and its rest, given how many breaks do.
    fn changed<'a>(&self, text: &'a str, between: impl Fn(&mut String, usize)) -> Cow<'a, str> {
        if !self.0.iter().any(|(_, rest)| text.contains(rest.as_str())) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len() + 16);
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            out.push(char);
            rest = &rest[char.len_utf8()..];
            let tail = rest.trim_start_matches(BREAK);
            let is_token =
                |(first, end): &&(char, String)| *first == char && tail.starts_with(end.as_str());
            if let Some((_, end)) = self.0.iter().find(is_token) {
                between(&mut out, (rest.len() - tail.len()) / BREAK.len_utf8());
                out.push_str(end);
                rest = &tail[end.len()..];
            }
        }
        Cow::Owned(out)
    }

    /// How many bytes at the end of `text` may be the beginning of a broken token.
    pub(crate) fn held_back(&self, text: &str) -> usize {
        let Some(last) = text.chars().next_back() else {
            return 0;
        };
        if self.0.iter().any(|(first, _)| *first == last) {
            return last.len_utf8();
        }
        let Some(at) = text.rfind(BREAK) else {
            return 0;
        };
        let tail = &text[at + BREAK.len_utf8()..];
        let head = text[..at].trim_end_matches(BREAK);
        let Some(before) = head.chars().next_back() else {
            return 0;
        };
        let begins = |(first, rest): &(char, String)| {
            *first == before && rest.starts_with(tail) && rest != tail
        };
        match self.0.iter().any(begins) {
            true => text.len() - head.len() + before.len_utf8(),
            false => 0,
        }
    }
}
