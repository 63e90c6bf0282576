//! Secrets in the rows of a table whose columns are named before them: SQL's INSERT and COPY, and CSV.

use std::ops::Range;

use super::names::{Class, classify};
use super::scan::{Scanner, line_end, next_line};
use super::values;

/// What stands where a table begins, besides the names of its columns.
pub(super) const MARKS: &[&str] = &["insert into", "replace into", "copy "];

/// How many lines of one statement or file are looked at.
const MAX_LINES: usize = 1_000;
/// How many bytes of one statement are looked at.
const MAX_BYTES: usize = 256 * 1024;
/// A header of CSV is not longer.
const MAX_HEADER: usize = 1_024;
/// Tables have fewer columns.
const MAX_COLUMNS: usize = 200;

/// The columns whose values are secrets.
type Columns = Vec<Option<Class>>;

/// Finds the secrets of the statement that begins in a line.
pub(super) fn statement(scanner: &mut Scanner<'_>, line: Range<usize>) {
    let text = scanner.text();
    let lower = text[line.clone()].to_ascii_lowercase();
    if let Some(at) = ["insert into", "replace into"]
        .iter()
        .find_map(|mark| lower.find(mark))
    {
        insert(scanner, line.start, line.start + at);
    } else if let Some(at) = lower.find("copy ")
        && lower.contains("from stdin")
        && let Some((columns, _)) = columns(text, line.start + at, line.end)
    {
        rows(scanner, line, &columns, '\t', |row| row == "\\.");
    }
}

/// Finds the secrets under a line that is the header of a CSV file.
pub(super) fn csv(scanner: &mut Scanner<'_>, line: Range<usize>) {
    let header = &scanner.text()[line.clone()];
    let separator = [',', ';', '\t', '|']
        .into_iter()
        .find(|separator| header.contains(*separator));
    let Some(separator) = separator.filter(|_| header.len() <= MAX_HEADER) else {
        return;
    };
    let is_name = |name: &str| {
        let name = name.trim().trim_matches('"');
        name.starts_with(char::is_alphabetic)
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || "_- .".contains(c))
            && name.split(' ').count() <= 3
    };
    if !header.split(separator).all(is_name) {
        return;
    }
    let columns: Columns = header
        .split(separator)
        .map(|name| classify(name.trim().trim_matches('"')))
        .collect();
    if columns.len() <= MAX_COLUMNS && columns.iter().any(Option::is_some) {
        rows(scanner, line, &columns, separator, str::is_empty);
    }
}

/// The lines below `header`, which have a value for each column, up to one that ends the table or has not.
fn rows(
    scanner: &mut Scanner<'_>,
    header: Range<usize>,
    columns: &Columns,
    separator: char,
    is_end: impl Fn(&str) -> bool,
) {
    let text = scanner.text();
    let mut at = header.end;
    for _ in 0..MAX_LINES {
        let start = next_line(text, at);
        if start >= text.len() {
            at = text.len();
            break;
        }
        at = line_end(text, start);
        let row = &text[start..at];
        let cells = cells(row, separator);
        if is_end(row) || cells.len() != columns.len() {
            break;
        }
        for (cell, class) in cells.into_iter().zip(columns) {
            judge(scanner, start + cell.start..start + cell.end, *class);
        }
    }
    scanner.note_read(header.start, next_line(text, at));
}

/// Where the values of a row of CSV are, without their quotes.
fn cells(row: &str, separator: char) -> Vec<Range<usize>> {
    let (mut cells, mut start, mut is_quoted) = (Vec::new(), 0, false);
    for (at, char) in row.char_indices().chain([(row.len(), separator)]) {
        if char == '"' {
            is_quoted = !is_quoted;
        } else if char == separator && (!is_quoted || at == row.len()) {
            let cell = row[start..at].trim();
            let cell_start = start + row[start..at].find(cell).unwrap_or(0);
            let is_bare = !(cell.len() > 1 && cell.starts_with('"') && cell.ends_with('"'));
            let inset = usize::from(!is_bare);
            cells.push(cell_start + inset..cell_start + cell.len() - inset);
            start = at + char.len_utf8();
        }
    }
    cells
}

/// The columns that a statement names in brackets between `start` and `end`, and where their list ends.
fn columns(text: &str, start: usize, end: usize) -> Option<(Columns, usize)> {
    let open = start + text[start..end].find('(')?;
    let before = text[start..open].to_ascii_lowercase();
    if before.contains("values") || before.contains("select") {
        return None;
    }
    let close = open + text[open..end].find(')')?;
    let names = text[open + 1..close].split(',');
    let class = |name: &str| classify(name.trim().trim_matches(['"', '`', '[', ']', '\'']));
    let columns: Columns = names.map(class).collect();
    (columns.len() <= MAX_COLUMNS && columns.iter().any(Option::is_some))
        .then_some((columns, close + 1))
}

/// The literals of each row of an INSERT.
fn insert(scanner: &mut Scanner<'_>, line: usize, start: usize) {
    let text = scanner.text();
    let end = (start + MAX_BYTES).min(text.len());
    let end = (end..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(end);
    let Some((columns, at)) = columns(text, start, end) else {
        return;
    };
    let (mut depth, mut column, mut at) = (0_usize, 0, at);
    let mut lines = 0;
    let bytes = text.as_bytes();
    while at < end {
        match bytes[at] {
            b'\'' => {
                let close = closing_quote(bytes, at, end);
                if depth == 1 {
                    judge(
                        scanner,
                        at + 1..close,
                        columns.get(column).copied().flatten(),
                    );
                }
                at = close;
            }
            b'(' => {
                depth += 1;
                if depth == 1 {
                    column = 0;
                }
            }
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 1 => column += 1,
            b';' if depth == 0 => break,
            // Within a program the statement ends with the literal that holds it.
            b'"' | b'`' if depth == 0 => break,
            b'\n' => {
                lines += 1;
                if lines > MAX_LINES {
                    break;
                }
            }
            _ => {}
        }
        at += 1;
    }
    let last = line_end(text, at.min(text.len()));
    scanner.note_read(line, next_line(text, last));
}

/// Where a literal of SQL that opens at `open` closes; `''` and `\'` are quotes within it.
fn closing_quote(bytes: &[u8], open: usize, end: usize) -> usize {
    let mut at = open + 1;
    while at < end {
        match bytes[at] {
            b'\\' => at += 1,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 1,
            b'\'' => return at,
            _ => {}
        }
        at += 1;
    }
    end
}

fn judge(scanner: &mut Scanner<'_>, value: Range<usize>, class: Option<Class>) {
    if let Some(class) = class
        && values::is_secret(class, &scanner.text()[value.clone()])
    {
        scanner.push(value, class.kind());
    }
}
