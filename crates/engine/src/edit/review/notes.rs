//! What of a change a person should look at: each thing once, and never beside its opposite.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use firesteel_syntax::{Concern, Sensitive, Snapshot, sensitive};
use firesteel_text::Text;

/// How long a parse may take on which notes wait.
const PARSE_LIMIT: Duration = Duration::from_millis(500);
/// The code in a note, in characters.
const CODE_CAP: usize = 40;

/// A place that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where, in the text after the run.
    pub range: Range<usize>,
    /// Why, as the end of a sentence: `starts a process`.
    pub why: String,
    /// What it is about, where that is code and not the file.
    pub subject: Option<Subject>,
}

/// What a note is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What makes the code sensitive.
    pub concern: Concern,
    /// The name or the expression.
    pub code: String,
    /// Whether it was there before the run, and is gone.
    pub is_gone: bool,
}

/// What a person should look at in the ranges of `after` that a run touched: one note for each concern in each of them, and
/// one for each protection that was there `before` and is gone. What took the place of another says so in the same note.
pub fn notes(before: &Snapshot, after: &Snapshot, touched: &[Range<usize>]) -> Vec<Note> {
    let (Some(old), Some(new)) = (before.parsed(PARSE_LIMIT), after.parsed(PARSE_LIMIT)) else {
        return Vec::new();
    };
    let (old_text, text) = (&before.document.text, &after.document.text);
    let mut noted: Vec<Noted> = Vec::new();
    for lines in whole_lines(text, touched) {
        let mut concerns: BTreeMap<Concern, Sensitive> = BTreeMap::new();
        for found in sensitive(&new, text, lines) {
            concerns.entry(found.concern).or_insert(found);
        }
        // What is longer than a line may reach into the next range.
        let is_new = |found: &Sensitive| !noted.iter().any(|noted| noted.is_of(found));
        let found: Vec<_> = concerns.into_values().filter(is_new).collect();
        noted.extend(found.into_iter().map(|found| Noted::new(found, text)));
    }
    let was = counts(old_text, &sensitive(&old, old_text, 0..old_text.len()));
    let is = counts(text, &sensitive(&new, text, 0..text.len()));
    let count = |counts: &Counts, key: &Key| counts.get(key).copied().unwrap_or_default();
    let mut places = touched.iter().cycle();
    for (key, n) in &was {
        let left = count(&is, key);
        if left >= *n || !protects(key.0) {
            continue;
        }
        let is_same = |noted: &&mut Noted| noted.key == *key;
        let has_come = |noted: &&mut Noted| {
            let came = count(&is, &noted.key) > count(&was, &noted.key);
            noted.key.0 == key.0 && noted.change == Change::None && came
        };
        let same = if left > 0 {
            noted.iter_mut().find(is_same)
        } else {
            noted.iter_mut().find(has_come)
        };
        let change = if left > 0 {
            Change::Fewer
        } else {
            Change::InPlaceOf(key.1.clone())
        };
        match (same, places.next()) {
            (Some(noted), _) => noted.change = change,
            (None, Some(place)) => noted.push(Noted {
                range: place.clone(),
                key: key.clone(),
                change: if left > 0 {
                    Change::Fewer
                } else {
                    Change::Gone
                },
            }),
            (None, None) => {}
        }
    }
    noted.into_iter().map(Noted::note).collect()
}

/// A concern, and the name or expression that is of it.
type Key = (Concern, String);
/// How often each stands in a text.
type Counts = BTreeMap<Key, usize>;

/// A note that is being made.
struct Noted {
    range: Range<usize>,
    key: Key,
    change: Change,
}

/// What has become of sensitive code.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    /// It came or was touched.
    None,
    /// It stands in fewer places than before.
    Fewer,
    /// It came for another that is gone.
    InPlaceOf(String),
    /// It is gone.
    Gone,
}

impl Noted {
    fn new(found: Sensitive, text: &Text) -> Self {
        Self {
            key: (found.concern, text.slice(found.range.clone()).into_owned()),
            range: found.range,
            change: Change::None,
        }
    }

    fn is_of(&self, found: &Sensitive) -> bool {
        let (own, other) = (&self.range, &found.range);
        self.key.0 == found.concern && own.start < other.end && other.start < own.end
    }

    fn note(self) -> Note {
        let (concern, code) = self.key;
        let (does, shown) = (does(concern), shown(&code));
        let why = match &self.change {
            Change::None => format!("{does}: `{shown}`"),
            Change::Fewer => format!("{does} in fewer places: `{shown}`"),
            Change::InPlaceOf(old) => {
                format!("{does}: `{shown}`, in place of `{}`", self::shown(old))
            }
            Change::Gone => format!("no longer {does}: `{shown}`"),
        };
        let is_gone = self.change == Change::Gone;
        Note {
            range: self.range,
            why,
            subject: Some(Subject {
                concern,
                code,
                is_gone,
            }),
        }
    }
}

/// Ranges with the rest of their lines, in order; those that touch are one.
pub fn whole_lines(text: &Text, touched: &[Range<usize>]) -> Vec<Range<usize>> {
    let lines = |range: &Range<usize>| {
        let last = range.end.max(range.start + 1) - 1;
        text.line_start(text.line_of(range.start))..text.line_end(text.line_of(last))
    };
    let mut all: Vec<Range<usize>> = touched.iter().map(lines).collect();
    all.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in all {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// How often each sensitive name or expression stands in a text.
fn counts(text: &Text, found: &[Sensitive]) -> Counts {
    let mut counts = Counts::new();
    for one in found {
        let key = (one.concern, text.slice(one.range.clone()).into_owned());
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

/// Whether code is missed once it is gone. Of the rest one should look at what comes, not at what goes.
fn protects(concern: Concern) -> bool {
    matches!(concern, Concern::Authentication | Concern::Cryptography)
}

fn does(concern: Concern) -> &'static str {
    match concern {
        Concern::Authentication => "decides who may do what",
        Concern::Cryptography => "does cryptography",
        Concern::Sql => "builds SQL from strings",
        Concern::Unsafe => "is not checked by the compiler",
        Concern::Processes => "starts a process or runs text as code",
        Concern::Secrets => "handles a secret",
    }
}

fn shown(code: &str) -> String {
    let line = code.lines().next().unwrap_or_default();
    let mut shown: String = line.chars().take(CODE_CAP).collect();
    if shown.len() < code.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use firesteel_syntax::Language;
    use firesteel_text::Document;

    use super::*;

    fn snapshot(source: &str, language: Language) -> Snapshot {
        let document = Document::open("file:///a", 1, source);
        Snapshot::open(document, Some(language))
    }

    /// Checks the notes where the parts of `after` were touched.
    #[track_caller]
    fn check_in(language: Language, before: &str, after: &str, parts: &[&str], expected: &[&str]) {
        let range = |part: &&str| {
            let start = after.find(part).unwrap();
            start..start + part.len()
        };
        let touched: Vec<_> = parts.iter().map(range).collect();
        let (old, new) = (snapshot(before, language), snapshot(after, language));
        let notes = notes(&old, &new, &touched);
        let whys: Vec<&str> = notes.iter().map(|note| note.why.as_str()).collect();
        assert_eq!(whys, expected, "{before}{after}");
    }

    #[track_caller]
    fn check(before: &str, after: &str, parts: &[&str], expected: &[&str]) {
        check_in(Language::Python, before, after, parts, expected);
    }

    const DECIDES: &str = "decides who may do what";

    #[test]
    fn what_was_touched_or_taken_away_is_noted() {
        let after = "def f(a):\n    os.system(a)\n    x = 1\n    login(a)\n";
        let before = "def f(a):\n    x = 2\n    login(a)\n";
        let starts = "starts a process or runs text as code: `os.system`";
        check(before, after, &["os.system(a)"], &[starts]);
        check(before, after, &["x = 1"], &[]);
        let gone = ["no longer decides who may do what: `check_permission`"];
        let checked = "def f(a):\n    check_permission(a)\n    x = 1\n";
        check(checked, "def f(a):\n    x = 1\n", &["f(a)"], &gone);
    }

    #[test]
    fn a_line_that_moved_is_neither_gone_nor_there_twice() {
        let before = "def f(a):\n    login(a)\n    x = 1\n    y = 2\n";
        let after = "def f(a):\n    x = 1\n    y = 2\n    login(a)\n";
        let parts = ["x = 1", "login(a)"];
        check(before, after, &parts, &[&format!("{DECIDES}: `login`")]);
    }

    #[test]
    fn what_took_the_place_of_another_is_one_note() {
        let before = "def f(a):\n    check_permission(a)\n    x = 1\n";
        let after = "def f(a):\n    is_admin(a)\n    x = 1\n";
        let said = format!("{DECIDES}: `is_admin`, in place of `check_permission`");
        check(before, after, &["is_admin(a)"], &[&said]);
    }

    #[test]
    fn what_stands_in_fewer_places_is_not_gone() {
        let before = "def f(a):\n    login(a)\n    x = 1\n    login(a)\n";
        let after = "def f(a):\n    login(a)\n    x = 2\n";
        let said = [&*format!("{DECIDES} in fewer places: `login`")];
        check(before, after, &["login(a)"], &said);
        check(before, after, &["x = 2"], &said);
    }

    #[test]
    fn what_reaches_over_two_hunks_is_noted_once() {
        let before = "fn f(p: *const u8) -> u8 {\n    unsafe {\n        g();\n        h();\n        *p\n    }\n}\n";
        let after = before.replace("g()", "g(1)").replace("*p\n", "*p + 1\n");
        let said = ["is not checked by the compiler: `unsafe {…`"];
        check_in(Language::Rust, before, &after, &["g(1)", "*p + 1"], &said);
        // Two hunks of one line.
        let before = "def f(a):\n    os.system(a, 1)\n";
        let after = "def f(b):\n    os.system(b, 2)\n";
        let said = ["starts a process or runs text as code: `os.system`"];
        check(before, after, &["os.system(b", "2)"], &said);
    }

    #[test]
    fn dangers_that_go_are_no_matter_for_review() {
        let before = "def f(a):\n    os.system(a)\n    db.execute(f\"SELECT a FROM b WHERE c = {a}\")\n    x = 1\n";
        check(before, "def f(a):\n    x = 1\n", &["f(a)"], &[]);
        let after = before.replace("c = {a}", "c = {a} AND d");
        let said = ["builds SQL from strings: `f\"SELECT a FROM b WHERE c = {a} AND d\"`"];
        check(before, &after, &["db.execute"], &said);
    }
}
