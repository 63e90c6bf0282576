//! A run: the model's text streams into files, one landing at a time, while the user may go on typing.

use std::future::Future;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use firesteel_model::Priority;
use firesteel_prompt::{Outgoing, Rewrite, Wanted, edit, refactor};
use firesteel_syntax::{Language, Snapshot};
use tokio_util::sync::CancellationToken;

use super::actions::{Does, Spec, item_in, test_files};
use super::doc_comment::DocSite;
use super::hunks::Hunk;
use super::patch::Site;
use super::sites;
use super::stream::{Attempt, End, Writer};
use crate::Engine;
use crate::models::Source;

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
}

/// A hunk of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHunk {
    /// The file.
    pub uri: Arc<str>,
    /// The hunk.
    pub hunk: Hunk,
}

/// How to take back a part of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// Puts the old lines back.
    Hunk(FileHunk),
    /// Removes a file that the run made, while it has this text.
    Create(NewFile),
}

/// A file that a run made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// The file.
    pub uri: Arc<str>,
    /// Its text.
    pub text: String,
}

/// What lands in one go.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Replacements.
    pub hunks: Vec<FileHunk>,
    /// New files: the path as the model gave it, and the text.
    pub creates: Vec<(String, String)>,
    /// Files to remove that a run made, unless they have been changed.
    pub deletes: Vec<NewFile>,
}

impl Batch {
    /// What takes back a run, or a part of it.
    pub fn of_undo(undo: impl IntoIterator<Item = Undo>) -> Self {
        let mut batch = Self::default();
        for undo in undo {
            match undo {
                Undo::Hunk(hunk) => batch.hunks.push(hunk),
                Undo::Create(file) => batch.deletes.push(file),
            }
        }
        batch
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.hunks.is_empty() && self.creates.is_empty() && self.deletes.is_empty()
    }
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Landed {
    /// How to take back what landed.
    pub undo: Vec<Undo>,
    /// What did not land since the user changed the same lines.
    pub touched: Vec<FileHunk>,
}

/// Why nothing of a batch reached its files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLanded {
    /// The document was closed, or changed beyond recognition.
    #[error("the place of the edit is gone")]
    PlaceGone,
    /// The editor refused, or the user did.
    #[error("the editor refused the edit: {0}")]
    Refused(String),
    /// The editor said yes, but the text never showed up.
    #[error("the editor did not apply the edit in time")]
    NoEcho,
    /// A file that a run may not touch.
    #[error("{0}")]
    Forbidden(String),
}

/// Where a run's text lands: the editor, as the server sees it.
pub trait Landing: Send {
    /// The newest state of a file that the run has seen; none once it was closed.
    fn newest(&mut self, uri: &str) -> Option<Arc<Snapshot>>;

    /// A file of the project by the path that a model gave.
    ///
    /// # Errors
    /// Why the run may not touch it, or that there is none.
    fn open(&mut self, path: &str) -> Result<Arc<Snapshot>, String>;

    /// Whether edits of a file may land before the answer is whole.
    fn streams(&self, uri: &str) -> bool;

    /// Applies a batch and waits until the documents have it.
    fn land(&mut self, batch: Batch) -> impl Future<Output = Result<Landed, NotLanded>> + Send;

    /// Waits for the next change of any document.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;

    /// Whether nothing lands at all: then other runs on the same lines are not in the way.
    fn is_dry(&self) -> bool {
        false
    }

    /// Tells the user how far the run is.
    fn progress(&mut self, progress: Progress);
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It waits for the lines that this run works at.
    Waiting(String),
    /// So many lines are written.
    Lines(usize),
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

/// What a run writes and where.
pub(super) struct Job {
    pub(super) site: Site,
    pub(super) doc: Option<DocSite>,
    pub(super) rewrite: Rewrite,
    pub(super) path: PathBuf,
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
            Ok(job) if job.site.snapshot.document.uri == document.uri => job.site.range.clone(),
            Ok(_) => run.range.clone(),
            Err(why) => return Report::failed(why),
        };
        let lease = self
            .leases()
            .enter(&run.title, document, document.anchor_range(range));
        let uri = document.uri.clone();
        let mut returned = lease.watch();
        loop {
            returned.mark_unchanged();
            let Some(newest) = landing.newest(&uri) else {
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
                let preferred = settings.models.preferred();
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
            let mut attempt = Attempt::new(writer, landing, cancel);
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
            if let Some(newest) = landing.newest(&job.site.snapshot.document.uri) {
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

    /// What a run writes and where, as its document is now.
    async fn job(&self, run: &Run, landing: &mut impl Landing) -> Result<Job, String> {
        let (snapshot, offset) = (run.snapshot.clone(), run.range.start);
        let (range, spec) = (run.range.clone(), run.spec);
        let find = move || find(&snapshot, offset, range, spec);
        let found = tokio::task::spawn_blocking(find).await;
        let Found {
            item,
            site,
            doc,
            wish,
        } = found.map_err(|_| "the search failed".to_owned())??;
        let name = item.as_ref().map_or("the code", |item| item.name.as_str());
        let own = run.instruction.clone().or(wish).unwrap_or_default();
        let own = own.replace("{name}", name);
        let mut job = Job {
            rewrite: Rewrite {
                action: spec.id.to_owned(),
                wanted: if doc.is_some() {
                    Wanted::Comment
                } else {
                    Wanted::Rewrite
                },
                instruction: format!("{} {own}", spec.instruction(item.as_ref()))
                    .trim()
                    .to_owned(),
                target: site.range.clone(),
            },
            site,
            doc,
            path: run.path.clone(),
        };
        let is_offline = spec.is_offline(self.settings().models.preferred());
        if spec.does == Does::Tests && !is_offline {
            self.test_job(run, &mut job, landing);
        }
        if job.site.range.is_empty() && job.doc.is_none() {
            job.rewrite.wanted = Wanted::NewCode;
        }
        Ok(job)
    }

    /// Moves a job to where the tests of its item belong.
    fn test_job(&self, run: &Run, job: &mut Job, landing: &mut impl Landing) {
        let snapshot = &run.snapshot;
        let code = snapshot
            .document
            .text
            .slice(job.site.range.clone())
            .into_owned();
        if snapshot.language == Some(Language::Rust) {
            let (site, exists) = sites::of_rust_tests(snapshot);
            job.rewrite.instruction += match exists {
                true => {
                    " Answer with the test functions only: they go to the end of `mod tests`, which is there."
                }
                false => {
                    " Answer with `#[cfg(test)] mod tests`, with `use super::*;`: it goes to the end of the file."
                }
            };
            job.site = site;
        } else {
            let label = self.settings().guard.label(&run.path);
            let files = test_files(label.as_ref(), snapshot);
            let opened = files
                .iter()
                .find_map(|path| Some((path.clone(), landing.open(path).ok()?)));
            let (path, site) = match (opened, files.into_iter().next()) {
                (Some((path, there)), _) => (path, sites::at_end(&there)),
                (None, Some(path)) => {
                    let site = sites::new_file(path.as_ref());
                    (path, site)
                }
                (None, None) => return,
            };
            let is_new = site.create.is_some();
            let goes = if is_new {
                "is a new file"
            } else {
                "goes to the end of that file"
            };
            job.rewrite.instruction += &format!(
                " Your answer {goes}, `{path}`; write it as the project's tests are written, with the imports it needs. \
                 The code under test is in `{label}`:\n{code}"
            );
            job.path = run
                .path
                .ancestors()
                .find(|root| root.join(&label) == run.path)
                .map_or_else(|| PathBuf::from(&path), |root| root.join(&path));
            job.site = site;
        }
        job.rewrite.target = job.site.range.clone();
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

/// What a run is about.
struct Found {
    item: Option<firesteel_syntax::Item>,
    site: Site,
    doc: Option<DocSite>,
    wish: Option<String>,
}

fn find(
    snapshot: &Arc<Snapshot>,
    offset: usize,
    range: Range<usize>,
    spec: &Spec,
) -> Result<Found, String> {
    let item = item_in(snapshot, offset);
    let none = || "there is no item here".to_owned();
    let (mut doc, mut wish) = (None, None);
    let site = match spec.does {
        Does::Wish => {
            let found = sites::of_comment(snapshot, offset);
            let (words, site) = found.ok_or("there is no comment here that asks for anything")?;
            wish = Some(words);
            site
        }
        Does::Document => {
            let item = item.as_ref().ok_or_else(none)?;
            doc = Some(DocSite::find(snapshot, item).ok_or("this action does not apply here")?);
            sites::of_item(snapshot, item)
        }
        // A problem may lie outside of every item, and a diagnostic's range is no selection.
        _ if spec.id == "fix" => sites::of_instruction(snapshot, offset..offset, item.as_ref()),
        _ if spec.id == "edit" => sites::of_instruction(snapshot, range, item.as_ref()),
        _ => sites::of_item(snapshot, item.as_ref().ok_or_else(none)?),
    };
    Ok(Found {
        item,
        site,
        doc,
        wish,
    })
}
