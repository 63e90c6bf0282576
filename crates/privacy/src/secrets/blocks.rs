//! Secrets of several lines: keys in PEM and the like.

use std::ops::Range;

use super::scan::{Scanner, line_end, next_line, previous_line};

/// What stands where a block begins or ends.
pub(super) const MARKS: &[&str] = &["-----BEGIN ", "-----END "];

/// How many lines a key has at most: a PGP key ring exported with its signatures is the longest.
const MAX_LINES: usize = 2_000;

/// Finds the block that begins at a line, or whose end is there; where to go on.
pub(super) fn find(scanner: &mut Scanner<'_>, line: Range<usize>) -> usize {
    let text = scanner.text();
    let here = &text[line.clone()];
    if let Some(at) = here.find("-----BEGIN ") {
        if is_private(&here[at..]) {
            return key(scanner, line.clone(), line.start + at);
        }
    } else if here.contains("-----END ") && is_private(here) {
        headless(scanner, line.clone());
    }
    line.start
}

/// Whether the label of a block says that it holds a private key.
fn is_private(label: &str) -> bool {
    label.contains("PRIVATE KEY")
}

/// A block from its first line to its last one, or to where it is cut off.
fn key(scanner: &mut Scanner<'_>, line: Range<usize>, start: usize) -> usize {
    let text = scanner.text();
    let (mut at, mut end) = (line.end, line.end);
    if let Some(last) = text[start + 11..line.end].find("-----END ") {
        let end = start + 11 + last;
        let end = text[end + 9..line.end]
            .find("-----")
            .map_or(line.end, |dashes| end + 14 + dashes);
        scanner.push(start..end, "private-key");
        return line.start;
    }
    for _ in 0..MAX_LINES {
        let next = next_line(text, at);
        let next = next..line_end(text, next.min(text.len()));
        at = next.end;
        let content = &text[next.clone()];
        if let Some(last) = content.find("-----END ") {
            let close = content[last + 9..]
                .find("-----")
                .map_or(content.len(), |dashes| last + 14 + dashes);
            end = next.start + close;
            break;
        }
        if !is_body(content) || next.is_empty() && next.end == text.len() {
            break;
        }
        if !content.trim().is_empty() {
            end = next.end;
        }
    }
    scanner.push(start..end, "private-key");
    scanner.note_read(line.start, next_line(text, at));
    end
}

/// A block whose beginning is cut off.
fn headless(scanner: &mut Scanner<'_>, line: Range<usize>) {
    let text = scanner.text();
    let mut start = line.start;
    let mut read = line.start;
    for _ in 0..MAX_LINES {
        let Some(previous) = previous_line(text, read) else {
            break;
        };
        read = previous.start;
        if !is_body(&text[previous.clone()]) || text[previous.clone()].trim().is_empty() {
            break;
        }
        start = previous.start;
    }
    scanner.note_read_back(read, next_line(text, line.end));
    scanner.push(start..line.end, "private-key");
}

/// Whether a line may stand within a key: base64, a header, or nothing, as a comment or a literal may have it.
fn is_body(line: &str) -> bool {
    let line = line.trim();
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=\\\"'`,;.*#<>!|- ".contains(c);
    line.chars().all(is_base64) || line.contains(": ") && line.len() < 100
}
