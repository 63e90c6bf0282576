//! `initialize`: what the client can do, and what this server offers it.

use std::sync::Arc;

use firesteel_text::DocumentId;
use tower_lsp::jsonrpc::Result;
use tower_lsp::ls_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions,
    ExecuteCommandOptions, FileOperationFilter, FileOperationPattern,
    FileOperationRegistrationOptions, HoverProviderCapability, InitializeParams, InitializeResult,
    Notebook, NotebookDocumentSyncOptions, NotebookSelector, OneOf, ResourceOperationKind,
    SaveOptions, ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, WorkDoneProgressOptions,
    WorkspaceEditClientCapabilities, WorkspaceFileOperationsServerCapabilities,
    WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

use super::commands;
use crate::session::{EditorFacts, Session};
use crate::{from_proto, to_proto};

pub(crate) fn handle(
    session: &Arc<Session>,
    params: &InitializeParams,
) -> Result<InitializeResult> {
    let errors = session.initialize(params);
    let encoding = editor_facts(params).encoding;
    let in_menu = session.core().is_some_and(|core| core.suggests_in_menu());
    if let Some(core) = session.core().cloned() {
        // The client may not be spoken to before it has the answer to this request.
        tokio::spawn(async move { core.report(errors).await });
    }
    Ok(InitializeResult {
        server_info: Some(ServerInfo {
            name: "firesteel".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        capabilities: ServerCapabilities {
            position_encoding: Some(to_proto::encoding_kind(encoding)),
            ..capabilities(in_menu)
        },
        ..InitializeResult::default()
    })
}

/// Characters after which a suggestion is worth asking for in the menu.
///
/// A client that shows ghost text is told of none: its menu would open at each of them, with other servers' items, and
/// hide the ghost text.
const MENU_TRIGGERS: [&str; 5] = [".", ":", "(", "=", " "];

fn capabilities(in_menu: bool) -> ServerCapabilities {
    let work_done = WorkDoneProgressOptions {
        work_done_progress: Some(true),
    };
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncCapability::Options(
            TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::INCREMENTAL),
                save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions {
                    include_text: Some(false),
                })),
                ..TextDocumentSyncOptions::default()
            },
        )),
        notebook_document_sync: Some(OneOf::Left(NotebookDocumentSyncOptions {
            notebook_selector: vec![NotebookSelector::ByNotebook {
                notebook: Notebook::String("*".to_owned()),
                cells: None,
            }],
            save: None,
        })),
        inline_completion_provider: Some(OneOf::Left(true)),
        completion_provider: Some(CompletionOptions {
            resolve_provider: Some(true),
            trigger_characters: in_menu.then(|| MENU_TRIGGERS.map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::REFACTOR,
                CodeActionKind::SOURCE,
            ]),
            resolve_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: commands::ALL.map(str::to_owned).to_vec(),
            work_done_progress_options: work_done,
        }),
        workspace: Some(workspace()),
        ..ServerCapabilities::default()
    }
}

/// Folders of the workspace, and files that the editor makes, renames and deletes itself.
fn workspace() -> WorkspaceServerCapabilities {
    let of_files = Some(FileOperationRegistrationOptions {
        filters: vec![FileOperationFilter {
            scheme: Some("file".to_owned()),
            pattern: FileOperationPattern {
                glob: "**".to_owned(),
                ..FileOperationPattern::default()
            },
        }],
    });
    WorkspaceServerCapabilities {
        workspace_folders: Some(WorkspaceFoldersServerCapabilities {
            supported: Some(true),
            change_notifications: Some(OneOf::Left(true)),
        }),
        file_operations: Some(WorkspaceFileOperationsServerCapabilities {
            did_create: of_files.clone(),
            did_rename: of_files.clone(),
            will_rename: of_files.clone(),
            did_delete: of_files,
            ..WorkspaceFileOperationsServerCapabilities::default()
        }),
    }
}

/// What the client told of itself.
pub(crate) fn editor_facts(params: &InitializeParams) -> EditorFacts {
    let capabilities = &params.capabilities;
    let general = capabilities.general.as_ref();
    let workspace = capabilities.workspace.as_ref();
    let document = capabilities.text_document.as_ref();
    let window = capabilities.window.as_ref();
    let actions = document.and_then(|document| document.code_action.as_ref());
    let edits = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
    let experimental = capabilities.experimental.as_ref();
    EditorFacts {
        encoding: from_proto::encoding(
            general.and_then(|general| general.position_encodings.as_deref()),
        ),
        has_ghost_text: document.is_some_and(|document| document.inline_completion.is_some()),
        applies_edits: workspace
            .and_then(|workspace| workspace.apply_edit)
            .unwrap_or(false),
        knows_document_changes: edits
            .and_then(|edits| edits.document_changes)
            .unwrap_or(false),
        shows_documents: window
            .and_then(|window| window.show_document.as_ref())
            .is_some_and(|it| it.support),
        shows_progress: window
            .and_then(|window| window.work_done_progress)
            .unwrap_or(false),
        takes_status: experimental.is_some_and(|own| own["firesteelStatus"] == true),
        shows_disabled_actions: actions
            .and_then(|actions| actions.disabled_support)
            .unwrap_or(false),
        creates_files: operates(edits, ResourceOperationKind::Create),
        deletes_files: operates(edits, ResourceOperationKind::Delete),
        watches_files: workspace
            .and_then(|workspace| workspace.did_change_watched_files.as_ref())
            .and_then(|watching| watching.dynamic_registration)
            .unwrap_or(false),
        registers_settings: workspace
            .and_then(|workspace| workspace.did_change_configuration.as_ref())
            .and_then(|settings| settings.dynamic_registration)
            .unwrap_or(false),
        tells_settings: workspace
            .and_then(|workspace| workspace.configuration)
            .unwrap_or(false),
        // An annotation stands in `documentChanges` only.
        confirms_edits: edits.is_some_and(|edits| {
            edits.change_annotation_support.is_some() && edits.document_changes == Some(true)
        }),
    }
}

/// LSP 3.18's `CodeActionTag.LLMGenerated`.
pub(crate) const LLM_GENERATED: u64 = 1;

/// Whether the client knows that tag of code actions, for which the types that we use are too old.
pub(crate) fn knows_action_tags(params: &serde_json::Value) -> bool {
    let known = params.pointer("/capabilities/textDocument/codeAction/tagSupport/valueSet");
    let known = known.and_then(serde_json::Value::as_array);
    known.is_some_and(|known| known.iter().any(|tag| tag.as_u64() == Some(LLM_GENERATED)))
}

fn operates(edits: Option<&WorkspaceEditClientCapabilities>, kind: ResourceOperationKind) -> bool {
    let known = edits.and_then(|edits| edits.resource_operations.as_ref());
    known.is_some_and(|known| known.contains(&kind))
}

/// The folders of the workspace.
pub(crate) fn roots(params: &InitializeParams) -> Vec<DocumentId> {
    let folders = params.workspace_folders.iter().flatten();
    let mut roots: Vec<DocumentId> = folders
        .map(|folder| DocumentId::parse(folder.uri.as_str()))
        .collect();
    if roots.is_empty() {
        roots.extend(old_root(params));
    }
    roots
}

/// Helix sends only a path where it finds no mark of a root.
#[expect(deprecated, reason = "older clients know nothing else")]
fn old_root(params: &InitializeParams) -> Option<DocumentId> {
    let uri = params.root_uri.as_ref().map(|root| root.as_str());
    uri.or(params.root_path.as_deref()).map(DocumentId::parse)
}
