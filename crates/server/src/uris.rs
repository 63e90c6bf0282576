//! Messages with URIs as clients write them: `ls_types` refuses a raw space, `[` or `é`, and a client's own spelling has
//! to go back to it unchanged.

use firesteel_text::{DocumentId, quoted, unquoted};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_lsp::jsonrpc::Response;
use tower_lsp::ls_types::notification::Notification;
use tower_lsp::ls_types::request::Request;
use tower_lsp::ls_types::{
    self as lsp, ApplyWorkspaceEditResponse, Diagnostic, ShowDocumentResult,
    TextDocumentContentChangeEvent, Uri,
};

/// A document that a client names.
#[derive(Deserialize)]
pub(crate) struct Named {
    pub(crate) uri: String,
}

/// The parameters of a notification that only names a document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentParams {
    pub(crate) text_document: Named,
}

/// The parameters of `workspace/didChangeWatchedFiles`, as far as they matter.
#[derive(Deserialize)]
pub(crate) struct WatchedFilesParams {
    pub(crate) changes: Vec<Watched>,
}

/// A file that was made, changed or deleted.
#[derive(Deserialize)]
pub(crate) struct Watched {
    pub(crate) uri: String,
}

/// The parameters of `workspace/didChangeWorkspaceFolders`.
#[derive(Deserialize)]
pub(crate) struct FoldersParams {
    event: FoldersChanged,
}

#[derive(Deserialize)]
struct FoldersChanged {
    #[serde(default)]
    added: Vec<Named>,
    #[serde(default)]
    removed: Vec<Named>,
}

impl FoldersParams {
    pub(crate) fn added(&self) -> impl Iterator<Item = DocumentId> {
        { self.event.added.iter() }.map(|folder| DocumentId::parse(&folder.uri))
    }

    pub(crate) fn removed(&self) -> impl Iterator<Item = DocumentId> {
        { self.event.removed.iter() }.map(|folder| DocumentId::parse(&folder.uri))
    }
}

/// The parameters of `workspace/willRenameFiles` and `didRenameFiles`.
#[derive(Deserialize)]
pub(crate) struct RenamedParams {
    pub(crate) files: Vec<Renamed>,
}

/// A file or folder and its new name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Renamed {
    pub(crate) old_uri: String,
    pub(crate) new_uri: String,
}

/// The parameters of `workspace/didCreateFiles` and `didDeleteFiles`.
#[derive(Deserialize)]
pub(crate) struct FilesParams {
    pub(crate) files: Vec<Named>,
}

/// The parameters of `textDocument/didOpen`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OpenParams {
    pub(crate) text_document: Opened,
}

/// A document that is opened.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Opened {
    pub(crate) uri: String,
    pub(crate) language_id: String,
    pub(crate) version: i32,
    pub(crate) text: String,
}

/// The parameters of `textDocument/didChange`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangeParams {
    pub(crate) text_document: Versioned,
    pub(crate) content_changes: Vec<TextDocumentContentChangeEvent>,
}

/// A document at a version.
#[derive(Deserialize)]
pub(crate) struct Versioned {
    pub(crate) uri: String,
    /// Older clients tell none.
    #[serde(default)]
    pub(crate) version: Option<i32>,
}

/// The one field that every request about a document has, and where in it most of them are about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlaceParams {
    pub(crate) text_document: Named,
    #[serde(default)]
    position: Option<lsp::Position>,
    #[serde(default)]
    range: Option<lsp::Range>,
}

impl PlaceParams {
    /// The range or the position that it is about.
    pub(crate) fn place(&self) -> Option<lsp::Range> {
        let at = self.position.map(|at| lsp::Range::new(at, at));
        self.range.or(at)
    }
}

/// Quotes those URIs of a message that `ls_types` would refuse; returns whether there were any.
pub(crate) fn quote_refused(message: &mut Value) -> bool {
    let mut found = false;
    for_each_uri(message, &mut |uri| {
        if uri.parse::<Uri>().is_err() {
            *uri = quoted(uri);
            found = true;
        }
    });
    found
}

/// Gives the client its own spellings back, in what an answer repeats of its message.
pub(crate) fn unquote(answer: Response) -> Response {
    let (id, mut body) = answer.into_parts();
    if let Ok(result) = &mut body {
        for_each_uri(result, &mut |uri| {
            if let Some(raw) = unquoted(uri) {
                *uri = raw;
            }
        });
    }
    Response::from_parts(id, body)
}

fn for_each_uri(message: &mut Value, visit: &mut impl FnMut(&mut String)) {
    match message {
        Value::Array(list) => list.iter_mut().for_each(|item| for_each_uri(item, visit)),
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(text) if is_uri(key) => visit(text),
                    Value::String(_) => {}
                    other => for_each_uri(other, visit),
                }
            }
        }
        _ => {}
    }
}

/// Whether the protocol has a URI in members of this name.
fn is_uri(member: &str) -> bool {
    member == "uri" || member == "href" || member.ends_with("Uri")
}

/// `workspace/applyEdit`.
pub(crate) enum ApplyEdit {}

/// Its parameters; the edit is a `WorkspaceEdit`.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct ApplyEditParams {
    pub(crate) label: String,
    pub(crate) edit: Value,
}

impl Request for ApplyEdit {
    type Params = ApplyEditParams;
    type Result = ApplyWorkspaceEditResponse;
    const METHOD: &'static str = "workspace/applyEdit";
}

/// `window/showDocument`.
pub(crate) enum ShowDocument {}

/// Its parameters.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShowParams {
    pub(crate) uri: String,
    pub(crate) take_focus: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) selection: Option<lsp::Range>,
}

impl Request for ShowDocument {
    type Params = ShowParams;
    type Result = ShowDocumentResult;
    const METHOD: &'static str = "window/showDocument";
}

/// `textDocument/publishDiagnostics`.
pub(crate) enum PublishDiagnostics {}

/// Its parameters.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct DiagnosticsParams {
    pub(crate) uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<i32>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Notification for PublishDiagnostics {
    type Params = DiagnosticsParams;
    const METHOD: &'static str = "textDocument/publishDiagnostics";
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tower_lsp::jsonrpc::Id;

    use super::*;

    #[test]
    fn only_uris_that_are_refused_are_quoted_and_they_mean_the_same_and_come_back() {
        for raw in [
            "file:///a b",
            "file:///[x]",
            "file:///100%",
            "/a/é",
            "no uri",
            "",
            "C:\\a",
        ] {
            let mut message = json!({"items": [{"uri": raw, "text": raw}], "rootUri": raw});
            assert!(quote_refused(&mut message), "{raw}");
            for uri in [&message["items"][0]["uri"], &message["rootUri"]] {
                let uri = uri.as_str().unwrap();
                assert!(uri.parse::<Uri>().is_ok(), "{raw}: {uri}");
                assert_eq!(DocumentId::parse(uri), DocumentId::parse(raw));
            }
            assert_eq!(message["items"][0]["text"], raw);
            let answer = unquote(Response::from_ok(Id::Null, message));
            let expected = json!({"items": [{"uri": raw, "text": raw}], "rootUri": raw});
            assert_eq!(answer.into_parts().1.unwrap(), expected);
        }
        let fine =
            json!({"uri": "file:///c%3A/a+b", "rootUri": null, "n": [{"href": "https://x/y"}]});
        let mut message = fine.clone();
        assert!(!quote_refused(&mut message));
        assert_eq!(message, fine);
    }
}
