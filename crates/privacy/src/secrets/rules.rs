//! The rules that are data: what keys and tokens of many providers look like, by the table in `rules.toml`.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

use super::values;

/// A rule: where one of the keywords stands in a line, the pattern is tried on that line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// The kind of what it finds.
    pub(super) id: String,
    /// What must stand in the line, in any case.
    pub(super) keywords: Vec<String>,
    /// A regular expression; only its group `secret` is the secret, if it has one.
    pattern: String,
    /// Who says that such secrets look like this.
    #[serde(rename = "source")]
    _source: String,
    /// What a match must be to count.
    #[serde(default)]
    value: Value,
    #[serde(skip)]
    regex: OnceLock<Option<Regex>>,
}

/// What a match of a rule must be to count.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Value {
    /// A token that nobody writes by hand.
    #[default]
    Token,
    /// Something that a person may have chosen: a password.
    Password,
    /// A password that is no word, where prose may stand.
    Mixed,
    /// Only long runs that look random.
    Random,
    /// Whatever matches.
    Any,
}

#[derive(Deserialize)]
struct Table {
    rule: Vec<Rule>,
}

/// All rules, in the order of the table.
pub(super) static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let table: Result<Table, _> = toml::from_str(include_str!("rules.toml"));
    table.map(|table| table.rule).unwrap_or_default()
});

impl Rule {
    /// Where the secrets of this kind are in a line.
    pub(super) fn find(&self, line: &str) -> Vec<Range<usize>> {
        let compile = || Regex::new(&self.pattern).ok();
        let Some(regex) = self.regex.get_or_init(compile) else {
            // A rule that cannot be tried hides the line: rather too much than a secret.
            return std::iter::once(0..line.len()).collect();
        };
        let secret = |found: regex::Captures<'_>| {
            let groups = ["secret", "secret2", "secret3", "secret4"];
            let group = groups.iter().find_map(|name| found.name(name));
            let secret = group.or_else(|| found.get(0))?;
            self.accepts(secret.as_str()).then(|| secret.range())
        };
        regex.captures_iter(line).filter_map(secret).collect()
    }

    fn accepts(&self, value: &str) -> bool {
        match self.value {
            Value::Token => !values::is_example(value),
            Value::Password => values::is_password(value),
            Value::Mixed => values::is_password(value) && values::is_mixed(value),
            Value::Random => {
                !values::is_example(value)
                    && values::is_random(value)
                    && !value.contains(['(', ')'])
            }
            Value::Any => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_rule_is_whole() {
        let table: Result<Table, _> = toml::from_str(include_str!("rules.toml"));
        let rules = table.unwrap().rule;
        let mut ids = HashSet::new();
        for rule in &rules {
            assert!(ids.insert(&rule.id), "{} is there twice", rule.id);
            assert!(!rule._source.is_empty(), "{} has no source", rule.id);
            assert!(!rule.keywords.is_empty(), "{} has no keyword", rule.id);
            assert!(
                rule.keywords
                    .iter()
                    .all(|word| word.len() >= 2 && word.is_ascii()),
                "{}",
                rule.id
            );
            if let Err(error) = Regex::new(&rule.pattern) {
                panic!("{}: {error}", rule.id);
            }
        }
    }
}
