//! Repeats what stands beside: an arm beside arms, a test beside tests, a case beside cases, with what differs carried over.
//!
//! A line of the file is a model for the cursor's line if the two, and the lines above them, are made alike: the same operators and
//! keywords, the same indentation, and each name of the one in the places of one name of the other. What stands below a model, with
//! its names replaced so, is what it proposes. A line is as sure as the models agree about it: what differs between them for no
//! reason that the lines above tell, they do not agree about.

mod renaming;
#[cfg(test)]
mod tests;

use std::{cmp::Reverse, collections::HashMap};

use crate::{
    document::OpenDocument,
    evidence::lines::{Lines, Token},
    lexer,
    state::{Cursor, State},
    vocabulary::{TokenId, Vocabulary},
};

use renaming::Renaming;

/// Lines up and down among which models are looked for.
const SPAN: usize = 1_500;
/// Lines above the cursor that are compared.
const MAX_ABOVE: usize = 12;
/// Words that must be the same in a model and here, before the cursor and above.
const MIN_SAME: usize = 5;
/// Models that are asked, the likest.
const MAX_MODELS: usize = 8;
/// Lines around the cursor that are not said again.
const ECHO_SPAN: usize = 60;
/// A line of fewer words may well stand there twice.
const MIN_ECHO_WORDS: usize = 3;

/// A text that repeats what stands beside.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Repeat {
    /// What belongs at the cursor.
    pub(super) text: String,
    /// How sure its least sure line is.
    pub(super) confidence: f32,
}

/// A line that the cursor's line is made like.
struct Model {
    rank: usize,
    /// The line that was proposed last.
    at: usize,
    renaming: Renaming,
    /// Words that are the same.
    same: usize,
    /// All of its block that stands above it is alike.
    is_whole: bool,
}

/// What a model says is next.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Proposal {
    /// The line with the blank ones before it.
    text: String,
    /// Its depth against the cursor's line.
    step: isize,
}

/// A proposal that has most models for it.
struct Agreed {
    proposal: Proposal,
    sure: f32,
}

impl State {
    /// What repeats at the cursor as far as it is as likely as `threshold`, over at most `max_lines`.
    pub(super) fn repeat(&self, cursor: &Cursor, max_lines: u32, threshold: f32) -> Option<Repeat> {
        let document = self.documents.get(&cursor.document)?;
        if !cursor.rest.trim().is_empty() {
            return None;
        }
        let beside = Beside {
            cursor,
            document,
            lines: &document.lines,
            vocabulary: &self.vocabulary,
        };
        beside.write(beside.models(), max_lines, threshold)
    }
}

/// The cursor in its file.
struct Beside<'a> {
    cursor: &'a Cursor,
    document: &'a OpenDocument,
    lines: &'a Lines,
    vocabulary: &'a Vocabulary,
}

impl Beside<'_> {
    /// The likest lines of the file, the likest first.
    fn models(&self) -> Vec<Model> {
        let rank = self.cursor.scene.rank;
        let span = rank.saturating_sub(SPAN)..(rank + SPAN).min(self.lines.len());
        let mut models: Vec<Model> = span
            .filter(|&at| at != rank)
            .filter_map(|at| self.model(at))
            .collect();
        // One that is alike only within a block may be at another place in it; one that is much less alike than the best, elsewhere.
        let are_whole = models.iter().any(|model| model.is_whole);
        let least = models.iter().map(|model| model.same).max().unwrap_or(0) / 2;
        models.retain(|model| match are_whole {
            true => model.is_whole,
            false => model.same >= least,
        });
        models.sort_by_key(|model| (Reverse(model.same), model.rank.abs_diff(rank)));
        models.truncate(MAX_MODELS);
        models
    }

    fn model(&self, rank: usize) -> Option<Model> {
        let scene = &self.cursor.scene;
        let words = self.lines.tokens(rank).get(1..)?;
        let typed = &self.cursor.line;
        if words.len() < typed.len() || !self.may_stand_for(typed, words) {
            return None;
        }
        let ids = |words: &[Token]| -> Vec<TokenId> { words.iter().map(|word| word.id).collect() };
        let mut renaming = Renaming::default();
        let begun = ids(&words[..typed.len()]);
        let mut same = equal(typed, &begun);
        // The lines above are compared first where there is nothing of this one: most lines have others above them.
        if typed.is_empty() && !self.is_alike_above(rank)
            || !renaming.add(typed, &begun, self.vocabulary)
        {
            return None;
        }
        let columns = |rank| self.lines.columns(rank).map(|it| it as isize);
        let depth = columns(rank)? - scene.columns as isize;
        let (mut ours, mut theirs) = (scene.rank, rank);
        let mut least = scene.columns;
        // Whether the comparison has come to the head of the block.
        let mut is_whole = false;
        for _ in 0..MAX_ABOVE {
            let (Some(up), Some(model_up)) = (self.lines.above(ours), self.lines.above(theirs))
            else {
                is_whole = true;
                break;
            };
            let is_same_place = columns(model_up)? - columns(up)? == depth;
            let crosses =
                rank > scene.rank && model_up <= scene.rank || rank < scene.rank && up <= rank;
            let (own, other) = (
                ids(&self.lines.tokens(up)[1..]),
                ids(&self.lines.tokens(model_up)[1..]),
            );
            if !is_same_place || crosses || !renaming.add(&own, &other, self.vocabulary) {
                break;
            }
            same += equal(&own, &other);
            least = least.min(self.lines.columns(up)?);
            is_whole |= least < scene.columns;
            (ours, theirs) = (up, model_up);
        }
        if !scene.partial.is_empty() {
            let next = words.get(typed.len())?;
            let next = renaming.of(next.id, self.vocabulary);
            if !next.starts_with(&scene.partial) {
                return None;
            }
        }
        (same >= MIN_SAME).then_some(Model {
            rank,
            at: rank,
            renaming,
            same,
            is_whole,
        })
    }

    /// Whether words may be made like those that are typed: almost all lines of a file are told by that.
    fn may_stand_for(&self, typed: &[TokenId], words: &[Token]) -> bool {
        let is_value = |id| renaming::is_value(id, self.vocabulary);
        { typed.iter().zip(words) }
            .all(|(&ours, theirs)| ours == theirs.id || is_value(ours) && is_value(theirs.id))
    }

    /// Whether the line above could stand for the one above the cursor.
    fn is_alike_above(&self, rank: usize) -> bool {
        let above = |rank| {
            self.lines
                .above(rank)
                .map_or(0, |at| self.lines.tokens(at).len())
        };
        let count = above(rank);
        count > 1 && count == above(self.cursor.scene.rank)
    }

    /// Writes what the models agree about, up to the end of the unit.
    fn write(&self, mut models: Vec<Model>, max_lines: u32, threshold: f32) -> Option<Repeat> {
        let first = { models.iter().enumerate() }
            .filter_map(|(at, model)| Some((at, self.rest_of_line(model)?)))
            .collect();
        let agreed = vote(first, &mut models).filter(|it| it.sure >= threshold)?;
        let (mut text, mut confidence) = (agreed.proposal.text, agreed.sure);
        let mut whole = closes_what_it_opens(&text).then(|| (text.clone(), confidence));
        let mut is_deeper = false;
        for _ in 1..max_lines {
            let next: Vec<(usize, Proposal)> = { models.iter_mut().enumerate() }
                .filter_map(|(at, model)| Some((at, self.next_line(model)?)))
                .collect();
            let Some(agreed) = vote(next, &mut models).filter(|it| it.sure >= threshold) else {
                break;
            };
            let Proposal { text: line, step } = agreed.proposal;
            let body = line.trim_start();
            // What comes at the first line's depth after deeper lines is the next unit, unless it closes this one.
            let is_next_unit = step == 0 && is_deeper && !body.starts_with(['}', ')', ']']);
            if step < 0 || is_next_unit || self.is_there(body, step) {
                break;
            }
            text.push_str(&line);
            confidence = confidence.min(agreed.sure);
            // A head without its block is no unit.
            if !closes_what_it_opens(&text) || text.ends_with(':') {
                is_deeper |= step > 0;
                continue;
            }
            whole = Some((text.clone(), confidence));
            if step == 0 && is_deeper {
                break;
            }
            is_deeper |= step > 0;
        }
        let (text, confidence) = whole.filter(|(text, _)| !text.trim().is_empty())?;
        Some(Repeat { text, confidence })
    }

    /// What a model says the cursor's line goes on with.
    fn rest_of_line(&self, model: &Model) -> Option<Proposal> {
        let line = self.document.text.line(model.rank);
        let typed = self.cursor.line.len();
        let before = &self.cursor.before;
        let is_spaced = before.is_empty()
            || before.ends_with([' ', '\t'])
            || !self.cursor.scene.partial.is_empty();
        let mut text = String::new();
        for (index, word) in lexer::words(&line).enumerate().skip(typed) {
            if index > typed || !is_spaced {
                text.push_str(word.space);
            }
            let renamed = self.renamed(model, model.rank, index, word.text);
            let partial = if index == typed {
                self.cursor.scene.partial.as_str()
            } else {
                ""
            };
            text.push_str(renamed.strip_prefix(partial)?);
        }
        Some(Proposal { text, step: 0 })
    }

    /// What a model says the next line becomes; the model goes on to it.
    fn next_line(&self, model: &mut Model) -> Option<Proposal> {
        let rank = self.cursor.scene.rank;
        let next = self.lines.at_or_below(model.at + 1)?;
        // More than one blank line is the end of more than a unit.
        if model.at < rank && next >= rank || next - model.at > 2 {
            return None;
        }
        let text = |at| self.document.text.line(at);
        let (first, line) = (text(model.rank), text(next));
        let own = indent(&self.cursor.before);
        let (from, to) = (indent(&first), indent(&line));
        let ending = self.document.text.line_ending().as_str();
        let mut text = ending.repeat(next - model.at);
        match to.strip_prefix(from) {
            Some(more) => text.extend([own, more]),
            None => {
                let less = from.len().checked_sub(to.len())?;
                text.push_str(own.get(..own.len().checked_sub(less)?)?);
            }
        }
        for (index, word) in lexer::words(&line).enumerate() {
            if index > 0 {
                text.push_str(word.space);
            }
            text.push_str(&self.renamed(model, next, index, word.text));
        }
        model.at = next;
        let step = to.len() as isize - from.len() as isize;
        Some(Proposal { text, step })
    }

    fn renamed(&self, model: &Model, rank: usize, index: usize, text: &str) -> String {
        match self.lines.tokens(rank).get(index + 1) {
            Some(word) => model.renaming.of(word.id, self.vocabulary),
            None => text.to_owned(),
        }
    }

    /// Whether a line stands around the cursor already: next, or anywhere in its block.
    fn is_there(&self, body: &str, step: isize) -> bool {
        let rank = self.cursor.scene.rank;
        let text = |at| self.document.text.line(at);
        let next = self.lines.at_or_below(rank + 1);
        if next.is_some_and(|next| text(next).trim() == body) {
            return true;
        }
        if step != 0 || lexer::words(body).count() < MIN_ECHO_WORDS {
            return false;
        }
        let columns = self.cursor.scene.columns;
        let is_in_block = |at: &usize| self.lines.columns(*at).is_none_or(|it| it >= columns);
        let below = (rank + 1..self.lines.len())
            .take(ECHO_SPAN)
            .take_while(is_in_block);
        let above = (0..rank).rev().take(ECHO_SPAN).take_while(is_in_block);
        below
            .chain(above)
            .any(|at| self.lines.columns(at) == Some(columns) && text(at).trim() == body)
    }
}

/// What most models propose, and how sure that is; the others are asked no more.
fn vote(proposals: Vec<(usize, Proposal)>, models: &mut Vec<Model>) -> Option<Agreed> {
    let mut groups: HashMap<Proposal, Vec<usize>> = HashMap::new();
    for (at, proposal) in proposals {
        groups.entry(proposal).or_default().push(at);
    }
    let weight = |voters: &[usize]| voters.iter().map(|&at| models[at].same).sum::<usize>();
    let (proposal, voters) = groups
        .into_iter()
        .max_by(|(a, of_a), (b, of_b)| weight(of_a).cmp(&weight(of_b)).then(b.text.cmp(&a.text)))?;
    let sure = certainty(voters.len(), models.len());
    let mut at = 0..;
    models.retain(|_| at.next().is_some_and(|at| voters.contains(&at)));
    Some(Agreed { proposal, sure })
}

/// How likely it is to be right what `agreed` of `all` models say, as replayed histories tell. One alone says nothing about what differs
/// between units, and is right once in four times; what two say, three times in four, and what more say, almost always, unless others
/// say something else.
fn certainty(agreed: usize, all: usize) -> f32 {
    const ALONE: f32 = 0.25;
    const DOUBT: f32 = 1.5;
    if agreed < 2 {
        return ALONE;
    }
    let (agreed, all) = (agreed as f32, all as f32);
    let share = agreed / all;
    agreed * agreed / (agreed * agreed + DOUBT) * share * share
}

fn equal(ours: &[TokenId], theirs: &[TokenId]) -> usize {
    ours.iter().zip(theirs).filter(|(a, b)| a == b).count()
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Whether every bracket that a text opens is closed in it.
pub(super) fn closes_what_it_opens(text: &str) -> bool {
    let mut depth = 0usize;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth == 0
}
