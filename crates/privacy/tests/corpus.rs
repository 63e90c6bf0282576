//! Secrets and look-alikes as real repositories have them: what is found of each kind, and what is found wrongly.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests"
)]

mod snippets;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use firesteel_privacy::find_secrets;
use snippets::{Snippet, read};

/// At least so many of a hundred secrets are found.
const MIN_RECALL: f64 = 98.0;
/// At least so many of a hundred finds are secrets.
const MIN_PRECISION: f64 = 95.0;

#[derive(Default)]
struct Tally {
    secrets: usize,
    found: usize,
    false_finds: usize,
    lookalikes: usize,
}

impl Tally {
    fn recall(&self) -> f64 {
        percent(self.found, self.secrets)
    }

    fn precision(&self) -> f64 {
        percent(self.found, self.found + self.false_finds)
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        100.0
    } else {
        part as f64 * 100.0 / whole as f64
    }
}

fn tally(snippet: &Snippet, tally: &mut Tally, faults: &mut String) {
    let found = find_secrets(&snippet.text);
    tally.secrets += snippet.secrets.len();
    tally.lookalikes += snippet.lookalikes.len();
    for secret in &snippet.secrets {
        // What is left of the secret when the finds are cut out; line breaks and quotes between pieces may stay.
        let mut left = String::new();
        for (at, char) in snippet.text[secret.clone()].char_indices() {
            let at = secret.start + at;
            if !found.iter().any(|find| find.range.contains(&at)) {
                left.push(char);
            }
        }
        if left.chars().any(char::is_alphanumeric) {
            writeln!(
                faults,
                "missed   {:24} {}",
                snippet.kind,
                snippet.line_of(secret)
            )
            .unwrap();
        } else {
            tally.found += 1;
        }
    }
    for find in found {
        let is_secret = |secret: &&std::ops::Range<usize>| {
            secret.start < find.range.end && find.range.start < secret.end
        };
        if !snippet.secrets.iter().any(|secret| is_secret(&secret)) {
            tally.false_finds += 1;
            let value = &snippet.text[find.range.clone()];
            writeln!(
                faults,
                "wrong    {:24} {} [{}] {}",
                snippet.kind,
                find.kind,
                value,
                snippet.line_of(&find.range)
            )
            .unwrap();
        }
    }
}

/// Counts a part of the corpus and prints its table.
fn measure(prefix: &str) -> Tally {
    let snippets = read(prefix);
    let (mut by_kind, mut all, mut faults) = (
        BTreeMap::<&str, Tally>::new(),
        Tally::default(),
        String::new(),
    );
    for snippet in &snippets {
        tally(
            snippet,
            by_kind.entry(&snippet.kind).or_default(),
            &mut faults,
        );
    }
    println!(
        "{:26} {:>7} {:>6} {:>7} {:>6} {:>6} {:>7}",
        prefix, "secrets", "found", "recall", "alike", "wrong", "precis."
    );
    for (kind, tally) in &by_kind {
        print_row(kind, tally);
        all.secrets += tally.secrets;
        all.found += tally.found;
        all.false_finds += tally.false_finds;
        all.lookalikes += tally.lookalikes;
    }
    print_row("all", &all);
    println!(
        "{} kinds of secrets\n{faults}",
        by_kind.values().filter(|tally| tally.secrets > 0).count()
    );
    all
}

fn print_row(kind: &str, tally: &Tally) {
    let (recall, precision) = (tally.recall(), tally.precision());
    let (secrets, found, alike, wrong) = (
        tally.secrets,
        tally.found,
        tally.lookalikes,
        tally.false_finds,
    );
    println!(
        "{kind:26} {secrets:>7} {found:>6} {recall:>6.1}% {alike:>6} {wrong:>6} {precision:>6.1}%"
    );
}

#[test]
fn the_corpus_is_large_enough() {
    let snippets = read("");
    let secrets: usize = snippets.iter().map(|snippet| snippet.secrets.len()).sum();
    let lookalikes: usize = snippets
        .iter()
        .map(|snippet| snippet.lookalikes.len())
        .sum();
    let kinds: std::collections::HashSet<_> = snippets
        .iter()
        .filter(|snippet| !snippet.secrets.is_empty())
        .map(|snippet| &snippet.kind)
        .collect();
    assert!(secrets >= 400, "{secrets} secrets");
    assert!(lookalikes >= 400, "{lookalikes} look-alikes");
    assert!(kinds.len() >= 70, "{} kinds", kinds.len());
}

#[test]
fn secrets_are_found_and_lookalikes_are_not() {
    for part in ["development", "held-out"] {
        let all = measure(part);
        assert!(
            all.recall() >= MIN_RECALL,
            "recall of {part}: {:.1} %",
            all.recall()
        );
        assert!(
            all.precision() >= MIN_PRECISION,
            "precision of {part}: {:.1} %",
            all.precision()
        );
    }
}
