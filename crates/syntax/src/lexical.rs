//! The lexical gate: brackets, quotes, comments and tags kept balanced where there is no grammar to ask.
//!
//! What counts is, as in the parse gate, not whether the text is whole but whether an insertion makes it worse. So the
//! text after the cursor is matched with what is open at the cursor, without the insertion and with each beginning of it.

mod lexicon;
mod matching;
mod scan;
pub(crate) mod shapes;
mod verbatim;

use std::collections::VecDeque;
use std::ops::Range;

use firesteel_text::Text;

pub use lexicon::Lexicon;
use matching::Rest;
use scan::{Scan, State};
pub use verbatim::Verbatim;

/// How much text on either side of the cursor is read, in bytes: more than most functions, and read in well under a
/// millisecond.
const REACH: usize = 32 * 1024;

/// At how many of its line ends, and of the tokens of its first line, an insertion is tried.
const MAX_CANDIDATES: usize = 64;

/// Whether an insertion may go beyond the block in which the cursor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounds {
    /// It ends before a later line that closes what the text after the cursor closes already.
    Block,
    /// It is judged by its balance alone.
    Balance,
}

/// The length of the longest beginning of `insertion` that leaves nothing more open, and closes nothing more, than there
/// is without it: all of it, up to a line's end, or up to a token of its first line; 0 where there is none.
pub fn balanced_to(
    lexicon: &Lexicon,
    text: &Text,
    offset: usize,
    insertion: &str,
    bounds: Bounds,
) -> usize {
    if lexicon.is_prose() {
        return insertion.len();
    }
    let (before, after) = around(text, offset);
    let mut scan = Scan::new(lexicon);
    scan.run(&text.slice(before), |_, _| {});
    scan.begin_answer();
    let after = text.slice(after);
    let mut rest = Rest::new(lexicon, &after);
    let untouched = rest.matched(&scan);
    let candidates = candidates(scan, insertion, bounds, &untouched.closed);
    let keeps_balance = |candidate: &&Candidate<'_>| {
        let scan = &candidate.scan;
        let hides_rest = scan.at.state == State::LineComment && rest.goes_on_in_line();
        let matched = rest.matched(scan);
        let added = matched.damage + scan.damage > untouched.damage;
        // The quote that follows would begin a string, and a tag's end be text.
        let doubles_end = untouched.ends_within && !matched.ends_within;
        !hides_rest && !added && !doubles_end && !matched.leaves_own_open
    };
    candidates.iter().find(keeps_balance).map_or(0, |it| it.end)
}

/// A beginning of an insertion.
struct Candidate<'a> {
    end: usize,
    scan: Scan<'a>,
}

/// The beginnings that are tried: up to each line's end from the last, then up to each token of the first line.
fn candidates<'a>(
    mut scan: Scan<'a>,
    insertion: &str,
    bounds: Bounds,
    closed_later: &[usize],
) -> Vec<Candidate<'a>> {
    let (mut lines, mut tokens) = (VecDeque::new(), VecDeque::new());
    let mut lowest = scan.lowest;
    let mut is_beyond = false;
    scan.run(insertion, |end, scan| {
        let closes_block = (scan.lowest..lowest).any(|index| closed_later.contains(&index));
        lowest = scan.lowest;
        is_beyond |= bounds == Bounds::Block && closes_block && !lines.is_empty();
        if is_beyond {
            return;
        }
        let is_line_end = end == insertion.len() || insertion[end..].starts_with(['\n', '\r']);
        let kept = match (is_line_end, lines.is_empty()) {
            (true, _) => &mut lines,
            (false, true) => &mut tokens,
            (false, false) => return,
        };
        if kept.len() == MAX_CANDIDATES {
            kept.pop_front();
        }
        let scan = scan.clone();
        kept.push_back(Candidate { end, scan });
    });
    lines
        .into_iter()
        .rev()
        .chain(tokens.into_iter().rev())
        .collect()
}

fn around(text: &Text, offset: usize) -> (Range<usize>, Range<usize>) {
    let far = text.floor_char_boundary(offset.saturating_sub(REACH));
    let next_line = text.line_start(text.line_of(far) + 1);
    let start = match far == 0 || next_line > offset {
        true => far,
        false => next_line,
    };
    let end = text.floor_char_boundary(offset.saturating_add(REACH).min(text.len()));
    (start..offset, offset..end.max(offset))
}
