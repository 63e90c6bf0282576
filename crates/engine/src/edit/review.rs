//! What a person should look at after a run, and the second reading by a slower model.

mod changes;
mod findings;
mod notes;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use firesteel_privacy::{masked, visible};
use firesteel_prompt::review;
use firesteel_syntax::Snapshot;
use firesteel_task::Priority;
use tokio_util::sync::CancellationToken;

pub use self::findings::{Finding, Severity};
pub use self::notes::{Note, Subject, notes, whole_lines};
use super::error::AskError;
use crate::Engine;
use crate::backend::Role;
use crate::models::Source;

/// How long a slower model may take; then its user has gone on.
const REVIEW_TIMEOUT: Duration = Duration::from_secs(300);

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

/// A review, in bytes; a model that says more is cut off.
const ANSWER_CAP: usize = 64 * 1024;

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
        // Where there is another reason to look, the path is none.
        if notes.is_empty() && self.settings().review_paths.has(path) {
            notes.extend(touched.first().map(|range| Note {
                range: range.clone(),
                why: "is in a file whose changes are always read".to_owned(),
                subject: None,
            }));
        }
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
        let (after, mut replaced) = masked(&change.after.document.text.to_string());
        let (before, of_before) = masked(&change.before);
        // The same number may stand for another secret there, which is then of its own kind.
        replaced.extend(
            of_before
                .into_iter()
                .filter(|one| !replaced.contains(one))
                .collect::<Vec<_>>(),
        );
        let diff = changes::numbered(&before, &after);
        let concerns: Vec<&str> = change.notes.iter().map(|note| note.why.as_str()).collect();
        let language = &*change.after.language_id;
        settings.permitted(&change.path).await?;
        let task = review(
            &change.path,
            language,
            &diff,
            replaced,
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
    use super::*;
    use crate::patterns::PathPatterns;

    #[test]
    fn files_are_sensitive_by_patterns() {
        let paths = PathPatterns::new(&["auth/".to_owned(), "*.tf".to_owned(), "[".to_owned()]);
        assert!(paths.has(Path::new("/project/auth/roles.py")));
        assert!(paths.has(Path::new("/project/main.tf")));
        assert!(!paths.has(Path::new("/project/author.py")));
    }
}
