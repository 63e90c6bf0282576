//! Writes whole lines, several beginnings at once: the alternatives that an explicit request is offered beside the text that is sure.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::{
    complete::piece,
    evidence::history::History,
    predict::candidates::is_line_end,
    state::{Cursor, State},
    trim::Piece,
};

/// Beginnings that are kept alive.
pub(crate) const WIDTH: usize = 3;
/// Words of one line.
const MAX_WORDS: usize = 40;

/// A line that may be meant.
#[derive(Clone)]
pub(crate) struct Line {
    history: History,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) probability: f32,
    pub(crate) ended: bool,
}

/// The [`WIDTH`] likeliest lines after `history`, the likeliest first; the first word begins with `partial`. Fewer, and not ended, once
/// `cancel` is set.
pub(crate) fn write(
    state: &mut State,
    cursor: &Cursor,
    history: &History,
    partial: &str,
    cancel: &AtomicBool,
) -> Vec<Line> {
    let mut lines = vec![Line {
        history: history.clone(),
        pieces: Vec::new(),
        probability: 1.0,
        ended: false,
    }];
    for step in 0..MAX_WORDS {
        let done = lines.iter().all(|line| line.ended);
        if done || cancel.load(Ordering::Relaxed) {
            break;
        }
        let partial = if step == 0 { partial } else { "" };
        let mut next: Vec<Line> = Vec::new();
        for line in lines {
            if line.ended {
                next.push(line);
            } else {
                extend(state, cursor, line, partial, &mut next);
            }
        }
        next.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        next.truncate(WIDTH);
        lines = next;
    }
    lines
}

/// Goes on with the line in each of the likeliest ways.
fn extend(state: &mut State, cursor: &Cursor, line: Line, partial: &str, out: &mut Vec<Line>) {
    let prediction = state.predict(cursor, &line.history, partial);
    let probabilities = &prediction.mixed.probabilities;
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    if order.is_empty() {
        out.push(Line {
            probability: line.probability * prediction.mixed.none,
            ended: true,
            ..line
        });
        return;
    }
    for &index in order.iter().take(WIDTH) {
        let candidate = &prediction.evidence.candidates[index];
        let mut longer = line.clone();
        longer.probability *= probabilities[index];
        if is_line_end(candidate.token) {
            longer.ended = true;
        } else {
            let previous = longer.history.back(1);
            longer.history.push(candidate.token, &state.vocabulary);
            let (token, space) = (candidate.token, candidate.space);
            let added = piece(state, previous, token, space, longer.probability);
            longer.pieces.push(added);
        }
        out.push(longer);
    }
}
