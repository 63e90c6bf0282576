//! A model's findings, read from an answer that is only more or less in the form that was asked for.

use std::collections::HashSet;
use std::ops::Range;

use firesteel_text::Text;

/// Findings of one review.
const MAX_FINDINGS: usize = 50;
/// A finding's message, in characters.
const MESSAGE_CAP: usize = 1_000;

/// What a slower model found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The line that it is about, without its white space.
    pub range: Range<usize>,
    /// How bad it is.
    pub severity: Severity,
    /// In the model's words.
    pub message: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It is wrong.
    Error,
    /// It may be.
    Warning,
}

/// The findings of an answer. One line each is asked for, `12: error: …`; lists, headings, `L12`,
/// a file's name before the number and lines that go on are understood too. Words without any line
/// number are one finding about `place`.
pub(super) fn parse(answer: &str, text: &Text, place: Range<usize>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut words = String::new();
    for line in answer.lines() {
        let line = undressed(line);
        if line.is_empty() {
            continue;
        }
        match numbered(line) {
            Some((number, rest)) if number >= 1 && number <= text.line_count() => {
                let (severity, message) = severity(rest);
                findings.push(Finding {
                    range: line_range(text, number - 1),
                    severity,
                    message: capped(message),
                });
            }
            _ => match findings.last_mut() {
                // A finding over several lines.
                Some(last) if last.message.chars().count() < MESSAGE_CAP => {
                    last.message.push(' ');
                    last.message.push_str(line);
                }
                Some(_) => {}
                None => {
                    words.push_str(line);
                    words.push(' ');
                }
            },
        }
    }
    let mut said = HashSet::new();
    let is_new = |it: &Finding| said.insert((it.range.start, it.message.clone()));
    findings.retain(|finding| !finding.message.is_empty());
    // Models sum up at the end what they have said.
    findings.retain(is_new);
    findings.truncate(MAX_FINDINGS);
    let words = words.trim();
    if findings.is_empty() && !words.is_empty() && !says_none(words) {
        let (severity, message) = severity(words);
        findings.push(Finding {
            range: place,
            severity,
            message: capped(message),
        });
    }
    findings
}

/// A line without the marks of a list, a heading, emphasis or a fence.
fn undressed(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with("```") {
        return "";
    }
    line.trim_start_matches(['-', '*', '#', '•', '>', '|', '`', ' '])
        .trim_end_matches(['*', '`', '|', ' '])
}

/// The line number that a finding begins with: `12:`, `L12 -`, `Line 12–14:`, `src/a.py:12:`.
fn numbered(line: &str) -> Option<(usize, &str)> {
    let lower = line.to_ascii_lowercase();
    let skip = ["lines ", "line ", "l", "("]
        .iter()
        .find_map(|word| lower.strip_prefix(word).map(|_| word.len()))
        .filter(|&skip| {
            line[skip..]
                .trim_start()
                .starts_with(|c: char| c.is_ascii_digit())
        });
    let rest = line[skip.unwrap_or(0)..].trim_start();
    let rest = match rest.split_once(':') {
        // A path before the number.
        Some((path, rest)) if path.contains('.') && !path.contains(' ') => rest,
        _ => rest,
    };
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = rest[..digits].parse().ok()?;
    let rest = &rest[digits..];
    // `12-14` and `12:5` name the line and more.
    let more = rest.trim_start_matches(['-', '–', ':']);
    let more_digits = more.len() - more.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = if more_digits > 0 {
        &more[more_digits..]
    } else {
        rest
    };
    let is_apart =
        rest.is_empty() || rest.starts_with([':', ' ', ')', ']', '-', '–', '—', '*', '`', '|']);
    let message = rest.trim_start_matches([':', ' ', ')', ']', '-', '–', '—', '*', '`', '|']);
    // `3 findings:` begins with a number as well.
    let is_said = skip.is_some()
        || !rest.starts_with(' ')
        || rest.trim_start().starts_with(['-', '–', '—', '|']);
    (is_apart && is_said).then_some((number, message))
}

fn severity(message: &str) -> (Severity, &str) {
    const WORDS: [(&str, Severity); 10] = [
        ("error", Severity::Error),
        ("critical", Severity::Error),
        ("high", Severity::Error),
        ("severe", Severity::Error),
        ("warning", Severity::Warning),
        ("warn", Severity::Warning),
        ("medium", Severity::Warning),
        ("low", Severity::Warning),
        ("info", Severity::Warning),
        ("note", Severity::Warning),
    ];
    let bare = message.trim_start_matches(['[', '(', '*', '`', ' ']);
    let lower = bare.to_ascii_lowercase();
    for (word, severity) in WORDS {
        let Some(rest) = lower.strip_prefix(word) else {
            continue;
        };
        if rest.starts_with([':', ']', ')', '*', '-', '`']) || rest.starts_with(" -") {
            let rest = &bare[word.len()..];
            return (
                severity,
                rest.trim_start_matches([':', ']', ')', '*', '-', '`', ' ']),
            );
        }
    }
    (Severity::Warning, message)
}

fn says_none(words: &str) -> bool {
    let lower = words.to_lowercase();
    let begins = ["none", "no ", "nothing", "[]", "lgtm", "looks good", "ok"];
    begins.iter().any(|begin| lower.starts_with(begin))
}

fn capped(message: &str) -> String {
    message.trim().chars().take(MESSAGE_CAP).collect()
}

fn line_range(text: &Text, line: usize) -> Range<usize> {
    let content = text.line(line);
    let start = text.line_start(line) + (content.len() - content.trim_start().len());
    start..start + content.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: &[(usize, Severity, &str)]) {
        let text = Text::new(&"    code();\n".repeat(20));
        let findings = parse(answer, &text, 4..11);
        let found: Vec<_> = findings
            .iter()
            .map(|found| {
                (
                    text.line_of(found.range.start) + 1,
                    found.severity,
                    found.message.as_str(),
                )
            })
            .collect();
        assert_eq!(found, expected, "{answer}");
    }

    #[test]
    fn findings_in_many_forms() {
        use Severity::{Error, Warning};
        check(
            "12: error: the key is logged",
            &[(12, Error, "the key is logged")],
        );
        check(
            "Here is what I found:\n\n- **L3**: warning: a\n* Line 4-6 - [high] b\n`src/a.py:7:` c\n  and more of it\n",
            &[
                (3, Warning, "a"),
                (4, Error, "b"),
                (7, Warning, "c and more of it"),
            ],
        );
        check("```\n2: error: x\n```", &[(2, Error, "x")]);
        check("5 — x: y", &[(5, Warning, "x: y")]);
        check(
            "2: error: x\n3: error: x\n\nIn short:\n- Line 2: error: x",
            &[(2, Error, "x"), (3, Error, "x In short:")],
        );
        // A line that is not there is no place.
        check(
            "99: error: far away",
            &[(1, Warning, "99: error: far away")],
        );
        check("The key is logged.", &[(1, Warning, "The key is logged.")]);
        check(
            "2 findings, both harmless",
            &[(1, Warning, "2 findings, both harmless")],
        );
        for none in [
            "",
            "none",
            "None.",
            "No findings.",
            "```\nnone\n```",
            "Nothing to report",
        ] {
            check(none, &[]);
        }
    }
}
