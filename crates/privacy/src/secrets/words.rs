//! Names and values cut into words, as programmers join them.

use super::vocabulary::VOCABULARY;

/// The words of a name or value, in lower case: cut at separators, at digits and where camel case begins a word.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut kind = Kind::Other;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let (before, now) = (kind, Kind::of(char));
        kind = now;
        let next_is_lower = chars
            .peek()
            .is_some_and(|next| Kind::of(*next) == Kind::Lower);
        let begins = match (before, now) {
            (_, Kind::Other) => continue,
            (Kind::Upper, Kind::Upper) => {
                next_is_lower && !is_plural_of_capitals(&mut chars.clone())
            }
            (Kind::Upper, Kind::Lower) => false,
            (before, now) => before != now,
        };
        let lower = char.to_lowercase();
        match words.last_mut() {
            Some(word) if !begins => word.extend(lower),
            _ => words.push(lower.collect()),
        }
    }
    words
}

/// `…s` at the end, as in `APIKEYs`.
fn is_plural_of_capitals(rest: &mut impl Iterator<Item = char>) -> bool {
    rest.next() == Some('s') && rest.next().is_none_or(|next| !next.is_alphanumeric())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lower,
    Upper,
    Digit,
    Other,
}

impl Kind {
    fn of(char: char) -> Self {
        match char {
            char if char.is_uppercase() => Self::Upper,
            char if char.is_alphabetic() => Self::Lower,
            char if char.is_ascii_digit() => Self::Digit,
            _ => Self::Other,
        }
    }
}

/// Whether a word can be spoken, so that somebody rather than a generator wrote it.
pub(super) fn is_pronounceable(word: &str) -> bool {
    let (mut consonants, mut vowels, mut run, mut longest) = (0, 0, 0, 0);
    for char in word.chars() {
        if "aeiouyäöüáéíóú".contains(char) || !char.is_ascii() {
            vowels += 1;
            run = 0;
        } else {
            consonants += 1;
            run += 1;
            longest = longest.max(run);
        }
    }
    vowels > 0 && longest <= 4 && consonants <= vowels * 5 + 1 && vowels <= consonants * 3 + 1
}

/// Whether a value is made of words, perhaps with short numbers: an identifier, a path, a version.
pub(super) fn is_wordy(text: &str) -> bool {
    let (mut spoken, mut letters, mut n_words) = (0, 0, 0);
    let (mut digits, mut n_numbers, mut longest_number) = (0, 0, 0);
    for word in words(text) {
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            digits += word.len();
            n_numbers += 1;
            longest_number = longest_number.max(word.len());
            continue;
        }
        n_words += 1;
        letters += word.len();
        if word.len() >= 3 && (is_pronounceable(&word) || VOCABULARY.common.contains(word.as_str()))
        {
            spoken += word.len();
        }
    }
    let others = text
        .chars()
        .filter(|c| !c.is_alphanumeric() && !"-_./: @#".contains(*c));
    let is_joined = !text.contains(['-', '_', '.', '/', ' ', ':']);
    letters >= 3 * n_words
        && !(is_joined && n_numbers > 2)
        && spoken * 5 >= letters * 4
        && (digits <= 4
            || longest_number <= 4 && digits <= 8 && letters >= 2 * digits
            || letters >= 4 * digits)
        && others.count() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_where_programmers_join_them() {
        for (name, expected) in [
            ("dbPassword2", "db password 2"),
            ("AWS_SECRET_ACCESS_KEY", "aws secret access key"),
            ("XMLHttpToken", "xml http token"),
            ("x-api-key", "x api key"),
            ("APIKey", "api key"),
        ] {
            assert_eq!(words(name).join(" "), expected);
        }
    }

    #[test]
    fn words_are_told_from_random() {
        for wordy in [
            "refreshTokenCookieName",
            "prod-db-credentials",
            "keyword.control.flow",
            "page-2-cursor",
        ] {
            assert!(is_wordy(wordy), "{wordy}");
        }
        for random in [
            "Zk3vQ9xTb7LmN2pR",
            "9f86d081884c7d65",
            "s3cr3t-v4lue",
            "AbXqRtZwPlMkJnHb",
        ] {
            assert!(!is_wordy(random), "{random}");
        }
    }
}
