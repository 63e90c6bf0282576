//! What hosted models have written about code, by its content: what is kept, what is being written, what has failed.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use firesteel_syntax::Snapshot;
use firesteel_text::{AnchorRange, DocumentId};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::edit::Problem;
use crate::lock;

/// Explanations that are kept, in bytes; those that were looked at longest ago make room.
const KEPT_CAP: usize = 1024 * 1024;
/// What an explanation costs beside its text, in bytes.
const OVERHEAD: usize = 64;
/// For how long code is not asked about again after the model has failed at it.
const FAILURE_PAUSE: Duration = Duration::from_secs(60);
/// Failures that are remembered.
const FAILURES_CAP: usize = 64;
/// Problems of one document that are remembered.
const PROBLEMS_CAP: usize = 64;
/// The longest message of a problem, in bytes; a longer one is not explained.
const MESSAGE_CAP: usize = 2 * 1024;

/// What of hovers was asked of hosted models, for the status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExplanationCounts {
    /// Questions that were sent.
    pub asked: u64,
    /// Those of them that have an answer.
    pub written: u64,
    /// The bytes of the answers that are kept.
    pub kept_bytes: usize,
    /// Why the last one was not written, if that was so.
    pub why: Option<String>,
}

/// The content of code, with who explains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(u64);

/// Code to explain.
pub(super) struct Job {
    pub(super) key: Key,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) path: PathBuf,
    pub(super) range: Range<usize>,
    pub(super) problem: Option<Problem>,
}

impl Job {
    pub(super) fn document(&self) -> &DocumentId {
        &self.snapshot.document.id
    }
}

/// Whatever there is of explanations.
#[derive(Default)]
pub(crate) struct Explanations {
    hasher: RandomState,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// The one that was looked at last comes last.
    kept: Vec<(Key, Arc<str>)>,
    pub(super) writing: Option<Writing>,
    /// What is written next; a newer look takes the place of an older one.
    pub(super) waiting: Option<Job>,
    failed: VecDeque<(Key, Instant)>,
    problems: HashMap<DocumentId, Vec<Known>>,
    pub(super) counts: ExplanationCounts,
}

/// The explanation that is being written.
pub(super) struct Writing {
    pub(super) key: Key,
    document: DocumentId,
    /// As it is shown.
    pub(super) so_far: String,
    cancel: CancellationToken,
}

impl Writing {
    pub(super) fn new(job: &Job, cancel: CancellationToken) -> Self {
        Self {
            key: job.key,
            document: job.document().clone(),
            so_far: String::new(),
            cancel,
        }
    }
}

/// A problem that the client has told of.
struct Known {
    place: AnchorRange,
    /// What stood there; once that has changed, the problem is another one.
    code: String,
    message: String,
}

impl Explanations {
    pub(super) fn key(&self, language: &str, model: &str, code: &str, problem: &str) -> Key {
        Key(self.hasher.hash_one((language, model, code, problem)))
    }

    pub(crate) fn counts(&self) -> ExplanationCounts {
        lock(&self.state).counts.clone()
    }

    /// Forgets a document that was closed, and stops what is written about it.
    pub(crate) fn close(&self, id: &DocumentId) {
        let mut state = lock(&self.state);
        state.problems.remove(id);
        state.waiting.take_if(|job| job.document() == id);
        if let Some(writing) = &state.writing
            && writing.document == *id
        {
            writing.cancel.cancel();
        }
    }

    /// Takes note of the problems that a client knows within a range of a document.
    pub(crate) fn saw(&self, snapshot: &Snapshot, within: &Range<usize>, problems: &[Problem]) {
        let document = &snapshot.document;
        let mut state = lock(&self.state);
        let known = state.problems.entry(document.id.clone()).or_default();
        known.retain(|known| {
            let place = document.resolve_range(known.place);
            place.is_some_and(|place| place.end < within.start || within.end < place.start)
        });
        let is_fit = |problem: &&Problem| problem.message.len() <= MESSAGE_CAP;
        known.extend(problems.iter().filter(is_fit).map(|problem| Known {
            place: document.anchor_range(problem.range.clone()),
            code: document.text.slice(problem.range.clone()).into_owned(),
            message: problem.message.clone(),
        }));
        let n_over = known.len().saturating_sub(PROBLEMS_CAP);
        known.drain(..n_over);
    }

    /// The problem at an offset, the one of the shortest code where there are several.
    pub(super) fn problem_at(&self, snapshot: &Snapshot, offset: usize) -> Option<Problem> {
        let document = &snapshot.document;
        let state = lock(&self.state);
        let known = state.problems.get(&document.id)?.iter();
        let here = known.filter_map(|known| {
            let range = document.resolve_range(known.place)?;
            let is_here = range.start <= offset && offset <= range.end;
            let is_same = is_here && document.text.slice(range.clone()) == known.code;
            is_same.then(|| Problem {
                range,
                message: known.message.clone(),
            })
        });
        here.min_by_key(|problem| problem.range.len())
    }
}

impl State {
    /// The explanation that is kept of a content.
    pub(super) fn find(&mut self, key: Key) -> Option<Arc<str>> {
        let at = self.kept.iter().position(|(kept, _)| *kept == key)?;
        let found = self.kept.remove(at);
        let text = found.1.clone();
        self.kept.push(found);
        Some(text)
    }

    pub(super) fn keep(&mut self, key: Key, text: &str) {
        self.kept.push((key, text.into()));
        let cost = |kept: &[(Key, Arc<str>)]| -> usize {
            kept.iter().map(|(_, text)| text.len() + OVERHEAD).sum()
        };
        let mut bytes = cost(&self.kept);
        while bytes > KEPT_CAP && !self.kept.is_empty() {
            bytes -= cost(&self.kept[..1]);
            self.kept.remove(0);
        }
        self.counts.kept_bytes = bytes;
    }

    pub(super) fn failed(&mut self, key: Key) {
        self.failed.push_back((key, Instant::now()));
        if self.failed.len() > FAILURES_CAP {
            self.failed.pop_front();
        }
    }

    pub(super) fn has_just_failed(&self, key: Key) -> bool {
        let mut failed = self.failed.iter();
        failed.any(|(failed, at)| *failed == key && at.elapsed() < FAILURE_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use firesteel_text::{Change, Document, Encoding, Position};

    use super::*;

    #[test]
    fn what_was_looked_at_last_stays_within_the_bytes() {
        let mut state = State::default();
        let text = "x".repeat(1024);
        for number in 0..2_000 {
            state.keep(Key(number), &text);
            assert!(state.find(Key(0)).is_some());
        }
        assert!(state.counts.kept_bytes <= KEPT_CAP);
        assert!(state.find(Key(1_999)).is_some() && state.find(Key(1)).is_none());
    }

    #[test]
    fn a_problem_moves_with_its_code_and_goes_with_it() {
        let explanations = Explanations::default();
        let document = Document::open("file:///a.rs", 1, "let a = b;\n");
        let problem = Problem {
            range: 8..9,
            message: "no b".to_owned(),
        };
        let open = |document: &Document| Snapshot::open(document.clone(), None);
        explanations.saw(&open(&document), &(8..8), std::slice::from_ref(&problem));
        let message = |document: &Document, offset: usize| {
            let problem = explanations.problem_at(&open(document), offset);
            problem.map(|problem| problem.message)
        };
        assert_eq!(message(&document, 8).as_deref(), Some("no b"));
        assert_eq!(message(&document, 2), None);
        let insert = |document: &Document, character: u32, text: &str| {
            let at = Position { line: 0, character };
            let change = Change {
                range: Some(at..at),
                text: text.to_owned(),
            };
            let (changed, ..) = document
                .changed(document.version + 1, &[change], Encoding::Utf8)
                .unwrap();
            changed
        };
        let moved = insert(&document, 0, "  ");
        assert_eq!(message(&moved, 10).as_deref(), Some("no b"));
        assert_eq!(message(&insert(&moved, 11, "c"), 10), None);
        explanations.saw(&open(&moved), &(10..10), &[]);
        assert_eq!(message(&moved, 10), None);
    }
}
