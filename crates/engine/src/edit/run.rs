//! A run: the model's text streams into files, one landing at a time, while the user may go on typing.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use firesteel_model::Priority;
use firesteel_prompt::{Outgoing, edit, refactor};
use firesteel_syntax::Snapshot;
use tokio_util::sync::CancellationToken;

use super::job::Job;
use super::landing::{FileHunk, Landing, NotLanded, Progress, Undo};
use super::offline::is_refactoring;
use super::spec::{Does, Spec};
use super::stream::{Attempt, End};
use super::writer::Writer;
use crate::Engine;
use crate::models::{Models, Source};

/// An edit to carry out.
#[derive(Clone, Debug)]
pub struct Run {
    /// The document as it is when the run is asked for.
    pub snapshot: Arc<Snapshot>,
    /// Its path.
    pub path: PathBuf,
    /// What kind of edit.
    pub spec: &'static Spec,
    /// What the user calls it.
    pub title: String,
    /// The bytes that the user chose it for.
    pub range: Range<usize>,
    /// What the user wants beyond what the action says.
    pub instruction: Option<String>,
    /// The conversation that this goes on.
    pub follows: Option<Conversation>,
    /// Whether the embedded engine carries it out, whatever model there is.
    pub offline: bool,
}

impl Run {
    /// The same by the embedded engine; none where it does not know how, or does it anyway.
    pub fn offline(&self) -> Option<Self> {
        let knows = self.spec.does == Does::Document || is_refactoring(self.spec.id);
        (knows && !self.offline && self.spec.does != Does::Rename).then(|| Self {
            follows: None,
            offline: true,
            ..self.clone()
        })
    }

    /// Who is asked.
    pub(super) fn source(&self, models: &Models) -> Source {
        match self.offline {
            true => Source::Embedded,
            false => models.preferred(),
        }
    }
}

/// What was asked and answered, so that it can be gone on from.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub(super) prompt: Outgoing,
    pub(super) source: Source,
    /// What the model has said so far.
    pub(super) answer: String,
}

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// How to take back what landed, in the order in which it did.
    pub undo: Vec<Undo>,
    /// What did not land since the user changed the same lines.
    pub touched: Vec<FileHunk>,
    /// The conversation, once the model was asked.
    pub conversation: Option<Conversation>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything landed; the number of lines.
    Done(usize),
    /// The user stopped it; what had landed stays.
    Cancelled(usize),
    /// The model had nothing to say, or nothing that changes anything.
    Nothing,
    /// It could not be carried out, or not to its end, and why. What had landed was taken back, where that was possible.
    Failed(String),
    /// The same through the model's fault: it broke off, or its answers were unfit.
    Faulty(String),
}

impl Report {
    pub(super) fn failed(why: impl ToString) -> Self {
        Self {
            outcome: Outcome::Failed(why.to_string()),
            undo: Vec::new(),
            touched: Vec::new(),
            conversation: None,
        }
    }
}

impl Engine {
    /// Carries out an edit; ends early when `cancel` is cancelled.
    pub async fn run(
        &self,
        mut run: Run,
        landing: &mut impl Landing,
        cancel: &CancellationToken,
    ) -> Report {
        let document = &run.snapshot.document;
        let place = document.anchor_range(run.range.clone());
        let lines = self.job(&run, landing).await;
        let range = match &lines {
            Ok(job) if job.site.snapshot.document.id == document.id => job.site.range.clone(),
            Ok(_) => run.range.clone(),
            Err(why) => return Report::failed(why),
        };
        let lease = self
            .leases()
            .enter(&run.title, document, document.anchor_range(range));
        let id = document.id.clone();
        let mut returned = lease.watch();
        loop {
            returned.mark_unchanged();
            let Some(newest) = landing.newest(&id) else {
                return Report::failed(NotLanded::PlaceGone);
            };
            let before = match landing.is_dry() {
                true => Vec::new(),
                false => lease.before(&newest.document),
            };
            if let Some(range) = newest.document.resolve_range(place) {
                run.range = range;
                run.snapshot = newest;
            }
            let Some(other) = before.first() else { break };
            landing.progress(Progress::Waiting(other.clone()));
            tokio::select! {
                () = cancel.cancelled() => return Report { outcome: Outcome::Cancelled(0), ..Report::failed("") },
                _ = returned.changed() => {}
            }
        }
        // What ran before may have changed everything.
        match self.job(&run, landing).await {
            Ok(job) => self.carry_out(run, job, landing, cancel).await,
            Err(why) => Report::failed(why),
        }
    }

    async fn carry_out(
        &self,
        run: Run,
        mut job: Job,
        landing: &mut impl Landing,
        cancel: &CancellationToken,
    ) -> Report {
        let settings = self.settings();
        let origin = run.snapshot.clone();
        let mut talk = match run.follows {
            Some(Conversation {
                prompt,
                source,
                answer,
            }) => {
                let wish = run
                    .instruction
                    .as_deref()
                    .unwrap_or("Try again, in another way.");
                let prompt = prompt.followed(&answer, &format!("{wish}\n\n{}", now(&job)));
                Conversation {
                    prompt,
                    source,
                    answer: String::new(),
                }
            }
            None => {
                let preferred = run.source(&settings.models);
                let is_offline = run.spec.is_offline(preferred);
                let prompt = match is_offline {
                    true => refactor(
                        &settings.guard,
                        &run.snapshot,
                        &run.path,
                        run.spec.id,
                        // A cursor says which variable, lines say which function.
                        match run.spec.does {
                            Does::Rename => run.range.clone(),
                            _ => job.rewrite.target.clone(),
                        },
                        run.instruction.as_deref().unwrap_or_default(),
                    ),
                    false => edit(&settings.guard, &job.site.snapshot, &job.path, &job.rewrite),
                };
                let prompt = match prompt {
                    Ok(prompt) => prompt,
                    Err(refused) => return Report::failed(refused),
                };
                let source = match is_offline {
                    true => Source::Embedded,
                    false => preferred,
                };
                Conversation {
                    prompt,
                    source,
                    answer: String::new(),
                }
            }
        };
        let mut asked_again = false;
        loop {
            let reply = settings
                .models
                .ask(talk.source, &talk.prompt, Priority::Edit);
            let writer = Writer::new(&job);
            let mut attempt = Attempt::new(writer, origin.clone(), landing, cancel);
            let end = attempt.stream(reply).await;
            talk.answer.clone_from(&attempt.answer);
            let why = match end {
                End::Unfit(why) if !asked_again && !cancel.is_cancelled() => why,
                end => return attempt.report(end, talk).await,
            };
            asked_again = true;
            if !attempt.take_back().await {
                return attempt.report(End::Unfit(why), talk).await;
            }
            drop(attempt);
            if let Some(newest) = landing.newest(&job.site.snapshot.document.id) {
                let before = job.site.text();
                job.site = job.site.in_newest(newest);
                if job.site.text() != before {
                    // The model has not seen what the user typed there, and would write over it.
                    return Report {
                        conversation: Some(talk),
                        ..Report::failed(format!("{why}; you have changed the same lines since"))
                    };
                }
            }
            let again = format!(
                "Your answer could not be applied: {why}. Nothing of it was kept. Give the whole answer again, in the \
                 same format."
            );
            talk.prompt = talk.prompt.followed(&talk.answer, &again);
        }
    }
}

/// The code as it stands now, for a conversation in which it has changed since.
fn now(job: &Job) -> String {
    let code = job
        .site
        .snapshot
        .document
        .text
        .slice(job.site.range.clone());
    format!(
        "The code in question is now:\n{code}\nGive its whole new text, in the same format as before."
    )
}
