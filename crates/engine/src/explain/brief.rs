//! A model's explanation made to fit a hover: a few lines, without headings, without placeholders, without anything that acts.

use std::borrow::Cow;

use firesteel_privacy::{Placeholders, inert_markdown};

/// Lines of an explanation at most, empty ones too.
const LINES_CAP: usize = 6;
/// The same in bytes: models write paragraphs as one line.
const BYTES_CAP: usize = 1_200;
/// What stands at the end of a text that is still being written.
const STILL_WRITING: &str = " …";
/// What models put around a whole answer.
const WRAPPERS: [&str; 4] = ["```", "```markdown", "```md", "```text"];

/// What of an explanation is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Brief {
    pub(super) markdown: String,
    /// Whether there is no room for more.
    pub(super) is_full: bool,
}

/// What is shown of a text that has ended.
pub(super) fn whole(said: &str, hidden: &Placeholders) -> Brief {
    cut(&plain(said, hidden))
}

/// What is shown of a text that is still being written.
pub(super) fn so_far(said: &str, hidden: &Placeholders) -> Brief {
    let said = plain(said, hidden);
    let shown = said.trim_end();
    if shown.is_empty() {
        return cut("");
    }
    let full = cut(shown);
    match full.is_full {
        true => full,
        false => Brief {
            markdown: cut(&format!("{shown}{STILL_WRITING}")).markdown,
            is_full: false,
        },
    }
}

/// A model's text with no trace of a placeholder, no heading, and nothing around it.
fn plain(said: &str, hidden: &Placeholders) -> String {
    let said = hidden.say(said);
    // What is left of placeholders is broken, and so is what is said with them.
    let said = &said[..hidden.trace(&said).unwrap_or(said.len())];
    without_headings(unwrapped(said))
}

/// The text within a block of code that is the whole answer.
fn unwrapped(said: &str) -> &str {
    let said = said.trim();
    let (first, rest) = said.split_once('\n').unwrap_or((said, ""));
    match WRAPPERS.contains(&first.trim_end()) {
        true => rest.strip_suffix("```").unwrap_or(rest).trim(),
        false => said,
    }
}

fn without_headings(said: &str) -> String {
    let mut is_code = false;
    let is_kept = |line: &&str| {
        let line = line.trim_start();
        is_code ^= line.starts_with("```") || line.starts_with("~~~");
        let words = line.trim_start_matches('#');
        let is_heading = words.len() < line.len() && (words.is_empty() || words.starts_with(' '));
        is_code || !is_heading
    };
    let lines: Vec<&str> = said.lines().filter(is_kept).collect();
    lines.join("\n")
}

/// As much as there is room for: whole lines, and blocks of code only whole.
fn cut(said: &str) -> Brief {
    let within = within_bytes(said.trim());
    let mut is_full = within.len() < said.trim().len();
    let inert = inert_markdown(&within);
    let mut shown: Vec<&str> = Vec::new();
    let mut lines = inert.lines();
    while let Some(line) = lines.next() {
        if line.is_empty() && shown.last().is_none_or(|last| last.is_empty()) {
            continue;
        }
        let mut piece = vec![line];
        // Blocks stand at the margin in what was made inert, and end with the marks that they begin with.
        let info = line.trim_start_matches('`');
        let marks = &line[..line.len() - info.len()];
        if marks.len() >= 3 && !info.contains('`') {
            for code in lines.by_ref() {
                piece.push(code);
                if code == marks {
                    break;
                }
            }
        }
        if shown.len() + piece.len() > LINES_CAP {
            is_full = true;
            break;
        }
        shown.append(&mut piece);
    }
    Brief {
        markdown: shown.join("\n").trim_end().to_owned(),
        is_full,
    }
}

/// The text up to the last sentence, or else the last word, that there is room for.
fn within_bytes(said: &str) -> Cow<'_, str> {
    if said.len() <= BYTES_CAP {
        return Cow::Borrowed(said);
    }
    let mut head = said.to_owned();
    crate::cut(&mut head, BYTES_CAP);
    let sentence = head.rfind(". ").max(head.rfind(".\n")).map(|at| at + 1);
    let word = head.rfind(char::is_whitespace);
    let end = sentence.filter(|at| *at > BYTES_CAP / 2).or(word);
    head.truncate(end.unwrap_or(head.len()));
    Cow::Owned(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, shown: &str, is_full: bool) {
        let expected = Brief {
            markdown: shown.to_owned(),
            is_full,
        };
        assert_eq!(whole(said, &Placeholders::default()), expected);
    }

    #[test]
    fn six_lines_without_headings_or_wrapping_are_shown() {
        check("", "", false);
        check("\nIt adds.\n", "It adds.", false);
        check("### Code in question\n\nIt adds.", "It adds.", false);
        check("```markdown\nIt adds.\n```", "It adds.", false);
        check("1\n\n\n2\n3\n4\n5\n", "1\n\n2\n3\n4\n5", false);
        check("1\n2\n3\n4\n5\n6\n7", "1\n2\n3\n4\n5\n6", true);
        check("1\n2\n3\n4\n5\n\n7", "1\n2\n3\n4\n5", true);
        check("#[test] is an attribute", "#[test] is an attribute", false);
        check("[run](command:x)", "[run\\](command:x)", false);
    }

    #[test]
    fn a_block_of_code_is_shown_whole_or_not_at_all() {
        check(
            "So:\n```sh\n# a comment\n```",
            "So:\n\n```sh\n# a comment\n```",
            false,
        );
        check("So:\n```\n1\n2\n3\n4\n```\nEnd.", "So:", true);
        check("So:\n```\n1", "So:\n\n```\n1\n```", false);
    }

    #[test]
    fn a_long_line_ends_with_a_sentence() {
        let sentence = "It says the same thing once more. ";
        let shown = whole(&sentence.repeat(100), &Placeholders::default());
        assert!(shown.is_full && shown.markdown.ends_with("once more."));
        assert!(shown.markdown.len() <= BYTES_CAP);
        let shown = whole(&"größe".repeat(1_000), &Placeholders::default());
        assert!(shown.is_full && shown.markdown.len() <= BYTES_CAP);
    }

    #[test]
    fn what_is_being_written_says_so() {
        let shown = |said: &str| so_far(said, &Placeholders::default());
        assert_eq!(shown("").markdown, "");
        assert_eq!(shown("It ad").markdown, "It ad …");
        assert_eq!(shown("So:\n```\na").markdown, "So:\n\n```\na …\n```");
        let full = shown("1\n2\n3\n4\n5\n6\n7");
        assert!(full.is_full && full.markdown.ends_with('6'));
    }
}
