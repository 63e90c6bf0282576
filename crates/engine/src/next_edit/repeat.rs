//! The mechanical case: the same replacement at the next place that is alike.

use std::ops::Range;
use std::time::Duration;

use firesteel_syntax::gate::Gate;
use firesteel_syntax::{
    Snapshot, Token, TokenRole, Tree, alike, is_declaration, phrases, token_at,
};
use firesteel_text::Text;

use super::{NextEdit, NoNextEdit, is_repeatable};
use crate::history::Past;
use crate::models::Source;

/// How long the parse may take on which the search waits.
const PARSE_LIMIT: Duration = Duration::from_millis(200);
/// How long the gate may take over one place.
const CHECK_LIMIT: Duration = Duration::from_millis(50);
/// How many edits back the one to be repeated may be.
const EDITS_BACK: usize = 3;
/// At how many places the same edit is tried.
const PLACES_CAP: usize = 8;
/// Several tokens with fewer characters than this come everywhere.
const MIN_PHRASE: usize = 4;
/// Words in comments and strings with fewer characters than this do.
const MIN_WORD: usize = 3;

/// The place for one of the latest edits that comes first behind `from`, or else first in `within`.
pub(super) fn find(
    snapshot: &Snapshot,
    edits: &[Past],
    from: usize,
    within: Range<usize>,
) -> Result<NextEdit, NoNextEdit> {
    let tree = snapshot.parsed(PARSE_LIMIT).ok_or(NoNextEdit::NotParsed)?;
    let text = &snapshot.document.text;
    let mut silence = NoNextEdit::NothingLike;
    let users = edits.iter().filter(|past| is_repeatable(past, text));
    for past in users.take(EDITS_BACK) {
        let Some(repeat) = Repeat::of(&tree, text, past, edits) else {
            continue;
        };
        let mut places = repeat.places(&tree, text, within.clone());
        let first = places.partition_point(|place| place.start < from);
        places.rotate_left(first);
        for place in places.into_iter().take(PLACES_CAP) {
            let gate = Gate::at(snapshot, place.clone(), CHECK_LIMIT);
            let verdict = gate.and_then(|gate| gate.check(&repeat.new));
            if verdict.is_some_and(|verdict| verdict.added == 0) {
                return Ok(repeat.at(place));
            }
            silence = NoNextEdit::ParseGate;
        }
    }
    Err(silence)
}

/// Whether a line may have a place for one of the edits; it costs no parse.
pub(super) fn may_be_in(edits: &[Past], text: &Text, line: &Range<usize>) -> bool {
    let read = text.slice(line.clone());
    let users = edits.iter().filter(|past| is_repeatable(past, text));
    users.take(EDITS_BACK).any(|past| {
        let is_elsewhere = past.range.end < line.start || line.end < past.range.start;
        let old = old_word(text, past);
        is_elsewhere && !old.is_empty() && read.contains(&old)
    })
}

/// Where the word begins that ends at, or is around, `offset`.
pub(super) fn word_start(text: &Text, offset: usize) -> usize {
    let before = text.slice(text.line_start(text.line_of(offset))..offset);
    let word = before.chars().rev().take_while(is_word);
    offset - word.map(char::len_utf8).sum::<usize>()
}

fn is_word(c: &char) -> bool {
    c.is_alphanumeric() || *c == '_'
}

/// What was replaced, with the letters and digits that touched it.
fn old_word(text: &Text, past: &Past) -> String {
    let line = text.line_of(past.range.start);
    let before = text.slice(text.line_start(line)..past.range.start);
    let behind = text.slice(past.range.end..text.line_end(text.line_of(past.range.end)));
    let edges = |text: &str| {
        (
            text.starts_with(|c| is_word(&c)),
            text.ends_with(|c| is_word(&c)),
        )
    };
    let (starts, ends) = match past.removed.is_empty() {
        true => edges(&past.inserted),
        false => edges(&past.removed),
    };
    let length: usize = before
        .chars()
        .rev()
        .take_while(is_word)
        .map(char::len_utf8)
        .sum();
    let left = if starts {
        &before[before.len() - length..]
    } else {
        ""
    };
    let right: String = behind.chars().take_while(|c| ends && is_word(c)).collect();
    format!("{left}{}{right}", past.removed)
}

/// An edit as it can be made elsewhere.
struct Repeat {
    /// The token that was edited; none where it was more than one.
    token: Option<Token>,
    old: String,
    new: String,
}

impl Repeat {
    fn of(tree: &Tree, text: &Text, past: &Past, edits: &[Past]) -> Option<Self> {
        let token = token_at(tree, text, &past.range);
        let Some(token) = token.filter(|token| {
            token.range.start <= past.range.start && past.range.end <= token.range.end
        }) else {
            return Self::phrase(past);
        };
        let Range { start, end } = token.range;
        let old = format!(
            "{}{}{}",
            text.slice(start..past.range.start),
            past.removed,
            text.slice(past.range.end..end)
        );
        let new = text.slice(start..end).into_owned();
        let is_one_word = |text: &str| text.chars().all(|c| is_word(&c));
        let is_one_token = match token.role {
            TokenRole::Name { .. } => {
                is_one_word(&old) && !old.starts_with(|c: char| c.is_numeric())
            }
            TokenRole::Literal { .. } => !old.contains(char::is_whitespace),
            TokenRole::Words { .. } => {
                is_one_word(&old) && is_one_word(&new) && old.len() >= MIN_WORD
            }
        };
        if old.is_empty() || new.is_empty() || old == new {
            return None;
        }
        if !is_one_token {
            return Self::phrase(past);
        }
        let whole = 0..text.len();
        let is_name = matches!(token.role, TokenRole::Name { .. });
        // Where the new name had a meaning already the user took another thing, and did not rename one.
        let is_choice = || {
            !is_declaration(tree, text, &token)
                && !alike(tree, text, &token, &new, whole).is_empty()
        };
        if is_name && !is_repeated(past, edits) && is_choice() {
            return None;
        }
        Some(Self {
            token: Some(token),
            old,
            new,
        })
    }

    /// An edit of several tokens, which is repeated as it is.
    fn phrase(past: &Past) -> Option<Self> {
        let old = past.removed.trim();
        let is_long = old.len() >= MIN_PHRASE && old.contains(char::is_alphanumeric);
        let is_line = !old.contains('\n') && !past.inserted.contains(old);
        (is_long && is_line && old.len() == past.removed.len()).then(|| Self {
            token: None,
            old: old.to_owned(),
            new: past.inserted.clone(),
        })
    }

    fn places(&self, tree: &Tree, text: &Text, within: Range<usize>) -> Vec<Range<usize>> {
        match &self.token {
            Some(token) => alike(tree, text, token, &self.old, within),
            None => phrases(tree, text, &self.old, within),
        }
    }

    fn at(self, place: Range<usize>) -> NextEdit {
        let title = match self.new.is_empty() {
            true => format!("remove `{}`", short(&self.old)),
            false => format!("`{}` → `{}`", short(&self.old), short(&self.new)),
        };
        NextEdit {
            range: place,
            text: self.new,
            title,
            source: Source::Embedded,
        }
    }
}

/// Whether the same was done at another place too, by whomever.
fn is_repeated(past: &Past, edits: &[Past]) -> bool {
    let same = |other: &&Past| other.removed == past.removed && other.inserted == past.inserted;
    edits.iter().filter(same).count() > 1
}

/// A text for a title.
fn short(text: &str) -> String {
    /// Characters of a text in a title.
    const CAP: usize = 32;
    let line = text.lines().next().unwrap_or_default();
    match line.chars().nth(CAP) {
        Some(_) => line.chars().take(CAP - 1).chain(['…']).collect(),
        None => line.to_owned(),
    }
}
