//! Literals behind a separator: wrapped in calls, joined of pieces, in lists, in the next line.

use std::sync::LazyLock;

use regex::Regex;

use super::{Assignment, Separator};
use crate::secrets::literal::{Literal, literal};
use crate::secrets::scan::{line_end, next_line};
use crate::secrets::values;

/// What a call has in its arguments before the literal.
static WRAPPER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:new\s+|&|\*|await\s+|return\s+)*(?P<name>[A-Za-z_][\w.:$-]*(?:<[\w ,]*>)?|\[\]byte|\[\]rune)!?\s*(?P<open>[({]|\s-String\s|\s)\s*(?:(?:default|value|string|plainText|secret|_)\s*[:=]\s*)?").ok()
});

/// Calls that only wrap a text.
const WRAPPERS: &[&str] = &[
    "apikey",
    "apptoken",
    "array",
    "atob",
    "aws.string",
    "b64decode",
    "base64",
    "base64decode",
    "box",
    "buffer",
    "byte",
    "bytes",
    "char",
    "concat",
    "convertto-securestring",
    "cow",
    "credential",
    "cstring",
    "decode",
    "encode",
    "env",
    "field",
    "from",
    "from_hex",
    "fromhex",
    "from_static",
    "get_bytes",
    "getbytes",
    "hash",
    "hash_password",
    "hashpassword",
    "hex",
    "just",
    "literal",
    "make_password",
    "new",
    "nonsensitive",
    "nsstring",
    "of",
    "ok",
    "password",
    "plaintext",
    "pointer",
    "protectedstring",
    "ptr",
    "secret",
    "secretbox",
    "secretstr",
    "secretstring",
    "securestring",
    "sensitive",
    "some",
    "str",
    "string",
    "stringvalue",
    "to_string",
    "token",
    "u8",
    "unhex",
    "unsafe_plain_text",
    "unsafeplaintext",
    "unsafe_unwrap",
    "utf8",
    "value",
    "zeroizing",
    "[]byte",
    "[]rune",
    "optional",
    "ofnullable",
    "option",
    "default",
    "sha256",
    "bcrypt",
    "generate_password_hash",
    "quote",
    "trim",
    "string_view",
    "textencoder",
    "hashsync",
    "std",
];

impl Assignment<'_, '_> {
    /// A literal and what is joined to it or follows it in a list.
    pub(super) fn literals(&mut self, first: Literal, separator: Separator, opened: Option<char>) {
        let mut pieces = vec![first.content.clone()];
        let mut reads = first.read;
        let mut at = first.end;
        let mut is_list = false;
        for _ in 0..16 {
            let Some((next, read)) = self.joined(at, opened, &mut is_list) else {
                break;
            };
            let end = line_end(self.text, next);
            let Some(literal) = literal(self.text, next, end) else {
                break;
            };
            reads = reads.max(read).max(literal.read);
            pieces.push(literal.content.clone());
            at = literal.end;
        }
        if let Some(read) = reads {
            self.scanner.note_read(self.line.start, read);
        }
        let name = self.text[self.name.clone()].to_lowercase();
        let is_set =
            separator == Separator::Call && (name.starts_with("set") || name.starts_with("with"));
        let is_symbol = separator == Separator::Arrow
            && self.text[self.line.start..self.name.start].ends_with([':', '"', '\'', '.', '_'])
            && !self.text[..self.name.start].ends_with("::");
        let is_given = matches!(separator, Separator::Equals | Separator::Colon) || is_symbol;
        let is_strict = !is_given && !is_set;
        if is_list || pieces.len() == 1 {
            for piece in pieces {
                if is_strict {
                    self.judge_strict(&piece)
                } else {
                    self.judge(&piece)
                };
            }
            return;
        }
        let joined: String = pieces
            .iter()
            .map(|piece| &self.text[piece.clone()])
            .collect();
        if values::is_secret(self.class, &joined) {
            for piece in pieces {
                self.scanner.push(piece, self.class.kind());
            }
        }
    }

    /// Where the literal begins that is joined to what ends at `at`, or follows it in a list; and what was read for it.
    pub(super) fn joined(
        &mut self,
        at: usize,
        opened: Option<char>,
        is_list: &mut bool,
    ) -> Option<(usize, Option<usize>)> {
        let end = line_end(self.text, at.min(self.text.len()));
        let rest = self.text[at..end].trim_start();
        let operator = rest.chars().next();
        let begin = |text: &str| -> Option<usize> { Some(end - text.trim_start().len()) };
        match operator {
            Some('+') => self.next_piece(end, &rest[1..]),
            Some('.') if !rest[1..].starts_with(char::is_alphabetic) => {
                self.next_piece(end, rest.trim_start_matches('.'))
            }
            Some('\\') if rest.len() == 1 => self.next_piece(end, ""),
            Some('<') if rest.starts_with("<<") => self.next_piece(end, &rest[2..]),
            Some('&') if rest.starts_with("& ") => self.next_piece(end, &rest[1..]),
            Some(',') if opened.is_some_and(|bracket| bracket == '[' || bracket == '{') => {
                *is_list = true;
                let found = begin(&rest[1..])?;
                (found < end).then_some((found, None))
            }
            Some('"' | '\'') if opened == Some('(') => Some((begin(rest)?, None)),
            None => {
                let next = next_line(self.text, end);
                let stop = line_end(self.text, next.min(self.text.len()));
                let trimmed = self.text[next..stop].trim_start();
                let read = Some(next_line(self.text, stop));
                let operator = trimmed.trim_start_matches(['+', '.', '&']).trim_start();
                let is_joined = operator.len() < trimmed.len() || opened == Some('(');
                if let Some(read) = read {
                    self.scanner.note_read(self.line.start, read);
                }
                (is_joined && operator.starts_with(['"', '\'', '`']))
                    .then_some((stop - operator.len(), read))
            }
            _ => None,
        }
    }

    pub(super) fn next_piece(&mut self, end: usize, rest: &str) -> Option<(usize, Option<usize>)> {
        if !rest.trim().is_empty() {
            return Some((end - rest.trim_start().len(), None));
        }
        let next = next_line(self.text, end);
        let stop = line_end(self.text, next.min(self.text.len()));
        let read = next_line(self.text, stop);
        self.scanner.note_read(self.line.start, read);
        Some((stop - self.text[next..stop].trim_start().len(), Some(read)))
    }

    /// A literal in the next line, behind a separator that ends this one.
    pub(super) fn next_line_value(&mut self, is_open: bool, separator: Separator) {
        let next = next_line(self.text, self.line.end);
        let end = line_end(self.text, next.min(self.text.len()));
        self.scanner
            .note_read(self.line.start, next_line(self.text, end));
        let at = end - self.text[next..end].trim_start().len();
        let this = std::mem::replace(&mut self.line, next..end);
        let found = literal(self.text, at, end);
        let is_item = found.as_ref().is_some_and(|literal| {
            let behind = self.text[literal.end.min(end)..end].trim_start();
            !behind.starts_with([':', '=']) && !behind.starts_with("->")
        });
        self.line.start = this.start;
        if let Some(literal) = found.filter(|_| is_item) {
            self.literals(literal, separator, is_open.then_some('('));
        }
        self.line = this;
    }

    /// The indented lines of a block of YAML.
    pub(super) fn block_scalar(&mut self) {
        let indent = |line: &str| line.len() - line.trim_start().len();
        let own = indent(&self.text[self.line.clone()]);
        let mut end = self.line.end;
        for _ in 0..32 {
            let next = next_line(self.text, end);
            end = line_end(self.text, next.min(self.text.len()));
            let line = &self.text[next..end];
            if next >= self.text.len() || !line.trim().is_empty() && indent(line) <= own {
                break;
            }
            let value = line.trim();
            let start = next + indent(line);
            if !value.is_empty() && !value.starts_with('-') {
                self.judge(&(start..start + value.len()));
            }
        }
        self.scanner
            .note_read(self.line.start, next_line(self.text, end));
    }

    /// Past brackets and calls that only wrap a text; and the last bracket.
    pub(super) fn unwrapped(&self, at: usize) -> (usize, Option<char>) {
        let mut at = at;
        let mut opened = None;
        for _ in 0..5 {
            let rest = &self.text[at..self.line.end];
            let trimmed = rest.trim_start();
            at = self.line.end - trimmed.len();
            if literal(self.text, at, self.line.end).is_some() {
                break;
            }
            let bracket = trimmed.chars().next();
            let bracket = bracket.filter(|c| "([{&*".contains(*c) && !trimmed.starts_with("[]"));
            if let Some(bracket) = bracket {
                opened = Some(bracket);
                at += 1;
                continue;
            }
            let Some(found) = WRAPPER
                .as_ref()
                .and_then(|wrapper| wrapper.captures(trimmed))
            else {
                break;
            };
            let name = found
                .name("name")
                .map_or("", |name| name.as_str())
                .to_lowercase();
            let last = name
                .rsplit(['.', ':', '<'])
                .find(|part| !part.is_empty() && !part.ends_with('>'))
                .unwrap_or_default();
            let is_call = found
                .name("open")
                .is_some_and(|open| open.as_str().starts_with(['(', '{']))
                || last == "convertto-securestring"
                || ["as", "return"].contains(&last);
            let is_wrapper = WRAPPERS.contains(&last)
                || WRAPPERS.contains(&name.as_str())
                || last.ends_with("bytes") && !last.starts_with("include")
                || last.contains("secret") && !last.starts_with("get");
            if !is_wrapper || !is_call {
                break;
            }
            opened = Some('(');
            at += found.get(0).map_or(1, |found| found.end());
        }
        (at, opened)
    }

    /// Past a tag or an anchor of YAML.
    pub(super) fn untagged(&self, at: usize, separator: Separator) -> usize {
        let rest = self.text[at..self.line.end].trim_start();
        let is_tag = rest.starts_with("!!") || rest.starts_with('&');
        match rest
            .find(' ')
            .filter(|_| is_tag && separator == Separator::Colon)
        {
            Some(space) => self.line.end - rest.len() + space + 1,
            None => at,
        }
    }

    /// Whether a literal begins here, perhaps in a call that wraps it.
    pub(super) fn opens(&self, at: usize) -> bool {
        let at = self.unwrapped(at).0;
        literal(self.text, at, self.line.end).is_some()
    }
}
