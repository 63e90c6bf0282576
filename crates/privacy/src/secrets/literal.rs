//! String literals as the languages write them, closed or still being typed.

use std::ops::Range;

use super::scan::{line_end, next_line};

/// How many lines a literal of several lines has at most.
const MAX_LINES: usize = 24;

/// A string literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// What stands between the quotes.
    pub(super) content: Range<usize>,
    /// Where it ends, the closing quote included.
    pub(super) end: usize,
    /// Whether it is still being typed: its line ends without a closing quote.
    pub(super) is_open: bool,
    /// Where the lines end that were read to find its end, if these are several.
    pub(super) read: Option<usize>,
}

/// The literal at `at`, in the line that ends at `end`.
pub(super) fn literal(text: &str, at: usize, end: usize) -> Option<Literal> {
    let line = text.get(at..end)?;
    let opening = Opening::of(line)?;
    let start = at + opening.len;
    let close = |text: &str| opening.find_close(text);
    if let Some(length) = close(&text[start..end]) {
        return Some(Literal {
            content: start..start + length,
            end: start + length + opening.close.len(),
            is_open: false,
            read: None,
        });
    }
    if opening.is_multi_line
        && let Some(literal) = several_lines(text, start, end, &opening)
    {
        return Some(literal);
    }
    let typed = text[start..end].trim_end();
    if opening.close == "'" && is_lifetime(typed) {
        return None;
    }
    Some(Literal {
        content: start..start + typed.len(),
        end,
        is_open: true,
        // The line behind decides whether a literal of several lines ends somewhere.
        read: opening.is_multi_line.then(|| read_end(text, end)),
    })
}

/// Whether what follows an apostrophe is a lifetime of Rust.
fn is_lifetime(text: &str) -> bool {
    let name = &text[..text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len())];
    let behind = &text[name.len()..];
    (name == "static" || name.len() <= 2 || behind.starts_with([',', '>', ')']))
        && !behind.is_empty()
        && !name.is_empty()
}

fn several_lines(text: &str, start: usize, end: usize, opening: &Opening) -> Option<Literal> {
    let mut at = end;
    for _ in 0..MAX_LINES {
        let next = next_line(text, at);
        if next >= text.len() {
            return None;
        }
        at = line_end(text, next);
        if let Some(length) = opening.find_close(&text[next..at]) {
            return Some(Literal {
                content: start..next + length,
                end: next + length + opening.close.len(),
                is_open: false,
                read: Some(next_line(text, at)),
            });
        }
    }
    None
}

/// Where the lines end that are read in search of a close.
fn read_end(text: &str, end: usize) -> usize {
    let mut at = end;
    for _ in 0..MAX_LINES {
        let next = next_line(text, at);
        if next >= text.len() {
            return text.len();
        }
        at = line_end(text, next);
    }
    next_line(text, at)
}

/// How a literal begins, and so how it ends.
struct Opening {
    len: usize,
    close: String,
    is_raw: bool,
    is_multi_line: bool,
}

impl Opening {
    fn of(text: &str) -> Option<Self> {
        let prefix = text.find(|c: char| !"rRbBuUfFlLN@$8c".contains(c))?;
        if prefix > 3 {
            return None;
        }
        let is_raw = text[..prefix].contains(['r', 'R', '@']);
        let rest = &text[prefix..];
        let new = |len: usize, close: &str, is_multi_line| {
            Some(Self {
                len: prefix + len,
                close: close.to_owned(),
                is_raw,
                is_multi_line,
            })
        };
        for quote in ["\"\"\"", "'''"] {
            // An empty literal that something follows is not the beginning of a long one.
            if rest.starts_with(quote) {
                return new(3, quote, true);
            }
        }
        for quote in ["\\\"", "\\'", "\"", "'"] {
            if rest.starts_with(quote) {
                return new(quote.len(), quote, false);
            }
        }
        if rest.starts_with('`') {
            return new(1, "`", true);
        }
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        if hashes > 0 && rest[hashes..].starts_with('"') {
            return new(hashes + 1, &format!("\"{}", "#".repeat(hashes)), false);
        }
        if prefix == 0 {
            for (open, close) in [
                ("[[", "]]"),
                ("%q(", ")"),
                ("%Q(", ")"),
                ("%q{", "}"),
                ("%(", ")"),
                ("&quot;", "&quot;"),
                ("“", "”"),
                ("&#34;", "&#34;"),
            ] {
                if rest.starts_with(open) {
                    return new(open.len(), close, false);
                }
            }
        }
        None
    }

    fn find_close(&self, text: &str) -> Option<usize> {
        let mut at = 0;
        loop {
            let found = text[at..].find(self.close.as_str())? + at;
            let backslashes = text[..found].len() - text[..found].trim_end_matches('\\').len();
            if self.is_raw || self.close.len() > 1 || backslashes.is_multiple_of(2) {
                return Some(found);
            }
            at = found + 1;
        }
    }
}
