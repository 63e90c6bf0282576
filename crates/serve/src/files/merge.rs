//! A part of a file as its editor has it, and the whole as the disk has it: whether they belong together, and what they make.

/// A line that says something, in bytes without the space around it.
const TELLING: usize = 8;
/// The lines that are looked for: the longest, for others have them least.
const PROBES: usize = 12;
/// What of the lines a file must have, in bytes, for it to be that one.
const ENOUGH: usize = 24;
/// Lines by which a place is found again.
const ANCHOR_LINES: usize = 3;
/// What these must have, in bytes: where they stand is known about.
const ANCHOR: usize = 6;
/// How far before its place, by the lengths of what was sent, the text after the cursor is looked for, in bytes.
const SLACK: usize = 1024;

/// What is known of a hole's surroundings: whole lines, without that of the cursor.
pub(super) struct Lines<'a> {
    probes: Vec<&'a str>,
    whole: Option<String>,
    pub(super) has_carriage_returns: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn of(before: &'a str, after: &'a str) -> Self {
        let above = &before[..before.rfind('\n').map_or(0, |end| end + 1)];
        let below = after.find('\n').map_or("", |end| &after[end + 1..]);
        let all = whole_lines(above, true).chain(whole_lines(below, false));
        let mut probes: Vec<&str> = all
            .map(str::trim)
            .filter(|line| line.len() >= TELLING)
            .collect();
        probes.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        probes.dedup();
        probes.truncate(PROBES);
        let is_long = before.len() + after.len() >= ENOUGH;
        Self {
            probes,
            whole: is_long.then(|| [before, after].concat()),
            has_carriage_returns: before.contains('\r') || after.contains('\r'),
        }
    }

    /// Whether no file can be told by them.
    pub(super) fn is_nothing(&self) -> bool {
        self.probes.is_empty() && self.whole.is_none()
    }

    /// How much of them a file has, if that is enough.
    pub(super) fn score(&self, text: &str) -> Option<usize> {
        let has_whole = { self.whole.as_ref() }.is_some_and(|whole| text.contains(whole.as_str()));
        let (mut n_found, mut bytes) = (0, 0);
        for probe in self.probes.iter().filter(|probe| text.contains(**probe)) {
            n_found += 1;
            bytes += probe.len();
        }
        let is_most = n_found * 3 >= self.probes.len() * 2 && bytes >= ENOUGH;
        let exact = if has_whole { usize::MAX / 2 } else { 0 };
        (has_whole || is_most).then_some(exact + bytes)
    }
}

/// The file with the part as it was sent in it, and where the cursor is.
pub(super) fn merged(file: &str, before: &str, after: &str) -> (String, usize) {
    let (head, from) = head(file, before);
    let sent_before = &before[from..];
    let expected = head.len() + sent_before.len().saturating_sub(SLACK);
    let (until, tail) = tail(file, after, head.len(), expected);
    let offset = head.len() + sent_before.len();
    ([head, sent_before, &after[..until], tail].concat(), offset)
}

/// What the file has above what was sent, and where in that the two meet.
fn head<'a>(file: &'a str, before: &str) -> (&'a str, usize) {
    // What was sent may begin within a line.
    let starts = std::iter::once(0).chain(before.match_indices('\n').map(|(at, _)| at + 1));
    let starts: Vec<usize> = starts.filter(|at| *at < before.len()).collect();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + ANCHOR_LINES).or(starts.last());
        let anchor = &before[*start..end.map_or(before.len(), |end| *end)];
        if anchor.trim().len() < ANCHOR {
            continue;
        }
        if let Some(at) = find_line(file, anchor, 0) {
            return (&file[..at], *start);
        }
    }
    ("", 0)
}

/// How much of what was sent counts, and what the file has below it.
fn tail<'a>(file: &'a str, after: &str, head: usize, expected: usize) -> (usize, &'a str) {
    let ends: Vec<usize> = after.match_indices('\n').map(|(at, _)| at + 1).collect();
    for (index, end) in ends.iter().enumerate().skip(1).rev() {
        let start = ends[index.saturating_sub(ANCHOR_LINES)];
        let anchor = &after[start..*end];
        if anchor.trim().len() < ANCHOR {
            continue;
        }
        let near = floor(file, expected);
        let at = find_line(file, anchor, near).or_else(|| find_line(file, anchor, head));
        if let Some(at) = at {
            return (*end, &file[at + anchor.len()..]);
        }
    }
    (after.len(), "")
}

/// Where whole lines stand in a text from a place on.
fn find_line(text: &str, lines: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let mut found = rest.match_indices(lines).map(|(at, _)| from + at);
    found.find(|at| *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n'))
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The lines of a text that are whole: its first may have been cut, or its last.
fn whole_lines(text: &str, skips_first: bool) -> impl Iterator<Item = &str> {
    let skip = usize::from(skips_first && text.matches('\n').count() > 2);
    text.split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
        .skip(skip)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "use std::fmt;\n\nstruct Point {\n    x: f64,\n    y: f64,\n}\n\nfn length(point: &Point) -> f64 {\n    point.x\n}\n\n\
        fn main() {\n    println!(\"{}\", length(&Point { x: 1.0, y: 2.0 }));\n}\n";

    #[test]
    fn what_was_sent_stands_in_what_the_disk_has() {
        let at = FILE.find("    point.x\n").unwrap() + "    point.x".len();
        let windows = [
            (0, FILE.len()),
            (20, FILE.len() - 20),
            (30, at + 10),
            (at - 50, at + 60),
        ];
        for (above, below) in windows {
            for typed in ["", " + point.y", "\n        .sqrt()\n    // more"] {
                let before = format!("{}{typed}", &FILE[above..at]);
                let after = &FILE[at..below];
                let lines = Lines::of(&before, after);
                let (text, offset) = merged(FILE, &before, after);
                assert_eq!(
                    &text[..offset],
                    format!("{}{typed}", &FILE[..at]),
                    "{above} {below} {typed}"
                );
                if below - above > 100 {
                    assert!(lines.score(FILE).is_some(), "{above} {below} {typed}");
                    assert_eq!(&text[offset..], &FILE[at..], "{above} {below} {typed}");
                }
                assert!(lines.score("fn main() {}\n").is_none());
            }
        }
    }

    #[test]
    fn nothing_is_found_by_nothing() {
        for (before, after) in [
            ("", ""),
            ("let x", ";"),
            ("\n\n\n", "\n\n"),
            ("}\n}\n", "}\n"),
        ] {
            assert!(Lines::of(before, after).is_nothing(), "{before:?}");
            merged(FILE, before, after);
        }
    }
}
