//! Placeholders: what a model sees in the place of secrets, one for each, and their way back.

use std::collections::HashMap;
use std::ops::Range;

use firesteel_task::{Excerpt, Hidden, Replaced};

/// What a placeholder begins with: a word that models copy as one, and that is a name in every language.
const STEM: &str = "REDACTED_SECRET_";
/// The least of the stem at the end of a text that is taken for a placeholder that was cut off there.
const SHORTEST_CUT: usize = "REDACTED".len();

/// The placeholders of one request and of the conversation that goes on from it.
#[derive(Clone, Debug, Default)]
pub struct Placeholders {
    /// What each begins with; its number follows.
    stem: String,
    /// The number of each secret by its identity.
    numbers: HashMap<u64, usize>,
    /// What kind of secret each is, by its number less one.
    kinds: Vec<&'static str>,
}

/// A model wrote the placeholder of a secret where that secret does not belong, or one that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it moves, copies or changes a secret, which the model was not shown")]
pub struct Misplaced;

impl Placeholders {
    /// Placeholders that cannot be mistaken for anything in `texts`.
    pub(crate) fn apart_from<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Self {
        let mut stem = STEM.to_owned();
        // The text of a request has an end, so there is a stem that it does not have.
        while texts.clone().any(|text| text.contains(&stem)) {
            stem.push_str("X_");
        }
        Self {
            stem,
            numbers: HashMap::new(),
            kinds: Vec::new(),
        }
    }

    /// How many secrets there are.
    pub fn count(&self) -> usize {
        self.numbers.len()
    }

    /// The placeholder of a secret.
    pub(crate) fn of(&mut self, identity: u64, kind: &'static str) -> String {
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(identity).or_insert(next);
        if number == next {
            self.kinds.push(kind);
        }
        format!("{}{number}", self.stem)
    }

    /// The text of an excerpt with its secrets replaced.
    pub(crate) fn redact(&mut self, excerpt: &Excerpt) -> String {
        let Excerpt { text, secrets } = excerpt;
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for Hidden {
            range,
            identity,
            kind,
        } in secrets
        {
            out.push_str(text.get(end..range.start).unwrap_or_default());
            out.push_str(&self.of(*identity, kind));
            end = range.end;
        }
        out.push_str(text.get(end..).unwrap_or_default());
        out
    }

    /// Where the whole placeholders in a text are, and whose they are, by number.
    pub(crate) fn within(&self, text: &str) -> Vec<(Range<usize>, usize)> {
        if self.numbers.is_empty() {
            return Vec::new();
        }
        let whole = |(at, stem): (usize, &str)| {
            let rest = &text[at + stem.len()..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let behind = rest[digits..].chars().next();
            let before = text[..at].chars().next_back();
            let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            let number: usize = rest[..digits].parse().ok()?;
            let is_ours = (1..=self.numbers.len()).contains(&number);
            // With letters around it, or a zero before its number, it is a changed one.
            let is_whole = is_ours && !rest.starts_with('0') && !is_word(behind);
            (is_whole && !is_word(before)).then_some((at..at + stem.len() + digits, number))
        };
        text.match_indices(self.stem.as_str())
            .filter_map(whole)
            .collect()
    }

    /// The secrets that a text speaks of, by number.
    pub fn numbers(&self, text: &str) -> Vec<usize> {
        self.within(text)
            .into_iter()
            .map(|(_, number)| number)
            .collect()
    }

    /// The secrets that a text shows as placeholders, each once, in the order of their numbers.
    pub fn replaced(&self, text: &str) -> Vec<Replaced> {
        let mut numbers = self.numbers(text);
        numbers.sort_unstable();
        numbers.dedup();
        let replaced = numbers.into_iter().filter_map(|number| {
            Some(Replaced {
                placeholder: format!("{}{number}", self.stem),
                kind: self.kinds.get(number.checked_sub(1)?)?,
            })
        });
        replaced.collect()
    }

    /// Where the first trace of a placeholder stands in a model's text: a whole one, a changed or broken one, or the
    /// beginning of one at the text's end. `None` where nothing was hidden from the model.
    pub fn trace(&self, text: &str) -> Option<usize> {
        if self.numbers.is_empty() {
            return None;
        }
        let broken = broken_stem(text, &self.stem);
        let cut = (SHORTEST_CUT..self.stem.len())
            .rev()
            .find(|&length| text.ends_with(&self.stem[..length]))
            .map(|length| text.len() - length);
        broken.into_iter().chain(cut).min()
    }

    /// A text for people in which each placeholder is said to be a secret.
    pub fn say(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (range, _) in self.within(text) {
            out.push_str(&text[end..range.start]);
            out.push_str("(a secret)");
            end = range.end;
        }
        out.push_str(&text[end..]);
        out
    }

    /// New lines in the place of `old` ones, as the model wrote and saw them, with each secret put back where it stood.
    ///
    /// `value` gives what the nth placeholder of the old lines stands for. What was left out is gone with its line.
    ///
    /// # Errors
    /// When a placeholder of the new lines is not one of the old lines, or not in their order, or is none that is whole.
    pub(crate) fn restore<'a>(
        &self,
        old: &[String],
        new: &[String],
        value: impl Fn(usize) -> Option<&'a str>,
    ) -> Result<Vec<String>, Misplaced> {
        let had: Vec<(usize, &str)> = { old.iter() }
            .flat_map(|line| {
                let before = |range: &Range<usize>| &line[..range.start];
                let found = self.within(line).into_iter();
                found.map(move |(range, number)| (number, before(&range)))
            })
            .collect();
        let mut next = 0;
        let mut restored = Vec::with_capacity(new.len());
        let mut rest = String::new();
        for line in new {
            let (mut out, mut end) = (String::with_capacity(line.len()), 0);
            for (range, number) in self.within(line) {
                let skipped = had[next..].iter().position(|(had, _)| *had == number);
                let at = next + skipped.ok_or(Misplaced)?;
                next = at + 1;
                let secret = value(at).ok_or(Misplaced)?;
                // The lines of a block stay as they are indented.
                if secret.contains('\n') && line[..range.start] != *had[at].1 {
                    return Err(Misplaced);
                }
                out.push_str(&line[end..range.start]);
                rest.push_str(&line[end..range.start]);
                // A letter keeps what stands around apart.
                rest.push_str(" k ");
                out.push_str(secret);
                end = range.end;
            }
            out.push_str(&line[end..]);
            rest.push_str(&line[end..]);
            rest.push('\n');
            restored.push(out);
        }
        match broken_stem(&rest, &self.stem) {
            Some(_) if !self.numbers.is_empty() => Err(Misplaced),
            _ => Ok(restored),
        }
    }
}

/// Where a text has the stem, however its letters are written and whatever stands between them: a model that takes a
/// placeholder apart, joins it by an operator or changes its case must not get its pieces into a file.
fn broken_stem(text: &str, stem: &str) -> Option<usize> {
    let letters: Vec<u8> = { stem.bytes() }
        .filter(u8::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    // What follows the stem must be a number, or the words may be the user's own; the stem as it is needs none.
    if let Some(at) = text.find(stem) {
        return Some(at);
    }
    let plain: Vec<(usize, u8)> = { text.bytes().enumerate() }
        .filter(|(_, byte)| byte.is_ascii_alphanumeric())
        .map(|(at, byte)| (at, byte.to_ascii_lowercase()))
        .collect();
    let is_here = |window: &[(usize, u8)]| {
        let (stem, number) = window.split_at(letters.len());
        let same = stem.iter().zip(&letters).all(|((_, a), b)| a == b);
        same && number.iter().all(|(_, digit)| digit.is_ascii_digit())
    };
    let found = plain
        .windows(letters.len() + 1)
        .find(|window| is_here(window))?;
    found.first().map(|(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(count: u64) -> Placeholders {
        let mut placeholders = Placeholders::apart_from(std::iter::empty());
        for identity in 0..count {
            placeholders.of(identity, "test");
        }
        placeholders
    }

    #[test]
    fn each_secret_has_its_own_that_the_text_does_not_have() {
        let mut placeholders = Placeholders::apart_from(["x = 1", "REDACTED_SECRET_1"].into_iter());
        assert_eq!(placeholders.of(7, "a"), "REDACTED_SECRET_X_1");
        assert_eq!(placeholders.of(9, "b"), "REDACTED_SECRET_X_2");
        assert_eq!(placeholders.of(7, "c"), "REDACTED_SECRET_X_1");
        let shown = placeholders.replaced("f(REDACTED_SECRET_X_2, REDACTED_SECRET_X_2)");
        let kinds: Vec<_> = shown.iter().map(|shown| shown.kind).collect();
        assert_eq!(kinds, ["b"]);
    }

    #[test]
    fn traces_are_found_however_they_are_written() {
        let placeholders = placeholders(2);
        for text in [
            "a = \"REDACTED_SECRET_1\"",
            "a = redacted_secret_2",
            "a = \"REDACTED_\" + \"SECRET_1\"",
            "RedactedSecret1",
            "a = REDACTED-SECRET-1",
            "REDACTED_SECRET_",
            "REDACTED_SEC",
            "a\nb REDACTED",
            "REDACTED_SECRET_99",
        ] {
            assert!(placeholders.trace(text).is_some(), "{text}");
        }
        for text in [
            "redacted = 1",
            "the redacted secret is gone",
            "REDACTED = 1",
            "",
        ] {
            assert_eq!(placeholders.trace(text), None, "{text}");
        }
        assert_eq!(self::placeholders(0).trace("REDACTED_SECRET_1"), None);
    }

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: Result<&str, Misplaced>) {
        let values = ["one", "two"];
        let placeholders = placeholders(2);
        let restored = placeholders.restore(&lines(old), &lines(new), |at| values.get(at).copied());
        let restored = restored.map(|lines| lines.join("\n"));
        assert_eq!(restored.as_deref(), expected.as_ref().copied(), "{new}");
    }

    #[test]
    fn secrets_come_back_where_they_stood_and_nowhere_else() {
        let old = "a = \"REDACTED_SECRET_1\"\nb = \"REDACTED_SECRET_2\"";
        check(
            old,
            "a: \"REDACTED_SECRET_1\",\nb: \"REDACTED_SECRET_2\",",
            Ok("a: \"one\",\nb: \"two\","),
        );
        check(old, "b = \"REDACTED_SECRET_2\"", Ok("b = \"two\""));
        check(old, "gone", Ok("gone"));
        for new in [
            "b = \"REDACTED_SECRET_2\"\na = \"REDACTED_SECRET_1\"",
            "a = \"REDACTED_SECRET_1\"\nc = \"REDACTED_SECRET_1\"",
            "a = \"REDACTED_SECRET_3\"",
            "a = \"REDACTED_SECRET_11\"",
            "a = \"REDACTED_SECRET_01\"",
            "a = \"redacted_secret_1\"",
            "a = \"REDACTED_\" \"SECRET_1\"",
            "a = \"xREDACTED_SECRET_1\"",
            "a = \"REDACTED_SECRET_\"",
            "a = \"REDACTED\n_SECRET_1\"",
        ] {
            check(old, new, Err(Misplaced));
        }
        check("x", "a = \"REDACTED_SECRET_1\"", Err(Misplaced));
    }
}
