//! Where a documentation comment goes, and a model's text turned into its lines as it streams in.

use firesteel_prompt::with_line_feeds;
use firesteel_syntax::{Item, Language, Snapshot};

use crate::editorconfig::line_ending;

const QUOTES: &str = "\"\"\"";

/// The place of a documentation comment that is not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DocSite {
    /// Byte offset of the line start at which the comment is inserted.
    pub(super) offset: usize,
    indent: String,
    style: Style,
    line_ending: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `///` before the item.
    Slashes,
    /// A string as the first statement of the body.
    Docstring,
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
        let (line, style) = match snapshot.language? {
            Language::Rust => (text.line_of(item.outer.start), Style::Slashes),
            Language::Python => {
                let line = text.line_of(item.body.as_ref()?.start);
                // `def f(): pass` on one line has no place for a docstring.
                let own_line = line != text.line_of(item.signature.end);
                own_line.then_some((line, Style::Docstring))?
            }
            _ => return None,
        };
        let content = text.line(line);
        let indent = &content[..content.len() - content.trim_start().len()];
        Some(Self {
            offset: text.line_start(line),
            indent: indent.to_owned(),
            style,
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
            Style::Slashes => self.slashes(&lines),
            Style::Docstring => self.docstring(&lines),
        })
    }

    /// A line of the model's text without comment marks; `None` for one that is no part of the comment.
    fn content(&mut self, line: &str, begun: bool) -> Option<String> {
        if self.ended {
            return None;
        }
        let trimmed = line.trim();
        // A fence around the whole answer; within a comment, fences belong to an example.
        let is_fence = trimmed.starts_with("```");
        match self.site.style {
            Style::Slashes => match trimmed.strip_prefix("///") {
                Some(rest) => Some(rest.strip_prefix(' ').unwrap_or(rest).to_owned()),
                None if is_fence && !begun => None,
                None if is_fence || is_rust_code(trimmed) => self.end(),
                None => Some(trimmed.to_owned()),
            },
            Style::Docstring if is_fence && !begun => None,
            Style::Docstring => self.docstring_content(line, begun),
        }
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

    fn slashes(&mut self, lines: &[String]) -> Insertion {
        self.progress = Progress::ManyLines;
        let DocSite {
            indent,
            line_ending,
            ..
        } = &self.site;
        let line =
            |line: &String| format!("{indent}{}{line_ending}", format!("/// {line}").trim_end());
        let text: String = lines.iter().map(line).collect();
        let advance = text.len();
        Insertion { text, advance }
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

fn is_rust_code(line: &str) -> bool {
    const STARTS: &[&str] = &[
        "#[",
        "async fn ",
        "const ",
        "enum ",
        "fn ",
        "impl ",
        "pub ",
        "pub(",
        "struct ",
        "trait ",
        "unsafe ",
    ];
    STARTS.iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Streams `answer` in pieces of `step` bytes and returns the text that stands at the site in the end.
    fn stream(style: Style, answer: &str, step: usize) -> String {
        let mut lines = DocLines::new(DocSite {
            offset: 0,
            indent: "    ".to_owned(),
            style,
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
            }
        };
        for piece in answer.as_bytes().chunks(step) {
            insert(lines.push(std::str::from_utf8(piece).unwrap()));
        }
        insert(lines.finish());
        text
    }

    #[track_caller]
    fn check(style: Style, answer: &str, expected: &str) {
        for step in [1, 3, 7, 1_000] {
            assert_eq!(stream(style, answer, step), expected, "in pieces of {step}");
        }
    }

    #[test]
    fn slashes() {
        let expected = "    /// Adds.\n    ///\n    /// # Errors\n    /// Never.\n";
        check(
            Style::Slashes,
            "/// Adds.\n///\n/// # Errors\n/// Never.",
            expected,
        );
        check(
            Style::Slashes,
            "```rust\n/// Adds.\n///\n/// # Errors\n/// Never.\nfn add() {}\n```",
            expected,
        );
        check(Style::Slashes, "Adds.\n\n# Errors\nNever.\n\n", expected);
    }

    #[test]
    fn docstrings() {
        let one = "    \"\"\"Adds.\"\"\"\n";
        check(Style::Docstring, "\"\"\"Adds.\"\"\"", one);
        check(Style::Docstring, "Adds.", one);
        check(
            Style::Docstring,
            "```python\n    \"\"\"Adds.\"\"\"\n```",
            one,
        );
        let many = "    \"\"\"Adds.\n\n    Args:\n        a: One.\n    \"\"\"\n";
        check(
            Style::Docstring,
            "\"\"\"Adds.\n\nArgs:\n    a: One.\n\"\"\"\ndef f():\n    pass",
            many,
        );
        check(
            Style::Docstring,
            "    \"\"\"Adds.\n\n    Args:\n        a: One.\n    \"\"\"\n",
            many,
        );
        check(
            Style::Docstring,
            "\"\"\"\nAdds.\n\nArgs:\n    a: One.\n",
            many,
        );
    }
}
