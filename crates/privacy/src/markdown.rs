//! Markdown from sources that nobody vouches for, such as comments of a cloned repository or a model's words, made inert: text,
//! code, lists and emphasis stay; links, images and HTML become text.

use std::fmt::Write;

use crate::visible;

/// The shortest fence of a code block.
const FENCE: usize = 3;

/// The same text without anything that acts: no link of any kind, no image, no HTML, no invisible characters. Code stays as
/// it is, and no block of it ends early.
///
/// ```
/// use firesteel_privacy::inert_markdown;
/// assert_eq!(inert_markdown("[ok](command:x) <img src=y>"), "[ok\\](command:x) \\<img src=y>");
/// assert_eq!(inert_markdown("a `Vec<String>`"), "a `Vec<String>`");
/// ```
pub fn inert_markdown(markdown: &str) -> String {
    let (text, _) = visible(markdown);
    let mut out = String::with_capacity(text.len());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(open) = Fence::open(line) else {
            inert_line(line, &mut out);
            out.push('\n');
            continue;
        };
        let code = lines.by_ref().take_while(|line| !open.is_closed_by(line));
        let code: Vec<&str> = code.collect();
        // At the margin and behind an empty line it stands in no list or quote that could end it.
        if !out.is_empty() && !out.ends_with("\n\n") {
            out.push('\n');
        }
        out.push_str(&fenced(open.language, &code.join("\n")));
    }
    if !text.ends_with('\n') {
        out.truncate(out.trim_end_matches('\n').len());
    }
    out
}

/// A block of code that ends where it says, whatever is in it.
///
/// ```
/// assert_eq!(firesteel_privacy::fenced("rust", "a"), "```rust\na\n```\n");
/// assert_eq!(firesteel_privacy::fenced("", "```\nb"), "````\n```\nb\n````\n");
/// ```
pub fn fenced(language: &str, code: &str) -> String {
    let (code, _) = visible(code);
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || "+-_#".contains(*c);
    let language: String = language.chars().take_while(is_plain).collect();
    let fence = "`".repeat(FENCE.max(longest_run(&code, '`') + 1));
    let code = code.strip_suffix('\n').unwrap_or(&code);
    format!("{fence}{language}\n{code}\n{fence}\n")
}

/// A piece of code within a line that ends where it says, whatever is in it.
///
/// ```
/// assert_eq!(firesteel_privacy::code_span("a`b"), "``a`b``");
/// ```
pub fn code_span(code: &str) -> String {
    let (code, _) = visible(code);
    let code = code.replace(['\n', '\r'], " ");
    let fence = "`".repeat(longest_run(&code, '`') + 1);
    let space = if code.starts_with('`') || code.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{code}{space}{fence}")
}

fn longest_run(text: &str, of: char) -> usize {
    let run = |(run, longest): (usize, usize), c: char| {
        let run = if c == of { run + 1 } else { 0 };
        (run, longest.max(run))
    };
    text.chars().fold((0, 0), run).1
}

/// The first line of a block of code.
struct Fence<'a> {
    mark: char,
    length: usize,
    language: &'a str,
}

impl<'a> Fence<'a> {
    /// At any indentation: the block is written anew, so that a reader who is stricter sees the same.
    fn open(line: &'a str) -> Option<Self> {
        let line = line.trim();
        let mark = line.chars().next().filter(|c| "`~".contains(*c))?;
        let language = line.trim_start_matches(mark);
        let length = line.len() - language.len();
        let is_fence = length >= FENCE && !(mark == '`' && language.contains('`'));
        is_fence.then(|| Self {
            mark,
            length,
            language: language.trim(),
        })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }
}

/// A line with its code as it is and everything that could act escaped.
fn inert_line(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let (_, behind) = rest.split_at(c.len_utf8());
        let next = behind.chars().next();
        match c {
            // What is escaped already is text.
            '\\' if next.is_some_and(|next| next.is_ascii_punctuation()) => {
                out.push_str(&rest[..2]);
                rest = &rest[2..];
                continue;
            }
            '`' => {
                rest = code_or_text(rest, out);
                continue;
            }
            _ if acts(c, next, out.chars().next_back(), behind) => {
                let _ = write!(out, "\\{c}");
            }
            _ => out.push(c),
        }
        rest = behind;
    }
}

/// Writes the code span that begins here, or the marks that begin none as text; returns what is behind.
fn code_or_text<'a>(text: &'a str, out: &mut String) -> &'a str {
    let inside = text.trim_start_matches('`');
    let n_marks = text.len() - inside.len();
    let marks = &text[..n_marks];
    let Some(end) = closing(inside, n_marks) else {
        // It must not find an end in a later line.
        out.extend(std::iter::repeat_n("\\`", n_marks));
        return inside;
    };
    let code = &inside[..end];
    out.push_str(marks);
    match code.contains('|') {
        // In a table the bar ends the cell, and so the code.
        true => inert_text(code, out),
        false => out.push_str(code),
    }
    out.push_str(marks);
    &inside[end + n_marks..]
}

/// Where a run of just so many marks begins.
fn closing(text: &str, n_marks: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let run = text[start..].len() - text[start..].trim_start_matches('`').len();
        if run == n_marks {
            return Some(start);
        }
        at = start + run;
    }
    None
}

/// Code that some readers take for text.
fn inert_text(code: &str, out: &mut String) {
    for (at, c) in code.char_indices() {
        let behind = &code[at + c.len_utf8()..];
        let acts = acts(c, behind.chars().next(), out.chars().next_back(), behind);
        // Behind a backslash an escape would be undone.
        if acts || c == '\\' {
            out.push('\\');
        }
        out.push(c);
    }
}

/// Whether a character makes a link, an image or HTML of its neighbors.
fn acts(c: char, next: Option<char>, before: Option<char>, behind: &str) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match c {
        // A tag, a comment, a declaration, an address.
        '<' => next.is_some_and(|next| next.is_alphabetic() || "/!?".contains(next)),
        // A link, a reference, its definition.
        ']' => matches!(next, Some('(' | '[' | ':')),
        // Addresses that become links by themselves.
        ':' => is_word(before) && (behind.starts_with("//") || before_is_mail(before, next)),
        '@' => is_word(before) && is_word(next),
        '.' => matches!(before, Some('w' | 'W')) && is_word(next),
        _ => false,
    }
}

/// `mailto:` and `xmpp:` need no slashes.
fn before_is_mail(before: Option<char>, next: Option<char>) -> bool {
    matches!(before, Some('o' | 'O' | 'p' | 'P')) && next.is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What must not be left unescaped outside of code.
    fn is_inert(markdown: &str) -> bool {
        let mut rest = markdown;
        let mut before = None;
        while let Some(c) = rest.chars().next() {
            let behind = &rest[c.len_utf8()..];
            if c == '\\' {
                before = behind.chars().next();
                rest = &behind[before.map_or(0, char::len_utf8)..];
                continue;
            }
            if acts(c, behind.chars().next(), before, behind) {
                return false;
            }
            before = Some(c);
            rest = behind;
        }
        true
    }

    #[test]
    fn hostile_markdown_becomes_text() {
        for hostile in [
            "[run](command:workbench.action.terminal.new)",
            "[run]( command:x )",
            "[run](<command:x>)",
            "[run](command:x 'title')",
            "[a](b)](command:x)",
            "[a [b](command:x) c](command:y)",
            "[run][ref]\n\n[ref]: command:x",
            "[ref]\n\n[ref]:\n command:x",
            "   [ref]: <command:x>",
            "[re\nf]: command:x\n[re\nf]",
            "[^1]: https://example.org",
            "![img](https://example.org/pixel.png)",
            "![img][ref]",
            "[![img](data:x)](command:x)",
            "<img src=x onerror=alert(1)>",
            "<IMG SRC=x>",
            "<a href='command:x'>run</a>",
            "</div>",
            "<!-- comment -->",
            "<?php x ?>",
            "<!DOCTYPE html>",
            "<![CDATA[x]]>",
            "<https://example.org>",
            "<command:x>",
            "<mailto:me@example.org>",
            "https://example.org",
            "HTTP://EXAMPLE.ORG",
            "see vscode://file/etc/passwd",
            "www.example.org",
            "me@example.org",
            "mailto:me@example.org",
            "[x](&#99;ommand:x)",
            "[x](java\u{200b}script:alert(1))",
            "[x]\u{200b}(command:x)",
            "\\[x](command:x)",
            "\\\\[x](command:x)",
            "[x\\\\](command:x)",
            "[x\\](command:x)",
            "`unclosed <img src=x>\nnext ` [x](command:x) `",
            "``a` <img> `",
            "\\`<img>`",
            "| ` | <img src=x> ` |\n|-|-|",
            "| `\\` | <img src=x>\\` |",
            "> ```\n[x](command:x)",
            "- item\n  ```\n[x](command:x)\n  ```\n[y](command:y)",
            "```\ncode\n```\n[x](command:x)",
            "~~~\ncode\n~~~\n<img>",
            "```\n~~~\n```\n<img>",
            "````\n```\n````\n<img>",
            "``` a`b\n<img>",
            "***[x](command:x)***",
            "# [x](command:x)",
            "1. [x](command:x)",
            "\r[x](command:x)\r<img>",
            "<\u{0}img src=x>",
        ] {
            let made = inert_markdown(hostile);
            let outside = without_code(&made);
            assert!(is_inert(&outside), "{hostile:?} → {made:?}");
        }
    }

    /// What a strict reader takes for text: without the fenced blocks and the code spans that are closed in their line.
    fn without_code(made: &str) -> String {
        let (mut out, mut fence) = (String::new(), None::<String>);
        for line in made.lines() {
            match &fence {
                Some(open) if line == open => fence = None,
                Some(_) => {}
                None if line.starts_with("```") => {
                    fence = Some(line.chars().take_while(|c| *c == '`').collect());
                }
                None => {
                    let cells = line.split('|');
                    let spanless = cells.map(|cell| cell.split('`').step_by(2).collect::<String>());
                    out.push_str(&spanless.collect::<Vec<_>>().join("|"));
                    out.push('\n');
                }
            }
        }
        out
    }

    #[test]
    fn what_is_meant_well_stays_as_it_is() {
        for text in [
            "Reads the file.\n\nSlowly: *never* in a loop; see [`read`] and [Foo].",
            "# Errors\n- `io::Error`\n- when `a < b && c > d`",
            "`Vec<String>` and `a[0](1)` and ``x ` y``",
            "a < b, 3 > 2, x[1] = 2, 5:30, e.g. this, a ≤ b",
            "```rust\nlet a: Vec<u8> = b[0](c);\n```",
            "@param x the x\n@returns nothing",
            "1. one\n2. two\n\n> quoted",
            "دو\u{200c}تا 👩\u{200d}💻",
        ] {
            assert_eq!(inert_markdown(text), text);
        }
    }

    #[test]
    fn blocks_end_where_they_say() {
        assert_eq!(
            inert_markdown("a\n```rs\nb\n~~~\n"),
            "a\n\n```rs\nb\n~~~\n```\n"
        );
        assert_eq!(
            inert_markdown("- x\n  ~~~ js <img>\n  ```\n  ~~~\nc"),
            "- x\n\n````js\n  ```\n````\nc"
        );
        assert_eq!(fenced("a b`c\n", "x\n"), "```a\nx\n```\n");
        assert_eq!(code_span("a`\n](command:x)"), "``a` ](command:x)``");
        assert_eq!(code_span("`"), "`` ` ``");
    }
}
