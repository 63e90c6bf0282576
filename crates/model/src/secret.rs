//! A key that cannot be printed.

use std::fmt;

/// What is shown in place of a key.
const HIDDEN: &str = "***";
/// How the keys of the best-known services begin; servers quote parts of them in their refusals.
const KEY_PREFIX: &str = "sk-";

/// A key or token. `Debug` and `Display` show `***`; only [`Secret::expose`] gives the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a key.
    pub fn new(key: impl Into<String>) -> Self {
        Secret(key.into())
    }

    /// The key itself, for the one header that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// A server's or a library's words without the key: not whole, and not as the shortened form in which
/// refusals quote it.
pub(crate) fn scrub(text: &str, key: Option<&Secret>) -> String {
    let text = match key {
        Some(key) if !key.0.is_empty() => text.replace(&key.0, HIDDEN),
        _ => text.to_owned(),
    };
    if !text.contains(KEY_PREFIX) {
        return text;
    }
    text.split_inclusive(char::is_whitespace)
        .map(|word| match word.find(KEY_PREFIX) {
            Some(at) => format!("{}{HIDDEN}{}", &word[..at], trailing_space(word)),
            None => word.to_owned(),
        })
        .collect()
}

fn trailing_space(word: &str) -> &str {
    &word[word.trim_end().len()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        let key = Secret::new("very-secret");
        assert_eq!(format!("{key:?} {key}"), "*** ***");
    }

    #[test]
    fn words_of_a_server_lose_the_key() {
        let key = Secret::new("very-secret");
        assert_eq!(scrub("bad key very-secret!", Some(&key)), "bad key ***!");
        assert_eq!(
            scrub("incorrect key: sk-ab**yz. see", None),
            "incorrect key: *** see"
        );
    }
}
