//! The mechanical case: the same replacement at the next place that is alike.

use std::ops::Range;
use std::time::{Duration, Instant};

use firesteel_prompt::{Reindent, indent::indent, with_line_feeds};
use firesteel_syntax::gate::Gate;
use firesteel_syntax::{
    Token, TokenRole, Tree, alike, alike_elsewhere, defines, is_declaration, is_shared, phrases,
    token_at,
};
use firesteel_text::Text;

use super::{Edited, NextEdit, NoNextEdit, OTHERS_TIME, Open, Question};
use crate::editorconfig;
use crate::history::Past;
use crate::models::Source;

/// How long the gate may take over one place.
const CHECK_LIMIT: Duration = Duration::from_millis(50);
/// How many edits back the one to be repeated may be.
const EDITS_BACK: usize = 3;
/// At how many places the same edit is tried.
const PLACES_CAP: usize = 8;
/// Several tokens with fewer characters than this come everywhere.
const MIN_PHRASE: usize = 4;
/// Text above and below a place that tells how its file is indented, in bytes each way.
const STYLE_WINDOW: usize = 2 * 1024;
/// Words in comments and strings with fewer characters than this do.
const MIN_WORD: usize = 3;

/// The next place for one of the latest edits: in the document at hand, or else in one of the others.
pub(super) fn find(question: &Question) -> Result<NextEdit, NoNextEdit> {
    let deadline = Instant::now() + OTHERS_TIME;
    let repeats = repeats(question);
    let (here, whole) = (&question.here.open, 0..question.text().len());
    let found = find_first(&repeats, here, question.offset, whole);
    if let Ok(_) | Err(NoNextEdit::NotParsed) = found {
        return found;
    }
    for other in &question.others {
        for repeat in &repeats {
            if Instant::now() > deadline {
                return found;
            }
            if let Ok(edit) = repeat.find_in(&other.open, 0, 0..other.text().len()) {
                return Ok(edit);
            }
        }
    }
    found
}

/// The place in the document at hand that comes first behind `from`, or else first in `within`.
pub(super) fn find_here(
    question: &Question,
    from: usize,
    within: Range<usize>,
) -> Result<NextEdit, NoNextEdit> {
    find_first(&repeats(question), &question.here.open, from, within)
}

fn find_first(
    repeats: &[Repeat],
    open: &Open,
    from: usize,
    within: Range<usize>,
) -> Result<NextEdit, NoNextEdit> {
    open.tree().ok_or(NoNextEdit::NotParsed)?;
    let mut reason = NoNextEdit::NothingLike;
    for repeat in repeats {
        match repeat.find_in(open, from, within.clone()) {
            Ok(edit) => return Ok(edit),
            Err(NoNextEdit::ParseGate) => reason = NoNextEdit::ParseGate,
            Err(_) => {}
        }
    }
    Err(reason)
}

/// The latest edits of each document as they can be made elsewhere.
fn repeats(question: &Question) -> Vec<Repeat<'_>> {
    let edits: Vec<&Past> = { question.edited() }
        .flat_map(|edited| &edited.edits)
        .collect();
    let latest = |origin| {
        Edited::repeatable(origin)
            .take(EDITS_BACK)
            .map(move |past| (origin, past))
    };
    let latest = question.edited().flat_map(latest);
    { latest.filter_map(|(origin, past)| Repeat::of(origin, past, &edits)) }.collect()
}

/// Whether a line may have a place for one of the edits; it costs no parse.
pub(super) fn may_be_in(question: &Question, line: &Range<usize>) -> bool {
    let read = question.text().slice(line.clone());
    question.edited().any(|edited| {
        let is_here = std::ptr::eq(edited, &question.here);
        edited.repeatable().take(EDITS_BACK).any(|past| {
            let is_elsewhere =
                !is_here || past.range.end < line.start || line.end < past.range.start;
            let old = old_word(edited.text(), past);
            is_elsewhere && !old.is_empty() && read.contains(&old)
        })
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
struct Repeat<'a> {
    origin: &'a Edited,
    /// The token that was edited; none where it was more than one.
    token: Option<Token>,
    old: String,
    new: String,
    /// Where the new text begins in its document.
    start: usize,
    /// Whether the same was done at another place too.
    is_repeated: bool,
}

impl<'a> Repeat<'a> {
    fn of(origin: &'a Edited, past: &Past, edits: &[&Past]) -> Option<Self> {
        let tree = origin.open.tree()?;
        let text = origin.text();
        let is_repeated = is_repeated(past, edits);
        let token = token_at(&tree, text, &past.range);
        let Some(token) = token.filter(|token| {
            token.range.start <= past.range.start && past.range.end <= token.range.end
        }) else {
            return Self::phrase(origin, past, is_repeated);
        };
        let Range { start, end } = token.range;
        let old = past.before(text, &token.range);
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
            return Self::phrase(origin, past, is_repeated);
        }
        let whole = 0..text.len();
        let is_name = matches!(token.role, TokenRole::Name { .. });
        // Where the new name had a meaning already the user took another thing, and did not rename one.
        let is_choice = || {
            !is_declaration(&tree, text, &token)
                && !alike(&tree, text, &token, &new, whole).is_empty()
        };
        if is_name && !is_repeated && is_choice() {
            return None;
        }
        Some(Self {
            origin,
            token: Some(token),
            old,
            new,
            start,
            is_repeated,
        })
    }

    /// An edit of several tokens, which is repeated as it is.
    fn phrase(origin: &'a Edited, past: &Past, is_repeated: bool) -> Option<Self> {
        let old = past.removed.trim();
        let is_long = old.len() >= MIN_PHRASE && old.contains(char::is_alphanumeric);
        let is_line = !old.contains(['\n', '\r']) && !past.inserted.contains(old);
        (is_long && is_line && old.len() == past.removed.len()).then(|| Self {
            origin,
            token: None,
            old: old.to_owned(),
            new: past.inserted.clone(),
            start: past.range.start,
            is_repeated,
        })
    }

    /// The first place behind `from`, or else in `within`, where it leaves the code as whole as it was.
    fn find_in(
        &self,
        open: &Open,
        from: usize,
        within: Range<usize>,
    ) -> Result<NextEdit, NoNextEdit> {
        let mut places = self.places(open, within);
        let first = places.partition_point(|place| place.start < from);
        places.rotate_left(first);
        let mut reason = NoNextEdit::NothingLike;
        for place in places.into_iter().take(PLACES_CAP) {
            let gate = Gate::at(&open.snapshot, place.clone(), CHECK_LIMIT);
            let new = self.fitted(open, &place);
            let verdict = gate.and_then(|gate| gate.check(&new));
            if verdict.is_some_and(|verdict| verdict.added == 0) {
                return Ok(self.at(open, place, new));
            }
            reason = NoNextEdit::ParseGate;
        }
        Err(reason)
    }

    fn places(&self, open: &Open, within: Range<usize>) -> Vec<Range<usize>> {
        let text = open.text();
        let is_origin = open.is(&self.origin.open);
        // A document that does not have the text need not be parsed.
        if !text.slice(within.clone()).contains(&self.old) || !is_origin && !self.travels() {
            return Vec::new();
        }
        let Some(tree) = open.tree() else {
            return Vec::new();
        };
        match &self.token {
            Some(token) if is_origin => alike(&tree, text, token, &self.old, within),
            Some(token) if self.is_meant_in(&tree, text, token) => {
                let mut places = alike_elsewhere(&tree, text, &token.role, &self.old);
                places.retain(|place| within.start <= place.start && place.end <= within.end);
                places
            }
            Some(_) => Vec::new(),
            None => phrases(&tree, text, &self.old, within),
        }
    }

    /// Whether other documents may want it too: a name that is done with in its own, for else it may be one use that
    /// was changed; and what could mean anything there when it was done twice.
    fn travels(&self) -> bool {
        let text = self.origin.text();
        let is_done = |tree: &Tree, token: &Token| {
            is_shared(tree, text, token, &self.old)
                && alike(tree, text, token, &self.old, 0..text.len()).is_empty()
        };
        let named = |token: &Token| match &token.role {
            TokenRole::Name { .. } => {
                let tree = self.origin.open.tree();
                tree.is_some_and(|tree| is_done(&tree, token))
            }
            TokenRole::Literal { context, .. } => context.contains(char::is_alphanumeric),
            TokenRole::Words { .. } => false,
        };
        let is_name = |token: &Token| matches!(token.role, TokenRole::Name { .. });
        let token = self.token.as_ref();
        token.is_some_and(named) || self.is_repeated && !token.is_some_and(is_name)
    }

    /// Whether a name may be that of the origin in another document: not each has its own, and the new one is not a
    /// thing that was there before.
    fn is_meant_in(&self, tree: &Tree, text: &Text, token: &Token) -> bool {
        if !matches!(token.role, TokenRole::Name { .. }) {
            return true;
        }
        let Some(own) = self.origin.open.tree() else {
            return false;
        };
        let defined = |name: &str| defines(&own, self.origin.text(), name);
        let (old, new) = (defined(&self.old), defined(&self.new));
        let is_renamed = new || self.is_repeated;
        let is_taken = || !alike_elsewhere(tree, text, &token.role, &self.new).is_empty();
        !((old || new) && defines(tree, text, &self.old)) && (is_renamed || !is_taken())
    }

    /// The new text with the line ends and the indentation of a place.
    fn fitted(&self, open: &Open, place: &Range<usize>) -> String {
        if !self.new.contains(['\n', '\r']) {
            return self.new.clone();
        }
        let new = with_line_feeds(&self.new);
        let (origin, text) = (self.origin.text(), open.text());
        let first = origin.line(origin.line_of(self.start));
        let line = text.line_of(place.start);
        let white = text.line(line);
        let (theirs, ours) = (indent(&first), indent(&white));
        let (start, end) = (text.line_start(line), text.line_end(line));
        let above = text.slice(text.floor_char_boundary(start.saturating_sub(STYLE_WINDOW))..start);
        let below = text.slice(end..text.floor_char_boundary((end + STYLE_WINDOW).min(text.len())));
        let (above, below) = (with_line_feeds(&above), with_line_feeds(&below));
        let style = editorconfig::style(&open.snapshot, &open.path);
        let mut reindent = Reindent::new(
            style,
            (theirs, ours),
            &[],
            above.lines().rev(),
            below.lines(),
        );
        if open.is(&self.origin.open) {
            reindent = reindent.trusting();
        }
        reindent.line(&first);
        let mut lines = new.split('\n');
        let mut fitted = lines.next().unwrap_or_default().to_owned();
        let ending = editorconfig::line_ending(&open.snapshot.document, place.start).as_str();
        for line in lines {
            fitted.push_str(ending);
            fitted.push_str(&reindent.line(line));
        }
        fitted
    }

    fn at(&self, open: &Open, place: Range<usize>, new: String) -> NextEdit {
        let title = match self.new.is_empty() {
            true => format!("remove `{}`", short(&self.old)),
            false => format!("`{}` → `{}`", short(&self.old), short(&self.new)),
        };
        NextEdit {
            open: open.clone(),
            range: place,
            text: new,
            title,
            source: Source::Embedded,
        }
    }
}

/// Whether the same was done at another place too, by whomever.
fn is_repeated(past: &Past, edits: &[&Past]) -> bool {
    let same =
        |other: &&&Past| other.removed == past.removed && is_alike(&other.inserted, &past.inserted);
    edits.iter().filter(same).count() > 1
}

/// Whether two texts differ in their line ends and the white space at the start of lines alone.
fn is_alike(a: &str, b: &str) -> bool {
    let (a, b) = (with_line_feeds(a), with_line_feeds(b));
    a == b
        || a.lines()
            .map(str::trim_start)
            .eq(b.lines().map(str::trim_start))
}

/// A text for a title.
fn short(text: &str) -> String {
    /// Characters of a text in a title.
    const CAP: usize = 32;
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    match line.chars().nth(CAP) {
        Some(_) => line.chars().take(CAP - 1).chain(['…']).collect(),
        None => line.to_owned(),
    }
}
