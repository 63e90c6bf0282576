//! Model text turned into a completion that fits its place: no fences, no repetition of what is there already.

/// Why nothing of the model's text is fit to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// There was nothing but white space.
    Empty,
    /// It says again what already follows the cursor.
    RepeatsSuffix,
    /// Its first line is the line above the cursor's once more, and so is its second.
    RepeatsPrefix,
}

/// The place that a completion has to fit.
#[derive(Clone, Copy, Debug)]
pub struct Fit<'a> {
    /// The text before the cursor; only its last lines are looked at.
    pub before: &'a str,
    /// The text after the cursor; only its first lines are looked at.
    pub after: &'a str,
    /// Lines wanted at most.
    pub max_lines: u32,
    /// The document's line ending.
    pub line_ending: &'a str,
}

/// How many lines after the cursor are compared with the completion's last lines.
const SUFFIX_LINES: usize = 16;

/// The part of a model's text that fits the place.
///
/// # Errors
/// The reason when no part does.
pub fn fit(answer: &str, place: Fit<'_>) -> Result<String, Dropped> {
    let answer = strip_fences(answer)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let answer = strip_typed_prefix(&answer, place.before);
    let answer = first_lines(answer, place.max_lines);
    if answer.trim().is_empty() {
        return Err(Dropped::Empty);
    }
    let answer = strip_suffix_overlap(answer.trim_end(), place);
    if answer.trim().is_empty() {
        return Err(Dropped::RepeatsSuffix);
    }
    if repeats_above(answer, place.before) {
        return Err(Dropped::RepeatsPrefix);
    }
    Ok(match place.line_ending {
        "\n" => answer.to_owned(),
        ending => answer.replace('\n', ending),
    })
}

/// The text up to the end of its last complete line, when it has one: what of a stream may be shown already.
pub fn complete_lines(answer: &str) -> Option<&str> {
    answer.rfind('\n').map(|end| &answer[..end])
}

/// The inside of a Markdown fence where the model put one around its answer, else the text as it is.
pub fn strip_fences(answer: &str) -> &str {
    let trimmed = answer.trim_start_matches(['\n', '\r']);
    let Some(rest) = trimmed.trim_start_matches(' ').strip_prefix("```") else {
        return answer;
    };
    let inside = rest
        .split_once('\n')
        .map_or("", |(_language, inside)| inside);
    inside.find("\n```").map_or_else(
        || inside.strip_suffix("```").unwrap_or(inside),
        |end| &inside[..end],
    )
}

/// Models like to begin with the line as typed so far; what is there already is not typed again.
fn strip_typed_prefix<'a>(answer: &'a str, before: &str) -> &'a str {
    let typed = before.rsplit('\n').next().unwrap_or_default().trim_start();
    /// Shorter prefixes agree by chance.
    const MIN_PREFIX: usize = 4;
    if typed.trim_end().len() < MIN_PREFIX {
        return answer;
    }
    let body = answer.trim_start_matches([' ', '\t']);
    body.strip_prefix(typed)
        .or_else(|| body.strip_prefix(typed.trim_end()))
        .unwrap_or(answer)
}

fn first_lines(answer: &str, lines: u32) -> &str {
    // A text that begins with a line break spends none of its lines on the empty rest of the cursor's line.
    let lead = usize::from(answer.starts_with('\n'));
    let end = answer
        .match_indices('\n')
        .nth((lines as usize).saturating_sub(1) + lead)
        .map_or(answer.len(), |(index, _)| index);
    &answer[..end]
}

/// Cuts off the end of the answer that already stands after the cursor.
fn strip_suffix_overlap<'a>(answer: &'a str, place: Fit<'_>) -> &'a str {
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
    let kept = overlap.map_or(line, |length| &line[..line.len() - length]);
    let spaced = place.after.starts_with([' ', '\t']);
    if spaced { kept.trim_end() } else { kept }
}

fn is_closing(text: &str) -> bool {
    text.chars().all(|c| ")]}>;:,\"'`".contains(c))
}

/// Whether the closers at the end of `line` close nothing that the line opened itself.
fn is_surplus(line: &str, closers: &str) -> bool {
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
    match (0..lines.len()).find(|&from| repeats(from)) {
        Some(from) => answer[..lines[from].0].trim_end_matches(['\n', ' ', '\t']),
        None => answer,
    }
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

/// Two lines in a row that say again what the two lines above say.
fn repeats_above(answer: &str, before: &str) -> bool {
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
