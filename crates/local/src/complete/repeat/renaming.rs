//! What becomes of the words of one piece of code in another one that is made like it.

use rustc_hash::FxHashMap;

use crate::vocabulary::{Kind, TokenId, Vocabulary};

/// The words of a piece, each with the word that stands in its place in another one.
#[derive(Clone, Debug, Default)]
pub(super) struct Renaming {
    words: FxHashMap<TokenId, TokenId>,
    /// Parts of names, which are followed where no whole word is known: what `circle` is called in `draws_a_circle` and `Circle`.
    parts: Vec<(String, String)>,
}

impl Renaming {
    /// Notes that one line stands for another; false, and nothing noted, when they are not made alike.
    pub(super) fn add(
        &mut self,
        ours: &[TokenId],
        theirs: &[TokenId],
        vocabulary: &Vocabulary,
    ) -> bool {
        if ours.len() != theirs.len() {
            return false;
        }
        let mut longer = self.clone();
        let pairs = theirs.iter().zip(ours);
        let are_alike = { pairs }.all(|(&theirs, &ours)| longer.pair(ours, theirs, vocabulary));
        if are_alike {
            *self = longer;
        }
        are_alike
    }

    fn pair(&mut self, ours: TokenId, theirs: TokenId, vocabulary: &Vocabulary) -> bool {
        if let Some(&known) = self.words.get(&theirs) {
            return known == ours;
        }
        if theirs != ours {
            if !is_value(theirs, vocabulary) || !is_value(ours, vocabulary) {
                return false;
            }
            self.add_parts(vocabulary.text(theirs), vocabulary.text(ours));
        }
        self.words.insert(theirs, ours);
        true
    }

    /// Notes which part of a name is another one, where it is one part.
    fn add_parts(&mut self, theirs: &str, ours: &str) {
        let (old, new): (Vec<&str>, Vec<&str>) = (parts(theirs), parts(ours));
        let same = |a: &[&str], b: &[&str]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
        let start = same(&old, &new);
        let reversed = |parts: &[&str]| {
            parts[start..]
                .iter()
                .rev()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        let (old_rest, new_rest) = (reversed(&old), reversed(&new));
        let end = old_rest
            .iter()
            .zip(&new_rest)
            .take_while(|(a, b)| a == b)
            .count();
        let middle = |parts: &[&str]| parts[start..parts.len() - end].concat();
        let (old, new) = (middle(&old), middle(&new));
        let (old, new) = (old.trim_matches('_'), new.trim_matches('_'));
        if old.len() > 1 && new.len() > 1 && old != new {
            self.parts.push((old.to_owned(), new.to_owned()));
        }
    }

    /// What a word becomes.
    pub(super) fn of(&self, theirs: TokenId, vocabulary: &Vocabulary) -> String {
        if let Some(&ours) = self.words.get(&theirs) {
            return vocabulary.text(ours).to_owned();
        }
        let text = vocabulary.text(theirs);
        if vocabulary.kind(theirs) != Kind::Name {
            return text.to_owned();
        }
        let cases: [fn(&str) -> String; 3] = [str::to_owned, capital, str::to_lowercase];
        for (old, new) in &self.parts {
            for case in cases {
                let (old, new) = (case(old), case(new));
                if parts(text).contains(&&*old) {
                    return text.replacen(&old, &new, 1);
                }
            }
        }
        text.to_owned()
    }
}

/// Whether a word may be another one in code that is made alike.
pub(super) fn is_value(word: TokenId, vocabulary: &Vocabulary) -> bool {
    matches!(vocabulary.kind(word), Kind::Name | Kind::Number)
}

/// The parts of a name, at underscores and where capitals begin; underscores stay with the part before.
fn parts(name: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let bytes = name.as_bytes();
    for at in 1..bytes.len() {
        let begins = bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase()
            || bytes[at - 1] == b'_'
            || bytes[at] == b'_';
        if begins {
            parts.push(&name[start..at]);
            start = at;
        }
    }
    parts.push(&name[start..]);
    parts
}

fn capital(part: &str) -> String {
    let mut characters = part.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}
