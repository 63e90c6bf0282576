//! Where the lines of a SEARCH block stand, although a fast model copies them inexactly.

use std::ops::Range;

use firesteel_prompt::indent::indent;
use firesteel_text::Text;

/// The share of lines that must be the same for a part to be taken for the one that is meant.
const SIMILAR: f64 = 0.75;
/// How much better than the next best part it must be.
const MARGIN: f64 = 0.1;
/// Lines of a file that are looked through; a longer one is not rewritten by blocks.
const LINES_CAP: usize = 50_000;

/// The lines that were found, by number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) lines: Range<usize>,
    /// The indentation of the first line as the model has it, and as the file does.
    pub(super) theirs: String,
    pub(super) ours: String,
}

/// Why they were not found, in words for the model and the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotFound {
    #[error("the lines to replace are not there; the first of them is `{0}`")]
    Missing(String),
    #[error("the lines to replace are there more than once; give more of the lines around `{0}`")]
    Ambiguous(String),
    #[error("the file is too long")]
    TooLong,
}

/// Finds the one place of `search`; of several, the one that overlaps `near`.
pub(super) fn locate(text: &Text, search: &str, near: Range<usize>) -> Result<Found, NotFound> {
    let wanted: Vec<&str> = trim_blank(search);
    let Some(first) = wanted.first() else {
        // Nothing to look for: the new lines go to the end.
        let end = last_line(text);
        return Ok(Found {
            lines: end..end,
            theirs: String::new(),
            ours: String::new(),
        });
    };
    if text.line_count() > LINES_CAP {
        return Err(NotFound::TooLong);
    }
    let lines: Vec<String> = (0..text.line_count())
        .map(|line| text.line(line).into_owned())
        .collect();
    let found = |start: usize| Found {
        lines: start..start + wanted.len(),
        theirs: indent(first).to_owned(),
        ours: indent(&lines[start]).to_owned(),
    };
    let same: [fn(&str) -> &str; 2] = [str::trim_end, str::trim];
    for key in same {
        let is_here = |start: &usize| {
            let here = &lines[*start..*start + wanted.len()];
            here.iter().zip(&wanted).all(|(a, b)| key(a) == key(b))
        };
        let places: Vec<usize> = starts(&lines, &wanted).filter(is_here).collect();
        let is_near = |start: &&usize| near.contains(start);
        match places.as_slice() {
            [] => {}
            [only] => return Ok(found(*only)),
            many => {
                let mut near = many.iter().filter(is_near);
                return match (near.next(), near.next()) {
                    (Some(start), None) => Ok(found(*start)),
                    _ => Err(NotFound::Ambiguous(first.trim().to_owned())),
                };
            }
        }
    }
    let similar = most_similar(&lines, &wanted).map(found);
    similar.ok_or_else(|| NotFound::Missing(first.trim().to_owned()))
}

fn starts(lines: &[String], wanted: &[&str]) -> Range<usize> {
    0..(lines.len() + 1).saturating_sub(wanted.len())
}

/// The start of the one part that is clearly the most similar.
fn most_similar(lines: &[String], wanted: &[&str]) -> Option<usize> {
    let score = |start: usize| {
        let pairs = lines[start..].iter().zip(wanted);
        pairs
            .map(|(a, b)| likeness(a.trim(), b.trim()))
            .sum::<f64>()
            / wanted.len() as f64
    };
    let mut scored: Vec<(f64, usize)> = starts(lines, wanted).map(|at| (score(at), at)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best, start) = *scored.first()?;
    let next = scored.get(1).map_or(0.0, |(score, _)| *score);
    (best >= SIMILAR && best - next >= MARGIN).then_some(start)
}

/// How alike two lines are, from 0 to 1, by their words.
pub(super) fn likeness(a: &str, b: &str) -> f64 {
    if a == b {
        return 1.0;
    }
    let words = |line: &str| -> Vec<String> {
        let parts = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        parts
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (a, mut b) = (words(a), words(b));
    let all = a.len() + b.len();
    if all == 0 {
        return 0.0;
    }
    let shared = a.iter().filter(|word| {
        let at = b.iter().position(|other| other == *word);
        at.map(|at| b.swap_remove(at)).is_some()
    });
    2.0 * shared.count() as f64 / all as f64
}

/// The lines of a search without blank ones around them.
fn trim_blank(search: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = search
        .lines()
        .skip_while(|line| line.trim().is_empty())
        .collect();
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines
}

/// The number of the line behind the last one.
fn last_line(text: &Text) -> usize {
    let lines = text.line_count();
    match text.line(lines.saturating_sub(1)).is_empty() {
        true => lines.saturating_sub(1),
        false => lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "def a():\n    x = 1\n    return x\n\ndef b():\n    y = 2\n    return y\n";

    #[track_caller]
    fn check(search: &str, expected: Result<Range<usize>, &str>) {
        let found = locate(&Text::new(FILE), search, 4..6);
        let found = found.map(|found| found.lines);
        let expected = expected.map_err(str::to_owned);
        assert_eq!(found.map_err(|error| error.to_string()), expected);
    }

    #[test]
    fn lines_are_found_as_they_are_and_as_they_are_meant() {
        check("    x = 1\n    return x\n", Ok(1..3));
        check("\n    x = 1  \n", Ok(1..2));
        check("x = 1\nreturn x\n", Ok(1..3));
        check("def b():\n    y = 3\n    return y\n", Ok(4..7));
        check("", Ok(7..7));
        let missing = "the lines to replace are not there; the first of them is `z = 9`";
        check("z = 9\n", Err(missing));
    }

    #[test]
    fn of_two_places_the_one_at_hand_is_meant() {
        let text = Text::new("a = 1\nb = 2\na = 1\nb = 2\n");
        assert_eq!(
            locate(&text, "a = 1\n", 2..4).map(|found| found.lines),
            Ok(2..3)
        );
        let both = locate(&text, "a = 1\n", 0..4);
        assert!(matches!(both, Err(NotFound::Ambiguous(_))), "{both:?}");
    }
}
