//! Hunks and new files as a `WorkspaceEdit`, in the form that the client understands.

use std::sync::Arc;

use firesteel_engine::edit::{FileHunk, NewFile};
use firesteel_syntax::Snapshot;
use firesteel_text::{Document, Encoding};
use tower_lsp::ls_types::{
    AnnotatedTextEdit, ChangeAnnotation, CreateFile, CreateFileOptions, DeleteFile,
    DeleteFileOptions, DocumentChangeOperation, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Range, ResourceOp, TextDocumentEdit, TextEdit, Uri,
    WorkspaceEdit,
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
    deletes: Vec<NewFile>,
}

impl Sent {
    /// Hunks that were placed in the newest state of their files.
    pub(crate) fn new(
        hunks: &[FileHunk],
        creates: &[NewFile],
        deletes: &[NewFile],
        mut newest: impl FnMut(&str) -> Option<Arc<Snapshot>>,
    ) -> Self {
        let mut files: Vec<(Arc<Snapshot>, Vec<FileHunk>)> = Vec::new();
        for hunk in hunks {
            let known = files
                .iter_mut()
                .find(|(file, _)| file.document.uri == hunk.uri);
            match known {
                Some((_, hunks)) => hunks.push(hunk.clone()),
                None => files.extend(newest(&hunk.uri).map(|file| (file, vec![hunk.clone()]))),
            }
        }
        Self {
            files,
            creates: creates.to_vec(),
            deletes: deletes.to_vec(),
        }
    }

    /// As the protocol has it; none when a name is no URI or the place is gone.
    pub(crate) fn to_proto(
        &self,
        editor: &EditorFacts,
        label: &str,
        asks: bool,
    ) -> Option<WorkspaceEdit> {
        if !editor.knows_document_changes {
            let edits = |(file, hunks): &(Arc<Snapshot>, Vec<FileHunk>)| {
                let uri: Uri = file.document.uri.parse().ok()?;
                Some((uri, text_edits(file, hunks, editor.encoding)?))
            };
            let changes: Option<std::collections::HashMap<_, _>> =
                self.files.iter().map(edits).collect();
            return Some(WorkspaceEdit::new(changes?));
        }
        let annotation_id = asks.then(|| ANNOTATION.to_owned());
        let mut operations = Vec::new();
        for file in &self.creates {
            let create = ResourceOp::Create(CreateFile {
                uri: file.uri.parse().ok()?,
                options: Some(CreateFileOptions {
                    overwrite: Some(false),
                    ignore_if_exists: Some(true),
                }),
                annotation_id: annotation_id.clone(),
            });
            operations.push(DocumentChangeOperation::Op(create));
            let edit = TextEdit {
                range: Range::default(),
                new_text: file.text.clone(),
            };
            operations.push(document_edit(
                &file.uri,
                None,
                vec![edit],
                annotation_id.as_deref(),
            )?);
        }
        for (file, hunks) in &self.files {
            let version = file.document.version;
            let version = (version >= 0).then_some(version);
            let edits = text_edits(file, hunks, editor.encoding)?;
            operations.push(document_edit(
                &file.document.uri,
                version,
                edits,
                annotation_id.as_deref(),
            )?);
        }
        for file in &self.deletes {
            let delete = ResourceOp::Delete(DeleteFile {
                uri: file.uri.parse().ok()?,
                options: Some(DeleteFileOptions {
                    ignore_if_not_exists: Some(true),
                    recursive: None,
                }),
                annotation_id: annotation_id.clone(),
            });
            operations.push(DocumentChangeOperation::Op(delete));
        }
        Some(of_operations(operations, label, asks))
    }
}

/// One change of a document that is open.
pub(crate) fn of_document(
    document: &Document,
    change: TextEdit,
    editor: &EditorFacts,
    label: &str,
    asks: bool,
) -> Option<WorkspaceEdit> {
    if !editor.knows_document_changes {
        let uri: Uri = document.uri.parse().ok()?;
        return Some(WorkspaceEdit::new([(uri, vec![change])].into()));
    }
    let annotation = asks.then_some(ANNOTATION);
    let version = Some(document.version);
    let edit = document_edit(&document.uri, version, vec![change], annotation)?;
    Some(of_operations(vec![edit], label, asks))
}

fn of_operations(
    operations: Vec<DocumentChangeOperation>,
    label: &str,
    asks: bool,
) -> WorkspaceEdit {
    let annotation = ChangeAnnotation {
        label: label.to_owned(),
        needs_confirmation: Some(true),
        description: Some("written by a language model".to_owned()),
    };
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(operations)),
        change_annotations: asks.then(|| [(ANNOTATION.to_owned(), annotation)].into()),
        ..WorkspaceEdit::default()
    }
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

fn document_edit(
    uri: &str,
    version: Option<i32>,
    edits: Vec<TextEdit>,
    annotation: Option<&str>,
) -> Option<DocumentChangeOperation> {
    let text_document = OptionalVersionedTextDocumentIdentifier {
        uri: uri.parse().ok()?,
        version,
    };
    let edit = |text_edit| match annotation {
        Some(annotation) => OneOf::Right(AnnotatedTextEdit {
            text_edit,
            annotation_id: annotation.to_owned(),
        }),
        None => OneOf::Left(text_edit),
    };
    let edits = edits.into_iter().map(edit).collect();
    Some(DocumentChangeOperation::Edit(TextDocumentEdit {
        text_document,
        edits,
    }))
}
