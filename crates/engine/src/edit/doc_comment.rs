//! Where a documentation comment goes, and a model's text turned into its lines as it streams in.

use firesteel_prompt::with_line_feeds;
use firesteel_syntax::{DocStyle, Item, Snapshot};

use crate::editorconfig::line_ending;

const QUOTES: &str = "\"\"\"";

/// The place of a documentation comment that is not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DocSite {
    /// Byte offset of the line start at which the comment is inserted.
    pub(super) offset: usize,
    indent: String,
    style: DocStyle,
    /// What begins a plain comment, which a model may write instead.
    plain_mark: &'static str,
    /// The first line of the item, which some models repeat behind the comment.
    first_line: String,
    line_ending: &'static str,
}

/// Text to insert, and how much of it stands before the place where the next text goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Insertion {
    pub(super) text: String,
    pub(super) advance: usize,
}

impl DocSite {
    /// The place for an item's comment; none when it has one, or its language has none of this kind.
    pub(super) fn find(snapshot: &Snapshot, item: &Item) -> Option<Self> {
        if item.doc.is_some() {
            return None;
        }
        let text = &snapshot.document.text;
        let language = snapshot.language?;
        let style = language.doc_style()?;
        let line = match style {
            DocStyle::Lines(_) | DocStyle::Block => text.line_of(item.outer.start),
            DocStyle::Docstring => {
                let line = text.line_of(item.body.as_ref()?.start);
                // `def f(): pass` on one line has no place for a docstring.
                let own_line = line != text.line_of(item.signature.end);
                own_line.then_some(line)?
            }
        };
        let content = text.line(line);
        let indent = &content[..content.len() - content.trim_start().len()];
        Some(Self {
            offset: text.line_start(line),
            indent: indent.to_owned(),
            style,
            plain_mark: language.line_comment().unwrap_or_default(),
            first_line: text.line(text.line_of(item.range.start)).trim().to_owned(),
            line_ending: line_ending(&snapshot.document, text.line_start(line)).as_str(),
        })
    }
}

/// Turns a stream of model text into insertions, each of which leaves the document whole.
#[derive(Debug)]
pub(super) struct DocLines {
    site: DocSite,
    /// The part of the last line that has come in so far.
    partial: String,
    /// Blank lines that are written only when more text follows.
    blanks: usize,
    progress: Progress,
    /// Whether the model indents its lines as the body is, which its second line shows.
    is_indented: Option<bool>,
    /// The model writes the marks of a comment itself.
    is_marked: bool,
    /// The model has opened a block comment, whose lines need no marks.
    is_in_block: bool,
    /// The comment is over; whatever else the model says is no part of it.
    ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Nothing,
    /// One line is written, with the closing quotes on it.
    OneLine,
    ManyLines,
}

impl DocLines {
    pub(super) fn new(site: DocSite) -> Self {
        Self {
            site,
            partial: String::new(),
            blanks: 0,
            progress: Progress::Nothing,
            is_indented: None,
            is_marked: false,
            is_in_block: false,
            ended: false,
        }
    }

    /// Takes in model text; returns what its complete lines insert.
    pub(super) fn push(&mut self, delta: &str) -> Option<Insertion> {
        self.partial.push_str(delta);
        let end = self.partial.rfind('\n')? + 1;
        let complete: String = self.partial.drain(..end).collect();
        self.insert(&complete)
    }

    /// What the last line inserts, which had no line break.
    pub(super) fn finish(&mut self) -> Option<Insertion> {
        let last = std::mem::take(&mut self.partial);
        self.insert(&last)
    }

    fn insert(&mut self, text: &str) -> Option<Insertion> {
        let mut lines: Vec<String> = Vec::new();
        for line in with_line_feeds(text).lines() {
            let begun = !lines.is_empty() || self.progress != Progress::Nothing;
            match self.content(line.trim_end(), begun) {
                Some(content) if content.is_empty() => self.blanks += usize::from(begun),
                Some(content) => {
                    let blanks = std::mem::take(&mut self.blanks);
                    lines.extend(std::iter::repeat_n(String::new(), blanks));
                    lines.push(content);
                }
                None => {}
            }
        }
        if lines.is_empty() {
            return None;
        }
        Some(match self.site.style {
            DocStyle::Lines(mark) => self.marked_lines(mark, &lines),
            DocStyle::Block => self.block(&lines),
            DocStyle::Docstring => self.docstring(&lines),
        })
    }

    /// A line of the model's text without comment marks; `None` for one that is no part of the comment.
    fn content(&mut self, line: &str, begun: bool) -> Option<String> {
        if self.ended {
            return None;
        }
        let trimmed = line.trim();
        // A fence around the whole answer; in marked lines, fences belong to an example.
        let is_fence = trimmed.starts_with("```");
        match self.site.style {
            _ if is_fence && !begun => None,
            DocStyle::Docstring => self.docstring_content(line, begun),
            _ if is_fence && !self.is_marked => self.end(),
            style => self.comment_content(style, trimmed),
        }
    }

    /// What a line says without the marks of the comment; the item's own first line, and one without marks where there were
    /// some, are no part of it.
    fn comment_content(&mut self, style: DocStyle, line: &str) -> Option<String> {
        let has_marks = self.is_marked;
        let unmarked = match style {
            DocStyle::Block => self.without_block_marks(line),
            _ => None,
        };
        let mark = match style {
            DocStyle::Lines(mark) => mark,
            _ => "///",
        };
        let unmarked = unmarked
            .or_else(|| line.strip_prefix(mark))
            .or_else(|| line.strip_prefix(self.site.plain_mark));
        let is_code =
            line == self.site.first_line || has_marks && !self.is_in_block && unmarked.is_none();
        if is_code && !line.is_empty() {
            return self.end();
        }
        self.is_marked |= unmarked.is_some();
        let content = unmarked.unwrap_or(line);
        Some(
            content
                .strip_prefix(' ')
                .unwrap_or(content)
                .trim_end()
                .to_owned(),
        )
    }

    /// A line of a block comment without its marks; none where it has none.
    fn without_block_marks<'a>(&mut self, line: &'a str) -> Option<&'a str> {
        let (content, is_last) = match line.split_once("*/") {
            Some((content, _)) => (content.trim_end(), true),
            None => (line, false),
        };
        self.ended |= is_last;
        let opened = content
            .strip_prefix("/**")
            .or_else(|| content.strip_prefix("/*"));
        self.is_in_block |= opened.is_some();
        let inner = opened.or_else(|| content.strip_prefix('*'));
        inner.or(is_last.then_some(content))
    }

    fn docstring_content(&mut self, line: &str, begun: bool) -> Option<String> {
        let trimmed = line.trim();
        let inside = match trimmed.trim_start_matches(['r', 'R']).strip_prefix(QUOTES) {
            Some(_) if begun => return self.end(),
            Some(rest) => rest,
            None if begun => self.without_indent(line),
            None => trimmed,
        };
        if inside.starts_with("def ") || inside.starts_with("class ") {
            return self.end();
        }
        match inside.split_once(QUOTES) {
            Some((last, _)) => {
                self.ended = true;
                Some(last.trim_end().to_owned())
            }
            None => Some(inside.to_owned()),
        }
    }

    /// The line with only the indentation that it has within the docstring.
    fn without_indent<'a>(&mut self, line: &'a str) -> &'a str {
        let stripped = line.strip_prefix(self.site.indent.as_str());
        if !line.trim().is_empty() {
            self.is_indented.get_or_insert(stripped.is_some());
        }
        match (self.is_indented, stripped) {
            (Some(true), Some(stripped)) => stripped,
            (Some(true), None) => line.trim_start(),
            _ => line,
        }
    }

    fn end(&mut self) -> Option<String> {
        self.ended = true;
        None
    }

    fn marked_lines(&mut self, mark: &str, lines: &[String]) -> Insertion {
        self.progress = Progress::ManyLines;
        let DocSite {
            indent,
            line_ending,
            ..
        } = &self.site;
        let line = |line: &String| {
            format!(
                "{indent}{}{line_ending}",
                format!("{mark} {line}").trim_end()
            )
        };
        let text: String = lines.iter().map(line).collect();
        let advance = text.len();
        Insertion { text, advance }
    }

    /// The comment's end is written with its first line and stays behind the place where the next lines go.
    fn block(&mut self, lines: &[String]) -> Insertion {
        let is_first = self.progress == Progress::Nothing;
        let mut insertion = self.marked_lines(" *", lines);
        if is_first {
            let DocSite {
                indent,
                line_ending,
                ..
            } = &self.site;
            insertion
                .text
                .insert_str(0, &format!("{indent}/**{line_ending}"));
            insertion.advance = insertion.text.len();
            insertion
                .text
                .push_str(&format!("{indent} */{line_ending}"));
        }
        insertion
    }

    /// The closing quotes are written with the first line and stay behind the place where the next lines go, so that
    /// the file parses after every insertion.
    fn docstring(&mut self, lines: &[String]) -> Insertion {
        let DocSite {
            indent,
            line_ending,
            ..
        } = &self.site;
        let mut text = String::new();
        for (index, line) in lines.iter().enumerate() {
            let first = index == 0 && self.progress == Progress::Nothing;
            match first {
                true => text.push_str(&format!("{indent}{QUOTES}{line}")),
                false if line.is_empty() => text.push_str(line_ending),
                false => text.push_str(&format!("{line_ending}{indent}{line}")),
            }
        }
        let advance = text.len();
        let was = self.progress;
        self.progress = match (was, lines) {
            (Progress::Nothing, [_]) => Progress::OneLine,
            _ => Progress::ManyLines,
        };
        if self.progress == Progress::ManyLines && was != Progress::ManyLines {
            text.push_str(&format!("{line_ending}{indent}"));
        }
        if was == Progress::Nothing {
            text.push_str(&format!("{QUOTES}{line_ending}"));
        }
        Insertion { text, advance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Streams `answer` in pieces of `step` bytes and returns the text that stands at the site in the end.
    fn stream(style: DocStyle, answer: &str, step: usize) -> String {
        let mut lines = DocLines::new(DocSite {
            offset: 0,
            indent: "    ".to_owned(),
            style,
            plain_mark: "//",
            first_line: "fn add() {}".to_owned(),
            line_ending: "\n",
        });
        let (mut text, mut at) = (String::new(), 0);
        let mut insert = |insertion: Option<Insertion>| {
            if let Some(Insertion {
                text: more,
                advance,
            }) = insertion
            {
                text.insert_str(at, &more);
                at += advance;
                assert_eq!(text.matches(QUOTES).count() % 2, 0, "left open: {text}");
                assert_eq!(
                    text.matches("/*").count(),
                    text.matches("*/").count(),
                    "left open: {text}"
                );
            }
        };
        for piece in answer.as_bytes().chunks(step) {
            insert(lines.push(std::str::from_utf8(piece).unwrap()));
        }
        insert(lines.finish());
        text
    }

    #[track_caller]
    fn check(style: DocStyle, answer: &str, expected: &str) {
        for step in [1, 3, 7, 1_000] {
            assert_eq!(stream(style, answer, step), expected, "in pieces of {step}");
        }
    }

    #[test]
    fn slashes() {
        let expected = "    /// Adds.\n    ///\n    /// # Errors\n    /// Never.\n";
        check(
            DocStyle::Lines("///"),
            "/// Adds.\n///\n/// # Errors\n/// Never.",
            expected,
        );
        check(
            DocStyle::Lines("///"),
            "```rust\n/// Adds.\n///\n/// # Errors\n/// Never.\nfn add() {}\n```",
            expected,
        );
        check(
            DocStyle::Lines("///"),
            "Adds.\n\n# Errors\nNever.\n\n",
            expected,
        );
    }

    #[test]
    fn docstrings() {
        let one = "    \"\"\"Adds.\"\"\"\n";
        check(DocStyle::Docstring, "\"\"\"Adds.\"\"\"", one);
        check(DocStyle::Docstring, "Adds.", one);
        check(
            DocStyle::Docstring,
            "```python\n    \"\"\"Adds.\"\"\"\n```",
            one,
        );
        let many = "    \"\"\"Adds.\n\n    Args:\n        a: One.\n    \"\"\"\n";
        check(
            DocStyle::Docstring,
            "\"\"\"Adds.\n\nArgs:\n    a: One.\n\"\"\"\ndef f():\n    pass",
            many,
        );
        check(
            DocStyle::Docstring,
            "    \"\"\"Adds.\n\n    Args:\n        a: One.\n    \"\"\"\n",
            many,
        );
        check(
            DocStyle::Docstring,
            "\"\"\"\nAdds.\n\nArgs:\n    a: One.\n",
            many,
        );
    }

    #[test]
    fn blocks() {
        let expected = "    /**\n     * Adds.\n     *\n     * @param a one\n     */\n";
        for answer in [
            "/**\n * Adds.\n *\n * @param a one\n */",
            "/** Adds.\n *\n * @param a one */\nfn add() {}",
            "```java\n/**\n * Adds.\n *\n * @param a one\n */\nfn add() {}\n```",
            "/*\nAdds.\n\n@param a one\n*/\nint x;",
            "Adds.\n\n@param a one\nfn add() {}\n",
            "/// Adds.\n///\n/// @param a one\nvoid f();",
        ] {
            check(DocStyle::Block, answer, expected);
        }
    }

    #[test]
    fn marks_of_other_languages() {
        let expected = "    # Adds.\n    #\n    # @param a one\n";
        check(
            DocStyle::Lines("#"),
            "# Adds.\n#\n# @param a one\ndef add\nend",
            expected,
        );
        check(DocStyle::Lines("#"), "Adds.\n\n@param a one\n", expected);
        let expected = "    --- Adds.\n    --- @param a one\n";
        check(
            DocStyle::Lines("---"),
            "--- Adds.\n---@param a one\nlocal x",
            expected,
        );
    }
}
