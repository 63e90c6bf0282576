//! Notebooks: which cells belong together, and in which order. Each cell is a document of its own; a model reads those
//! around it with it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use firesteel_engine::Around;
use firesteel_syntax::Snapshot;
use firesteel_text::DocumentId;
use serde::Deserialize;

use crate::documents::Documents;
use crate::session::Core;
use crate::uris::{ChangeParams, DocumentParams, Named, OpenParams, Opened};

/// The scheme of cells that VS Code sends as documents, with the notebook's path.
const CELL_SCHEME: &str = "vscode-notebook-cell";

/// The cells of the open notebooks, by the notebook.
#[derive(Default)]
pub(crate) struct Notebooks(Mutex<HashMap<DocumentId, Vec<DocumentId>>>);

impl Notebooks {
    /// Takes note of a cell that came as a document alone: it stands behind those that came before it.
    pub(crate) fn opened(&self, cell: &DocumentId) {
        let mut open = self.lock();
        let is_known = open.values().any(|cells| cells.contains(cell));
        let path = cell.file_path().filter(|_| cell.scheme() == CELL_SCHEME);
        if let (false, Some(path)) = (is_known, path) {
            let cells = open.entry(DocumentId::from_path(&path)).or_default();
            cells.push(cell.clone());
        }
    }

    pub(crate) fn closed(&self, cell: &DocumentId) {
        let mut open = self.lock();
        for cells in open.values_mut() {
            cells.retain(|it| it != cell);
        }
        open.retain(|_, cells| !cells.is_empty());
    }

    /// The other open cells of a cell's notebook that are in its language; none for what is no cell.
    pub(crate) fn around(&self, cell: &Snapshot, documents: &Documents) -> Around {
        let id = &cell.document.id;
        let cells = {
            let open = self.lock();
            let notebook = open.values().find(|cells| cells.contains(id));
            notebook.cloned().unwrap_or_default()
        };
        let snapshots = |ids: &[DocumentId]| {
            let open = ids.iter().filter_map(|id| documents.get(id));
            { open }.filter(|it| it.language == cell.language).collect()
        };
        let mut parts = cells.splitn(2, |it| it == id).map(snapshots);
        Around {
            above: parts.next().unwrap_or_default(),
            below: parts.next().unwrap_or_default(),
        }
    }

    /// Every path that the notebook of a cell may have: rules about files are asked about all of them.
    pub(crate) fn paths_of(&self, cell: &DocumentId) -> Vec<PathBuf> {
        let open = self.lock();
        let around = open.iter().find(|(_, cells)| cells.contains(cell));
        around.map_or_else(Vec::new, |(notebook, _)| notebook.file_paths())
    }

    /// Replaces cells of a notebook, which may be a new one.
    fn splice(&self, notebook: &DocumentId, start: usize, gone: usize, new: Vec<DocumentId>) {
        let mut open = self.lock();
        let cells = open.entry(notebook.clone()).or_default();
        let start = start.min(cells.len());
        let end = start.saturating_add(gone).min(cells.len());
        cells.splice(start..end, new);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DocumentId, Vec<DocumentId>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
struct Cell {
    document: String,
}

#[derive(Deserialize)]
struct Notebook {
    uri: String,
    cells: Vec<Cell>,
}

/// The parameters of `notebookDocument/didOpen`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotebookOpenParams {
    notebook_document: Notebook,
    cell_text_documents: Vec<Opened>,
}

/// The parameters of `notebookDocument/didChange`, as far as they matter.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotebookChangeParams {
    notebook_document: Named,
    change: NotebookChange,
}

#[derive(Deserialize)]
struct NotebookChange {
    #[serde(default)]
    cells: Option<CellChanges>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct CellChanges {
    structure: Option<Structure>,
    text_content: Vec<TextContent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Structure {
    array: Splice,
    #[serde(default)]
    did_open: Vec<Opened>,
    #[serde(default)]
    did_close: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Splice {
    start: usize,
    delete_count: usize,
    #[serde(default)]
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct TextContent {
    document: crate::uris::Versioned,
    changes: Vec<tower_lsp::ls_types::TextDocumentContentChangeEvent>,
}

/// The parameters of `notebookDocument/didClose`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotebookCloseParams {
    cell_text_documents: Vec<Named>,
}

fn ids(cells: &[Cell]) -> Vec<DocumentId> {
    cells
        .iter()
        .map(|cell| DocumentId::parse(&cell.document))
        .collect()
}

impl Core {
    pub(crate) fn did_open_notebook(&self, params: NotebookOpenParams) {
        let Notebook { uri, cells } = params.notebook_document;
        let notebook = DocumentId::parse(&uri);
        self.notebooks.splice(&notebook, 0, usize::MAX, ids(&cells));
        for text_document in params.cell_text_documents {
            self.did_open(OpenParams { text_document });
        }
    }

    pub(crate) fn did_change_notebook(&self, params: NotebookChangeParams) {
        let CellChanges {
            structure,
            text_content,
        } = params.change.cells.unwrap_or_default();
        if let Some(Structure {
            array,
            did_open,
            did_close,
        }) = structure
        {
            let notebook = DocumentId::parse(&params.notebook_document.uri);
            // Closing takes a cell out of the list too, so the list is changed before.
            let cells = ids(&array.cells);
            self.notebooks
                .splice(&notebook, array.start, array.delete_count, cells);
            for text_document in did_close {
                self.did_close(DocumentParams { text_document });
            }
            for text_document in did_open {
                self.did_open(OpenParams { text_document });
            }
        }
        for TextContent { document, changes } in text_content {
            self.did_change(ChangeParams {
                text_document: document,
                content_changes: changes,
            });
        }
    }

    pub(crate) fn did_close_notebook(&self, params: NotebookCloseParams) {
        for text_document in params.cell_text_documents {
            self.did_close(DocumentParams { text_document });
        }
    }
}
