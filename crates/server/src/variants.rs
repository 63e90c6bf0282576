//! An edit in other ways than the one that was asked for: three at once, or without the model that failed.

use std::sync::Arc;

use firesteel_engine::edit::{
    Batch, FileError, FileHunk, Landed, Landing, NotLanded, Progress, Run,
};
use firesteel_engine::{Role, Source};
use firesteel_syntax::Snapshot;
use firesteel_text::DocumentId;
use tower_lsp::ls_types::{MessageType, ProgressToken};

use crate::apply::EditorLanding;
use crate::edits::{Work, message};
use crate::session::Core;

/// What tells the three variants apart.
const MANNERS: [(&str, &str); 3] = [
    ("the smallest change", "Change as little as possible."),
    ("the clearest", "Put clarity above everything else."),
    (
        "another way",
        "Take another approach than the one that is there.",
    ),
];

/// Asks for the same edit in several ways at once; the user keeps one by a code action.
pub(crate) async fn variants(core: Arc<Core>, run: Run, token: Option<ProgressToken>) {
    let work = Work::begin(&core, &run.title, token);
    let cancel = &work.entry.active.cancel;
    let variant = |(name, manner): (&'static str, &'static str)| {
        let mut run = run.clone();
        run.instruction = Some(manner.to_owned());
        let (engine, mut dry) = (core.engine.clone(), Dry::new(work.landing(&core, &run)));
        async move {
            let report = engine.run(run, &mut dry, cancel).await;
            (name, report, dry.batch)
        }
    };
    let [first, second, third] = MANNERS.map(variant);
    let (first, second, third) = tokio::join!(first, second, third);
    let (mut offers, mut why) = (Vec::new(), None);
    for (name, report, batch) in [first, second, third] {
        if batch.is_empty() {
            why = why.or(Some(message(&report)));
            continue;
        }
        let lines: usize = batch
            .hunks
            .iter()
            .map(|FileHunk { hunk, .. }| hunk.lines())
            .sum();
        offers.push((format!("Keep {name} ({lines} lines)"), batch));
    }
    let (message, failed) = match offers.len() {
        0 => (why.unwrap_or_default(), true),
        n => (
            format!("{n} variants: choose one among the code actions"),
            false,
        ),
    };
    core.runs.offer(&run, offers);
    if !failed {
        let text = format!("Firesteel: {message}");
        core.client.show_message(MessageType::INFO, text).await;
    }
    work.end(&core, message, failed).await;
}

/// Offers what the embedded engine makes of a run at which the model has failed; returns its title in the menu, where it
/// knows how.
pub(crate) async fn offline(core: &Arc<Core>, run: &Run, work: &Work) -> Option<String> {
    let offline = run.offline()?;
    let mut dry = Dry::new(work.landing(core, run));
    let cancel = &work.entry.active.cancel;
    core.engine.run(offline, &mut dry, cancel).await;
    if dry.batch.is_empty() {
        return None;
    }
    let title = format!("{} (offline)", run.title);
    // While no model can be reached it is in the menu anyway.
    if core.engine.settings().models.preferred(Role::Edit) != Source::Embedded {
        core.runs.offer(run, vec![(title.clone(), dry.batch)]);
    }
    Some(title)
}

/// A landing that only remembers what would land.
struct Dry {
    inner: EditorLanding,
    batch: Batch,
}

impl Dry {
    fn new(inner: EditorLanding) -> Self {
        let batch = Batch::default();
        Self { inner, batch }
    }
}

impl Landing for Dry {
    fn newest(&mut self, id: &DocumentId) -> Option<Arc<Snapshot>> {
        self.inner.newest(id)
    }

    fn open(&mut self, path: &str) -> Result<Arc<Snapshot>, FileError> {
        self.inner.open(path)
    }

    fn streams(&self, _: &DocumentId) -> bool {
        false
    }

    async fn land(&mut self, batch: Batch) -> Result<Landed, NotLanded> {
        self.batch = batch;
        Ok(Landed::default())
    }

    async fn changed(&mut self) {
        self.inner.changed().await;
    }

    fn is_dry(&self) -> bool {
        true
    }

    fn progress(&mut self, _: Progress) {}
}
