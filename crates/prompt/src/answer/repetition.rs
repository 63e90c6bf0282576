//! Texts in which a model went round in circles, and texts that only say again what stands above.

/// How often several lines must come in a row, for a text to be going round.
const MIN_LINES_ROUNDS: usize = 3;
/// How often a single line must.
const MIN_LINE_ROUNDS: usize = 4;
/// How often several lines must that have many tokens.
const MIN_LONG_ROUNDS: usize = 2;
/// How many those are.
const MIN_UNIT: usize = 14;
/// How often a unit within a line must.
const MIN_TOKEN_ROUNDS: usize = 6;
/// How many tokens those rounds must have together: tables are full of short units.
const MIN_TOKENS: usize = 18;

/// How many lines that differ in their numbers alone are a model that counts.
const MIN_COUNTED: usize = 5;
/// How many lines may make one of its rounds.
const MAX_COUNTED_UNIT: usize = 4;

/// Whether the text ends by saying the same over and over.
///
/// The prefix function of Knuth, Morris and Pratt over the tokens from the last to the first gives the shortest period
/// of each tail.
pub(super) fn is_repetitive(text: &str) -> bool {
    let whole_lines = text.rfind('\n').map_or("", |end| &text[..end]);
    let closed = text.trim_end_matches(|c: char| c.is_whitespace() || ")]};,\"'".contains(c));
    let as_lines = format!("{}\n", text.trim_end());
    // Its last line may have been cut off anywhere.
    let texts = [text.trim_end(), closed, whole_lines.trim_end(), &as_lines];
    texts.into_iter().any(ends_in_rounds)
}

/// Where the first round of a text ends whose rounds differ in their numbers alone: `step1(1)`, `step2(2)`, and so on.
pub(super) fn first_counted(text: &str) -> Option<usize> {
    let whole = text.strip_suffix('\n').unwrap_or(text);
    let lines: Vec<&str> = whole.split('\n').collect();
    let shapes: Vec<String> = lines
        .iter()
        .map(|line| without_numbers(line.trim()))
        .collect();
    // The last line may have been cut off anywhere.
    let whole = shapes.len().saturating_sub(1);
    let is_counted = |unit: &usize| {
        let (unit, n_lines) = (*unit, MIN_COUNTED.max(3 * unit));
        let has_word = |line: &String| line.contains(char::is_alphabetic);
        whole >= n_lines
            && shapes.iter().take(unit).any(has_word)
            && (unit..whole).all(|at| shapes[at] == shapes[at - unit])
            && lines[0].trim() != lines[unit].trim()
    };
    let unit = (1..=MAX_COUNTED_UNIT).find(is_counted)?;
    Some(
        lines[..unit]
            .iter()
            .map(|line| line.len() + 1)
            .sum::<usize>()
            - 1,
    )
}

/// A line with each of its numbers as one mark.
fn without_numbers(line: &str) -> String {
    let mut shape = String::new();
    for c in line.chars() {
        match c.is_ascii_digit() {
            true if shape.ends_with('#') => {}
            true => shape.push('#'),
            false => shape.push(c),
        }
    }
    shape
}

fn ends_in_rounds(text: &str) -> bool {
    let mut tokens = tokens(text);
    tokens.reverse();
    let borders = borders(&tokens);
    borders.iter().enumerate().any(|(last, border)| {
        let (length, period) = (last + 1, last + 1 - border);
        let unit = &tokens[..period];
        let lines = unit.iter().filter(|token| **token == "\n").count();
        let rounds = match lines {
            0 => MIN_TOKEN_ROUNDS,
            1 => MIN_LINE_ROUNDS,
            // So much is not said twice in a row, and the answer may have no room for a third time.
            _ if unit.len() >= MIN_UNIT => MIN_LONG_ROUNDS,
            _ => MIN_LINES_ROUNDS,
        };
        let has_word = { unit.iter() }.any(|token| token.starts_with(char::is_alphabetic));
        has_word && length / period >= rounds && length >= MIN_TOKENS
    })
}

/// For each beginning of `tokens`, how long the longest shorter beginning is with which it also ends.
fn borders(tokens: &[&str]) -> Vec<usize> {
    let mut borders = vec![0; tokens.len()];
    for at in 1..tokens.len() {
        let mut border: usize = borders[at - 1];
        while border > 0 && tokens[at] != tokens[border] {
            border = borders[border - 1];
        }
        borders[at] = border + usize::from(tokens[at] == tokens[border]);
    }
    borders
}

/// Words, line breaks, and other characters one by one; other white space is none.
fn tokens(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (token, behind) = rest.split_at(length);
        if first == '\n' || !first.is_whitespace() {
            tokens.push(token);
        }
        rest = behind;
    }
    tokens
}

/// Two lines in a row that say again what the two lines above say.
pub(super) fn repeats_above(answer: &str, before: &str) -> bool {
    let mut lines = answer.trim_start_matches('\n').lines().map(str::trim);
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else {
        return false;
    };
    let mut above = before
        .lines()
        .rev()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let (Some(last), Some(but_last)) = (above.next(), above.next()) else {
        return false;
    };
    !first.is_empty() && first == but_last && second == last
}
