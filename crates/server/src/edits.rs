//! Edits from the user's side: started, redirected, taken back, chosen; with progress, and words at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use firesteel_engine::edit::{
    ActionId, Batch, FileHunk, Landed, Landing, NotLanded, Outcome, Progress, Report, Run, Undo,
};
use firesteel_privacy::visible;
use firesteel_syntax::Snapshot;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tower_lsp::ls_types::{MessageType, ProgressToken};

use crate::apply::EditorLanding;
use crate::progress::EditProgress;
use crate::reverts::Left;
use crate::review;
use crate::runs::{Entry, Finished};
use crate::session::Core;
use crate::variants;

/// How long a run that was stopped may take to end: a landing may be in flight.
const END_TIMEOUT: Duration = Duration::from_secs(6);
/// Carries out an edit as a task of its own, with progress, and tells the user when it fails.
pub(crate) async fn carry_out(core: Arc<Core>, run: Run, token: Option<ProgressToken>) {
    let work = Work::begin(&core, &run.title, token);
    let mut landing = work.landing(&core, &run);
    let place = run.snapshot.document.anchor_range(run.range.clone());
    let report = core
        .engine
        .run(run.clone(), &mut landing, &work.entry.active.cancel)
        .await;
    let withheld = landing.withheld();
    drop(landing);
    let mut message = message(&report);
    let is_models_fault = matches!(report.outcome, Outcome::Faulty(_));
    if is_models_fault && let Some(title) = variants::offline(&core, &run, &work).await {
        message = format!("{message}; “{title}” is among the code actions");
    }
    let mut failed =
        is_models_fault || matches!(report.outcome, Outcome::Failed(_) | Outcome::Nothing);
    if let (Outcome::Done(_), Some(said)) = (&report.outcome, withheld.offer(&core, &run)) {
        message = format!("{message}; {said}");
        failed = true;
    }
    let Report {
        undo,
        touched,
        conversation,
        ..
    } = report;
    if !touched.is_empty() {
        let title = format!("{}, over your own changes", run.title);
        let batch = Batch {
            hunks: touched,
            ..Batch::default()
        };
        core.runs.offer(&run, vec![(title, batch)]);
    }
    let number = work.entry.active.number;
    review::note(&core, number, &undo).await;
    core.runs.keep(Finished {
        number,
        run,
        place,
        undo,
        conversation,
        is_told: false,
    });
    work.end(&core, message, failed).await;
}

/// Lands an edit that the user chose.
pub(crate) async fn choose(core: Arc<Core>, number: u64, token: Option<ProgressToken>) {
    let Some(offer) = core.runs.choose(number) else {
        let text = "Firesteel: this edit is no longer there";
        return core.client.show_message(MessageType::WARNING, text).await;
    };
    let work = Work::begin(&core, &offer.title, token);
    let landing = work.landing(&core, &offer.run).at_once();
    let mut landing = landing.confirmed(offer.is_confirmed);
    let mut batch = offer.batch;
    for FileHunk { id, hunk } in &mut batch.hunks {
        // The user has seen both texts, and chose this one.
        if let Some(newest) = landing.newest(id)
            && let Some(over) = hunk.over(&newest.document)
        {
            *hunk = over;
        }
    }
    let landed = landing.land(batch).await;
    let withheld = landing.withheld();
    drop(landing);
    let place = offer
        .run
        .snapshot
        .document
        .anchor_range(offer.run.range.clone());
    let (message, failed, undo) = match landed {
        Ok(Landed { undo, touched, .. }) if touched.is_empty() => {
            match withheld.offer(&core, &offer.run) {
                Some(said) => (said, true, undo),
                None => ("done".to_owned(), false, undo),
            }
        }
        Ok(Landed { undo, .. }) => (
            "some of its lines have changed since".to_owned(),
            true,
            undo,
        ),
        Err(why) => (why.to_string(), true, Vec::new()),
    };
    let number = work.entry.active.number;
    review::note(&core, number, &undo).await;
    let (run, conversation) = (
        Run {
            title: offer.title,
            ..offer.run
        },
        None,
    );
    core.runs.keep(Finished {
        number,
        run,
        place,
        undo,
        conversation,
        is_told: false,
    });
    work.end(&core, message, failed).await;
}

/// Takes back what is left of a run, or of those parts of it that `wanted` chooses; returns whether none of that stands any
/// more. What the user has undone in the editor stays in the journal, for it may be redone there.
pub(crate) async fn revert(
    core: &Arc<Core>,
    finished: &Finished,
    wanted: impl Fn(&Undo) -> bool,
    token: Option<ProgressToken>,
) -> bool {
    let number = finished.number;
    let asked = core.runs.take_undo(number, wanted);
    let title = format!("Revert {}", finished.run.title);
    let work = Work::begin(core, &title, token);
    let is_undone = |undo: &Undo| Left::of(core, undo) == Left::Undone;
    let (undone, undo): (Vec<Undo>, Vec<Undo>) = asked.into_iter().partition(is_undone);
    let (n_undone, n_left) = (undone.len(), undo.len());
    core.runs.restore(number, undone.clone());
    if n_left == 0 {
        core.runs.told(number);
        review::taken_back(core, number, &undone).await;
        work.end(core, reverted(0, n_undone, 0), true).await;
        return true;
    }
    let landing = work.landing(core, &finished.run).at_once();
    let mut landing = landing.confirmed(true);
    let landed = landing.land(Batch::of_undo(undo.clone())).await;
    drop(landing);
    let (message, failed) = match landed {
        Ok(Landed { touched, .. }) => {
            let is_kept = |undo: &&Undo| {
                matches!(undo, Undo::Create(_)) && Left::of(core, undo) != Left::Undone
            };
            let kept = undo.iter().filter(is_kept).cloned();
            let stay: Vec<Undo> = touched.into_iter().map(Undo::Hunk).chain(kept).collect();
            let message = reverted(n_left - stay.len(), n_undone, stay.len());
            let failed = !stay.is_empty();
            if !failed {
                review::taken_back(core, number, &undo).await;
            }
            core.runs.restore(number, stay);
            (message, failed)
        }
        Err(why) => {
            core.runs.restore(number, undo);
            (NotLanded::to_string(&why), true)
        }
    };
    work.end(core, message, failed).await;
    !failed
}

/// What came of taking back: how many changes were, how many the user had undone, and how many stay.
fn reverted(taken: usize, undone: usize, stay: usize) -> String {
    let taken = match (taken, undone, stay) {
        (0, _, 0) => return "nothing is left to revert: it is undone already".to_owned(),
        (_, 0, 0) => return "reverted".to_owned(),
        (0, ..) => "nothing is reverted".to_owned(),
        (1, ..) => "1 change reverted".to_owned(),
        (n, ..) => format!("{n} changes reverted"),
    };
    let undone = match undone {
        0 => String::new(),
        1 => "; 1 was undone already".to_owned(),
        n => format!("; {n} were undone already"),
    };
    let stay = match stay {
        0 => String::new(),
        1 => "; 1 stays, for you have changed it since".to_owned(),
        n => format!("; {n} stay, for you have changed them since"),
    };
    format!("{taken}{undone}{stay}")
}

/// Stops the newest run, keeps or takes back what landed of it as the words ask, and goes on with them.
pub(crate) async fn redirect(core: Arc<Core>, wish: String, token: Option<ProgressToken>) {
    let active = core.runs.newest_active();
    if let Some(active) = &active {
        active.cancel.cancel();
        // A run that does not end is told of by its own progress.
        let _ = tokio::time::timeout(END_TIMEOUT, active.ended.cancelled()).await;
    }
    let Some(finished) = core.runs.finished(active.map(|active| active.number)) else {
        let text = "Firesteel: no edit to redirect";
        return core.client.show_message(MessageType::WARNING, text).await;
    };
    let (reverts, wish) = match without_revert(&wish) {
        Some(rest) => (true, rest.to_owned()),
        None => (false, wish),
    };
    if reverts && !finished.undo.is_empty() && !revert(&core, &finished, |_| true, None).await {
        return;
    }
    if wish.is_empty() {
        return;
    }
    match following(&core, &finished, wish) {
        Some(run) => carry_out(core, run, token).await,
        None => {
            let text = "Firesteel: the place of the edit is gone";
            core.client.show_message(MessageType::WARNING, text).await;
        }
    }
}

/// What follows a leading "revert" or "undo", and the words that join them.
fn without_revert(wish: &str) -> Option<&str> {
    let word = |text: &'_ str| {
        text.split(|c: char| !c.is_alphabetic())
            .next()
            .map(str::len)
    };
    let first = &wish[..word(wish)?];
    ["revert", "undo"]
        .contains(&first.to_lowercase().as_str())
        .then_some(())?;
    let mut rest = &wish[first.len()..];
    loop {
        let trimmed = rest.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '`');
        let next = &trimmed[..word(trimmed)?];
        let joins = ["that", "this", "it", "all", "everything", "and", "then"];
        if !joins.contains(&next.to_lowercase().as_str()) {
            return Some(trimmed);
        }
        rest = &trimmed[next.len()..];
    }
}

/// The run that goes on from another one, at its place as it is now.
fn following(core: &Core, finished: &Finished, wish: String) -> Option<Run> {
    let id = &finished.run.snapshot.document.id;
    let newest: Arc<Snapshot> = core.documents.get(id)?;
    let range = newest.document.resolve_range(finished.place)?;
    // A conversation about a comment knows another form of answers.
    let is_code = finished.run.spec.id != ActionId::Document;
    Some(Run {
        title: wish.clone(),
        instruction: Some(wish),
        snapshot: newest,
        range,
        spec: ActionId::Edit.spec(),
        path: finished.run.path.clone(),
        follows: finished.conversation.clone().filter(|_| is_code),
        offline: false,
    })
}

/// Says what the code does, in a document where the client can show one, else in a message.
pub(crate) async fn explain(core: Arc<Core>, run: Run, token: Option<ProgressToken>) {
    let work = Work::begin(&core, &run.title, token);
    match core
        .engine
        .explain_item(&run, &work.entry.active.cancel)
        .await
    {
        Ok(markdown) => {
            crate::progress::show_text(&core, &run.title, markdown).await;
            work.end(&core, "done".to_owned(), false).await;
        }
        Err(why) => work.end(&core, why.to_string(), true).await,
    }
}

/// Something that takes time and shows it.
pub(crate) struct Work {
    pub(crate) entry: Entry,
    reports: mpsc::UnboundedSender<Progress>,
    reporting: JoinHandle<EditProgress>,
}

impl Work {
    pub(crate) fn begin(core: &Arc<Core>, title: &str, token: Option<ProgressToken>) -> Self {
        let is_clients_token = token.is_some();
        let token = token.unwrap_or_else(next_token);
        let entry = core.runs.enter(token.clone());
        let title = format!("Firesteel: {title}");
        let (reports, queue) = mpsc::unbounded_channel();
        let core = core.clone();
        // The client takes its time to make room for a progress, for which the work does not wait.
        let reporting = tokio::spawn(async move {
            let progress = EditProgress::begin(&core, token, is_clients_token, title).await;
            report(progress, queue).await
        });
        Self {
            entry,
            reports,
            reporting,
        }
    }

    pub(crate) fn landing(&self, core: &Arc<Core>, run: &Run) -> EditorLanding {
        EditorLanding::new(
            core,
            &run.snapshot.document.id,
            run.title.clone(),
            self.reports.clone(),
        )
    }

    /// Ends it with a word in its progress, and with a warning where it failed.
    pub(crate) async fn end(self, core: &Core, message: String, failed: bool) {
        // It may tell of a model's words, of a file that it named, or of a server's error.
        let message = visible(&message).0.into_owned();
        tracing::info!(message, "an edit ended");
        drop(self.reports);
        if let Ok(progress) = self.reporting.await {
            progress.end(message.clone()).await;
        }
        if failed {
            let text = format!("Firesteel: {message}");
            core.client.show_message(MessageType::WARNING, text).await;
        }
    }
}

fn next_token() -> ProgressToken {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    ProgressToken::String(format!("firesteel-edit-{number}"))
}

async fn report(
    progress: EditProgress,
    mut reports: mpsc::UnboundedReceiver<Progress>,
) -> EditProgress {
    while let Some(report) = reports.recv().await {
        let message = match report {
            Progress::Waiting(other) => format!("waits for “{other}”"),
            Progress::Lines(lines) => format!("{lines} lines"),
        };
        progress.report(message).await;
    }
    progress
}

pub(crate) fn message(report: &Report) -> String {
    let said = match &report.outcome {
        Outcome::Done(lines) => format!("{lines} lines written"),
        Outcome::Cancelled(lines) => format!("stopped; {lines} lines written"),
        Outcome::Nothing => "the model had nothing to say".to_owned(),
        Outcome::Failed(why) | Outcome::Faulty(why) => why.clone(),
    };
    let said = match report.moved_secrets {
        0 => said,
        n => format!("{said}; {n} changes were left out, for they would have moved a secret"),
    };
    match report.touched.len() {
        0 => said,
        1 => format!("{said}; 1 conflicting change is offered as a code action"),
        n => format!("{said}; {n} conflicting changes are offered as a code action"),
    }
}
