//! What a person should look at after a run, and the second reading by a slower model.

mod changes;
mod findings;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use firesteel_privacy::{masked, visible};
use firesteel_prompt::review;
use firesteel_syntax::{Concern, Sensitive, Snapshot, sensitive};
use firesteel_task::Priority;
use tokio_util::sync::CancellationToken;

pub use self::findings::{Finding, Severity};
use super::error::AskError;
use crate::Engine;
use crate::backend::Role;
use crate::models::Source;

/// How long a parse may take on which notes wait.
const PARSE_LIMIT: Duration = Duration::from_millis(500);
/// How long a slower model may take; then its user has gone on.
const REVIEW_TIMEOUT: Duration = Duration::from_secs(300);

/// A place that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where, in the text after the run.
    pub range: Range<usize>,
    /// Why, as the end of a sentence: `starts a process`.
    pub why: String,
}

/// A change that is to be read a second time.
#[derive(Clone, Debug)]
pub struct Review {
    /// The file.
    pub path: PathBuf,
    /// Its text before the run; empty for a file that the run made.
    pub before: String,
    /// The file now.
    pub after: Arc<Snapshot>,
    /// Why it is to be read.
    pub notes: Vec<Note>,
}

/// What a person should look at in the ranges of `after` that a run touched: one note for each
/// concern in each range, and one for each that was there `before` and is gone.
pub fn notes(before: &Snapshot, after: &Snapshot, touched: &[Range<usize>]) -> Vec<Note> {
    let (Some(old), Some(new)) = (before.parsed(PARSE_LIMIT), after.parsed(PARSE_LIMIT)) else {
        return Vec::new();
    };
    let text = &after.document.text;
    let mut notes = Vec::new();
    for range in touched {
        let lines = text.line_start(text.line_of(range.start))
            ..text.line_end(text.line_of(range.end.max(range.start + 1) - 1));
        let mut concerns: BTreeMap<Concern, Sensitive> = BTreeMap::new();
        for found in sensitive(&new, text, lines) {
            concerns.entry(found.concern).or_insert(found);
        }
        notes.extend(concerns.into_values().map(|found| Note {
            why: why(found.concern, &text.slice(found.range.clone())),
            range: found.range,
        }));
    }
    let (old_text, whole) = (&before.document.text, |text: &firesteel_text::Text| {
        0..text.len()
    });
    let mut there = counts(old_text, &sensitive(&old, old_text, whole(old_text)));
    for (key, count) in counts(text, &sensitive(&new, text, whole(text))) {
        there.entry(key).and_modify(|old| *old -= count.min(*old));
    }
    let gone = there.into_iter().filter(|(_, count)| *count > 0);
    notes.extend(gone.zip(touched.first().into_iter().cycle()).map(
        |(((concern, what), _), place)| Note {
            range: place.clone(),
            why: format!("no longer {}", why(concern, &what)),
        },
    ));
    notes
}

/// How often each sensitive name or expression stands in a text.
fn counts(text: &firesteel_text::Text, found: &[Sensitive]) -> BTreeMap<(Concern, String), usize> {
    let mut counts = BTreeMap::new();
    for one in found {
        let key = (one.concern, text.slice(one.range.clone()).into_owned());
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

/// The code in a note, in characters.
const CODE_CAP: usize = 40;
/// A review, in bytes; a model that says more is cut off.
const ANSWER_CAP: usize = 64 * 1024;

fn why(concern: Concern, code: &str) -> String {
    let line = code.lines().next().unwrap_or_default();
    let mut shown: String = line.chars().take(CODE_CAP).collect();
    if shown.len() < code.len() {
        shown.push('…');
    }
    let does = match concern {
        Concern::Authentication => "decides who may do what",
        Concern::Cryptography => "does cryptography",
        Concern::Sql => "builds SQL from strings",
        Concern::Unsafe => "is not checked by the compiler",
        Concern::Processes => "starts a process or runs text as code",
        Concern::Secrets => "handles a secret",
    };
    format!("{does}: `{shown}`")
}

impl Engine {
    /// What a person should look at in a file that a run changed, by its path and by its code.
    pub fn review_notes(
        &self,
        path: &Path,
        before: &Snapshot,
        after: &Snapshot,
        touched: &[Range<usize>],
    ) -> Vec<Note> {
        let mut notes = notes(before, after, touched);
        let by_path = self.settings().review_paths.has(path);
        notes.extend(touched.first().filter(|_| by_path).map(|range| Note {
            range: range.clone(),
            why: "is in a file whose changes are always read".to_owned(),
        }));
        notes
    }

    /// The name of the slower model, if one is configured.
    pub fn reviewer(&self) -> Option<String> {
        let settings = self.settings();
        let reviewer = settings.models.choices(Role::Review).next();
        reviewer.map(|reviewer| reviewer.name())
    }

    /// Has a change read by the slower model.
    ///
    /// # Errors
    /// Why there is no review.
    pub async fn review(
        &self,
        change: &Review,
        cancel: &CancellationToken,
    ) -> Result<Vec<Finding>, AskError> {
        let settings = self.settings();
        if settings.models.choices(Role::Review).next().is_none() {
            return Err(AskError::NoReviewer);
        }
        let after = masked(&change.after.document.text.to_string());
        let diff = changes::numbered(&masked(&change.before), &after);
        let concerns: Vec<&str> = change.notes.iter().map(|note| note.why.as_str()).collect();
        let language = &*change.after.language_id;
        settings.permitted(&change.path).await?;
        let task = review(
            &change.path,
            language,
            &diff,
            &format!("it {}", concerns.join("; it ")),
        );
        let prompt = settings.prompt(Source::Hosted, task)?;
        let reply = { &settings.models }.ask(Role::Review, prompt, Priority::Edit);
        let answer = tokio::select! {
            () = cancel.cancelled() => Err(AskError::Stopped),
            answer = tokio::time::timeout(REVIEW_TIMEOUT, reply.text(ANSWER_CAP)) => match answer {
                Ok(answer) => answer.map_err(AskError::from),
                Err(_) => Err(AskError::TooSlow),
            },
        };
        let place = change.notes.first().map_or(0..0, |note| note.range.clone());
        Ok(findings::parse(
            &visible(&answer?).0,
            &change.after.document.text,
            place,
        ))
    }
}

#[cfg(test)]
mod tests {
    use firesteel_text::Document;

    use firesteel_syntax::Language;

    use super::*;
    use crate::patterns::PathPatterns;

    fn snapshot(source: &str) -> Snapshot {
        let document = Document::open("file:///a.py", 1, source);
        Snapshot::open(document, Some(Language::Python))
    }

    #[track_caller]
    fn check(before: &str, after: &str, touched: Range<usize>, expected: &[&str]) {
        let touched = std::slice::from_ref(&touched);
        let notes = notes(&snapshot(before), &snapshot(after), touched);
        let whys: Vec<&str> = notes.iter().map(|note| note.why.as_str()).collect();
        assert_eq!(whys, expected);
    }

    #[test]
    fn what_was_touched_or_taken_away_is_noted() {
        let after = "def f(a):\n    os.system(a)\n    x = 1\n    login(a)\n";
        let (system, x) = (after.find("os").unwrap(), after.find("x =").unwrap());
        let before = "def f(a):\n    x = 2\n    login(a)\n";
        let starts = "starts a process or runs text as code: `os.system`";
        check(before, after, system..system + 12, &[starts]);
        check(before, after, x..x + 5, &[]);
        let gone = ["no longer decides who may do what: `check_permission`"];
        let checked = "def f(a):\n    check_permission(a)\n    x = 1\n";
        check(checked, "def f(a):\n    x = 1\n", 10..11, &gone);
    }

    #[test]
    fn files_are_sensitive_by_patterns() {
        let paths = PathPatterns::new(&["auth/".to_owned(), "*.tf".to_owned(), "[".to_owned()]);
        assert!(paths.has(Path::new("/project/auth/roles.py")));
        assert!(paths.has(Path::new("/project/main.tf")));
        assert!(!paths.has(Path::new("/project/author.py")));
    }
}
