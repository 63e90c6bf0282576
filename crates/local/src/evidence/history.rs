//! What stands just before the cursor, as the predictor sees it: the last words, the line so far, the line above and the open brackets.

use crate::vocabulary::{BOUNDARY, Kind, LINE_END, TokenId, Vocabulary};

/// How many lines back an open bracket is remembered. It bounds how far one edit can change the contexts of later lines.
pub(crate) const BRACKET_LINES: u32 = 24;
/// Words kept; the longest match looked for is shorter.
const WINDOW: usize = 48;
/// Open brackets kept.
const MAX_BRACKETS: usize = 64;

/// How many kinds of skip contexts there are.
pub(crate) const CONTEXTS: usize = 9;

/// An open bracket: the word it follows, how many commas it has seen, and which bracket closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bracket {
    pub(crate) head: TokenId,
    pub(crate) commas: u8,
    pub(crate) closer: u8,
    line: u32,
}

/// The words before the point that is predicted.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    window: Vec<TokenId>,
    line: Vec<TokenId>,
    above: Vec<TokenId>,
    brackets: Vec<Bracket>,
    line_number: u32,
    /// The first two words of the next line after the cursor: what fill-in-the-middle has to meet.
    pub(crate) below: [TokenId; 2],
}

impl History {
    pub(crate) fn new() -> History {
        History {
            window: vec![BOUNDARY],
            below: [BOUNDARY; 2],
            ..History::default()
        }
    }

    /// The words of the line so far.
    pub(crate) fn line(&self) -> &[TokenId] {
        &self.line
    }

    /// The words of the last line before this one that has any.
    pub(crate) fn above(&self) -> &[TokenId] {
        &self.above
    }

    pub(crate) fn brackets(&self) -> &[Bracket] {
        &self.brackets
    }

    /// How many of the open brackets were opened on this line.
    pub(crate) fn opened_here(&self) -> usize {
        self.brackets
            .iter()
            .filter(|bracket| bracket.line == self.line_number)
            .count()
    }

    /// The word `back` places before the cursor; the last word is 1.
    pub(crate) fn back(&self, back: usize) -> TokenId {
        if back <= self.window.len() {
            self.window[self.window.len() - back]
        } else {
            BOUNDARY
        }
    }

    /// The last words, most recent first.
    pub(crate) fn recent(&self) -> impl Iterator<Item = TokenId> + '_ {
        self.window.iter().rev().copied()
    }

    /// Goes on by one word.
    pub(crate) fn push(&mut self, token: TokenId, vocabulary: &Vocabulary) {
        let previous = self.back(1);
        if self.window.len() >= WINDOW * 2 {
            self.window.drain(..WINDOW);
        }
        self.window.push(token);
        if token <= BOUNDARY {
            self.start_line(token);
            return;
        }
        self.line.push(token);
        if vocabulary.kind(token) == Kind::Operator {
            self.push_bracket(previous, vocabulary.text(token));
        }
    }

    fn start_line(&mut self, token: TokenId) {
        std::mem::swap(&mut self.above, &mut self.line);
        self.line.clear();
        self.line_number += 1;
        if token == BOUNDARY {
            self.brackets.clear();
            self.above.clear();
        }
        let oldest = self.line_number.saturating_sub(BRACKET_LINES);
        self.brackets.retain(|bracket| bracket.line >= oldest);
    }

    fn push_bracket(&mut self, head: TokenId, operator: &str) {
        let closer = match operator {
            "(" => b')',
            "[" | "#[" => b']',
            "{" | "${" => b'}',
            ")" | "]" | "}" => {
                self.brackets.pop();
                return;
            }
            "," => {
                if let Some(bracket) = self.brackets.last_mut() {
                    bracket.commas = bracket.commas.saturating_add(1);
                }
                return;
            }
            _ => return,
        };
        if self.brackets.len() == MAX_BRACKETS {
            self.brackets.remove(0);
        }
        self.brackets.push(Bracket {
            head,
            commas: 0,
            closer,
            line: self.line_number,
        });
    }

    /// The skip contexts of this point: hashes of parts of what stands around it, the same for equal words in every vocabulary.
    pub(crate) fn contexts(&self, vocabulary: &Vocabulary) -> [u32; CONTEXTS] {
        let word = |back| vocabulary.hash(self.back(back));
        let shape = |back| vocabulary.shape_hash(self.back(back));
        let at = |line: &[TokenId], index: usize, none| {
            vocabulary.hash(line.get(index).copied().unwrap_or(none))
        };
        let (first, second) = (at(&self.line, 0, BOUNDARY), at(&self.line, 1, BOUNDARY));
        let place = self.line.len().min(12) as u32;
        let bracket = self.brackets.last();
        let head = vocabulary.hash(bracket.map_or(BOUNDARY, |bracket| bracket.head));
        let commas = bracket.map_or(0, |bracket| u32::from(bracket.commas));
        let below = self.below.map(|token| vocabulary.hash(token));
        let last = word(1);
        [
            mix(1, &[first, last, place]),
            mix(2, &[shape(3), shape(2), last]),
            mix(3, &[shape(4), shape(3), shape(2), shape(1)]),
            mix(4, &[head, commas, last]),
            mix(5, &[word(3), word(2), shape(1)]),
            mix(
                6,
                &[
                    at(&self.above, 0, BOUNDARY),
                    at(&self.above, 1, BOUNDARY),
                    first,
                    second,
                    last,
                ],
            ),
            mix(
                7,
                &[
                    at(&self.above, self.line.len(), LINE_END),
                    at(&self.above, self.line.len() + 1, LINE_END),
                    last,
                ],
            ),
            mix(8, &[below[0], below[1], last, place]),
            mix(
                9,
                &[shape(6), shape(5), shape(4), shape(3), shape(2), shape(1)],
            ),
        ]
    }

    /// A hash of all that the contexts of later words depend on. Equal hashes mean that nothing below changes.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hash = 0u64;
        let mut add = |value: u32| {
            hash = (hash ^ u64::from(value))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(23)
        };
        (1..=6).for_each(|back| add(self.back(back)));
        self.line.iter().for_each(|&token| add(token));
        add(u32::MAX);
        self.above.iter().for_each(|&token| add(token));
        add(u32::MAX);
        for bracket in &self.brackets {
            add(bracket.head);
            add(u32::from(bracket.commas) << 8 | u32::from(bracket.closer));
            add(self.line_number - bracket.line);
        }
        hash
    }
}

/// A hash of words by their hashes, the same in every vocabulary; `seed` tells one use from another.
pub(crate) fn mix(seed: u64, values: &[u32]) -> u32 {
    let mut hash = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x0123_4567;
    for &value in values {
        hash = (hash ^ u64::from(value)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^= hash >> 31;
    }
    hash ^= hash >> 29;
    (hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer;

    fn history(vocabulary: &mut Vocabulary, lines: &[&str]) -> History {
        let mut history = History::new();
        for line in lines {
            history.push(LINE_END, vocabulary);
            for word in lexer::words(line) {
                let token = vocabulary.intern(word.text);
                history.push(token, vocabulary);
            }
        }
        history
    }

    #[test]
    fn brackets_remember_their_call_and_argument() {
        let mut vocabulary = Vocabulary::new();
        let history = history(&mut vocabulary, &["foo(a, bar(", "x, y"]);
        let inner = history.brackets().last().expect("a bracket is open");
        assert_eq!(
            (vocabulary.text(inner.head), inner.commas, inner.closer),
            ("bar", 1, b')')
        );
        assert_eq!(history.brackets().len(), 2);
    }

    #[test]
    fn old_brackets_are_forgotten() {
        let mut vocabulary = Vocabulary::new();
        let mut lines = vec!["foo("];
        lines.extend(std::iter::repeat_n("x", BRACKET_LINES as usize + 1));
        assert!(history(&mut vocabulary, &lines).brackets().is_empty());
    }

    #[test]
    fn the_fingerprint_forgets_what_no_context_sees() {
        let mut vocabulary = Vocabulary::new();
        let tail = ["a b c d e f", "g h i j k l m"];
        let one = history(&mut vocabulary, &[&["something"], &tail[..]].concat());
        let two = history(
            &mut vocabulary,
            &[&["entirely", "different"], &tail[..]].concat(),
        );
        let three = history(&mut vocabulary, &[&["open ("], &tail[..]].concat());
        assert_eq!(one.fingerprint(), two.fingerprint());
        assert_ne!(one.fingerprint(), three.fingerprint());
    }
}
