//! Model text turned into a completion that fits its place: no fences, no repetition, the file's own indentation.

mod chatter;
mod indent;
mod overlap;
mod repetition;

use std::borrow::Cow;

use crate::indent::Style;
pub use overlap::is_closed_by_editor;
use overlap::{repeats_next_line, strip_suffix_overlap};
use repetition::{first_counted, is_repetitive, repeats_above};

/// Why nothing of the model's text is fit to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// There was nothing but white space.
    Empty,
    /// It speaks of the code instead of writing it.
    Prose,
    /// It says again what already follows the cursor.
    RepeatsSuffix,
    /// Its first line is the line above the cursor's once more, and so is its second.
    RepeatsPrefix,
    /// Its line is the document's next line once more.
    RepeatsNextLine,
    /// It says the same over and over.
    Repetitive,
}

/// The place that a completion has to fit.
#[derive(Clone, Copy, Debug)]
pub struct Fit<'a> {
    /// The text before the cursor; only its last lines are looked at.
    pub before: &'a str,
    /// The text after the cursor; only its first lines are looked at.
    pub after: &'a str,
    /// Whether this is text for people, to which sentences and fences belong.
    pub is_prose: bool,
    /// Lines wanted at most.
    pub max_lines: u32,
    /// The document's line ending.
    pub line_ending: &'a str,
    /// How the file is indented.
    pub style: Style,
    /// The text that the completion replaces, which stands between the two.
    pub replaces: Option<&'a str>,
}

/// The part of a model's text that fits the place.
///
/// # Errors
/// The reason when no part does.
pub fn fit(answer: &str, place: Fit<'_>) -> Result<String, Dropped> {
    let answer = with_line_feeds(answer);
    let (before, after) = (with_line_feeds(place.before), with_line_feeds(place.after));
    let place = Fit {
        before: before.trim_start_matches('\u{feff}'),
        after: &after,
        ..place
    };
    let answer = chatter::code_of(&answer, place).ok_or(Dropped::Prose)?;
    let answer = strip_typed_prefix(answer, place.before);
    let answer = match place.replaces {
        Some(old) => Cow::Owned(indent::fix_over(answer, old, place)),
        None => indent::fix(answer, place),
    };
    if answer.trim().is_empty() {
        return Err(Dropped::Empty);
    }
    if is_repetitive(&answer) {
        return Err(Dropped::Repetitive);
    }
    // What would be counted on is for the user to ask for.
    let counted = first_counted(&answer).unwrap_or(answer.len());
    let answer = first_lines(&answer[..counted], place.max_lines);
    let answer = strip_suffix_overlap(answer.trim_end(), place);
    if answer.trim().is_empty() {
        return Err(Dropped::RepeatsSuffix);
    }
    if repeats_above(answer, place.before) {
        return Err(Dropped::RepeatsPrefix);
    }
    if repeats_next_line(answer, place) {
        return Err(Dropped::RepeatsNextLine);
    }
    Ok(match place.line_ending {
        "\n" => answer.to_owned(),
        ending => answer.replace('\n', ending),
    })
}

/// The text with lines that end in a line feed alone.
pub fn with_line_feeds(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => Cow::Borrowed(text),
    }
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
