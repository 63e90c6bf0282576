//! A piece of text that knows which parts of it belong to a secret.

use std::fmt;
use std::ops::Range;

/// A piece of a document, or of something else that was said.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The text as it is.
    pub text: String,
    /// The parts of it that belong to a secret, in order and apart from each other.
    pub secrets: Vec<Hidden>,
}

/// A part of a text that belongs to a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Its bytes within the excerpt: all of them that the excerpt shows, even where it shows the secret in part.
    pub range: Range<usize>,
    /// Tells the whole secret from others: the same value has the same number.
    pub identity: u64,
    /// What kind of secret it is, such as `github-token`.
    pub kind: &'static str,
}

/// A secret that a text shows as a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// What stands there.
    pub placeholder: String,
    /// What kind of secret it is, such as `github-token`.
    pub kind: &'static str,
}

impl Excerpt {
    /// A text without secrets, such as Firesteel's own words.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            secrets: Vec::new(),
        }
    }

    /// A part of it; what that shows of a secret only in part is hidden whole.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::plain(self.text.get(range.clone()).unwrap_or_default());
        for hidden in &self.secrets {
            let start = hidden.range.start.max(range.start);
            let end = hidden.range.end.min(range.end);
            if start < end {
                part.secrets.push(Hidden {
                    range: start - range.start..end - range.start,
                    identity: hidden.identity,
                    kind: hidden.kind,
                });
            }
        }
        part
    }

    /// Adds another one at the end.
    pub fn push(&mut self, other: &Excerpt) {
        let at = self.text.len();
        self.text.push_str(&other.text);
        self.secrets
            .extend(other.secrets.iter().map(|hidden| Hidden {
                range: hidden.range.start + at..hidden.range.end + at,
                identity: hidden.identity,
                kind: hidden.kind,
            }));
    }
}

impl fmt::Debug for Excerpt {
    /// Only its size: a task may be logged, source text may not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Excerpt")
            .field("bytes", &self.text.len())
            .field("secrets", &self.secrets.len())
            .finish()
    }
}
