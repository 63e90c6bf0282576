//! `textDocument/codeAction` and `codeAction/resolve`: what can be done here, listed without asking a model.

use std::sync::Arc;

use firesteel_engine::edit::{Action, Availability, Problem};
use serde_json::{Value, json};
use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{CodeAction, CodeActionKind, CodeActionParams, Diagnostic, LSPAny};

use super::commands::{ActionArgs, NextEditArgs};
use super::initialize::LLM_GENERATED;
use super::next_edit;
use crate::session::Core;
use crate::{context, from_proto, reverts, review, to_proto};

/// Diagnostics for which a fix is listed.
const PROBLEMS_CAP: usize = 4;

pub(crate) async fn handle(
    core: &Arc<Core>,
    params: &CodeActionParams,
    knows_tags: bool,
) -> Result<Option<LSPAny>> {
    let Some(snapshot) = context::current().snapshot else {
        return Ok(None);
    };
    let (text, encoding) = (&snapshot.document.text, core.editor.encoding);
    let range = from_proto::range(text, params.range, encoding);
    let problem = |diagnostic: &Diagnostic| Problem {
        range: from_proto::range(text, diagnostic.range, encoding),
        message: diagnostic.message.clone(),
    };
    let problems = params
        .context
        .diagnostics
        .iter()
        .take(PROBLEMS_CAP)
        .map(problem);
    let problems: Vec<Problem> = problems.collect();
    // A hover does not tell of them.
    core.engine.saw_problems(&snapshot, &range, &problems);
    if !core.editor.applies_edits {
        return Ok(None);
    }
    let only = params.context.only.as_deref();
    let is_shown = |action: &Action| match action.availability {
        Availability::Ready => true,
        Availability::Disabled(_) => core.editor.shows_disabled_actions,
        // A menu of what cannot be chosen would hide what can: only who asks for the kind is told.
        Availability::NeedsModel => {
            core.editor.shows_disabled_actions && only.is_some_and(|only| !only.is_empty())
        }
    };
    let path = snapshot.document.id.path();
    let actions = core
        .engine
        .actions(snapshot.clone(), &path, range.clone(), &problems)
        .await;
    let own = actions.into_iter().filter(is_shown).map(|action| {
        let by_model = action.by_model;
        let args = ActionArgs {
            action: action.name.clone(),
            uri: snapshot.document.uri.to_string(),
            version: snapshot.document.version,
            range: params.range,
            instruction: action.instruction.clone(),
        };
        let problem = action.problem;
        let mut listed = to_proto::code_action(action, args);
        let fixed = problem.and_then(|at| params.context.diagnostics.get(at));
        listed.diagnostics = fixed.map(|fixed| vec![fixed.clone()]);
        (listed, by_model)
    });
    let earlier = reverts::actions(core, &snapshot, &range, params.range);
    let reviews = review::actions(core, &snapshot, &range, &params.context.diagnostics);
    let earlier = { earlier.into_iter().chain(reviews) }.map(|action| (action, false));
    let is_wanted = |(action, _): &(CodeAction, bool)| is_wanted(only, action);
    let tagged = |(action, by_model)| {
        let mut listed = serde_json::to_value(action).unwrap_or_default();
        if by_model && knows_tags {
            listed["tags"] = json!([LLM_GENERATED]);
        }
        listed
    };
    let args = NextEditArgs {
        uri: snapshot.document.uri.to_string(),
        position: params.range.end,
    };
    let next = next_edit::action(core, &snapshot, args).await;
    let next = next.map(|action| (action, false));
    let redo = reverts::redo(core, &snapshot, &range).map(|action| (action, true));
    let listed: Vec<Value> = own
        .chain(earlier)
        .chain(redo)
        .chain(next)
        .filter(is_wanted)
        .map(tagged)
        .collect();
    Ok(Some(Value::Array(listed)))
}

/// Whether the client asks for the kind of an action; a kind includes those that it is a prefix of.
fn is_wanted(only: Option<&[CodeActionKind]>, action: &CodeAction) -> bool {
    let kind = action.kind.as_ref().map_or("", CodeActionKind::as_str);
    let includes = |wanted: &CodeActionKind| {
        let rest = kind.strip_prefix(wanted.as_str());
        rest.is_some_and(|rest| {
            wanted.as_str().is_empty() || rest.is_empty() || rest.starts_with('.')
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
        &core.documents.resolve(&*args.uri),
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
