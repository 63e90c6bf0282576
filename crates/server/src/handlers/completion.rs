//! `textDocument/completion`: the same suggestion in the menu, for clients without ghost text.

use std::sync::Arc;

use firesteel_engine::suggest::Ask;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{CompletionItem, CompletionList, CompletionParams, CompletionResponse};

use crate::session::Core;
use crate::{context, from_proto, to_proto};

pub(crate) async fn handle(
    core: &Arc<Core>,
    params: CompletionParams,
) -> Result<Option<CompletionResponse>> {
    let in_menu = core.suggests_in_menu();
    let context = context::current();
    let (true, Some(snapshot), Some(ticket)) = (in_menu, context.snapshot, context.ticket) else {
        return Ok(None);
    };
    let (text, encoding) = (&snapshot.document.text, core.editor.encoding);
    let at = params.text_document_position;
    let ask = Ask {
        offset: from_proto::offset(text, at.position, encoding),
        path: snapshot.document.id.path(),
        // Clients call typing a word "invoked" too, so nothing can be concluded from the trigger.
        invoked: false,
        snapshot: snapshot.clone(),
    };
    let suggestion = core.engine.suggest(ask, &ticket, None).await;
    let items = suggestion
        .iter()
        .map(|suggestion| to_proto::menu_item(&snapshot.document, suggestion, encoding));
    Ok(Some(CompletionResponse::List(CompletionList {
        // What fits changes with each keystroke, so the client has to ask again.
        is_incomplete: true,
        items: items.collect(),
    })))
}

/// Items are complete as they are listed.
pub(crate) fn resolve(item: CompletionItem) -> Result<CompletionItem> {
    Ok(item)
}
