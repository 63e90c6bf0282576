//! Writes a whole line whatever its probability, keeping several beginnings alive: what an explicit request may fall back on, and what is measured.

use crate::{
    evidence::history::History,
    lexer::space,
    predict::candidates::{UNKNOWN_SPACE, is_line_end},
    state::{Cursor, State},
    vocabulary::TokenId,
};

/// Words of one line.
const MAX_WORDS: usize = 40;

/// A line that may be meant.
#[derive(Clone)]
pub(crate) struct Line {
    history: History,
    pub(crate) tokens: Vec<TokenId>,
    pub(crate) text: String,
    pub(crate) probability: f32,
    pub(crate) ended: bool,
}

/// The likeliest line after `history`, out of `width` that are kept alive; also how many words were predicted.
pub(crate) fn write(
    state: &mut State,
    cursor: &Cursor,
    history: &History,
    width: usize,
) -> (Line, usize) {
    let first = Line {
        history: history.clone(),
        tokens: Vec::new(),
        text: String::new(),
        probability: 1.0,
        ended: false,
    };
    let mut lines = vec![first];
    let mut predicted = 0;
    for _ in 0..MAX_WORDS {
        if lines.iter().all(|line| line.ended) {
            break;
        }
        let mut next: Vec<Line> = Vec::new();
        for line in lines {
            if line.ended {
                next.push(line);
            } else {
                predicted += 1;
                extend(state, cursor, line, width, &mut next);
            }
        }
        next.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        next.truncate(width);
        lines = next;
    }
    (lines.swap_remove(0), predicted)
}

/// Goes on with the line in each of the `width` likeliest ways.
fn extend(state: &mut State, cursor: &Cursor, line: Line, width: usize, out: &mut Vec<Line>) {
    let prediction = state.predict(cursor, &line.history, "");
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
    for &index in order.iter().take(width) {
        let candidate = &prediction.evidence.candidates[index];
        let mut longer = line.clone();
        longer.probability *= probabilities[index];
        if is_line_end(candidate.token) {
            longer.ended = true;
        } else {
            let previous = longer.history.back(1);
            let starts = previous <= crate::vocabulary::BOUNDARY;
            let code = if candidate.space == UNKNOWN_SPACE {
                state.usual_space(previous, candidate.token)
            } else {
                candidate.space
            };
            if !starts {
                space::push(code, &mut longer.text);
            }
            longer.text.push_str(state.vocabulary.text(candidate.token));
            longer.history.push(candidate.token, &state.vocabulary);
            longer.tokens.push(candidate.token);
        }
        out.push(longer);
    }
}
