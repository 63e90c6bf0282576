//! Follows a text line by line: which lines begin inside of a string, where white space is content.

use super::lexicon::Lexicon;
use super::scan::{Scan, State};

/// Reads a text line by line.
#[derive(Debug, Clone)]
pub struct Verbatim {
    lexicon: &'static Lexicon,
    scan: Scan<'static>,
    /// The word that ends a here-document, while one is open.
    heredoc: Option<String>,
    /// The document string that is open began its line.
    is_docstring: bool,
}

impl Verbatim {
    /// At the start of a text with this lexicon.
    pub fn new(lexicon: &'static Lexicon) -> Self {
        Self {
            lexicon,
            scan: Scan::new(lexicon),
            heredoc: None,
            is_docstring: false,
        }
    }

    /// Takes in a line; returns whether it begins inside of a string whose white space must stay as it is. The lines of a
    /// documentation string move with the code around them.
    pub fn line(&mut self, line: &str) -> bool {
        if self.lexicon.is_prose() {
            return false;
        }
        if let Some(end) = &self.heredoc {
            if line.trim() == end {
                self.heredoc = None;
            }
            return true;
        }
        let begins_inside = self.is_in_string();
        if !begins_inside {
            let body = line.trim_start().trim_start_matches(['r', 'R', 'u', 'U']);
            self.is_docstring = body.starts_with("\"\"\"") || body.starts_with("'''");
        }
        self.scan.run(line, |_, _| {});
        self.scan.run("\n", |_, _| {});
        if self.lexicon.has_heredocs && !self.is_in_string() {
            self.heredoc = heredoc(line);
        }
        begins_inside && !self.is_docstring
    }

    fn is_in_string(&self) -> bool {
        matches!(self.scan.at.state, State::String(_))
    }
}

/// The word that ends the here-document which a line begins: `<<EOF`, `<<-'END'`, `<<~SQL`.
fn heredoc(line: &str) -> Option<String> {
    line.match_indices("<<").find_map(|(at, _)| {
        let rest = line[at + 2..].trim_start_matches(['<', '-', '~']);
        let quote = rest.chars().next().filter(|c| "'\"`".contains(*c));
        let rest = rest.trim_start_matches(['\'', '"', '`']);
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let word = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        // `1 << shift` is no here-document.
        let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let is_upper = !word.contains(char::is_lowercase);
        let is_end = is_upper || quote.is_some() || word == "eof";
        (is_name && is_end).then(|| word.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the lines that begin inside of a string.
    #[track_caller]
    fn check(language: &str, text: &str, expected: &[usize]) {
        let mut verbatim = Verbatim::new(Lexicon::of(language, ""));
        let lines = text.lines().enumerate();
        let inside: Vec<usize> = lines
            .filter_map(|(number, line)| verbatim.line(line).then_some(number))
            .collect();
        assert_eq!(inside, expected, "{language}: {text}");
    }

    #[test]
    fn lines_that_begin_in_a_string_are_told_from_code() {
        let python =
            "x = \"\"\"a\n  b\n\"\"\"\ndef f():\n    \"\"\"Docs.\n\n    more\n    \"\"\"\n    z";
        check("python", python, &[1, 2]);
        check(
            "javascript",
            "const a = `x\n  y ${b}\n`;\nconst b = \"`\";\nc",
            &[1, 2],
        );
        let rust = "fn f<'a>(x: &'a str) {\n    let a = \"x \\\n  y\";\n    let b = r#\"\n  \"z\"\n\"#;\n    let c = '\"';\n    d();\n}";
        check("rust", rust, &[2, 4, 5]);
        check(
            "shellscript",
            "cat <<-EOF\n  a\n\tEOF\necho 'a\n b'\necho c",
            &[1, 2, 4],
        );
        check(
            "ruby",
            "a = <<~SQL\n  b\nSQL\nc << item\nd << 1\ne",
            &[1, 2],
        );
        check("go", "q := `\n a \\\n`\nb", &[1, 2]);
        check("go", "package a\nfunc f() {\n\treturn 1 << N\n}", &[]);
        check("markdown", "it's\n\"a", &[]);
    }
}
