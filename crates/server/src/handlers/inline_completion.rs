//! `textDocument/inlineCompletion`: ghost text at the cursor.

use std::sync::Arc;

use firesteel_engine::suggest::{Ask, Suggestion};
use serde::Deserialize;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    self as lsp, InlineCompletionResponse, InlineCompletionTriggerKind, PartialResultParams,
};

use super::commands::NextEditArgs;
use super::next_edit;
use crate::progress::PartialResults;
use crate::session::Core;
use crate::{context, from_proto, to_proto};

/// The parameters, with the token that ls-types leaves out.
#[derive(Deserialize)]
pub(crate) struct InlineCompletionParams {
    #[serde(flatten)]
    inner: lsp::InlineCompletionParams,
    #[serde(flatten)]
    partial: PartialResultParams,
}

pub(crate) async fn handle(
    core: &Arc<Core>,
    params: InlineCompletionParams,
) -> Result<Option<InlineCompletionResponse>> {
    let context = context::current();
    let (Some(snapshot), Some(ticket)) = (context.snapshot, context.ticket) else {
        return Ok(None);
    };
    let (text, encoding) = (&snapshot.document.text, core.editor.encoding);
    let at = params.inner.text_document_position;
    let ask = Ask {
        offset: from_proto::offset(text, at.position, encoding),
        path: snapshot.document.id.path(),
        invoked: params.inner.context.trigger_kind == InlineCompletionTriggerKind::INVOKED,
        snapshot: snapshot.clone(),
    };
    let args = NextEditArgs {
        uri: snapshot.document.uri.to_string(),
        position: at.position,
    };
    if let Some(item) = next_edit::ghost_text(core, &snapshot, args).await {
        return Ok(Some(InlineCompletionResponse::Array(vec![item])));
    }
    let item =
        |suggestion: &Suggestion| to_proto::inline_item(&snapshot.document, suggestion, encoding);
    let partial = params.partial.partial_result_token;
    let partial = partial.map(|token| PartialResults::new(&core.outgoing, token));
    let mut send = |beginning: Suggestion| {
        if let Some(partial) = &partial {
            partial.send(&[item(&beginning)]);
        }
    };
    let send = partial.is_some().then_some(&mut send as _);
    let (first, others) = tokio::join!(
        core.engine.suggest(ask.clone(), &ticket, send),
        core.engine.alternatives(&ask, &ticket),
    );
    let suggestions = distinct(first.ok().into_iter().chain(others));
    let mut items: Vec<_> = suggestions.iter().map(item).collect();
    let is_silent = items.is_empty();
    if let Some(partial) = partial {
        // Each partial result is the whole list so far, in the place of the one before; the answer itself is then
        // empty, as the protocol wants it.
        if items.len() > 1 {
            partial.send(&items);
        }
        items.clear();
        partial.finish().await;
    }
    Ok((!is_silent).then_some(InlineCompletionResponse::Array(items)))
}

/// The suggestions in their order, each text once.
fn distinct(suggestions: impl Iterator<Item = Suggestion>) -> Vec<Suggestion> {
    let mut distinct: Vec<Suggestion> = Vec::new();
    for suggestion in suggestions {
        if !distinct.iter().any(|it| it.text == suggestion.text) {
            distinct.push(suggestion);
        }
    }
    distinct
}
