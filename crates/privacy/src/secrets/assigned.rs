//! Values given to names that say they are secret, in whatever syntax.

mod forms;
mod literals;
mod unquoted;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::bare::{self, Place};
use super::literal::{Literal, literal};
use super::names::{Class, classify};
use super::scan::Scanner;
use super::values;
use super::words::is_wordy;

/// What stands in every name of a secret.
pub(super) const STEMS: &[&str] = &[
    "pass",
    "pwd",
    "psw",
    "psk",
    "pw",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "cookie",
    "sess",
    "salt",
    "pepper",
    "mnemonic",
    "phrase",
    "senha",
    "contras",
    "kennwort",
    "wachtwoord",
    "heslo",
    "haslo",
    "parola",
    "mdp",
    "jwt",
    "_pat",
    "bearer",
    "otp",
    "csrf",
    "xsrf",
    "hmac",
    "clave",
    "sifre",
    "seed",
    "recovery",
    "backup",
    "hook",
    "lozinka",
];

/// The type between a name and its `=`.
static TYPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\s*(?::\s*)?[&*\[\]A-Za-z_(][\w:<>\[\]'?.,|&* ()]{0,60}?\s*:?=\s*").ok()
});

/// Longer lines are looked at around each name only, or generated code would cost the square of its length.
const MAX_LINE: usize = 4_096;
/// What is looked at before and behind a name of a longer line.
const AROUND_NAME: (usize, usize) = (256, 2_048);

/// Finds the secrets behind the names that stand around `hits` in a line.
pub(super) fn find(scanner: &mut Scanner<'_>, line: Range<usize>, hits: &[usize]) {
    if line.len() <= MAX_LINE {
        find_in_line(scanner, line, hits);
        return;
    }
    let text = scanner.text();
    for &hit in hits {
        let start = hit.saturating_sub(AROUND_NAME.0).max(line.start);
        let start = (line.start..=start)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(line.start);
        let end = (hit + AROUND_NAME.1).min(line.end);
        let end = (end..=line.end)
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(line.end);
        let mut part = scanner.part(start..end);
        find_in_line(&mut part, 0..end - start, &[hit - start]);
        scanner.adopt(part, start);
    }
}

fn find_in_line(scanner: &mut Scanner<'_>, line: Range<usize>, hits: &[usize]) {
    let text = scanner.text();
    let mut seen = line.start;
    for &hit in hits {
        if hit < seen {
            continue;
        }
        let name = identifier(text, &line, hit);
        seen = name.end.max(hit + 1);
        let trimmed = text[name.clone()].trim_start_matches('-');
        let name = name.end - trimmed.len()..name.end;
        if name.is_empty() || name.len() > MAX_NAME {
            continue;
        }
        let before = text[line.start..name.start].trim_end_matches(['-', '_', ' ']);
        let before = before.to_lowercase();
        let is_public = ["public", "page", "next"]
            .iter()
            .any(|word| before.ends_with(word));
        // The verb.
        let is_verb = ["pass", "passes", "Pass", "passe"].contains(&&text[name.clone()])
            && text[name.end..].starts_with([' ', '('])
            && !text[name.end..]
                .trim_start()
                .starts_with(['=', ':', '"', '\'']);
        if let Some(class) = classify(&text[name.clone()]).filter(|_| !is_public && !is_verb) {
            let is_flag = text[..name.start].ends_with('-');
            let mut assignment = Assignment {
                scanner,
                text,
                line: line.clone(),
                name,
                class,
                is_flag,
            };
            assignment.find();
        }
    }
}

/// A value that is longer is judged by what it is, whether it is whole or not.
const MAX_BEING_TYPED: usize = 12;
/// Longer names are data.
const MAX_NAME: usize = 80;

/// The identifier around an offset.
fn identifier(text: &str, line: &Range<usize>, hit: usize) -> Range<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let before = &text[line.start..hit];
    let start = line.start + before.trim_end_matches(is_part).len();
    let behind = &text[hit..line.end];
    let length = behind.find(|c| !is_part(c)).unwrap_or(behind.len());
    // `${NAME:-value}` and `name->field` have a dash that is not of the name.
    let name = text[start..hit + length].trim_end_matches('-');
    start..start + name.len()
}

struct Assignment<'s, 'a> {
    scanner: &'s mut Scanner<'a>,
    text: &'a str,
    line: Range<usize>,
    name: Range<usize>,
    class: Class,
    is_flag: bool,
}

impl Assignment<'_, '_> {
    fn find(&mut self) {
        let end = self.closed(self.name.end);
        let is_quoted =
            end > self.name.end && self.text[self.name.end..end].contains(['"', '\'', '`']);
        let rest = &self.text[end..self.line.end];
        if self.pair(end) || self.setter(self.name.end) || self.fallback(end) || self.element(end) {
            return;
        }
        if let Some(at) = self.typed(end).filter(|_| !is_quoted) {
            self.value(at, Separator::Equals, end);
            return;
        }
        let trimmed = rest.trim_start();
        let at = self.line.end - trimmed.len();
        let Some((separator, length)) = Separator::of(trimmed, is_quoted) else {
            if !is_quoted && end == self.name.end && trimmed.len() < rest.len()
                || is_quoted && self.is_variable()
            {
                self.spaced(at);
            }
            return;
        };
        if matches!(separator, Separator::Colon | Separator::Equals)
            && !is_quoted
            && self.is_end_of_text(at + length)
        {
            return;
        }
        self.value(at + length, separator, end);
    }

    /// Whether a quote that was opened before the name closes at `at`: a prompt, not a name.
    fn is_end_of_text(&self, at: usize) -> bool {
        let quote = self.text[at..self.line.end].trim_start().chars().next();
        let Some(quote) = quote.filter(|c| ['"', '\'', '`'].contains(c)) else {
            return false;
        };
        self.text[self.line.start..self.name.start]
            .matches(quote)
            .count()
            % 2
            == 1
    }

    /// Past what closes the name: quotes, brackets of an index, of a call that only reads.
    fn closed(&self, at: usize) -> usize {
        let mut at = at;
        for _ in 0..6 {
            let rest = &self.text[at..self.line.end];
            let length = match rest.as_bytes() {
                [b'\\', b'"' | b'\'', ..] => 2,
                [b'"' | b'\'' | b'`' | b']' | b'!' | b'?', next, ..]
                    if *next != b'=' || !rest.starts_with(['!', '?']) =>
                {
                    1
                }
                [b'"' | b'\'' | b'`' | b']'] => 1,
                [b'[', ..] => match rest.find(']') {
                    Some(close)
                        if rest[1..close]
                            .chars()
                            .all(|c| c.is_ascii_alphanumeric() || c == '_') =>
                    {
                        close + 1
                    }
                    _ => return at,
                },
                [b')', ..] if at > self.name.end => 1,
                [b'&', ..] if rest.starts_with("&quot;") => 6,
                _ => return at,
            };
            at += length;
        }
        at
    }

    /// A value behind a type: `name: Type = …`, `name string = …`.
    fn typed(&self, at: usize) -> Option<usize> {
        let rest = &self.text[at..self.line.end];
        let is_typed = rest.starts_with([':', ' ', '[', '?', '!'])
            && !rest.trim_start().starts_with(['=', '"', '\'', '`']);
        if !is_typed || rest.starts_with(":=") {
            return None;
        }
        let found = TYPE.as_ref()?.find(rest)?;
        let behind = &rest[found.end()..];
        let is_operator = behind.starts_with(['=', '>', '~']) || found.as_str().contains("==");
        let is_type =
            !found.as_str().trim_end().ends_with(['!', '<', '>']) || found.as_str().contains('<');
        let is_literal = self.opens(at + found.end());
        (!is_operator && is_type && is_literal).then_some(at + found.end())
    }

    /// A value behind a separator.
    fn value(&mut self, at: usize, separator: Separator, name_end: usize) {
        let rest = &self.text[at..self.line.end];
        if rest.trim().is_empty() || rest.trim() == "(" || rest.trim() == "\\" || rest.trim() == "["
        {
            if !matches!(separator, Separator::Compare | Separator::Comma) {
                self.next_line_value(rest.trim() == "(", separator);
            }
            return;
        }
        let at = self.untagged(at, separator);
        let (start, opened) = self.unwrapped(at);
        if let Some(literal) = literal(self.text, start, self.line.end) {
            let is_bytes = self.text[at..start].to_lowercase().contains("bytes")
                || self
                    .text
                    .get(literal.end..self.line.end)
                    .is_some_and(|rest| rest.starts_with(".getBytes("));
            if self.class == Class::Key && is_bytes {
                self.class = Class::Secret;
            }
            if literal.is_open && self.is_being_typed(&literal, separator) {
                self.scanner.push(literal.content, self.class.kind());
                return;
            }
            self.literals(literal, separator, opened);
            return;
        }
        if separator == Separator::Colon
            && matches!(rest.trim(), "|" | ">" | "|-" | ">-" | "|+" | ">+")
        {
            self.block_scalar();
            return;
        }
        self.bare_value(at, separator, name_end);
    }

    /// Whether a literal without a closing quote is a secret of which there are only some characters yet: too few to
    /// tell what they are, and each of them tells something.
    fn is_being_typed(&self, literal: &Literal, separator: Separator) -> bool {
        let value = self.text.get(literal.content.clone()).unwrap_or_default();
        let is_given = matches!(
            separator,
            Separator::Equals | Separator::Colon | Separator::Arrow
        );
        let is_one = matches!(self.class, Class::Password | Class::Secret | Class::Token);
        let is_short = value.chars().count() <= MAX_BEING_TYPED;
        let is_plain = !value.contains(|c: char| c.is_whitespace() || "{}$%<>()".contains(c));
        is_given && is_one && is_short && is_plain && !value.is_empty()
    }

    fn judge(&mut self, content: &Range<usize>) -> bool {
        let (content, value) = self.bared(content);
        let is_secret = values::is_secret(self.class, value);
        if is_secret {
            self.scanner.push(content, self.class.kind());
        }
        is_secret
    }

    /// Where the syntax says less, a value that reads like a name is none.
    fn judge_strict(&mut self, content: &Range<usize>) -> bool {
        let value = &self.text[content.clone()];
        let is_mixed = value.contains(|c: char| c.is_ascii_digit())
            || value.contains(['!', '#', '$', '%', '&', '*', ' ']);
        is_mixed && (!is_wordy(value) || self.class == Class::Password) && self.judge(content)
    }

    /// A content without the scheme of a header or the encoder's name.
    fn bared(&self, content: &Range<usize>) -> (Range<usize>, &str) {
        let value = self.text.get(content.clone()).unwrap_or_default();
        let trimmed = value.trim();
        let start = content.start + value.find(trimmed).unwrap_or(0);
        let mut value = trimmed;
        for prefix in [
            "{noop}", "Bearer ", "bearer ", "Basic ", "Token ", "base64:", "0x",
        ] {
            value = value.strip_prefix(prefix).unwrap_or(value);
        }
        let start = start + trimmed.len() - value.len();
        (start..start + value.len(), value)
    }

    fn judge_bare(&mut self, content: Range<usize>, place: Place) -> bool {
        let (content, value) = self.bared(&content);
        let is_secret = bare::is_secret(self.class, &self.text[self.name.clone()], value, place);
        if is_secret {
            let length = if place == Place::Environment || place == Place::Element {
                value.len()
            } else {
                value.trim_end_matches([',', ';']).len()
            };
            self.scanner
                .push(content.start..content.start + length, self.class.kind());
        }
        is_secret
    }
}

/// What stands between a name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separator {
    Equals,
    Colon,
    Arrow,
    Compare,
    Comma,
    Call,
}

impl Separator {
    fn of(text: &str, is_quoted: bool) -> Option<(Self, usize)> {
        let compare = ["===", "!==", "==", "!=", "=~", "~="];
        if let Some(operator) = compare.iter().find(|operator| text.starts_with(**operator)) {
            return Some((Self::Compare, operator.len()));
        }
        let arrows = ["=>", "->", "<-", ":=", "||=", "??=", "?=", "+=", "<<"];
        if let Some(operator) = arrows.iter().find(|operator| text.starts_with(**operator)) {
            let separator = if [":=", "||=", "??=", "?=", "+="].contains(operator) {
                Self::Equals
            } else {
                Self::Arrow
            };
            return Some((separator, operator.len()));
        }
        match text.chars().next()? {
            '=' => Some((Self::Equals, 1)),
            ':' if !text.starts_with("::") => Some((Self::Colon, 1)),
            ',' if is_quoted => Some((Self::Comma, 1)),
            '(' | '{' if !is_quoted => Some((Self::Call, 1)),
            _ => None,
        }
    }
}
