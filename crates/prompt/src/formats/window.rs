//! What of a hole's surroundings goes into a prompt: cut at line boundaries, and so that the start of the text before
//! the cursor stays where it is while the user types.
//!
//! Servers keep what they computed for the beginning of a prompt. A window that began a fixed number of bytes before
//! the cursor would begin elsewhere at each line, and all of it would be computed anew. So its start is chosen by what
//! stands there: of the lines at which it may begin, the one with the smallest hash. That line stays the choice until
//! it leaves the window, wherever the caller's text begins and whatever is written above.

use std::collections::HashMap;

use crate::question::{Extra, Fim};

/// The share of a budget for the text after the cursor, as a divisor.
const AFTER_SHARE: usize = 6;
/// The share for other files, as a fraction.
const EXTRA_SHARE: (usize, usize) = (2, 5);
/// The share of the text before the cursor within which its start may move, as a divisor.
const STEP_SHARE: usize = 4;

/// What goes into a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut<'a> {
    /// Pieces of other files, the most relevant first.
    pub extra: Vec<&'a Extra>,
    /// The text before the cursor.
    pub before: &'a str,
    /// The text after the cursor.
    pub after: &'a str,
}

/// Cuts a hole's surroundings to `budget` bytes.
pub fn cut(fim: &Fim, budget: usize) -> Cut<'_> {
    let after = end(&fim.after, budget / AFTER_SHARE);
    let mut left = budget * EXTRA_SHARE.0 / EXTRA_SHARE.1;
    let mut extra = Vec::new();
    for piece in &fim.extra {
        let size = piece.path.len() + piece.text.len();
        if size <= left {
            left -= size;
            extra.push(piece);
        }
    }
    let used: usize = extra
        .iter()
        .map(|piece| piece.path.len() + piece.text.len())
        .sum();
    let before = start(&fim.before, budget.saturating_sub(after.len() + used));
    Cut {
        extra,
        before,
        after,
    }
}

/// At most the last `cap` bytes of a text, from a line's start that stays the same while the text grows.
pub fn start(text: &str, cap: usize) -> &str {
    if text.len() <= cap {
        return text;
    }
    let first = text.len() - cap;
    let last = text.len() - cap + cap / STEP_SHARE;
    let lines = line_starts(text, first, last);
    let hashed: Vec<(u64, usize)> = lines
        .iter()
        .map(|&at| (hash(two_lines(&text[at..])), at))
        .collect();
    let mut seen: HashMap<u64, u32> = HashMap::new();
    for (hash, _) in &hashed {
        *seen.entry(*hash).or_default() += 1;
    }
    let unique = hashed.iter().filter(|(hash, _)| seen.get(hash) == Some(&1));
    match unique.min() {
        Some((_, at)) => &text[*at..],
        None => &text[by_position(text, &lines, first, cap)..],
    }
}

/// Where lines are all alike, or too long, the start moves by steps of its own.
fn by_position(text: &str, lines: &[usize], first: usize, cap: usize) -> usize {
    let step = (cap / STEP_SHARE).max(1);
    let at = first.div_ceil(step) * step;
    let line = lines.iter().copied().find(|line| *line >= at);
    line.unwrap_or_else(|| ceil_char_boundary(text, at.min(text.len())))
}

/// At most the first `cap` bytes of a text, up to a line's end.
pub fn end(text: &str, cap: usize) -> &str {
    if text.len() <= cap {
        return text;
    }
    let mut far = cap;
    while !text.is_char_boundary(far) {
        far -= 1;
    }
    match text[..far].rfind('\n') {
        Some(line) => &text[..=line],
        None => &text[..far],
    }
}

/// Where lines begin between two places.
fn line_starts(text: &str, first: usize, last: usize) -> Vec<usize> {
    let from = ceil_char_boundary(text, first.saturating_sub(1));
    let breaks = text[from..]
        .match_indices('\n')
        .map(|(at, _)| from + at + 1);
    breaks
        .skip_while(|at| *at < first)
        .take_while(|at| *at <= last)
        .collect()
}

fn ceil_char_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn two_lines(text: &str) -> &str {
    let end = text
        .match_indices('\n')
        .nth(1)
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// FNV-1a: the choice must be the same in every process and version.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
