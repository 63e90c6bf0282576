//! Puts the engine's answers beside what was really written.

use std::sync::atomic::AtomicBool;

use crate::{
    beam,
    clock::timed,
    complete::render,
    eval::{random::Random, replay::Case, report::Tally, stage, typing},
    lexer,
    state::{Cursor, State},
    trim::Piece,
    vocabulary::{LINE_END, TokenId, hash_text},
};

/// Lines whose keystrokes are replayed: one of this many.
const TYPED_EVERY: usize = 3;
/// Lines that are typed with those after them: one of this many.
const BLOCKS_EVERY: u64 = 12;
/// Longest line whose distance is worked out.
const MAX_DISTANCE_CHARS: usize = 400;

/// Judges one case in every way.
pub(crate) fn case(state: &mut State, case: &Case, random: &mut Random, tally: &mut Tally) {
    let cursor = stage::open(state, case);
    let truth = stage::truth(state, case);
    let words: Vec<TokenId> = truth.iter().map(|word| word.0).collect();
    let ((), took) = timed(|| next_words(state, &cursor, &words, tally));
    tally.word_seconds += took.as_secs_f64();
    if !case.trivial {
        whole_lines(state, &cursor, &truth, random, tally);
        if random.below(TYPED_EVERY) == 0 {
            typing::line(state, case, tally);
        }
        // Chosen by what it is, so that it takes no chance away from the others.
        let place = hash_text(&case.line).wrapping_add(case.before.len() as u64);
        if !case.next.is_empty() && place.is_multiple_of(BLOCKS_EVERY) {
            typing::block(state, case, tally);
        }
    }
}

/// Asks for every word of the line, the words before it given.
fn next_words(state: &mut State, cursor: &Cursor, words: &[TokenId], tally: &mut Tally) {
    let mut history = cursor.history.clone();
    for at in 0..=words.len() {
        let truth = words.get(at).copied().unwrap_or(LINE_END);
        let prediction = state.predict(cursor, &history, "");
        let best = prediction.best();
        let right = best.is_some_and(|best| prediction.evidence.candidates[best].token == truth);
        let sure = best.map_or(0.0, |best| prediction.mixed.probabilities[best]);
        let known = prediction
            .evidence
            .candidates
            .iter()
            .any(|candidate| candidate.token == truth);
        tally.word(state.vocabulary.kind(truth), right, known, sure);
        history.push(truth, &state.vocabulary);
    }
}

/// Asks for the line from its start and from a place within it.
fn whole_lines(
    state: &mut State,
    cursor: &Cursor,
    truth: &[(TokenId, String)],
    random: &mut Random,
    tally: &mut Tally,
) {
    let middle = if truth.len() >= 3 {
        Some(1 + random.below(truth.len() - 2))
    } else {
        None
    };
    for cut in [Some(0), middle].into_iter().flatten() {
        let mut history = cursor.history.clone();
        truth[..cut]
            .iter()
            .for_each(|word| history.push(word.0, &state.vocabulary));
        let unstopped = AtomicBool::new(false);
        let lines = beam::write(state, cursor, &history, "", &unstopped);
        let texts: Vec<String> = lines
            .iter()
            .map(|line| written(&line.pieces, cut > 0))
            .collect();
        let mut wanted = String::new();
        for (index, (token, space)) in truth[cut..].iter().enumerate() {
            if index > 0 || cut > 0 {
                wanted.push_str(space);
            }
            wanted.push_str(state.vocabulary.text(*token));
        }
        let place = texts.iter().position(|text| *text == wanted);
        tally.line(cut > 0, place, similarity(&texts[0], &wanted));
    }
}

/// The text of a line's words, with the white space before the first where it is not the line's first.
fn written(pieces: &[Piece], within: bool) -> String {
    let space = pieces
        .first()
        .filter(|_| within)
        .map_or("", |piece| &piece.space);
    format!("{space}{}", render(pieces))
}

/// Whether the text is what comes next, to the end of a word.
pub fn continues(rest: &str, text: &str) -> bool {
    let Some(after) = rest.strip_prefix(text) else {
        return false;
    };
    let ends_in_name = text
        .as_bytes()
        .last()
        .is_some_and(|&byte| lexer::is_name_byte(byte));
    let goes_on = after
        .as_bytes()
        .first()
        .is_some_and(|&byte| lexer::is_name_byte(byte));
    !(ends_in_name && goes_on)
}

/// One minus the edit distance over the longer length.
pub fn similarity(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (
        a.chars().take(MAX_DISTANCE_CHARS).collect(),
        b.chars().take(MAX_DISTANCE_CHARS).collect(),
    );
    let longer = a.len().max(b.len());
    if longer == 0 {
        return 1.0;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    1.0 - row[b.len()] as f64 / longer as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarity_is_of_characters() {
        assert_eq!(similarity("abc", "abc"), 1.0);
        assert_eq!(similarity("", "abc"), 0.0);
        assert!((similarity("kitten", "sitting") - (1.0 - 3.0 / 7.0)).abs() < 1e-9);
    }

    #[test]
    fn only_whole_words_are_accepted() {
        assert!(continues("foo(bar)", "foo"));
        assert!(!continues("foobar", "foo"));
        assert!(!continues("foo", "bar"));
    }
}
