//! Values given to names that say they are secret, in whatever syntax.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::bare::{self, Place};
use super::literal::{Literal, literal};
use super::names::{Class, classify};
use super::scan::{Scanner, line_end, next_line};
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

/// What may precede the name in a line that is nothing but a name and its value.
static LINE_PREFIX: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r#"^\s*(?:(?:#+|//+|;|\*|--|-|>|\+|(?i:rem))\s*)?(?:(?:export|set|setx|ENV|ARG|env|local|declare|readonly|typeset|-e|-D|--env|--build-arg|-x|-gx|-Ux|SetEnv|fastcgi_param|Environment=)\s*)*["']?(?:[\w./@:$\[\]~{}-]*[.:/$_\]-])?["']?$"#;
    Regex::new(pattern).ok()
});
/// What follows a name that is itself a value, as of `name` in a list of variables.
static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^["']?\s*,?\s*(?:-\s*)?["']?(?:value|Value|VALUE|content|ParameterValue|default|defaultValue|stringValue|val)["']?\s*[:=]\s*"#).ok()
});
/// What a call has in its arguments before the literal.
static WRAPPER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:new\s+|&|\*|await\s+|return\s+)*(?P<name>[A-Za-z_][\w.:$-]*(?:<[\w ,]*>)?|\[\]byte|\[\]rune)!?\s*(?P<open>[({]|\s-String\s|\s)\s*(?:(?:default|value|string|plainText|secret|_)\s*[:=]\s*)?").ok()
});
/// What a property or field is followed by when it is given its value by a call.
static SETTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\s*[)\]]*\s*\.\s*(?:set|setValue|set_value|sendKeys|send_keys|fill|type|put|val|value|setText|typeText|enterText|clearAndType|unwrap_or|unwrap_or_else|unwrap_or_default|orElse|or_else|getOrElse|getOrDefault|ok_or|fetch|withDefault|default|as|update|next|equals|equalsIgnoreCase|is|eq|toBe|append|concat)\s*\(\s*(?:\|_?\w*\|\s*|\(\)\s*->\s*|_\s*=>\s*)?(?:[\w:]+\()?").ok()
});
/// The type between a name and its `=`.
static TYPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\s*(?::\s*)?[&*\[\]A-Za-z_(][\w:<>\[\]'?.,|&* ()]{0,60}?\s*:?=\s*").ok()
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

/// Finds the secrets behind the names that stand around `hits` in a line.
pub(super) fn find(scanner: &mut Scanner<'_>, line: Range<usize>, hits: &[usize]) {
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
        let is_public = before.len() >= 6
            && before
                .get(before.len() - 6..)
                .is_some_and(|word| word.eq_ignore_ascii_case("public"));
        if let Some(class) = classify(&text[name.clone()]).filter(|_| !is_public) {
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
        self.value(at + length, separator, end);
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

    /// Whether a literal begins here, perhaps in a call that wraps it.
    fn opens(&self, at: usize) -> bool {
        let at = self.unwrapped(at).0;
        literal(self.text, at, self.line.end).is_some()
    }

    /// A name that is a value of `name` or `key`: its own value stands behind `value`, here or in the next line.
    fn pair(&mut self, at: usize) -> bool {
        let Some(pair) = &*PAIR else { return false };
        let rest = &self.text[at..self.line.end];
        if let Some(found) = pair.find(rest) {
            let at = at + found.end();
            return self.paired(at, self.line.end);
        }
        if let Some(start) = rest.find("<string>") {
            let value = at + start + "<string>".len();
            return rest[..start].contains("</key>") && self.text_of_element(value, self.line.end);
        }
        if rest.trim_start().starts_with('{')
            && self.text[self.line.start..self.name.start]
                .trim_start()
                .starts_with("variable")
        {
            return self.variable();
        }
        let is_ended = ["", ",", "\"", "'", "</key>", ">"].contains(&rest.trim());
        let is_named = self.text[self.line.start..self.name.start]
            .trim_end_matches(['"', '\''])
            .trim_end();
        let is_named = is_named.ends_with([':', '=']) || is_named.ends_with("<key>");
        if !is_ended || !is_named {
            return false;
        }
        let next = next_line(self.text, self.line.end);
        let end = line_end(self.text, next.min(self.text.len()));
        self.scanner
            .note_read(self.line.start, next_line(self.text, end));
        let here = &self.text[next..end];
        let trimmed = here.trim_start();
        let at = end - trimmed.len();
        if let Some(value) = trimmed.strip_prefix("<string>") {
            return self.text_of_element(end - value.len(), end);
        }
        match pair.find(trimmed) {
            Some(found) => self.paired(at + found.end(), end),
            None => false,
        }
    }

    fn paired(&mut self, at: usize, end: usize) -> bool {
        match literal(self.text, at, end) {
            Some(literal) => self.judge(&literal.content, true),
            None => {
                let value = self.text[at..end].trim_end();
                self.judge_bare(at..at + value.len(), Place::Environment)
            }
        }
    }

    /// A variable of Terraform, whose default stands in one of the next lines.
    fn variable(&mut self) -> bool {
        let mut end = self.line.end;
        for _ in 0..8 {
            let next = next_line(self.text, end);
            end = line_end(self.text, next.min(self.text.len()));
            let line = self.text[next..end].trim();
            if line.starts_with('}') {
                break;
            }
            if line.starts_with("default")
                && let Some(equals) = self.text[next..end].find('=')
            {
                self.scanner
                    .note_read(self.line.start, next_line(self.text, end));
                let value = &self.text[next + equals + 1..end];
                return self.paired(end - value.trim_start().len(), end);
            }
        }
        self.scanner
            .note_read(self.line.start, next_line(self.text, end));
        false
    }

    /// A field that is given its value by a call, or a default of what is read.
    fn setter(&mut self, at: usize) -> bool {
        let mut at = at;
        while self.text[at..self.line.end].starts_with(['"', '\'', ']', ')', '\\']) {
            at += 1;
        }
        let rest = &self.text[at..self.line.end];
        if !rest.trim_start().starts_with(['.', ')']) {
            return false;
        }
        let Some(found) = SETTER.as_ref().and_then(|setter| setter.find(rest)) else {
            return false;
        };
        match literal(self.text, at + found.end(), self.line.end) {
            Some(literal) => self.judge_strict(&literal.content),
            None => false,
        }
    }

    /// What is taken where the name has no value: `… || "x"`, `${NAME:-x}`.
    fn fallback(&mut self, at: usize) -> bool {
        let rest = &self.text[at..self.line.end];
        let before = &self.text[self.line.start..self.name.start];
        let opened = before
            .rfind("${")
            .filter(|open| !before[*open..].contains('}'));
        if opened.is_some() && at == self.name.end {
            for separator in [":-", ":=", ":", "-"] {
                if let Some(value) = rest.strip_prefix(separator) {
                    let length = value.find('}').unwrap_or(value.len());
                    let start = self.line.end - value.len();
                    let content = start..start + length;
                    if values::is_secret(self.class, &self.text[content.clone()])
                        && !self.text[content.clone()].starts_with(['?', '+'])
                    {
                        self.scanner.push(content, self.class.kind());
                    }
                    return true;
                }
            }
            return true;
        }
        let trimmed = rest.trim_start().trim_start_matches(')').trim_start();
        for operator in ["||=", "||", "??=", "??", "?:", "or ", "{ \"", "{ '", "|| '"] {
            if let Some(value) = trimmed.strip_prefix(operator) {
                let value = if operator.starts_with('{') {
                    &trimmed[2..]
                } else {
                    value
                };
                let at = self.line.end - value.trim_start().len();
                return match literal(self.text, at, self.line.end) {
                    Some(literal) => self.judge(&literal.content, true),
                    None => false,
                };
            }
        }
        false
    }

    /// `<name>value</name>`, `<… name="name">value</…>`.
    fn element(&mut self, at: usize) -> bool {
        const SHOWN: &[&str] = &[
            "label", "td", "th", "div", "span", "p", "h1", "h2", "h3", "a", "option", "button",
            "li", "code", "strong", "b", "i", "em", "title", "svg", "path", "use", "small",
            "legend", "dt", "dd",
        ];
        let before = &self.text[self.line.start..self.name.start];
        let Some(open) = before.rfind('<') else {
            return false;
        };
        if before[open..].contains('>') {
            return false;
        }
        let tag = &self.text[self.line.start + open + 1..self.line.end];
        let tag = &tag[..tag
            .find(|c: char| !(c.is_alphanumeric() || "-_.:".contains(c)))
            .unwrap_or(tag.len())];
        if tag.is_empty() || SHOWN.contains(&tag) {
            return false;
        }
        let rest = &self.text[at..self.line.end];
        let Some(close) = rest
            .find('>')
            .filter(|close| !rest[..*close].contains('=') || open + 1 == before.len())
        else {
            return false;
        };
        if rest[..close].ends_with('/') || tag.starts_with('/') {
            return false;
        }
        self.text_of_element(at + close + 1, self.line.end)
    }

    fn text_of_element(&mut self, at: usize, end: usize) -> bool {
        let rest = &self.text[at..end];
        let Some(close) = rest.find("</").or_else(|| rest.find("]]>")) else {
            return false;
        };
        let value = &rest[..close];
        let value = value
            .trim_end_matches("]]>")
            .trim()
            .trim_start_matches("<![CDATA[");
        if value.is_empty() {
            return false;
        }
        let start = at + rest.find(value).unwrap_or(0);
        self.judge_bare(start..start + value.len(), Place::Element)
    }

    /// A value behind a separator.
    fn value(&mut self, at: usize, separator: Separator, name_end: usize) {
        let rest = &self.text[at..self.line.end];
        if rest.trim().is_empty() || rest.trim() == "(" || rest.trim() == "\\" || rest.trim() == "["
        {
            if separator != Separator::Compare {
                self.next_line_value(rest.trim() == "(", separator);
            }
            return;
        }
        let (start, opened) = self.unwrapped(at);
        if let Some(literal) = literal(self.text, start, self.line.end) {
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

    /// Past brackets and calls that only wrap a text; and the last bracket.
    fn unwrapped(&self, at: usize) -> (usize, Option<char>) {
        let mut at = at;
        let mut opened = None;
        for _ in 0..5 {
            let rest = &self.text[at..self.line.end];
            let trimmed = rest.trim_start();
            at = self.line.end - trimmed.len();
            if literal(self.text, at, self.line.end).is_some() {
                break;
            }
            if let Some(bracket) = trimmed.chars().next().filter(|c| "([{&*".contains(*c)) {
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
                || last.ends_with("bytes")
                || last.contains("secret") && !last.starts_with("get");
            if !is_wrapper || !is_call {
                break;
            }
            opened = Some('(');
            at += found.get(0).map_or(1, |found| found.end());
        }
        (at, opened)
    }

    /// A literal and what is joined to it or follows it in a list.
    fn literals(&mut self, first: Literal, separator: Separator, opened: Option<char>) {
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
        let is_strict = !matches!(
            separator,
            Separator::Equals | Separator::Colon | Separator::Arrow
        );
        if is_list || pieces.len() == 1 {
            for piece in pieces {
                if is_strict {
                    self.judge_strict(&piece)
                } else {
                    self.judge(&piece, true)
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
    fn joined(
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

    fn next_piece(&mut self, end: usize, rest: &str) -> Option<(usize, Option<usize>)> {
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
    fn next_line_value(&mut self, is_open: bool, separator: Separator) {
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
    fn block_scalar(&mut self) {
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
                self.judge(&(start..start + value.len()), true);
            }
        }
        self.scanner
            .note_read(self.line.start, next_line(self.text, end));
    }

    /// A value behind nothing but space.
    fn spaced(&mut self, at: usize) {
        if let Some(literal) = literal(self.text, at, self.line.end) {
            let content = &self.text[literal.content.clone()];
            let quoted_name = self.text[self.name.end..at].contains(['"', '\'']);
            if !quoted_name
                && (self.is_flag
                    || !is_wordy(content)
                    || self.class == Class::Password
                        && content.contains(|c: char| c.is_ascii_digit()))
            {
                self.judge(&literal.content, true);
            }
            return;
        }
        let rest = &self.text[at..self.line.end];
        let word = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
        let before = self.text[self.line.start..self.name.start].trim_start();
        if self.is_flag {
            let word = word.trim_end_matches(['"', '\'', ')', '`', ';', '|']);
            self.judge_bare(at..at + word.len(), Place::Flag);
        } else if [
            "ENV ", "ARG ", "setx ", "set -x ", "set -gx ", "set $", "export ", "SetEnv ",
        ]
        .iter()
        .any(|command| before.starts_with(command))
        {
            self.judge_bare(at..at + word.len(), Place::Environment);
        } else if let Some(value) = rest
            .strip_prefix("is ")
            .or_else(|| rest.strip_prefix("was "))
            .or_else(|| rest.strip_prefix("= "))
        {
            self.prose(self.line.end - value.len());
        } else if before.is_empty() && rest.trim_end() == word {
            self.judge_bare(at..at + word.len(), Place::Prose);
        } else if before.starts_with("machine ") || before.starts_with("login ") {
            self.judge_bare(at..at + word.len(), Place::Environment);
        }
    }

    fn bare_value(&mut self, at: usize, separator: Separator, name_end: usize) {
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
                }
            }
            Separator::Colon => self.prose(start),
            _ => {}
        }
    }

    /// A word of a sentence.
    fn prose(&mut self, at: usize) {
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
        let is_name = word.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !is_flow || !is_name {
            self.judge_bare(at + open..at + open + word.len(), Place::Prose);
        }
    }

    fn judge(&mut self, content: &Range<usize>, _found: bool) -> bool {
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
        (is_mixed && !is_wordy(value) || is_mixed && self.class == Class::Password)
            && self.judge(content, true)
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

    fn is_whole_line(&self) -> bool {
        let prefix = &self.text[self.line.start..self.name.start];
        LINE_PREFIX
            .as_ref()
            .is_some_and(|regex| regex.is_match(prefix))
    }

    /// Whether the name is written as an environment variable or a property has it, not as a variable in code.
    fn is_environment(&self) -> bool {
        let prefix = &self.text[self.line.start..self.name.start];
        let name = &self.text[self.name.clone()];
        prefix.is_empty() || !name.contains(char::is_lowercase) || !prefix.trim().is_empty()
    }

    fn is_property(&self) -> bool {
        let prefix = &self.text[self.line.start..self.name.start];
        prefix.ends_with('.')
            && !prefix.starts_with([' ', '\t'])
            && !prefix.contains("self.")
            && !prefix.contains("this.")
            && prefix.matches('.').count() > 1
    }

    /// Whether the name is a variable of nginx and the like.
    fn is_variable(&self) -> bool {
        self.text[..self.name.start].ends_with('$')
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
