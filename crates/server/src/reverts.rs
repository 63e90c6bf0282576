//! What of earlier edits can be taken back at a place, and what may still be chosen, as code actions.

use std::ops::Range;

use firesteel_engine::edit::{FileHunk, Undo};
use firesteel_syntax::Snapshot;
use firesteel_text::DocumentId;
use serde_json::{Value, json};
use tower_lsp::ls_types::{CodeAction, CodeActionKind, Range as LspRange};

use crate::handlers::commands::{self, RevertArgs};
use crate::runs::{Finished, Offer};
use crate::session::Core;
use crate::to_proto;

/// Runs of one document that the menu offers to take back.
const LISTED: usize = 3;

/// What has become of a change that a run made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// It stands as it landed, or nobody can tell as its file is closed.
    Stands,
    /// The user has undone it in the editor.
    Undone,
    /// The user has changed the same lines since.
    Changed,
}

impl Left {
    /// What has become of the change that `undo` takes back.
    pub(crate) fn of(core: &Core, undo: &Undo) -> Self {
        let newest = |id: &DocumentId| core.documents.get(&core.documents.resolve(id.clone()));
        match undo {
            Undo::Hunk(FileHunk { id, hunk }) => match newest(id) {
                Some(newest) if hunk.is_applied(&newest.document) => Self::Undone,
                Some(newest) if hunk.resolve(&newest.document).is_err() => Self::Changed,
                _ => Self::Stands,
            },
            // An editor may show the text of a file that is no longer there.
            Undo::Create(file) => match file.id.on_disk() {
                Some(path) if !path.exists() => Self::Undone,
                _ => Self::Stands,
            },
        }
    }
}

/// The run that is meant where none is named: the newest of which something is left to take back, or of which it has not
/// been said that nothing is.
pub(crate) fn last(core: &Core) -> Option<Finished> {
    let mut runs = core.runs.revertible().into_iter();
    runs.find(|finished| !finished.is_told || is_left(core, finished))
}

fn is_left(core: &Core, finished: &Finished) -> bool {
    finished
        .undo
        .iter()
        .any(|undo| Left::of(core, undo) != Left::Undone)
}

/// The entries of the menu for this place.
pub(crate) fn actions(
    core: &Core,
    snapshot: &Snapshot,
    range: &Range<usize>,
    at: LspRange,
) -> Vec<CodeAction> {
    let id = &snapshot.document.id;
    let is_here = |offer: &Offer| {
        let is_asked_here = offer.is_confirmed && offer.run.snapshot.document.id == *id;
        is_asked_here || offer.batch.hunks.iter().any(|hunk| hunk.id == *id)
    };
    let offers = core.runs.offers().into_iter().filter(is_here).map(keep);
    let runs = core.runs.revertible().into_iter();
    let runs = { runs.filter(|finished| finished.is_of(id)) }
        .filter(|finished| is_left(core, finished))
        .take(LISTED);
    offers
        .chain(runs.flat_map(|finished| revert(core, &finished, snapshot, range, at)))
        .collect()
}

/// The newest edit anew, in the same conversation, where it was asked for or has landed: the only other way that can be
/// asked for where no instruction can be typed.
pub(crate) fn redo(core: &Core, snapshot: &Snapshot, range: &Range<usize>) -> Option<CodeAction> {
    let newest = core.runs.finished(None)?;
    newest.conversation.as_ref()?;
    let document = &snapshot.document;
    let touches = |place: Range<usize>| place.start <= range.end && range.start <= place.end;
    let was_asked_here = newest.run.snapshot.document.id == document.id
        && document.resolve_range(newest.place).is_some_and(touches);
    let is_here = was_asked_here || newest.undo.iter().any(|undo| is_at(undo, snapshot, range));
    is_here.then(|| {
        let title = format!("{} in another way", newest.run.title);
        let kind = CodeActionKind::REFACTOR_REWRITE;
        let args = json!({"instruction": "Undo that, and do it in another way."});
        to_proto::command_action(title, kind, commands::REDIRECT, args)
    })
}

fn keep(offer: Offer) -> CodeAction {
    let kind = CodeActionKind::REFACTOR_REWRITE;
    to_proto::command_action(offer.title, kind, commands::KEEP, json!(offer.number))
}

fn revert(
    core: &Core,
    finished: &Finished,
    snapshot: &Snapshot,
    range: &Range<usize>,
    at: LspRange,
) -> Vec<CodeAction> {
    let title = &finished.run.title;
    let action = |title, args: RevertArgs| {
        let args = serde_json::to_value(args).unwrap_or(Value::Null);
        to_proto::command_action(title, CodeActionKind::REFACTOR, commands::REVERT, args)
    };
    let run = Some(finished.number);
    let whole = RevertArgs {
        run,
        ..RevertArgs::default()
    };
    let mut actions = vec![action(format!("Revert {title}"), whole)];
    let left = || { finished.undo.iter() }.filter(|undo| Left::of(core, undo) != Left::Undone);
    let n_here = left().filter(|undo| is_at(undo, snapshot, range)).count();
    let n_left = left().count();
    if n_here > 0 && n_left > n_here {
        let uri = Some(snapshot.document.uri.to_string());
        let here = RevertArgs {
            run,
            uri,
            range: Some(at),
        };
        actions.push(action(format!("Revert this part of {title}"), here));
    }
    actions
}

/// Whether a part of an edit stands at a range.
pub(crate) fn is_at(undo: &Undo, newest: &Snapshot, range: &Range<usize>) -> bool {
    let Undo::Hunk(FileHunk { id, hunk }) = undo else {
        return false;
    };
    let place = hunk.resolve(&newest.document);
    *id == newest.document.id
        && place.is_ok_and(|place| place.start <= range.end && range.start <= place.end)
}
