//! Values without quotes behind a name: where they end, and what kind of text they stand in.

use std::sync::LazyLock;

use regex::Regex;

use super::{Assignment, Separator};
use crate::secrets::bare::{self, Place};
use crate::secrets::literal::literal;
use crate::secrets::names::Class;
use crate::secrets::values;
use crate::secrets::words::is_wordy;

/// What may precede the name in a line that is nothing but a name and its value.
static LINE_PREFIX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r#"^\s*(?:(?:#+|//+|;|\*|--|-|>|\+|(?i:rem))\s*)?(?:(?:export|set|setx|ENV|ARG|env|local|declare|readonly|typeset|-e|-D|--env|--build-arg|-x|-gx|-Ux|SetEnv|fastcgi_param|Environment=)\s*)*["']?(?:[\w./@:$\[\]~{}-]*[.:/$_\]-])?["']?$"#;
    Regex::new(pattern).ok()
});

/// Commands and formats in which a name and its value have only space between them.
const COMMANDS: &[&str] = &[
    "ENV ", "ARG ", "setx ", "set -x ", "set -gx ", "set $", "export ", "SetEnv ", "machine ",
    "login ",
];
/// Shorter words behind the name of a token are words.
const MIN_TOKEN_IN_PROSE: usize = 24;

impl Assignment<'_, '_> {
    /// A value behind nothing but space.
    pub(super) fn spaced(&mut self, at: usize) {
        if let Some(literal) = literal(self.text, at, self.line.end) {
            let content = &self.text[literal.content.clone()];
            let quoted_name = self.text[self.name.end..at].contains(['"', '\'']);
            if !quoted_name
                && (self.is_flag
                    || !is_wordy(content)
                    || self.class == Class::Password
                        && content.contains(|c: char| c.is_ascii_digit()))
            {
                self.judge(&literal.content);
            }
            return;
        }
        let rest = &self.text[at..self.line.end];
        let word = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
        let before = self.text[self.line.start..self.name.start].trim_start();
        if self.is_flag {
            let word = word.trim_end_matches(['"', '\'', ')', '`', ';', '|']);
            self.judge_bare(at..at + word.len(), Place::Flag);
            return;
        }
        let sentence = ["is ", "was ", "= "]
            .iter()
            .find_map(|verb| rest.strip_prefix(verb));
        if let Some(value) = sentence {
            self.prose(self.line.end - value.len());
            return;
        }
        let is_command = |command: &str| before.starts_with(command);
        let is_alone = before
            .trim_matches(['#', '/', ';', '*', '-', ' '])
            .is_empty()
            && rest.trim_end() == word;
        let is_made = matches!(self.class, Class::Token | Class::Secret);
        let is_token = is_made && word.len() >= MIN_TOKEN_IN_PROSE && values::is_random(word);
        if COMMANDS.iter().any(|command| is_command(command)) {
            self.judge_bare(at..at + word.len(), Place::Environment);
        } else if is_alone || is_token {
            self.judge_bare(at..at + word.len(), Place::Prose);
        }
    }

    pub(super) fn bare_value(&mut self, at: usize, separator: Separator, name_end: usize) {
        let rest = &self.text[at..self.line.end];
        let value = rest.trim_start();
        let start = self.line.end - value.len();
        let is_tight = start == name_end + 1;
        let is_line = self.is_whole_line();
        let up_to = |ends: &[char]| &value[..value.find(ends).unwrap_or(value.len())];
        match separator {
            Separator::Equals if is_tight && self.is_flag => {
                let value = up_to(&[' ', '\t', '"', '\'', ';', '|', ')', '`']);
                self.judge_bare(start..start + value.len(), Place::Flag);
            }
            Separator::Equals if is_tight && is_line && self.is_environment() => {
                let value = up_to(&[' ', '\t', '"']);
                let value = value.strip_prefix("base64:").unwrap_or(value);
                let start = self.line.end - rest.len() + rest.find(value).unwrap_or(0);
                let length = value.trim_end_matches(['\'', '\\']).len();
                self.judge_bare(start..start + length, Place::Environment);
            }
            Separator::Equals if is_tight => {
                let value = up_to(&[
                    ' ', '\t', '"', '\'', ';', '&', '<', '>', '`', ')', '}', ']', ',', '|', '\\',
                ]);
                let behind = &self.text[start + value.len()..self.line.end];
                if !behind.starts_with([')', ','])
                    || !value.chars().all(|c| c.is_alphanumeric() || c == '_')
                {
                    self.judge_bare(start..start + value.len(), Place::Inline);
                }
            }
            Separator::Equals | Separator::Colon if is_line => {
                let value = value.split(" #").next().unwrap_or(value).trim_end();
                let is_property = separator == Separator::Equals && self.is_property();
                let place = match separator {
                    _ if is_property => Place::Environment,
                    Separator::Equals => Place::Assignment,
                    _ => Place::Mapping,
                };
                if !value.contains(char::is_whitespace) {
                    self.judge_bare(start..start + value.len(), place);
                } else if self.class == Class::Password && bare::is_spaced_password(value) {
                    self.scanner
                        .push(start..start + value.len(), self.class.kind());
                }
            }
            Separator::Colon => self.prose(start),
            // In code a variable stands there; only what looks random is none.
            Separator::Equals if self.class != Class::Password => self.prose(start),
            _ => {}
        }
    }

    /// A word of a sentence.
    pub(super) fn prose(&mut self, at: usize) {
        let rest = &self.text[at..self.line.end];
        let open = rest.len() - rest.trim_start_matches(['`', '"', '\'', '*', ' ']).len();
        let word = &rest[open..];
        let word = &word[..word
            .find(|c: char| c.is_whitespace() || "`\"'<>".contains(c))
            .unwrap_or(word.len())];
        let flow = word.find(['}', ',']).unwrap_or(word.len());
        let is_flow = self.text[self.line.start..self.name.start].contains('{');
        let word = if is_flow {
            &word[..flow]
        } else {
            word.trim_end_matches(['.', ')'])
        };
        let behind = &rest[(open + word.len()).min(rest.len())..];
        if behind.starts_with(['<', '(']) || behind.trim_start().starts_with('=') {
            return;
        }
        let is_name = word.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !is_flow || !is_name {
            self.judge_bare(at + open..at + open + word.len(), Place::Prose);
        }
    }

    pub(super) fn is_whole_line(&self) -> bool {
        let prefix = &self.text[self.line.start..self.name.start];
        LINE_PREFIX
            .as_ref()
            .is_some_and(|regex| regex.is_match(prefix))
    }

    /// Whether the name is written as an environment variable or a property has it, not as a variable in code.
    pub(super) fn is_environment(&self) -> bool {
        let prefix = &self.text[self.line.start..self.name.start];
        let name = &self.text[self.name.clone()];
        prefix.is_empty() || !name.contains(char::is_lowercase) || !prefix.trim().is_empty()
    }

    pub(super) fn is_property(&self) -> bool {
        let prefix = &self.text[self.line.start..self.name.start];
        prefix.ends_with('.')
            && !prefix.starts_with([' ', '\t'])
            && !prefix.contains("self.")
            && !prefix.contains("this.")
            && prefix.matches('.').count() > 1
    }

    /// Whether the name is a variable of nginx and the like.
    pub(super) fn is_variable(&self) -> bool {
        self.text[..self.name.start].ends_with('$')
    }
}
