//! Cuts a line of any programming language into words, without a grammar: names, numbers, operators and the white space before each.

/// Operators of three bytes that mean something else than their parts in some language.
const OPERATORS_3: [&str; 9] = [
    "...", "..=", "===", "!==", "///", "//!", "\"\"\"", "'''", "<<=",
];
/// Operators of two bytes, likewise.
const OPERATORS_2: [&str; 30] = [
    "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*=", "/=", "..", "//", "/*",
    "*/", "**", "<<", ":=", "??", "?.", "|=", "&=", "#[", "${", "<-", "++", "--", "</",
];
/// How many columns a tab counts for; only differences of indentation matter.
const TAB_COLUMNS: usize = 4;

/// One word of a line and the white space before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    pub(crate) space: &'a str,
    pub(crate) text: &'a str,
}

/// The words of `line` from its first non-blank character on; the first has no space.
pub(crate) fn words(line: &str) -> Words<'_> {
    Words { rest: line.trim() }
}

/// How many words a text has, as the engine reads it.
pub fn count(text: &str) -> usize {
    text.lines().map(|line| words(line).count()).sum()
}

/// Iterates over the words of a line.
pub(crate) struct Words<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let text = self.rest.trim_start();
        let space = &self.rest[..self.rest.len() - text.len()];
        if text.is_empty() {
            self.rest = text;
            return None;
        }
        let (word, rest) = text.split_at(word_len(text));
        self.rest = rest;
        Some(Word { space, text: word })
    }
}

/// Whether `byte` can stand inside a name; bytes above ASCII can.
pub(crate) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether a word that begins with `byte` is a name or keyword.
pub(crate) fn starts_name(byte: u8) -> bool {
    is_name_byte(byte) && !byte.is_ascii_digit()
}

/// The unfinished name at the end of `text`, possibly empty. A number is not a name.
pub(crate) fn partial_name(text: &str) -> &str {
    let bytes = text.as_bytes();
    let start = bytes
        .iter()
        .rposition(|&byte| !is_name_byte(byte))
        .map_or(0, |at| at + 1);
    let partial = &text[start..];
    if partial
        .as_bytes()
        .first()
        .is_some_and(|&byte| starts_name(byte))
    {
        partial
    } else {
        ""
    }
}

/// The columns of white space before the first character of `line`.
pub(crate) fn indent_columns(line: &str) -> usize {
    let body = line.trim_start();
    line[..line.len() - body.len()]
        .bytes()
        .map(|byte| if byte == b'\t' { TAB_COLUMNS } else { 1 })
        .sum()
}

fn word_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let first = bytes[0];
    if starts_name(first) {
        return bytes
            .iter()
            .position(|&byte| !is_name_byte(byte))
            .unwrap_or(bytes.len());
    }
    if first.is_ascii_digit() {
        return number_len(bytes);
    }
    if starts_with_any(text, &OPERATORS_3) {
        3
    } else if starts_with_any(text, &OPERATORS_2) {
        2
    } else {
        text.chars().next().map_or(1, char::len_utf8)
    }
}

fn number_len(bytes: &[u8]) -> usize {
    let mut end = 0;
    while end < bytes.len() {
        let fraction = bytes[end] == b'.' && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if !is_name_byte(bytes[end]) && !fraction {
            break;
        }
        end += 1;
    }
    end
}

fn starts_with_any(text: &str, operators: &[&str]) -> bool {
    operators.iter().any(|operator| text.starts_with(operator))
}

/// White space between two words in one byte: up to 120 spaces, or up to 100 tabs; anything else counts as one space.
pub(crate) mod space {
    const MAX_SPACES: usize = 120;
    const TABS: u8 = 128;
    const MAX_TABS: usize = 100;

    /// No white space.
    pub(crate) const NONE: u8 = 0;
    /// One space.
    pub(crate) const ONE: u8 = 1;

    pub(crate) fn encode(text: &str) -> u8 {
        let bytes = text.as_bytes();
        if bytes.len() <= MAX_SPACES && bytes.iter().all(|&byte| byte == b' ') {
            bytes.len() as u8
        } else if bytes.len() <= MAX_TABS && bytes.iter().all(|&byte| byte == b'\t') {
            TABS + bytes.len() as u8
        } else {
            ONE
        }
    }

    pub(crate) fn push(code: u8, out: &mut String) {
        let (character, count) = if code > TABS {
            ('\t', code - TABS)
        } else {
            (' ', code.min(MAX_SPACES as u8))
        };
        out.extend(std::iter::repeat_n(character, usize::from(count)));
    }

    /// How much deeper (or less deep) a line stands than the one before it, in one byte.
    pub(crate) fn encode_step(columns: isize) -> u8 {
        (columns.clamp(-127, 127) + 128) as u8
    }

    pub(crate) fn decode_step(code: u8) -> isize {
        isize::from(code) - 128
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<&str> {
        words(line).map(|word| word.text).collect()
    }

    #[test]
    fn names_numbers_and_operators_are_told_apart() {
        assert_eq!(
            texts("  let x_1 = foo::<Bar>(0xff, 1.5)?;"),
            [
                "let", "x_1", "=", "foo", "::", "<", "Bar", ">", "(", "0xff", ",", "1.5", ")", "?",
                ";"
            ]
        );
        assert_eq!(
            texts("for i in 0..n {"),
            ["for", "i", "in", "0", "..", "n", "{"]
        );
    }

    #[test]
    fn a_name_may_hold_any_letter() {
        assert_eq!(texts("größe = naïve·2"), ["größe", "=", "naïve·2"]);
        assert_eq!(texts(""), Vec::<&str>::new());
        assert_eq!(texts("   \t "), Vec::<&str>::new());
    }

    #[test]
    fn words_and_spaces_make_the_line_again() {
        let line = "match  x {\t// why  so → much";
        let again: String = words(line)
            .flat_map(|word| [word.space, word.text])
            .collect();
        assert_eq!(again, line);
    }

    #[test]
    fn space_codes_are_reversible() {
        for text in ["", " ", "    ", "\t", "\t\t\t"] {
            let mut out = String::new();
            space::push(space::encode(text), &mut out);
            assert_eq!(out, text);
        }
        assert_eq!(space::decode_step(space::encode_step(-4)), -4);
        assert_eq!(space::decode_step(space::encode_step(1000)), 127);
    }

    #[test]
    fn the_unfinished_name_is_found() {
        assert_eq!(partial_name("foo.ba"), "ba");
        assert_eq!(partial_name("foo."), "");
        assert_eq!(partial_name("x = 12"), "");
        assert_eq!(partial_name("naïv"), "naïv");
    }
}
