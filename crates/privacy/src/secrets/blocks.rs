//! Secrets of several lines: keys in PEM, PGP and PuTTY's format, with or without their first lines; Kubernetes Secrets.

use std::ops::Range;

use super::scan::{Scanner, line_end, next_line, previous_line};

/// What stands where a block begins or ends.
pub(super) const MARKS: &[&str] = &[
    "-----BEGIN ",
    "-----END ",
    "---- BEGIN ",
    "PuTTY-User-Key-File",
    "kind",
    "data:",
    "stringData",
    "\"data\"",
    "MII",
    "MHcCAQE",
    "MHQCAQE",
    "AgEAMBMG",
    "AgEAMBAG",
    "MC4CAQ",
    "b3BlbnNzaC1rZXktdjE",
    "LS0tLS1CRUdJTi",
];

/// How many lines a key has at most: an exported PGP key with its signatures is the longest.
const MAX_LINES: usize = 2_000;
/// How many lines of a manifest are looked at for its kind and its data.
const MAX_MANIFEST_LINES: usize = 400;
/// The shortest line of a key that stands without its first line.
const MIN_BODY: usize = 40;

/// Finds the block that begins at a line, or whose end is there; where to go on.
pub(super) fn find(scanner: &mut Scanner<'_>, line: Range<usize>) -> usize {
    let text = scanner.text();
    let here = &text[line.clone()];
    let mut consumed = line.start;
    let mut at = 0;
    while let Some(begin) = begin_of(&here[at..]).map(|begin| at + begin) {
        if is_private(&here[begin..]) {
            consumed = consumed.max(key(scanner, line.clone(), line.start + begin));
        }
        at = begin + 10;
    }
    if consumed == line.start
        && let Some(end) = here
            .find("-----END ")
            .filter(|end| is_private(&here[*end..]))
        && begin_of(&here[..end]).is_none()
    {
        headless(scanner, line.clone());
    }
    if let Some(begin) = here.find("PuTTY-User-Key-File-") {
        consumed = consumed.max(putty(scanner, line.clone(), line.start + begin));
    }
    if consumed == line.start
        && let Some(found) = body_of_key(here)
    {
        consumed = consumed.max(headerless(scanner, line.clone(), found));
    }
    manifest(scanner, line);
    consumed
}

fn begin_of(text: &str) -> Option<usize> {
    text.find("-----BEGIN ")
        .or_else(|| text.find("---- BEGIN "))
}

/// Whether the label of a block says that it holds a private key.
fn is_private(label: &str) -> bool {
    let label = label.split(['\\', '\n']).next().unwrap_or(label);
    let label = label.to_ascii_uppercase();
    ["PRIVATE KEY", "SECRET KEY", "OPENVPN STATIC KEY"]
        .iter()
        .any(|key| label.contains(key))
}

/// Where a block closes in a text that begins behind its first mark.
fn close_of(text: &str) -> Option<usize> {
    let last = text.find("-----END ").or_else(|| text.find("---- END "))?;
    let label = &text[last + 9..];
    let close = label.find("----").map_or(label.len(), |dashes| {
        let dashes_end = label[dashes..]
            .find(|c| c != '-')
            .unwrap_or(label.len() - dashes);
        dashes + dashes_end
    });
    Some(last + 9 + close)
}

/// A block from its first line to its last one, or to where it is cut off.
fn key(scanner: &mut Scanner<'_>, line: Range<usize>, start: usize) -> usize {
    let text = scanner.text();
    let behind = start + 11;
    if let Some(close) = close_of(&text[behind..line.end]) {
        scanner.push(start..behind + close, "private-key");
        return line.start;
    }
    // A literal with its line breaks escaped is cut where its line ends or its quote closes.
    if text[behind..line.end].contains("\\n")
        && !text[behind..line.end]
            .trim_end()
            .ends_with(['+', '\\', '.'])
        && text[behind..line.end].len() > 60
    {
        let rest = &text[start..line.end];
        let end = rest
            .find(['"', '\'', '`'])
            .map_or(line.end, |quote| start + quote);
        scanner.push(start..end, "private-key");
        return line.start;
    }
    let (mut at, mut end) = (line.end, line.end);
    for _ in 0..MAX_LINES {
        let next = next_line(text, at);
        if next >= text.len() {
            at = text.len();
            break;
        }
        let stop = line_end(text, next);
        let content = &text[next..stop];
        at = stop;
        if let Some(close) = close_of(content) {
            end = next + close;
            break;
        }
        if !is_body(content) {
            break;
        }
        if !content.trim().is_empty() {
            end = stop;
        }
    }
    scanner.push(start..end, "private-key");
    scanner.note_read(line.start, next_line(text, at));
    end
}

/// A block whose beginning is cut off.
fn headless(scanner: &mut Scanner<'_>, line: Range<usize>) {
    let text = scanner.text();
    let (mut start, mut read) = (line.start, line.start);
    for _ in 0..MAX_LINES {
        let Some(previous) = previous_line(text, read) else {
            break;
        };
        read = previous.start;
        let content = &text[previous.clone()];
        if !is_body(content) || content.trim().is_empty() || begin_of(content).is_some() {
            break;
        }
        start = previous.start;
    }
    scanner.note_read_back(read, next_line(text, line.end));
    scanner.push(start..line.end, "private-key");
}

/// A key of PuTTY, by the numbers of lines that it states.
fn putty(scanner: &mut Scanner<'_>, line: Range<usize>, start: usize) -> usize {
    let text = scanner.text();
    let (mut at, mut end) = (line.end, line.end);
    for _ in 0..MAX_LINES {
        let next = next_line(text, at);
        if next >= text.len() {
            at = text.len();
            break;
        }
        at = line_end(text, next);
        let content = text[next..at].trim();
        if content.is_empty() || !is_body(content) {
            break;
        }
        end = at;
        if content.contains("Private-MAC:") {
            break;
        }
    }
    scanner.push(start..end, "private-key");
    scanner.note_read(line.start, next_line(text, at));
    end
}

/// Where the base64 of a private key begins in a line, by the bytes with which such keys begin.
fn body_of_key(line: &str) -> Option<usize> {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let mut at = 0;
    for run in line.split_inclusive(|c: char| !is_base64(c)) {
        let body = run.trim_end_matches(|c: char| !is_base64(c));
        if body.len() >= MIN_BODY && is_start_of_key(body) {
            return Some(at);
        }
        at += run.len();
    }
    None
}

/// Whether base64 decodes to the beginning of a private key: PKCS #1, PKCS #8, SEC 1, OpenSSH, or PEM itself.
fn is_start_of_key(body: &str) -> bool {
    let head = decoded(body.as_bytes());
    if head.starts_with(b"openssh-key-v1") || head.starts_with(b"-----BEGIN") {
        let label = String::from_utf8_lossy(&head);
        return head.starts_with(b"openssh")
            || !label.contains("CERT") && !label.contains("PUBLIC");
    }
    // A sequence whose first member is the version: certificates and public keys begin with a sequence.
    let inner = match head.as_slice() {
        [0x30, 0x82, _, _, rest @ ..]
        | [0x30, 0x81, _, rest @ ..]
        | [0x30, 0x00..=0x7f, rest @ ..] => rest,
        _ => return false,
    };
    matches!(inner, [0x02, 0x01, 0x00 | 0x01, 0x02 | 0x30 | 0x04, ..])
        || inner.starts_with(&[0x30, 0x40])
        || inner.starts_with(&[0x30, 0x1b, 0x06, 0x09, 0x2a, 0x86])
}

/// The first bytes that base64 stands for.
fn decoded(body: &[u8]) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let mut out = Vec::new();
    for group in body.chunks_exact(4).take(10) {
        let mut bits = 0_u32;
        for &byte in group {
            let Some(value) = value(byte) else { return out };
            bits = bits << 6 | value;
        }
        out.extend(bits.to_be_bytes().into_iter().skip(1));
    }
    out
}

/// The lines of a key that stands without its first line: from where it begins through all that go on with it.
fn headerless(scanner: &mut Scanner<'_>, line: Range<usize>, begin: usize) -> usize {
    let text = scanner.text();
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let run = |from: usize, to: usize| {
        let rest = &text[from..to];
        from..from + rest.find(|c| !is_base64(c)).unwrap_or(rest.len())
    };
    let first = run(line.start + begin, line.end);
    scanner.push(first, "private-key");
    let (mut at, mut end) = (line.end, line.start);
    for _ in 0..MAX_LINES {
        let next = next_line(text, at);
        if next >= text.len() {
            at = text.len();
            break;
        }
        at = line_end(text, next);
        let content = &text[next..at];
        let open = content.len() - content.trim_start_matches(|c: char| !is_base64(c)).len();
        let body = run(next + open, at);
        let behind = &text[body.end..at];
        let is_last = body.len() < MIN_BODY;
        if open > 24
            || behind.len() > 8
            || body.is_empty()
            || is_last && (body.len() < 4 || !is_tail(&text[body.clone()]))
        {
            break;
        }
        scanner.push(body, "private-key");
        end = at;
        if is_last {
            break;
        }
    }
    scanner.note_read(line.start, next_line(text, at));
    end
}

/// Whether a short run may be the last line of a key.
fn is_tail(body: &str) -> bool {
    body.ends_with('=')
        || body.contains(|c: char| c.is_ascii_digit()) && body.contains(char::is_uppercase)
}

/// Whether a line may stand within a key: base64, a header, or nothing, as a comment or a literal may have it.
fn is_body(line: &str) -> bool {
    let line = line.trim();
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=\\\"'`,;.*#<>!|_-[]() ".contains(c);
    let is_header = line.len() < 100
        && line.split_once(": ").is_some_and(|(name, _)| {
            name.len() < 24 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        });
    let longest = line
        .split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c)))
        .map(str::len)
        .max();
    line.is_empty()
        || is_header
        || line.chars().all(is_base64)
            && longest >= Some(line.len().min(16) / 2)
            && line.split(' ').count() < 6
}

/// The values of a Kubernetes Secret, from the line that says its kind or from the line above its values.
fn manifest(scanner: &mut Scanner<'_>, line: Range<usize>) {
    let text = scanner.text();
    let here = key_of(&text[line.clone()]);
    let looks_for = match here {
        Some(("kind", "Secret")) => Looks::ForData,
        Some(("data" | "stringData", "" | "{")) => Looks::ForKind,
        _ => return,
    };
    let own = indent(&text[line.clone()]);
    let (mut at, mut data, mut is_secret) = (
        line.end,
        looks_for == Looks::ForKind,
        looks_for == Looks::ForData,
    );
    let mut values: Vec<Range<usize>> = Vec::new();
    let mut block: Option<usize> = None;
    for _ in 0..MAX_MANIFEST_LINES {
        let next = next_line(text, at);
        if next >= text.len() {
            at = text.len();
            break;
        }
        at = line_end(text, next);
        let content = &text[next..at];
        if content.trim().is_empty() || content.trim_start().starts_with('#') {
            continue;
        }
        let depth = indent(content);
        if content.starts_with("---") || depth < own {
            break;
        }
        if depth == own {
            block = None;
            match key_of(content) {
                Some(("kind", kind)) => {
                    if is_secret || kind != "Secret" {
                        break;
                    }
                    is_secret = true;
                    data = false;
                }
                Some(("data" | "stringData", _)) => data = true,
                _ => data = false,
            }
            continue;
        }
        if !data {
            continue;
        }
        let value = match block {
            Some(parent) if depth > parent => {
                values.push(next + depth..at);
                continue;
            }
            _ => {
                block = None;
                let Some(colon) = content
                    .find(": ")
                    .or_else(|| content.ends_with(':').then_some(content.len() - 1))
                else {
                    continue;
                };
                let value = content[colon + 1..].trim();
                if matches!(value, "|" | ">" | "|-" | ">-" | "|+" | ">+") {
                    block = Some(depth);
                    continue;
                }
                let value = value.trim_matches([',', '"', '\'']);
                let start = next + colon + 1 + content[colon + 1..].find(value).unwrap_or(0);
                start..start + value.len()
            }
        };
        let content = &text[value.clone()];
        if content.len() >= 4
            && !super::values::is_reference(content)
            && !super::values::is_placeholder(content)
        {
            values.push(value);
        }
    }
    scanner.note_read(line.start, next_line(text, at));
    if is_secret {
        for value in values {
            scanner.push(value, "kubernetes-secret");
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    ForData,
    ForKind,
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().trim_start_matches("- ").len()
}

/// The key of a line of YAML or JSON, and what follows it.
fn key_of(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.trim_start().trim_start_matches("- ").split_once(':')?;
    Some((
        key.trim_matches(['"', '\'', ' ']),
        value.trim().trim_matches([',', '"', '\'']),
    ))
}
