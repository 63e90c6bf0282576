//! The next edit: listed as a code action, shown as ghost text at its place, and made by a shortcut that goes there.

use std::sync::Arc;
use std::time::Duration;

use firesteel_engine::edit::{FileHunk, Hunk, Undo};
use firesteel_engine::next_edit::{After, NextEdit, Open};
use firesteel_privacy::{Protected, Write};
use firesteel_syntax::Snapshot;
use tokio::sync::mpsc;
use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, Command, InlineCompletionItem, MessageType, Range,
};

use super::commands::{self, NextEditArgs};
use crate::apply::EditorLanding;
use crate::confirmation::protection;
use crate::session::Core;
use crate::uris::{ShowDocument, ShowParams};
use crate::{from_proto, to_proto};

/// How long a client may take to answer.
const REPLY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the edit is looked for, each time anew for the text as it then is.
const ATTEMPTS: u32 = 3;
/// What the editor calls it.
const LABEL: &str = "next edit";

/// The next edit as an entry of the menu; it is made by the command, so that the cursor goes there too.
pub(crate) async fn action(
    core: &Arc<Core>,
    snapshot: &Arc<Snapshot>,
    args: NextEditArgs,
) -> Option<CodeAction> {
    let found = core.engine.repeat_edit(after(core, snapshot, &args)).await;
    let edit = found.ok()?;
    let is_here = edit.open.snapshot.document.id == snapshot.document.id;
    let place = match is_here {
        true => format!("line {}", line(&edit)),
        false => place(core, &edit),
    };
    let title = format!("Next edit: {} ({place})", edit.title);
    Some(CodeAction {
        title: title.clone(),
        kind: Some(CodeActionKind::REFACTOR_REWRITE),
        command: Some(Command {
            title,
            command: commands::NEXT_EDIT.to_owned(),
            arguments: serde_json::to_value(args).ok().map(|args| vec![args]),
        }),
        ..CodeAction::default()
    })
}

/// The next edit as ghost text, where the cursor is at its place.
///
/// VS Code shows it where the new text only adds to the old, Neovim in any case.
pub(crate) async fn ghost_text(
    core: &Arc<Core>,
    snapshot: &Arc<Snapshot>,
    args: NextEditArgs,
) -> Option<InlineCompletionItem> {
    let after = after(core, snapshot, &args);
    let edit = core.engine.repeat_edit_here(after).await.ok()?;
    let range = to_proto::range(&snapshot.document.text, edit.range, core.editor.encoding);
    Some(InlineCompletionItem {
        insert_text: edit.text,
        filter_text: None,
        range: Some(range),
        command: None,
        insert_text_format: None,
    })
}

/// Makes the next edit and shows it, as a task of its own; says why where there is none.
pub(crate) async fn go(core: Arc<Core>, args: NextEditArgs) {
    let result = land(&core, &args).await;
    let (level, why) = match result {
        Ok(()) => return,
        Err(Failed::Nothing(why)) => (MessageType::INFO, why),
        Err(Failed::Refused(why)) => (MessageType::WARNING, why),
    };
    core.client
        .show_message(level, format!("Firesteel: {why}"))
        .await;
}

enum Failed {
    /// There is no next edit, and why.
    Nothing(String),
    /// The editor did not take it.
    Refused(String),
}

async fn land(core: &Arc<Core>, args: &NextEditArgs) -> Result<(), Failed> {
    for _ in 0..ATTEMPTS {
        let snapshot = core.documents.get(&core.documents.resolve(&*args.uri));
        let snapshot =
            snapshot.ok_or_else(|| Failed::Nothing("the document is not open".into()))?;
        let found = core.engine.next_edit(after(core, &snapshot, args)).await;
        let edit = found.map_err(|none| Failed::Nothing(none.to_string()))?;
        let asks = match confirmation(core, &snapshot, &edit) {
            Ok(asks) => asks,
            Err(failed) => {
                if matches!(failed, Failed::Nothing(_)) {
                    show_at(core, &edit, edit.range.start).await;
                }
                return Err(failed);
            }
        };
        let Some(end) = write(core, &edit, asks).await? else {
            // The user has changed that place meanwhile, so it is looked for anew.
            continue;
        };
        let is_shown = show_at(core, &edit, end).await;
        if !is_shown && edit.open.snapshot.document.id != snapshot.document.id {
            let text = format!("Firesteel: {} in {}", edit.title, place(core, &edit));
            core.client.show_message(MessageType::INFO, text).await;
        }
        return Ok(());
    }
    let why = "you are changing the place of the next edit";
    Err(Failed::Nothing(why.to_owned()))
}

/// Lands an edit as runs land theirs; gives where its text ends, or nothing where its place is another by now.
async fn write(core: &Arc<Core>, edit: &NextEdit, asks: bool) -> Result<Option<usize>, Failed> {
    let document = &edit.open.snapshot.document;
    let id = document.id.clone();
    // Nobody follows the progress of what lands at once.
    let (progress, _) = mpsc::unbounded_channel();
    let mut landing = EditorLanding::new(core, &id, LABEL.to_owned(), progress);
    let hunk = Hunk::new(document, edit.range.clone(), edit.text.clone());
    let landed = landing.land_one(FileHunk { id, hunk }, asks).await;
    let landed = landed.map_err(|error| Failed::Refused(error.to_string()))?;
    let Some(Undo::Hunk(FileHunk { id, hunk })) = landed.undo.first() else {
        return Ok(None);
    };
    let now = core.documents.get(id);
    let range = now.and_then(|now| hunk.resolve(&now.document).ok());
    let there = edit.range.start + edit.text.len();
    Ok(Some(range.map_or(there, |range| range.end)))
}

/// Whether the user has to confirm an edit of another document than the one at hand; where the client cannot ask, the user
/// is led there instead, and decides by asking once more.
fn confirmation(core: &Core, here: &Snapshot, edit: &NextEdit) -> Result<bool, Failed> {
    let is_here = edit.open.snapshot.document.id == here.document.id;
    match protection(&edit.open.path, Write::Change) {
        Some(why @ Protected::Control) => Err(Failed::Refused(why.to_string())),
        Some(Protected::Confirm(why)) if !is_here => match core.editor.confirms_edits {
            true => Ok(true),
            false => Err(Failed::Nothing(format!(
                "the next edit is in {}, which {why}: ask for it there, if you want it",
                place(core, edit)
            ))),
        },
        _ => Ok(false),
    }
}

fn after(core: &Core, snapshot: &Arc<Snapshot>, args: &NextEditArgs) -> After {
    let text = &snapshot.document.text;
    let open = |snapshot: Arc<Snapshot>| Open {
        path: snapshot.document.id.path(),
        snapshot,
    };
    let others = core.documents.others(snapshot);
    After {
        offset: from_proto::offset(text, args.position, core.editor.encoding),
        open: open(snapshot.clone()),
        others: others.into_iter().map(open).collect(),
    }
}

/// The line of an edit, counted from 1.
fn line(edit: &NextEdit) -> usize {
    let text = &edit.open.snapshot.document.text;
    text.line_of(edit.range.start) + 1
}

/// Where an edit in another document is, in words.
fn place(core: &Core, edit: &NextEdit) -> String {
    let file = core.engine.settings().guard.label(&edit.open.path);
    format!("{file}, line {}", line(edit))
}

/// Puts the cursor at a place of the edit's document; false where the client does not let itself be led.
async fn show_at(core: &Core, edit: &NextEdit, offset: usize) -> bool {
    let Some(snapshot) = core.documents.get(&edit.open.snapshot.document.id) else {
        return false;
    };
    if !core.editor.shows_documents {
        return false;
    }
    let at = to_proto::position(&snapshot.document.text, offset, core.editor.encoding);
    let params = ShowParams {
        uri: snapshot.document.uri.to_string(),
        take_focus: true,
        selection: Some(Range::new(at, at)),
    };
    let shown = core.client.send_request::<ShowDocument>(params);
    let shown = tokio::time::timeout(REPLY_TIMEOUT, shown).await;
    matches!(shown, Ok(Ok(shown)) if shown.success)
}
