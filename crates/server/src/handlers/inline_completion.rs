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
        path: from_proto::path(at.text_document.uri.as_str()),
        invoked: params.inner.context.trigger_kind == InlineCompletionTriggerKind::INVOKED,
        snapshot: snapshot.clone(),
    };
    let args = NextEditArgs {
        uri: at.text_document.uri,
        position: at.position,
    };
    if let Some(item) = next_edit::ghost_text(core, &snapshot, args).await {
        return Ok(Some(InlineCompletionResponse::Array(vec![item])));
    }
    let item =
        |suggestion: &Suggestion| to_proto::inline_item(&snapshot.document, suggestion, encoding);
    let Some(token) = params.partial.partial_result_token else {
        let suggestion = core.engine.suggest(ask, &ticket, None).await.ok();
        let items = suggestion.iter().map(item).collect();
        return Ok(suggestion
            .is_some()
            .then_some(InlineCompletionResponse::Array(items)));
    };
    // Each partial result is one item that extends the one before; the answer itself is then empty, as the
    // protocol wants it.
    let partial = PartialResults::new(&core.outgoing, token);
    let mut send = |beginning: Suggestion| partial.send(&[item(&beginning)]);
    let result = core.engine.suggest(ask, &ticket, Some(&mut send)).await;
    partial.finish().await;
    Ok(result
        .is_ok()
        .then(|| InlineCompletionResponse::Array(Vec::new())))
}
