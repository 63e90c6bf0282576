//! The words by which names of secrets, values and texts for people are told apart, by the table in `vocabulary.toml`.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

/// Lists of words in lower case; the table says of each what it is for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vocabulary {
    pub(super) qualifiers: HashSet<String>,
    pub(super) passwords: HashSet<String>,
    pub(super) fused_passwords: HashSet<String>,
    pub(super) before_pass: HashSet<String>,
    pub(super) before_key: HashSet<String>,
    pub(super) fused_keys: HashSet<String>,
    pub(super) no_key: HashSet<String>,
    pub(super) about: HashSet<String>,
    pub(super) placeholders: HashSet<String>,
    pub(super) naming: HashSet<String>,
    pub(super) names_of_secrets: HashSet<String>,
    pub(super) no_values: HashSet<String>,
    pub(super) sentence: HashSet<String>,
    pub(super) common: HashSet<String>,
}

/// The words of the table.
pub(super) static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| toml::from_str(include_str!("vocabulary.toml")).unwrap_or_default());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let table: Result<Vocabulary, _> = toml::from_str(include_str!("vocabulary.toml"));
        assert!(table.unwrap().passwords.contains("password"));
    }
}
