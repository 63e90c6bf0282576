//! A run: the model's text streams into files, one landing at a time, while the user may go on typing.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use firesteel_privacy::{Refused, excerpt, scanned};
use firesteel_prompt::edit;
use firesteel_syntax::Snapshot;
use firesteel_task::{Excerpt, Priority};
use firesteel_text::DocumentId;
use tokio_util::sync::CancellationToken;

use super::error::FileError;
use super::job::Job;
use super::landing::{FileHunk, Landing, NotLanded, Progress, Undo};
use super::offline::Refactor;
use super::patch::{ModelView, Step};
use super::spec::{ActionKind, Spec};
use super::stream::{Attempt, End};
use super::writer::Writer;
use crate::Engine;
use crate::backend::{Prompt, Role};
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
    /// Its document, where it is the file that was renamed or lies in the folder that was, has its new name.
    pub fn moved(&mut self, old: &DocumentId, new: &DocumentId) {
        let Some(id) = self.snapshot.document.id.moved(old, new) else {
            return;
        };
        let mut snapshot = (*self.snapshot).clone();
        snapshot.document = snapshot.document.renamed(&id.to_uri());
        self.snapshot = Arc::new(snapshot);
        self.path = id.path();
    }

    /// The same by the embedded engine; none where it does not know how, or does it anyway.
    pub fn offline(&self) -> Option<Self> {
        let knows = self.spec.does == ActionKind::Document || self.spec.has_stand_in();
        (knows && !self.offline).then(|| Self {
            follows: None,
            offline: true,
            ..self.clone()
        })
    }

    /// Who is asked.
    pub(super) fn source(&self, models: &Models) -> Source {
        match self.offline {
            true => Source::Embedded,
            false => models.preferred(Role::Edit),
        }
    }
}

/// What was asked and answered, so that it can be gone on from.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub(super) prompt: Prompt,
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
    /// How many changes were left out since they would have moved a secret that the model was not shown.
    pub moved_secrets: usize,
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
            moved_secrets: 0,
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
        let job = match self.job(&run, landing).await {
            Ok(job) => job,
            Err(why) => return Report::failed(why),
        };
        let range = match job.site.snapshot.document.id == document.id {
            true => job.site.range.clone(),
            false => run.range.clone(),
        };
        let looked_at = document.revision;
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
        if run.snapshot.document.revision == looked_at {
            return self.carry_out(run, job, landing, cancel).await;
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
        if let Err(refused) = settings.permitted(&run.path).await {
            return Report::failed(refused);
        }
        let source = run.source(&settings.models);
        if run.follows.is_none() && run.spec.is_offline(source) {
            return self.refactor(run, job, landing, cancel).await;
        }
        let prompt = match run.follows {
            Some(talk) => {
                let wish = run.instruction.as_deref();
                let mut wish = scanned(wish.unwrap_or("Try again, in another way."));
                wish.push(&self.now(&job));
                followed(talk.prompt, &talk.answer, &wish)
            }
            None => match self.edit_prompt(source, &job) {
                Ok(prompt) => prompt,
                Err(refused) => return Report::failed(refused),
            },
        };
        let mut talk = Conversation {
            prompt,
            answer: String::new(),
        };
        let mut asked_again = false;
        loop {
            let reply = { &settings.models }.ask(Role::Edit, talk.prompt.clone(), Priority::Edit);
            let view = ModelView::new(self, &talk.prompt);
            let writer = Writer::new(&job, &view);
            let mut attempt = Attempt::new(writer, origin.clone(), view, landing, cancel);
            let end = attempt.stream(reply).await;
            talk.answer.clone_from(&attempt.answer);
            let why = match end {
                End::Unfit(why) if !asked_again && !cancel.is_cancelled() => why,
                end => return attempt.report(end, Some(talk)).await,
            };
            asked_again = true;
            if !attempt.take_back().await {
                return attempt.report(End::Unfit(why), Some(talk)).await;
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
            talk.prompt = followed(talk.prompt, &talk.answer, &scanned(&again));
        }
    }

    /// What is asked of the model for a job.
    fn edit_prompt(&self, source: Source, job: &Job) -> Result<Prompt, Refused> {
        let snapshot = &job.site.snapshot;
        let secrets = (source == Source::Hosted).then(|| self.secrets().of(&snapshot.document));
        let place = firesteel_prompt::Source {
            snapshot,
            path: &job.path,
            secrets: secrets.as_ref(),
        };
        let mut task = edit(place, &job.rewrite);
        self.widen(&mut task, snapshot, source);
        self.settings().prompt(source, task)
    }

    /// Carries out what needs no model.
    async fn refactor(
        &self,
        run: Run,
        job: Job,
        landing: &mut impl Landing,
        cancel: &CancellationToken,
    ) -> Report {
        let settings = self.settings();
        if let Err(refused) = settings.guard.check(&run.path) {
            return Report::failed(refused);
        }
        let wanted = run.instruction.as_deref().unwrap_or_default();
        let Some(refactoring) = run.spec.offline.map(|offline| offline(wanted.trim())) else {
            return Report::failed(CannotRefactor::Here(run.spec.name));
        };
        // A cursor says which variable, lines say which function.
        let target = match run.spec.does {
            ActionKind::Rename => run.range.clone(),
            _ => job.rewrite.target.clone(),
        };
        let refactor = Refactor {
            snapshot: run.snapshot.clone(),
            path: run.path.clone(),
            roots: settings.guard.roots(),
            guard: settings.guard.clone(),
            name: run.spec.name,
            action: refactoring,
            target,
        };
        let steps = match planned(refactor, landing).await {
            Ok(steps) => steps,
            Err(why) => return Report::failed(why),
        };
        let view = ModelView::unredacted(self);
        let mut attempt =
            Attempt::new(Writer::Planned, run.snapshot.clone(), view, landing, cancel);
        let end = attempt.land_steps(steps).await;
        attempt.report(end, None).await
    }

    /// The code as it stands now, for a conversation in which it has changed since.
    fn now(&self, job: &Job) -> Excerpt {
        let document = &job.site.snapshot.document;
        let secrets = self.secrets().of(document);
        let mut now = Excerpt::plain("\n\nThe code in question is now:\n");
        now.push(&excerpt(&document.text, &secrets, job.site.range.clone()));
        now.push(&Excerpt::plain(
            "\nGive its whole new text, in the same format as before.",
        ));
        now
    }
}

/// The prompt that goes on from an answer with another request. The embedded engine remembers nothing: it is asked the
/// same again.
fn followed(prompt: Prompt, answer: &str, request: &Excerpt) -> Prompt {
    match prompt {
        Prompt::Redacted(prompt) => Prompt::Redacted(prompt.followed(answer, request)),
        local @ Prompt::Local(_) => local,
    }
}

/// What a refactoring writes and where.
async fn planned(
    refactor: Refactor,
    landing: &mut impl Landing,
) -> Result<Vec<Step>, CannotRefactor> {
    let cannot = || CannotRefactor::Here(refactor.name);
    let planning = refactor.clone();
    let plan = tokio::task::spawn_blocking(move || planning.plan(None)).await;
    let mut plan = plan.ok().flatten().ok_or_else(cannot)?;
    let Some(elsewhere) = plan.elsewhere.clone() else {
        return Ok(refactor.steps(&plan, None));
    };
    let path = refactor.relative(&elsewhere).ok_or_else(cannot)?;
    let Some(before) = elsewhere.before else {
        return Ok(refactor.steps(&plan, None));
    };
    let other = landing.open(&path).map_err(CannotRefactor::Other)?;
    if other.document.text.to_string() != before {
        // The editor has another text than the disk.
        let (planning, other) = (refactor.clone(), other.clone());
        let again = move || planning.plan(Some((&elsewhere.path, &other)));
        let again = tokio::task::spawn_blocking(again).await;
        plan = again.ok().flatten().ok_or_else(cannot)?;
    }
    Ok(refactor.steps(&plan, Some(other)))
}

/// Why a refactoring is not carried out.
#[derive(Debug, thiserror::Error)]
enum CannotRefactor {
    #[error("the embedded engine cannot do this here: {0}")]
    Here(&'static str),
    #[error(transparent)]
    Other(FileError),
}
