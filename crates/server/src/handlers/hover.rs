//! `textDocument/hover`: what is known about the name under the cursor, and what a model has written about its code by now.

use std::sync::Arc;

use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{Hover, HoverParams};

use crate::session::Core;
use crate::{context, from_proto, to_proto};

pub(crate) async fn handle(core: &Arc<Core>, params: HoverParams) -> Result<Option<Hover>> {
    let Some(snapshot) = context::current().snapshot else {
        return Ok(None);
    };
    let at = params.text_document_position_params;
    let (text, encoding) = (&snapshot.document.text, core.editor.encoding);
    let offset = from_proto::offset(text, at.position, encoding);
    let path = snapshot.document.id.path();
    let explanation = core.engine.explain(snapshot.clone(), path, offset).await;
    Ok(explanation.map(|explanation| {
        let range = to_proto::range(text, explanation.range, encoding);
        to_proto::hover(explanation.markdown, range)
    }))
}
