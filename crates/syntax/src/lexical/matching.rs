//! What stands after the cursor, matched with what is open there.

use super::lexicon::Lexicon;
use super::scan::{Close, Position, Scan, State, find};

/// The text after the cursor, read from each position in which an insertion may leave it.
pub(super) struct Rest<'a> {
    lexicon: &'a Lexicon,
    text: &'a str,
    readings: Vec<(Position, Reading)>,
}

/// One reading of it.
#[derive(Clone)]
struct Reading {
    closes: Vec<Close>,
    /// What is wrong in it, whatever was open before.
    damage: usize,
    /// The string, value or tag in which it began is not closed on its line, or at all.
    is_left_open: bool,
}

/// What becomes of the whole.
pub(super) struct Matched {
    pub(super) damage: usize,
    /// What was open and is closed, by its place in the stack.
    pub(super) closed: Vec<usize>,
    /// Whether the text is in a string or a tag, which what follows ends.
    pub(super) ends_within: bool,
    /// Whether something that the insertion began is never closed.
    pub(super) leaves_own_open: bool,
}

impl<'a> Rest<'a> {
    pub(super) fn new(lexicon: &'a Lexicon, text: &'a str) -> Self {
        Self {
            lexicon,
            text,
            readings: Vec::new(),
        }
    }

    /// Whether something but white space follows on the cursor's line.
    pub(super) fn goes_on_in_line(&self) -> bool {
        let line = self.text.split(['\n', '\r']).next().unwrap_or_default();
        !line.trim().is_empty()
    }

    /// What becomes of what is open at the end of `scan`.
    pub(super) fn matched(&mut self, scan: &Scan<'_>) -> Matched {
        let reading = self.reading(scan.at);
        let mut open: Vec<usize> = (0..scan.stack.len()).collect();
        let mut stack = scan.stack.clone();
        let (mut closed, mut lost) = (Vec::new(), Vec::new());
        let mut damage = reading.damage;
        for close in &reading.closes {
            match find(&stack, *close) {
                Some(at) => {
                    lost.extend(open.drain(at + 1..));
                    closed.extend(open.pop());
                    stack.truncate(at);
                }
                None => damage += usize::from(!self.lexicon.is_lenient(close.kind)),
            }
        }
        lost.extend(open);
        Matched {
            damage: damage + lost.len(),
            ends_within: is_within(scan.at.state) && !reading.is_left_open,
            leaves_own_open: lost.iter().any(|index| *index >= scan.lowest)
                || scan.at.is_own && reading.is_left_open,
            closed,
        }
    }

    fn reading(&mut self, at: Position) -> Reading {
        if let Some((_, reading)) = self.readings.iter().find(|(read, _)| read.reads_like(&at)) {
            return reading.clone();
        }
        let mut scan = Scan::from(self.lexicon, at);
        let mut is_left_open = is_within(at.state);
        scan.run(self.text, |_, scan| {
            if is_left_open && scan.at.state != at.state && scan.damage == 0 {
                is_left_open = false;
            }
        });
        let ends_in_text = !matches!(
            scan.at.state,
            State::Plain | State::LineComment | State::BlockComment(_)
        );
        let reading = Reading {
            damage: scan.damage + scan.stack.len() + usize::from(ends_in_text),
            closes: scan.closes.unwrap_or_default(),
            is_left_open,
        };
        self.readings.push((at, reading.clone()));
        reading
    }
}

fn is_within(state: State) -> bool {
    matches!(state, State::String(_) | State::Value(_) | State::Tag)
}
