//! Forms in which name and value stand apart: pairs, elements, calls that set, defaults.

use std::sync::LazyLock;

use regex::Regex;

use super::Assignment;
use crate::secrets::bare::Place;
use crate::secrets::literal::literal;
use crate::secrets::scan::{line_end, next_line};
use crate::secrets::values;

/// What follows a name that is itself a value, as of `name` in a list of variables.
static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^["']?\s*,?\s*(?:-\s*)?["']?(?:value|Value|VALUE|content|ParameterValue|default|defaultValue|stringValue|val)["']?\s*[:=]\s*"#).ok()
});

/// What a property or field is followed by when it is given its value by a call.
static SETTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^\s*[)\]]*\s*\.\s*(?:set|setValue|set_value|sendKeys|send_keys|fill|type|put|val|value|setText|typeText|enterText|clearAndType|unwrap_or|unwrap_or_else|unwrap_or_default|orElse|or_else|getOrElse|getOrDefault|ok_or|fetch|withDefault|default|as|update|next|equals|equalsIgnoreCase|is|eq|toBe|append|concat)\s*\(\s*(?:\|_?\w*\|\s*|\(\)\s*->\s*|_\s*=>\s*)?(?:[\w:]+\()?").ok()
});

impl Assignment<'_, '_> {
    /// A name that is a value of `name` or `key`: its own value stands behind `value`, here or in the next line.
    pub(super) fn pair(&mut self, at: usize) -> bool {
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

    pub(super) fn paired(&mut self, at: usize, end: usize) -> bool {
        match literal(self.text, at, end) {
            Some(literal) => self.judge(&literal.content),
            None => {
                let value = self.text[at..end].trim_end();
                self.judge_bare(at..at + value.len(), Place::Environment)
            }
        }
    }

    /// A variable of Terraform, whose default stands in one of the next lines.
    pub(super) fn variable(&mut self) -> bool {
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
    pub(super) fn setter(&mut self, at: usize) -> bool {
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
    pub(super) fn fallback(&mut self, at: usize) -> bool {
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
                    Some(literal) => self.judge(&literal.content),
                    None => false,
                };
            }
        }
        false
    }

    /// `<name>value</name>`, `<… name="name">value</…>`.
    pub(super) fn element(&mut self, at: usize) -> bool {
        const SHOWN: &[&str] = &[
            "label", "td", "th", "div", "span", "p", "h1", "h2", "h3", "h4", "h5", "h6", "a",
            "option", "button", "li", "code", "strong", "b", "i", "em", "title", "svg", "path",
            "use", "small", "legend", "dt", "dd",
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

    pub(super) fn text_of_element(&mut self, at: usize, end: usize) -> bool {
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
}
