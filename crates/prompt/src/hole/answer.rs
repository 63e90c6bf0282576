//! A chat model's answer to the hole prompt, cleaned while it streams in: fences, chatter before them, headings and
//! markers of the prompt.

use crate::hole::{heading, marker};
use crate::question::Fim;

/// How a sentence begins with which models announce their answer.
const OPENERS: [&str; 12] = [
    "here",
    "sure",
    "certainly",
    "of course",
    "okay",
    "the ",
    "this ",
    "to ",
    "below",
    "i ",
    "i'",
    "you ",
];
/// The longest announcement that is waited for.
const MAX_CHATTER: usize = 300;
/// A Markdown fence.
const FENCE: &str = "```";

/// Takes the answer piece by piece and gives what belongs into the hole.
#[derive(Debug)]
pub struct HoleAnswer {
    /// What ends the answer wherever it stands.
    ends: Vec<String>,
    /// Markdown has fences of its own.
    is_markdown: bool,
    state: State,
    /// What has come and cannot be decided yet.
    held: String,
    /// Whether it begins with the line break of an opening fence.
    after_fence: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing of the answer has been given.
    Head,
    Body,
    Ended,
}

impl HoleAnswer {
    /// For the answer to a hole's prompt.
    pub fn new(fim: &Fim) -> Self {
        let mut ends = vec![marker(fim)];
        ends.extend([heading::OTHER, heading::FILE].map(|heading| format!("\n{heading}")));
        // Other words may follow in a text of the user's.
        ends.push(format!("\n{}\n", heading::WANTED));
        HoleAnswer {
            ends,
            is_markdown: fim.language == "markdown",
            state: State::Head,
            held: String::new(),
            after_fence: false,
        }
    }

    /// Takes more of the answer; gives what of it is certain.
    pub fn push(&mut self, text: &str) -> String {
        self.held.push_str(text);
        if self.state == State::Head && !self.open(false) {
            return String::new();
        }
        self.pass(false)
    }

    /// The answer is over; gives what was held back.
    pub fn finish(&mut self) -> String {
        if self.state == State::Head {
            self.open(true);
        }
        self.pass(true)
    }

    /// Whether nothing more can come.
    pub fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Gets past what stands before the answer. False while that cannot be told.
    fn open(&mut self, is_all: bool) -> bool {
        loop {
            match head(&self.held, is_all) {
                Head::Wait => return false,
                Head::Text => break,
                Head::Fence(end) => {
                    // Its line break stays, so that a fence that closes at once is one at a line's start.
                    self.after_fence = self.held[..end].ends_with('\n');
                    self.held.drain(..end - usize::from(self.after_fence));
                    break;
                }
                Head::Skip(end) => drop(self.held.drain(..end)),
            }
        }
        self.state = State::Body;
        // Also of a fence that was not opened.
        if !self.is_markdown {
            self.ends.push(format!("\n{FENCE}"));
        }
        true
    }

    fn pass(&mut self, is_all: bool) -> String {
        if self.state == State::Ended {
            self.held.clear();
            return String::new();
        }
        let end = self
            .ends
            .iter()
            .filter_map(|end| self.held.find(end.as_str()))
            .min();
        if let Some(end) = end {
            self.state = State::Ended;
            let given = self.held[..end].to_owned();
            self.held.clear();
            return self.given(given);
        }
        let keep = if is_all {
            0
        } else {
            held_back(&self.held, &self.ends)
        };
        let rest = self.held.split_off(self.held.len() - keep);
        let given = std::mem::replace(&mut self.held, rest);
        self.given(given)
    }

    fn given(&mut self, mut text: String) -> String {
        if self.after_fence && !text.is_empty() {
            self.after_fence = false;
            text.remove(0);
        }
        text
    }
}

/// The length of the longest end of `text` with which one of `ends` begins.
pub(crate) fn held_back(text: &str, ends: &[String]) -> usize {
    let longest = |end: &String| {
        let most = end.len().saturating_sub(1).min(text.len());
        (1..=most)
            .rev()
            .find(|&length| end.is_char_boundary(length) && text.ends_with(&end[..length]))
            .unwrap_or(0)
    };
    ends.iter().map(longest).max().unwrap_or(0)
}

/// What an answer begins with.
enum Head {
    /// More has to come before that can be told.
    Wait,
    /// The answer itself.
    Text,
    /// A fence, up to here.
    Fence(usize),
    /// Something to pass over, up to here.
    Skip(usize),
}

fn head(text: &str, is_all: bool) -> Head {
    let body = text.trim_start_matches([' ', '\n', '\r']);
    let lead = text.len() - body.len();
    if body.starts_with(FENCE) {
        return match body.find('\n') {
            Some(end) => Head::Fence(lead + end + 1),
            None if is_all => Head::Fence(text.len()),
            None => Head::Wait,
        };
    }
    let wait = if is_all { Head::Text } else { Head::Wait };
    if FENCE.starts_with(body) {
        return wait;
    }
    let headings = [heading::OTHER, heading::FILE, heading::WANTED];
    let is_it = |heading: &&&str| {
        let rest = body.strip_prefix(**heading);
        rest.is_some_and(|rest| {
            **heading != heading::WANTED
                || rest.trim_end_matches(' ').is_empty()
                || rest.starts_with(['\n', '\r', ':'])
        })
    };
    if let Some(heading) = headings.iter().find(is_it) {
        return match body.find('\n') {
            Some(end) => Head::Skip(lead + end + 1),
            None if is_all => Head::Skip(text.len()),
            None if body.len() > heading.len() + MAX_CHATTER => Head::Text,
            None => Head::Wait,
        };
    }
    if headings.iter().any(|heading| heading.starts_with(body)) {
        return wait;
    }
    if is_opener(body) && body.len() < MAX_CHATTER {
        return chatter(body, lead, is_all);
    }
    Head::Text
}

/// An announcement counts as one only with a fence after it: code too may begin with "the".
fn chatter(body: &str, lead: usize, is_all: bool) -> Head {
    let wait = if is_all { Head::Text } else { Head::Wait };
    let Some((line, rest)) = body.split_once('\n') else {
        return wait;
    };
    if !line.trim_end().ends_with([':', '.', '!']) {
        return Head::Text;
    }
    let after = rest.trim_start();
    if after.starts_with(FENCE) {
        return Head::Skip(lead + line.len() + 1);
    }
    if FENCE.starts_with(after) {
        wait
    } else {
        Head::Text
    }
}

fn is_opener(body: &str) -> bool {
    let start: String = body.chars().take(12).collect::<String>().to_lowercase();
    OPENERS
        .iter()
        .any(|opener| start.starts_with(opener) || opener.starts_with(start.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(answer: &str, expected: &str) {
        let fim = Fim {
            language: "rust".to_owned(),
            ..Fim::default()
        };
        for size in 1..=answer.chars().count().max(1) {
            let mut cleaned = HoleAnswer::new(&fim);
            let mut given = String::new();
            for piece in answer.chars().collect::<Vec<_>>().chunks(size) {
                given.push_str(&cleaned.push(&piece.iter().collect::<String>()));
            }
            given.push_str(&cleaned.finish());
            assert_eq!(given, expected, "pieces of {size} of {answer:?}");
        }
    }

    #[test]
    fn only_what_belongs_into_the_hole_is_left() {
        let cases = [
            ("let x = 1;", "let x = 1;"),
            ("", ""),
            ("\n    body\n", "\n    body\n"),
            ("```rust\nlet x = 1;\n```", "let x = 1;"),
            ("```\nlet x = 1;\n```\nThis sets x.", "let x = 1;"),
            ("```rust\n```", ""),
            ("let x = 1;\n```", "let x = 1;"),
            ("Here is the code:\n\n```rust\nx\n```", "x"),
            ("Sure! Here is it:\n```\nx\n```\n", "x"),
            ("the_value.len()", "the_value.len()"),
            ("this.x = 1;\nthis.y", "this.x = 1;\nthis.y"),
            ("### File: a.rs\nlet x", "let x"),
            ("let x\n### Wanted\nmore", "let x"),
            ("x + 1<|HOLE|>y", "x + 1"),
            ("a `b` ``c", "a `b` ``c"),
            ("#[test]\nfn x() {}", "#[test]\nfn x() {}"),
            ("## Not ours", "## Not ours"),
        ];
        for (answer, expected) in cases {
            check(answer, expected);
        }
    }
}
