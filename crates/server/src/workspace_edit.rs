//! Hunks and new files as a `WorkspaceEdit`, in the form that the client understands.
//!
//! It is made as JSON: an open document goes by the client's own spelling, which `ls_types` may refuse as a URI.

use std::sync::Arc;

use firesteel_engine::edit::{FileHunk, NewFile};
use firesteel_syntax::Snapshot;
use firesteel_text::{DocumentId, Encoding};
use serde_json::{Value, json};
use tower_lsp::ls_types::{
    AnnotatedTextEdit, ChangeAnnotation, CreateFileOptions, DeleteFileOptions, OneOf, Range,
    TextEdit,
};

use crate::session::EditorFacts;
use crate::to_proto;

/// The one annotation of an edit that the user has to confirm.
const ANNOTATION: &str = "firesteel";

/// The first version of a file that is not open: it grows, but stays below all that clients give, and is not sent.
pub(crate) const CLOSED: i32 = i32::MIN;

/// What is sent in one edit.
pub(crate) struct Sent {
    files: Vec<(Arc<Snapshot>, Vec<FileHunk>)>,
    creates: Vec<NewFile>,
    /// The files to remove, as the client calls them.
    deletes: Vec<Arc<str>>,
}

impl Sent {
    /// Hunks that were placed in the newest state of their files.
    pub(crate) fn new(
        hunks: &[FileHunk],
        creates: &[NewFile],
        deletes: Vec<Arc<str>>,
        mut newest: impl FnMut(&DocumentId) -> Option<Arc<Snapshot>>,
    ) -> Self {
        let mut files: Vec<(Arc<Snapshot>, Vec<FileHunk>)> = Vec::new();
        for hunk in hunks {
            let known = files
                .iter_mut()
                .find(|(file, _)| file.document.id == hunk.id);
            match known {
                Some((_, hunks)) => hunks.push(hunk.clone()),
                None => files.extend(newest(&hunk.id).map(|file| (file, vec![hunk.clone()]))),
            }
        }
        Self {
            files,
            creates: creates.to_vec(),
            deletes,
        }
    }

    /// As the protocol has it; none when a place is gone.
    pub(crate) fn to_proto(&self, editor: &EditorFacts, label: &str, asks: bool) -> Option<Value> {
        if !editor.knows_document_changes {
            let edits = |(file, hunks): &(Arc<Snapshot>, Vec<FileHunk>)| {
                let edits = text_edits(file, hunks, editor.encoding)?;
                Some((file.document.uri.to_string(), json!(edits)))
            };
            let changes: Option<serde_json::Map<_, _>> = self.files.iter().map(edits).collect();
            return Some(json!({"changes": changes?}));
        }
        let annotation = asks.then_some(ANNOTATION);
        let mut operations = Vec::new();
        for file in &self.creates {
            let uri = file.id.to_uri();
            let options = CreateFileOptions {
                overwrite: Some(false),
                ignore_if_exists: Some(true),
            };
            operations.push(operation("create", &uri, json!(options), annotation));
            let edit = TextEdit {
                range: Range::default(),
                new_text: file.text.clone(),
            };
            operations.push(document_edit(&uri, None, vec![edit], annotation));
        }
        for (file, hunks) in &self.files {
            let document = &file.document;
            // The versions of closed files begin at the lowest number and are as many as edits of one run.
            let version = (document.version > CLOSED / 2).then_some(document.version);
            let edits = text_edits(file, hunks, editor.encoding)?;
            operations.push(document_edit(&document.uri, version, edits, annotation));
        }
        for uri in &self.deletes {
            let options = DeleteFileOptions {
                ignore_if_not_exists: Some(true),
                recursive: None,
            };
            operations.push(operation("delete", uri, json!(options), annotation));
        }
        Some(of_operations(operations, label, asks))
    }
}

fn of_operations(operations: Vec<Value>, label: &str, asks: bool) -> Value {
    let mut edit = json!({"documentChanges": operations});
    if asks {
        let annotation = ChangeAnnotation {
            label: label.to_owned(),
            needs_confirmation: Some(true),
            description: Some("written by a language model".to_owned()),
        };
        edit["changeAnnotations"] = json!({ANNOTATION: annotation});
    }
    edit
}

/// In the order of the document, as some clients want it.
fn text_edits(file: &Snapshot, hunks: &[FileHunk], encoding: Encoding) -> Option<Vec<TextEdit>> {
    let document = &file.document;
    let mut edits = Vec::new();
    for FileHunk { hunk, .. } in hunks {
        edits.push((hunk.resolve(document).ok()?, hunk.new.clone()));
    }
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let edit = |(range, new_text): (std::ops::Range<usize>, String)| TextEdit {
        range: to_proto::range(&document.text, range, encoding),
        new_text,
    };
    Some(edits.into_iter().map(edit).collect())
}

/// Creates or deletes a file.
fn operation(kind: &str, uri: &str, options: Value, annotation: Option<&str>) -> Value {
    let mut operation = json!({"kind": kind, "uri": uri, "options": options});
    if let Some(annotation) = annotation {
        operation["annotationId"] = json!(annotation);
    }
    operation
}

fn document_edit(
    uri: &str,
    version: Option<i32>,
    edits: Vec<TextEdit>,
    annotation: Option<&str>,
) -> Value {
    let edit = |text_edit| match annotation {
        Some(annotation) => OneOf::Right(AnnotatedTextEdit {
            text_edit,
            annotation_id: annotation.to_owned(),
        }),
        None => OneOf::Left(text_edit),
    };
    let edits: Vec<OneOf<TextEdit, AnnotatedTextEdit>> = edits.into_iter().map(edit).collect();
    json!({"textDocument": {"uri": uri, "version": version}, "edits": edits})
}
