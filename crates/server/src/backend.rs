//! The requests that are served, each handled in a file of its own under `handlers/`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tower_lsp::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp::ls_types::{
    CodeAction, CodeActionParams, CompletionItem, CompletionParams, CompletionResponse,
    DidChangeConfigurationParams, ExecuteCommandParams, Hover, HoverParams, InitializeParams,
    InitializeResult, InitializedParams, InlineCompletionResponse, LSPAny, RenameFilesParams,
    WorkspaceEdit,
};
use tower_lsp::{ClientSocket, LanguageServer, LspService};

use crate::client_settings::Base;
use crate::handlers::inline_completion::InlineCompletionParams;
use crate::session::{Core, Session};
use crate::transport::Outgoing;
use crate::{handlers, registration, status};

/// The name under which the ingress passes `textDocument/codeAction` on.
pub(crate) const CODE_ACTION: &str = "firesteel/codeAction";

/// The table of requests.
pub(crate) struct Backend {
    pub(crate) session: Arc<Session>,
}

/// The service that the ingress calls, and the way of our own requests to the client.
pub(crate) fn service(base: Base, outgoing: Outgoing) -> (LspService<Backend>, ClientSocket) {
    LspService::build(|client| Backend {
        session: Arc::new(Session::new(client, outgoing, base)),
    })
    // tower-lsp-server 0.23 has no method for it; from 0.24 on this line would be ignored silently.
    .custom_method("textDocument/inlineCompletion", Backend::inline_completion)
    .custom_method(CODE_ACTION, Backend::code_action_tagged)
    .finish()
}

impl Backend {
    fn core(&self) -> Result<&Arc<Core>> {
        self.session.core().ok_or(Error {
            code: ErrorCode::ServerError(-32002),
            message: "the server is not initialized".into(),
            data: None,
        })
    }

    async fn inline_completion(
        &self,
        params: InlineCompletionParams,
    ) -> Result<Option<InlineCompletionResponse>> {
        handlers::inline_completion::handle(self.core()?, params).await
    }

    async fn code_action_tagged(&self, params: CodeActionParams) -> Result<Option<LSPAny>> {
        let knows_tags = self.session.knows_action_tags.load(Ordering::Relaxed);
        handlers::code_action::handle(self.core()?, &params, knows_tags).await
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        handlers::initialize::handle(&self.session, &params)
    }

    async fn initialized(&self, _: InitializedParams) {
        tracing::info!("initialized");
        let Ok(core) = self.core() else { return };
        if core.editor.takes_status {
            tokio::spawn(status::tell(Arc::downgrade(core)));
        }
        tokio::spawn(registration::register(core.clone()));
    }

    async fn shutdown(&self) -> Result<()> {
        self.session.shut_down();
        Ok(())
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        if let Ok(core) = self.core() {
            // A client that is asked for its settings says only that they have changed.
            let settings = match params.settings.is_null() {
                true => registration::settings(core).await,
                false => Some(params.settings),
            };
            if let Some(settings) = settings {
                let own = core.clone();
                let changed = tokio::task::spawn_blocking(move || own.configure(settings)).await;
                core.report(changed.unwrap_or_default()).await;
            }
        }
    }

    async fn will_rename_files(&self, _: RenameFilesParams) -> Result<Option<WorkspaceEdit>> {
        // The ingress has taken note, in the order of the wire.
        Ok(None)
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        handlers::completion::handle(self.core()?, params).await
    }

    async fn completion_resolve(&self, item: CompletionItem) -> Result<CompletionItem> {
        handlers::completion::resolve(item)
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        handlers::code_action::resolve(self.core()?, action)
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        handlers::execute_command::handle(self.core()?, params)
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        handlers::hover::handle(self.core()?, params).await
    }
}
