//! `textDocument/codeAction` and `codeAction/resolve`: what can be done here, listed without asking a model.

use std::sync::Arc;

use firesteel_engine::edit::{Action, Availability};
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse,
};

use super::commands::{ActionArgs, NextEditArgs};
use super::next_edit;
use crate::session::Core;
use crate::{context, from_proto, to_proto};

pub(crate) async fn handle(
    core: &Arc<Core>,
    params: &CodeActionParams,
) -> Result<Option<CodeActionResponse>> {
    let Some(snapshot) = context::current().snapshot else {
        return Ok(None);
    };
    if !is_wanted(params.context.only.as_deref()) || !core.editor.applies_edits {
        return Ok(None);
    }
    let (text, encoding) = (&snapshot.document.text, core.editor.encoding);
    let range = from_proto::range(text, params.range, encoding);
    let is_shown = |action: &Action| {
        action.availability == Availability::Ready || core.editor.shows_disabled_actions
    };
    let actions = core.engine.actions(snapshot.clone(), range).await;
    let listed = actions.into_iter().filter(is_shown).map(|action| {
        let args = ActionArgs {
            action: action.kind.id().to_owned(),
            uri: params.text_document.uri.clone(),
            version: snapshot.document.version,
            range: params.range,
        };
        CodeActionOrCommand::CodeAction(to_proto::code_action(action, args))
    });
    let mut listed: Vec<_> = listed.collect();
    let args = NextEditArgs {
        uri: params.text_document.uri.clone(),
        position: params.range.end,
    };
    let next = next_edit::action(core, &snapshot, args).await;
    listed.extend(next.map(CodeActionOrCommand::CodeAction));
    Ok(Some(listed))
}

/// Whether the client asks for the kind of our actions; a kind includes those that it is a prefix of.
fn is_wanted(only: Option<&[CodeActionKind]>) -> bool {
    let ours = CodeActionKind::REFACTOR_REWRITE;
    let includes = |kind: &CodeActionKind| {
        let rest = ours.as_str().strip_prefix(kind.as_str());
        rest.is_some_and(|rest| {
            kind.as_str().is_empty() || rest.is_empty() || rest.starts_with('.')
        })
    };
    only.is_none_or(|only| only.iter().any(includes))
}

/// Actions are complete as they are listed; resolving one makes sure that it still applies.
pub(crate) fn resolve(core: &Arc<Core>, action: CodeAction) -> Result<CodeAction> {
    let args = action
        .data
        .clone()
        .and_then(|data| serde_json::from_value(data).ok());
    // Clients also resolve actions of which they dropped the data.
    let Some(args): Option<ActionArgs> = args else {
        return Ok(action);
    };
    let range = from_proto::positions(args.range);
    let located = core.documents.locate(
        args.uri.as_str(),
        args.version,
        &range,
        core.editor.encoding,
    );
    located.map(|_| action).ok_or(Error {
        code: ErrorCode::ContentModified,
        message: "the document has changed too much since the action was listed".into(),
        data: None,
    })
}
