//! Values without quotes: lines of environment and property files, YAML, flags, queries, prose.

use super::names::Class;
use super::values;
use super::words::{is_wordy, words};

/// Where a value without quotes stands, which decides how far it can be told from code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `NAME=value`, a line of its own, as no language but the shell writes assignments.
    Environment,
    /// `name = value`, a line of its own, which may be code.
    Assignment,
    /// `name: value`, a line of its own, which may be code.
    Mapping,
    /// `name=value` among other things: a query, a connection string, arguments.
    Inline,
    /// Behind a name in a sentence.
    Prose,
    /// Behind a flag of a command.
    Flag,
    /// The text of an element.
    Element,
}

/// Whether several words without quotes, alone behind the name of a password, are one.
pub(super) fn is_spaced_password(value: &str) -> bool {
    const CODE: &[&str] = &[
        "await", "new", "not", "in", "if", "else", "or", "and", "return", "lambda", "yield", "ref",
        "const", "let", "async", "as", "is", "typeof", "function", "fn", "def",
    ];
    let is_word = |word: &str| {
        word.chars().any(char::is_alphanumeric)
            && !word.contains([
                '(', ')', '[', ']', '{', '}', '<', '>', '=', ',', ';', '"', '\'', '`', '|',
            ])
            && !CODE.contains(&word)
    };
    let n_words = value.split_whitespace().count();
    let is_mixed = value.contains(|c: char| c.is_ascii_digit())
        || value.contains(['!', '@', '#', '$', '%', '&', '*']);
    (2..=6).contains(&n_words)
        && is_mixed
        && value.split_whitespace().all(is_word)
        && values::is_password(value)
}

/// Longer words in prose are something else.
const MAX_PROSE: usize = 64;

/// Whether a value without quotes is a secret.
pub(super) fn is_secret(class: Class, name: &str, value: &str, place: Place) -> bool {
    let is_constant = !name.contains(char::is_lowercase);
    let is_code_end = value.ends_with([',', ';']);
    let value = value.trim_end_matches([',', ';']);
    if value.is_empty() || !values::is_secret(class, value) || is_code(value, place) {
        return false;
    }
    let has_digit = value.contains(|c: char| c.is_ascii_digit());
    let is_name = is_identifier(value);
    if class != Class::Password {
        let is_code = matches!(place, Place::Mapping | Place::Assignment | Place::Prose);
        if is_code && is_name && value.contains('.') && value.len() < MAX_PROSE {
            return false;
        }
        return match place {
            Place::Environment | Place::Flag | Place::Element | Place::Inline => {
                has_digit || values::is_random(value) || value.contains('-')
            }
            Place::Mapping | Place::Assignment => {
                let is_long = value.len() >= 12 || !is_name;
                values::is_random(value) || has_digit && !is_wordy(value) && !is_code_end && is_long
            }
            Place::Prose => values::is_random(value) && has_digit,
        };
    }
    let is_dotted = is_name && value.contains(['.', ':']);
    let is_spoken_name = is_name && words(value).iter().all(|word| values::is_naming(word));
    match place {
        Place::Environment => !is_spoken_name || has_digit && !value.contains('_') && is_constant,
        Place::Element => true,
        Place::Mapping if is_name => {
            let is_word = value.chars().all(|c| c.is_ascii_lowercase());
            !is_dotted && !is_code_end && !is_spoken_name && (has_digit || is_word)
        }
        Place::Assignment if is_name => !is_dotted && !is_code_end && !is_spoken_name && has_digit,
        Place::Mapping | Place::Assignment => {
            !value.starts_with(['!', '&', '*', '|', '>', '-', '?', '=', '~', ':', '+', '\\'])
                || has_digit && value.len() > 7
        }
        Place::Inline => {
            (!is_name || has_digit && !is_spoken_name && !is_dotted) && !is_code_end
                || !is_name && has_digit
        }
        Place::Prose => {
            !is_dotted
                && !is_code_end
                && value.len() <= MAX_PROSE
                && !is_spoken_name
                && !values::is_no_value(value)
                && (has_digit && value.contains(char::is_alphabetic)
                    || value.contains(['!', '@', '#', '$', '^', '&', '*', '_']))
                && !value.contains("...")
        }
        Place::Flag => {
            !is_wordy(value)
                || has_digit
                || value.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !is_spoken_name
        }
    }
}

/// Whether this is rather an expression.
fn is_code(value: &str, place: Place) -> bool {
    let brackets: &[char] = match place {
        Place::Environment | Place::Element => &['`'],
        Place::Flag | Place::Inline => &['(', ')', '`', '<', '['],
        _ => &['(', ')', '[', ']', '{', '}', '<', '>', '`', '"', '\''],
    };
    let is_env = matches!(place, Place::Environment | Place::Element);
    value.contains(brackets)
        || !is_env
            && ["->", "::", "=>", "&&", "||", "==", "?."]
                .iter()
                .any(|operator| value.contains(operator))
        || value.starts_with('&') && !is_env
        || value.starts_with('{') && !value.contains('}')
}

/// Whether this could be a name in code, with what it belongs to.
fn is_identifier(value: &str) -> bool {
    let mut chars = value.chars();
    let begins = chars
        .next()
        .is_some_and(|c| c.is_alphabetic() || "_$@".contains(c));
    begins && chars.all(|c| c.is_alphanumeric() || "_.:".contains(c))
}
