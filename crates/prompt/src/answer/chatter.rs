//! What a model says beside the code that it was asked for: announcements, Markdown fences, headings of its prompt.

use super::Fit;

/// Markdown's fences.
const FENCES: [&str; 2] = ["```", "~~~"];

/// What models put around what they think before they answer.
const THOUGHTS: (&str, &str) = ("<think>", "</think>");

/// How a model announces that its answer comes.
const OPENERS: [&str; 27] = [
    "here is",
    "here's",
    "here are",
    "here you",
    "sure",
    "certainly",
    "of course",
    "okay",
    "below is",
    "the following",
    "the completed",
    "the code",
    "this is the",
    "i've ",
    "i would",
    "i'd ",
    "i'll ",
    "i'm ",
    "i can",
    "i think",
    "you can",
    "you need",
    "to complete",
    "the missing",
    "based on the",
    "there is nothing",
    "it looks like",
];

/// How a model begins to explain what it has written.
const EXPLANATIONS: [&str; 9] = [
    "this code ",
    "this function ",
    "this will ",
    "this completes ",
    "note that ",
    "note:",
    "explanation:",
    "in this code",
    "let me know",
];

/// The headings of prompts, with what may follow them on their line.
const HEADINGS: [(&str, &[&str]); 9] = [
    ("### Code before", &["", ":", " the cursor", " the cursor:"]),
    ("### Code after", &["", ":", " the cursor", " the cursor:"]),
    ("## Code before", &[" the cursor", " the cursor:"]),
    ("## Code after", &[" the cursor", " the cursor:"]),
    ("### Code in question", &["", ":"]),
    ("### Instruction", &["", ":"]),
    ("### Wanted", &["", ":"]),
    ("### File", &["", ": "]),
    ("### Other file", &[": "]),
];

/// The code of an answer, without what is said beside it; none where there is only that.
pub(super) fn code_of<'a>(answer: &'a str, place: Fit<'_>) -> Option<&'a str> {
    let answer = without_headings(without_thoughts(answer), place);
    if place.is_prose {
        return Some(answer);
    }
    let code = match fence(answer, 0) {
        Some((start, inside)) => fenced(answer, start, inside),
        None => answer,
    };
    let typed = place.before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let begins_line = typed.trim().is_empty();
    let code = match begins_line && announces(first_line(code)) {
        true => code
            .trim_start()
            .split_once('\n')?
            .1
            .trim_start_matches(['\n', '\r']),
        false => code,
    };
    let end = line_starts(code).find(|&at| at > 0 && is_explanation(&code[at..]));
    let code = end.map_or(code, |end| code[..end].trim_end());
    (!code.trim().is_empty() || answer.trim().is_empty()).then_some(code)
}

/// What is in the first fence, when all before it is talk; else what stands before it.
fn fenced(answer: &str, start: usize, inside: usize) -> &str {
    let head = &answer[..start];
    let is_talk = |line: &str| line.trim().is_empty() || announces(line) || is_sentence(line);
    if !head.lines().all(is_talk) {
        return head.trim_end();
    }
    let inside = &answer[inside..];
    let end = fence(inside, 0).map_or(inside.len(), |(start, _)| start);
    let code = inside[..end].trim_end_matches(['\n', '\r']);
    let fence = FENCES.iter().find_map(|fence| code.strip_suffix(fence));
    fence.unwrap_or(code)
}

/// Where the next line that is a fence begins, and the line after it.
fn fence(text: &str, from: usize) -> Option<(usize, usize)> {
    let is_fence = |at: &usize| {
        text[*at..]
            .trim_start_matches([' ', '\t'])
            .starts_with(FENCES[0])
            || text[*at..]
                .trim_start_matches([' ', '\t'])
                .starts_with(FENCES[1])
    };
    let start = line_starts(text).filter(|at| *at >= from).find(is_fence)?;
    let next = text[start..]
        .find('\n')
        .map_or(text.len(), |end| start + end + 1);
    Some((start, next))
}

fn without_headings<'a>(answer: &'a str, place: Fit<'_>) -> &'a str {
    let mut rest = answer;
    loop {
        let is_heading = |at: &usize| is_heading(first_line(&rest[*at..]), place);
        let Some(start) = line_starts(rest).find(is_heading) else {
            return rest;
        };
        let before = &rest[..start];
        if !before.trim().is_empty() {
            return before.trim_end();
        }
        rest = rest[start..].split_once('\n').map_or("", |(_, rest)| rest);
        // The prompt goes on with the file.
        let next = rest.lines().find(|line| !line.trim().is_empty());
        let is_of_file = |next: &str| {
            let mut lines = place.before.lines().filter(|line| !line.trim().is_empty());
            lines.any(|line| line.trim_end() == next.trim_end())
        };
        if next.is_some_and(is_of_file) {
            return "";
        }
    }
}

/// The answer behind what the model thought; nothing while it still thinks.
fn without_thoughts(answer: &str) -> &str {
    let (open, close) = THOUGHTS;
    match answer.trim_start().strip_prefix(open) {
        Some(thoughts) => thoughts
            .split_once(close)
            .map_or("", |(_, rest)| rest.trim_start_matches('\n')),
        None => answer,
    }
}

fn is_heading(line: &str, place: Fit<'_>) -> bool {
    let line = line.trim();
    let is_here = |text: &str| text.lines().any(|other| other.trim() == line);
    let is_ours = HEADINGS.iter().any(|(heading, behind)| {
        let rest = line.strip_prefix(heading);
        rest.is_some_and(|rest| {
            let ends = |behind: &&str| {
                rest == behind.trim_end() || behind.ends_with(' ') && rest.starts_with(behind)
            };
            behind.iter().any(ends)
        })
    });
    // A text that has such headings may get them.
    is_ours && !is_here(place.before) && !is_here(place.after)
}

fn announces(line: &str) -> bool {
    let line = line.trim();
    let lower = line.to_lowercase();
    let opens = OPENERS.iter().any(|opener| lower.starts_with(opener));
    opens && line.contains(' ') && line.ends_with([':', '!', '.'])
}

fn is_explanation(text: &str) -> bool {
    let line = first_line(text).to_lowercase();
    EXPLANATIONS.iter().any(|it| line.starts_with(it))
}

/// Whether a line before a fence is a sentence rather than code.
fn is_sentence(line: &str) -> bool {
    /// Fewer words may be a declaration.
    const MIN_WORDS: usize = 3;
    let line = line.trim();
    let is_code = line.contains(['=', ';', '{', '}', '<', '>']);
    let begins = line.starts_with(char::is_uppercase);
    begins
        && !is_code
        && line.ends_with([':', '.', '!', '?'])
        && line.split(' ').count() >= MIN_WORDS
}

fn first_line(text: &str) -> &str {
    let text = text.trim_start_matches(['\n', '\r']);
    text.split(['\n', '\r']).next().unwrap_or_default()
}

fn line_starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1))
}
