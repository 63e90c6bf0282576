//! What a model's text says that already stands after the cursor.

use super::Fit;

/// How many lines after the cursor are compared with the completion's last lines.
const SUFFIX_LINES: usize = 16;

/// A line with fewer letters and digits than this may well come twice.
const MIN_LINE: usize = 4;

/// Cuts off the end of the answer that already stands after the cursor.
pub(super) fn strip_suffix_overlap<'a>(answer: &'a str, place: Fit<'_>) -> &'a str {
    let rest_of_line = place
        .after
        .split(['\n', '\r'])
        .next()
        .unwrap_or_default()
        .trim();
    if rest_of_line.is_empty() {
        return strip_following_lines(answer, place.after);
    }
    // In the middle of a line the answer is one line, without what follows it there.
    let line = answer.split('\n').next().unwrap_or_default().trim_end();
    let overlap = (1..=rest_of_line.len())
        .rev()
        .filter(|&length| rest_of_line.is_char_boundary(length))
        .find(|&length| {
            let head = &rest_of_line[..length];
            let whole_words = length == rest_of_line.len() && !is_closing(head);
            line.ends_with(head) && (whole_words || is_closing(head) && is_surplus(line, head))
        });
    let kept = match overlap {
        Some(length) => &line[..line.len() - length],
        None => &line[..surplus_closer(line, typed(place), rest_of_line).unwrap_or(line.len())],
    };
    let spaced = place.after.starts_with([' ', '\t']);
    if spaced { kept.trim_end() } else { kept }
}

fn is_closing(text: &str) -> bool {
    !text.contains(char::is_whitespace) && is_closed_by_editor(text)
}

/// Whether a text is only what editors put behind the cursor by themselves: the ends of brackets, strings, comments and tags.
pub fn is_closed_by_editor(text: &str) -> bool {
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let length = closer(rest);
        if length == 0 {
            return false;
        }
        rest = rest[length..].trim_start();
    }
    true
}

/// The ends of comments and of what templates hold.
const LONG_CLOSERS: [(&str, &str); 6] = [
    ("/*", "*/"),
    ("<!--", "-->"),
    ("<%", "%>"),
    ("{%", "%}"),
    ("<?", "?>"),
    ("<", "/>"),
];

/// The length of the closer that a text begins with, or nought.
fn closer(text: &str) -> usize {
    if let Some((_, close)) = { LONG_CLOSERS.iter() }.find(|(_, close)| text.starts_with(close)) {
        return close.len();
    }
    if text.starts_with("</") {
        return closing_tag(text).map_or(0, |name| "</>".len() + name.len());
    }
    usize::from(text.starts_with([')', ']', '}', '>', ';', ':', ',', '"', '\'', '`']))
}

/// The name in the closing tag that a text begins with; an empty one is a fragment's.
fn closing_tag(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix("</")?.split_once('>')?;
    let is_name = |c: char| c.is_alphanumeric() || "-_.:".contains(c);
    name.chars().all(is_name).then_some(name)
}

fn typed(place: Fit<'_>) -> &str {
    place.before.rsplit(['\n', '\r']).next().unwrap_or_default()
}

/// Where the answer closes the quote or bracket that the editor has closed already, and goes on as if it had not.
fn surplus_closer(line: &str, typed: &str, rest_of_line: &str) -> Option<usize> {
    let closer = rest_of_line.chars().next()?;
    if "\"'`".contains(closer) {
        let quotes = unescaped(line, closer);
        let is_inside = unescaped(typed, closer).len() % 2 == 1;
        // An even number leaves the string and comes back to it.
        return (is_inside && quotes.len() % 2 == 1).then(|| quotes[0]);
    }
    let opener = match closer {
        ')' => '(',
        ']' => '[',
        '}' => '{',
        // A type's parameters, or a tag, that the line has opened.
        '>' if typed.contains('<') => '<',
        _ => return None,
    };
    let (mut depth, mut surplus) = (0_i32, None);
    for (at, c) in line.char_indices() {
        // An arrow or a comparison is no bracket.
        let before = line[..at].chars().next_back();
        if c == '>' && before.is_some_and(|before| "-= ".contains(before)) {
            continue;
        }
        depth += i32::from(c == opener) - i32::from(c == closer);
        if depth < 0 && surplus.is_none() {
            surplus = Some(at);
        }
    }
    // Closed and opened again, what follows closes it once more.
    surplus.filter(|_| depth < 0)
}

/// Where a quote stands that no backslash takes the meaning of.
fn unescaped(text: &str, quote: char) -> Vec<usize> {
    let mut found = Vec::new();
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if c == quote && !is_escaped {
            found.push(at);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    found
}

/// Whether the closers at the end of `line` close nothing that the line opened itself.
fn is_surplus(line: &str, closers: &str) -> bool {
    let ends_more = |open: &str, close: &str| {
        closers.contains(close) && line.matches(close).count() <= line.matches(open).count()
    };
    let has_own_end = { LONG_CLOSERS.iter() }.any(|(open, close)| ends_more(open, close)) || {
        closers.match_indices("</")
    }
    .any(|(at, _)| {
        let name = closing_tag(&closers[at..]).unwrap_or_default();
        ends_more(&format!("<{name}"), &format!("</{name}>"))
    });
    if has_own_end {
        return false;
    }
    let count = |text: &str, set: &str| text.chars().filter(|c| set.contains(*c)).count();
    let brackets = count(closers, ")]}");
    let odd_quotes = |quote: char| line.matches(quote).count() % 2 == 1;
    if brackets > 0 {
        count(line, ")]}") >= count(line, "([{") + brackets
    } else {
        closers
            .chars()
            .filter(|c| "\"'`".contains(*c))
            .all(odd_quotes)
    }
}

/// Cuts off the answer's last lines where the document goes on with the same lines.
fn strip_following_lines<'a>(answer: &'a str, after: &str) -> &'a str {
    let following = after
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty());
    let following: Vec<&str> = following.take(SUFFIX_LINES).collect();
    let lines: Vec<(usize, &str)> = line_starts(answer);
    // Indentation tells a block's own last brace from the one that follows; the first line has its own before it.
    let same = |index: usize, (line, other): (&&str, &&str)| match index {
        0 => line.trim() == other.trim(),
        _ => line == other,
    };
    let repeats = |from: usize| {
        let tail = lines[from..].iter().map(|(_, line)| line.trim_end());
        let tail: Vec<&str> = tail.filter(|line| !line.is_empty()).collect();
        let mut pairs = tail.iter().zip(&following).enumerate();
        !tail.is_empty()
            && tail.len() <= following.len()
            && pairs.all(|(index, pair)| same(from + index, pair))
    };
    let end = (0..lines.len()).find(|&from| repeats(from));
    match end.or_else(|| end_of_block(&lines, following.first()?)) {
        Some(from) => answer[..lines[from].0].trim_end_matches(['\n', ' ', '\t']),
        None => answer,
    }
}

/// The line by which the answer ends the block that the document's next line ends already, such as `end` or `fi`: it
/// stands there as that one does, and less deep than all of the answer's lines before it.
fn end_of_block(lines: &[(usize, &str)], next: &str) -> Option<usize> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let rest = lines.iter().enumerate().skip(1);
    let mut rest = rest.filter(|(_, (_, line))| !line.trim().is_empty());
    let (at, (_, line)) = rest.find(|(_, (_, line))| depth(line) <= depth(next))?;
    let is_word = next.trim().chars().any(char::is_alphabetic);
    (is_word && line.trim_end() == next).then_some(at)
}

fn line_starts(text: &str) -> Vec<(usize, &str)> {
    let mut start = 0;
    text.split('\n')
        .map(|line| {
            let here = start;
            start += line.len() + 1;
            (here, line)
        })
        .collect()
}

/// Whether the line that the answer makes of the cursor's is the next line of the document once more.
pub(super) fn repeats_next_line(answer: &str, place: Fit<'_>) -> bool {
    let mut following = place.after.lines();
    let rest_of_line = following.next().unwrap_or_default();
    let next = following.map(str::trim).find(|line| !line.is_empty());
    let typed = place.before.rsplit('\n').next().unwrap_or_default();
    let made = match answer.trim_start_matches('\n').lines().next() {
        Some(first) if answer.starts_with('\n') => first.to_owned(),
        Some(first) => format!("{typed}{first}"),
        None => return false,
    };
    let weight = made.chars().filter(|c| c.is_alphanumeric()).count();
    rest_of_line.trim().is_empty() && weight >= MIN_LINE && next == Some(made.trim())
}
