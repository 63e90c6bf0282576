//! The next edit: listed as a code action, shown as ghost text at its place, and made by a key that goes there.

use std::sync::Arc;
use std::time::Duration;

use firesteel_engine::next_edit::{After, NextEdit};
use firesteel_syntax::Snapshot;
use tower_lsp::ls_types::request::{ApplyWorkspaceEdit, ShowDocument};
use tower_lsp::ls_types::{
    ApplyWorkspaceEditParams, CodeAction, CodeActionKind, Command, DocumentChanges,
    InlineCompletionItem, MessageType, OneOf, OptionalVersionedTextDocumentIdentifier, Range,
    ShowDocumentParams, TextDocumentEdit, TextEdit, WorkspaceEdit,
};

use super::commands::{self, NextEditArgs};
use crate::session::Core;
use crate::{from_proto, to_proto};

/// How long a client may take to answer.
const REPLY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long after its answer the client's own `didChange` may come; Neovim collects changes for 150 ms.
const ECHO_TIMEOUT: Duration = Duration::from_millis(600);
/// How often an edit is sent, each time anew for the text as it then is.
const ATTEMPTS: u32 = 3;

/// The next edit as an entry of the menu; it is made by the command, so that the cursor goes there too.
pub(crate) async fn action(
    core: &Arc<Core>,
    snapshot: &Arc<Snapshot>,
    args: NextEditArgs,
) -> Option<CodeAction> {
    let found = core.engine.repeat_edit(after(core, snapshot, &args)).await;
    let edit = found.ok()?;
    let line = snapshot.document.text.line_of(edit.range.start) + 1;
    let title = format!("Next edit: {} (line {line})", edit.title);
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
    let mut why = "the editor did not apply the edit in time".to_owned();
    for _ in 0..ATTEMPTS {
        let snapshot = core.documents.get(args.uri.as_str());
        let snapshot =
            snapshot.ok_or_else(|| Failed::Nothing("the document is not open".into()))?;
        let found = core.engine.next_edit(after(core, &snapshot, args)).await;
        let edit = found.map_err(|none| Failed::Nothing(none.to_string()))?;
        match send(core, &snapshot, args, &edit).await {
            Ok(()) if is_there(core, &snapshot, &edit).await => {
                show(core, args, &edit).await;
                return Ok(());
            }
            Ok(()) => {}
            Err(refused) => why = refused,
        }
    }
    Err(Failed::Refused(why))
}

fn after(core: &Core, snapshot: &Arc<Snapshot>, args: &NextEditArgs) -> After {
    let text = &snapshot.document.text;
    After {
        snapshot: snapshot.clone(),
        path: from_proto::path(args.uri.as_str()),
        offset: from_proto::offset(text, args.position, core.editor.encoding),
    }
}

async fn send(
    core: &Core,
    snapshot: &Snapshot,
    args: &NextEditArgs,
    edit: &NextEdit,
) -> Result<(), String> {
    let text = &snapshot.document.text;
    core.engine.lands(args.uri.as_str(), &edit.text);
    let change = TextEdit {
        range: to_proto::range(text, edit.range.clone(), core.editor.encoding),
        new_text: edit.text.clone(),
    };
    let workspace_edit = match core.editor.knows_document_changes {
        true => WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(vec![TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier {
                    uri: args.uri.clone(),
                    version: Some(snapshot.document.version),
                },
                edits: vec![OneOf::Left(change)],
            }])),
            ..WorkspaceEdit::default()
        },
        false => WorkspaceEdit::new([(args.uri.clone(), vec![change])].into()),
    };
    let params = ApplyWorkspaceEditParams {
        label: Some("Firesteel: next edit".to_owned()),
        edit: workspace_edit,
    };
    let reply = core.client.send_request::<ApplyWorkspaceEdit>(params);
    match tokio::time::timeout(REPLY_TIMEOUT, reply).await {
        Ok(Ok(reply)) if reply.applied => Ok(()),
        Ok(Ok(reply)) => Err(reply
            .failure_reason
            .unwrap_or_else(|| "the editor refused the edit".to_owned())),
        Ok(Err(error)) => Err(error.message.into_owned()),
        Err(_) => Err("the editor does not answer".to_owned()),
    }
}

/// Whether the document gets the text in time; some clients say `applied` of what they dropped.
async fn is_there(core: &Core, before: &Snapshot, edit: &NextEdit) -> bool {
    let mut changes = core.documents.watch();
    let place = before.document.anchor_range(edit.range.clone());
    let deadline = tokio::time::Instant::now() + ECHO_TIMEOUT;
    loop {
        let now = core.documents.get(&before.document.uri);
        let is_there = now.is_some_and(|now| {
            let range = now.document.resolve_range(place);
            range.is_some_and(|range| now.document.text.slice(range) == edit.text)
        });
        if is_there {
            return true;
        }
        let changed = tokio::time::timeout_at(deadline, changes.changed());
        if !matches!(changed.await, Ok(Ok(()))) {
            return false;
        }
    }
}

/// Puts the cursor at the edit, where the client lets itself be led.
async fn show(core: &Core, args: &NextEditArgs, edit: &NextEdit) {
    let Some(snapshot) = core.documents.get(args.uri.as_str()) else {
        return;
    };
    if !core.editor.shows_documents {
        return;
    }
    let end = edit.range.start + edit.text.len();
    let at = to_proto::position(&snapshot.document.text, end, core.editor.encoding);
    let params = ShowDocumentParams {
        uri: args.uri.clone(),
        external: None,
        take_focus: Some(true),
        selection: Some(Range::new(at, at)),
    };
    let shown = core.client.send_request::<ShowDocument>(params);
    // A client that does not show it has applied it all the same.
    let _ = tokio::time::timeout(REPLY_TIMEOUT, shown).await;
}
