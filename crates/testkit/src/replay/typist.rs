//! Somebody who types a text into being: at a human rhythm, with mistakes that are noticed and corrected, and with a
//! suggestion taken now and then. The same seed makes the same person.

use std::time::Duration;

/// Mistakes in a thousand keys.
const MISTAKES: u64 = 15;
/// Suggestions taken, of a hundred that are right.
const TAKEN: u64 = 4;
/// Keys that come in a burst, of a hundred.
const BURSTS: u64 = 12;

/// One key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Text that one key puts in: a character, or a line break with the indentation that editors add.
    Type(String),
    /// Takes back one character.
    Backspace,
    /// Takes the suggestion.
    Accept,
}

pub(super) struct Typist {
    plan: String,
    typed: usize,
    /// Wrong characters that stand behind what is typed.
    wrong: usize,
    /// Wrong characters still to come before the mistake is noticed.
    slips: u64,
    dice: Dice,
}

impl Typist {
    pub(super) fn new(plan: &str, seed: u64) -> Self {
        Self {
            plan: plan.to_owned(),
            typed: 0,
            wrong: 0,
            slips: 0,
            dice: Dice(seed),
        }
    }

    /// The next key, and how long after the last it comes; none when all is written.
    ///
    /// `shown` is what the editor shows behind the cursor.
    pub(super) fn next(&mut self, pace: Duration, shown: &str) -> Option<(Duration, Key)> {
        let rest = &self.plan[self.typed..];
        if self.slips > 0 {
            self.slips -= 1;
            self.wrong += 1;
            return Some((pace / 2, Key::Type("q".to_owned())));
        }
        if self.wrong > 0 {
            self.wrong -= 1;
            return Some((pace, Key::Backspace));
        }
        if rest.is_empty() {
            return None;
        }
        if shown.len() > 1 && rest.starts_with(shown) && self.dice.throw(100) < TAKEN {
            self.typed += shown.len();
            return Some((pace * 2, Key::Accept));
        }
        if self.dice.throw(1000) < MISTAKES {
            self.slips = self.dice.throw(3);
            self.wrong = 1;
            return Some((pace, Key::Type("z".to_owned())));
        }
        let key = key(rest);
        self.typed += key.len();
        let burst = self.dice.throw(100) < BURSTS;
        let wait = match key.as_bytes().first() {
            _ if burst => pace / 10,
            Some(b'\n') => pace * 3,
            Some(b' ' | b'(' | b'.') => pace * 3 / 2,
            _ => pace / 2 + pace.mul_f64(self.dice.throw(100) as f64 / 100.0),
        };
        Some((wait, Key::Type(key.to_owned())))
    }
}

/// The text that the next key puts in.
fn key(rest: &str) -> &str {
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let indent = match rest.strip_prefix('\n') {
        Some(line) => line.len() - line.trim_start_matches([' ', '\t']).len(),
        None => 0,
    };
    &rest[..first + indent]
}

/// Numbers that look random and are the same for the same seed (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// A number below `sides`.
    pub(super) fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_comes_out_as_planned() {
        let plan = "def größe(x):\n    return x + 1\n".repeat(20);
        let mut typist = Typist::new(&plan, 7);
        let (mut text, mut corrections) = (String::new(), 0);
        while let Some((_, key)) = typist.next(Duration::ZERO, "") {
            match key {
                Key::Type(key) => text += &key,
                Key::Backspace => {
                    text.pop();
                    corrections += 1;
                }
                Key::Accept => panic!("nothing is shown"),
            }
        }
        assert_eq!(text, plan);
        assert!(corrections > 0);
    }
}
