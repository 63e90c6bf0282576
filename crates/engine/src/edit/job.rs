//! What a run writes and where, found in its document as it is now.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use firesteel_privacy::excerpt;
use firesteel_prompt::Rewrite;
use firesteel_syntax::{Language, Snapshot};
use firesteel_task::{Excerpt, Wanted};

use super::actions::{item_in, test_files};
use super::doc_comment::DocSite;
use super::error::EditError;
use super::landing::Landing;
use super::patch::Site;
use super::run::Run;
use super::sites;
use super::spec::{ActionKind, Spec, Target};
use crate::Engine;

/// What a run writes and where.
pub(super) struct Job {
    pub(super) site: Site,
    pub(super) doc: Option<DocSite>,
    pub(super) rewrite: Rewrite,
    pub(super) path: PathBuf,
}

impl Engine {
    /// What a run writes and where, as its document is now.
    pub(super) async fn job(
        &self,
        run: &Run,
        landing: &mut impl Landing,
    ) -> Result<Job, EditError> {
        let (snapshot, offset) = (run.snapshot.clone(), run.range.start);
        let (range, spec) = (run.range.clone(), run.spec);
        let find = move || find(&snapshot, offset, range, spec);
        let found = tokio::task::spawn_blocking(find).await;
        let Found {
            item,
            site,
            doc,
            wish,
        } = found.map_err(|_| EditError::SearchFailed)??;
        let name = item.as_ref().map_or("the code", |item| item.name.as_str());
        let own = run.instruction.clone().or(wish).unwrap_or_default();
        let own = own.replace("{name}", name);
        let instruction = spec.instruction(item.as_ref());
        let mut job = Job {
            rewrite: Rewrite {
                wanted: if doc.is_some() {
                    Wanted::Comment
                } else {
                    Wanted::Rewrite
                },
                instruction: match own.trim() {
                    "" => instruction,
                    own => format!("{instruction} {own}").trim().to_owned(),
                },
                about: spec.shows_selection.then(|| self.selection(run)),
                target: site.range.clone(),
            },
            site,
            doc,
            path: run.path.clone(),
        };
        let is_offline = spec.is_offline(run.source(&self.settings().models));
        if spec.does == ActionKind::Tests && !is_offline {
            self.test_job(run, &mut job, landing);
        }
        if job.site.range.is_empty() && job.doc.is_none() {
            job.rewrite.wanted = Wanted::NewCode;
        }
        Ok(job)
    }

    /// The selected lines, with the secrets in them.
    fn selection(&self, run: &Run) -> Excerpt {
        let document = &run.snapshot.document;
        let secrets = self.secrets().of(document);
        let lines = sites::whole_lines(&document.text, run.range.clone());
        excerpt(&document.text, &secrets, lines)
    }

    /// Moves a job to where the tests of its item belong.
    fn test_job(&self, run: &Run, job: &mut Job, landing: &mut impl Landing) {
        let snapshot = &run.snapshot;
        let document = &snapshot.document;
        let secrets = self.secrets().of(document);
        let code = excerpt(&document.text, &secrets, job.site.range.clone());
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
                 The code under test is in `{label}`:\n"
            );
            job.rewrite.about = Some(code);
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
) -> Result<Found, EditError> {
    let item = item_in(snapshot, offset);
    let none = || EditError::NoItem;
    let (mut doc, mut wish) = (None, None);
    let site = match spec.does {
        ActionKind::InstructionComment => {
            let found = sites::of_comment(snapshot, offset);
            let (words, site) = found.ok_or(EditError::NoInstruction)?;
            wish = Some(words);
            site
        }
        ActionKind::Document => {
            let item = item.as_ref().ok_or_else(none)?;
            doc = Some(DocSite::find(snapshot, item).ok_or(EditError::NotHere)?);
            sites::of_item(snapshot, item)
        }
        _ => match spec.target {
            Target::Cursor => sites::of_instruction(snapshot, offset..offset, item.as_ref()),
            Target::Chosen => sites::of_instruction(snapshot, range, item.as_ref()),
            Target::Item => sites::of_item(snapshot, item.as_ref().ok_or_else(none)?),
        },
    };
    Ok(Found {
        item,
        site,
        doc,
        wish,
    })
}
