//! The commands of `workspace/executeCommand`, their names and their arguments.

use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::{Position, Range, Uri};

/// Carries out a code action; its argument is an [`ActionArgs`].
pub const ACTION: &str = "firesteel.action";
/// Cancels every edit under way; returns how many there were.
pub const CANCEL: &str = "firesteel.cancel";
/// Says why nothing was suggested last; its argument is the document's URI.
pub const WHY: &str = "firesteel.whyNoSuggestion";
/// Says that the suggestion shown last was taken; its argument is the document's URI. Items carry it.
pub const ACCEPTED: &str = "firesteel.accepted";
/// Returns what became of suggestions since the start.
pub const METRICS: &str = "firesteel.metrics";
/// Returns the engine, its state and what it has measured.
pub const STATUS: &str = "firesteel.status";
/// Makes the user's last edit at the next place and goes there; its argument is a [`NextEditArgs`].
pub const NEXT_EDIT: &str = "firesteel.nextEdit";

/// Every command.
pub const ALL: [&str; 7] = [ACTION, CANCEL, WHY, STATUS, ACCEPTED, METRICS, NEXT_EDIT];

/// What a code action needs to be carried out: the server keeps nothing about the actions that it listed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionArgs {
    /// The kind of action, as the engine names it.
    pub action: String,
    /// The document.
    pub uri: Uri,
    /// The version for which it was listed.
    pub version: i32,
    /// Where it was asked for.
    pub range: Range,
}

/// Where the user is.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct NextEditArgs {
    /// The document.
    pub uri: Uri,
    /// The cursor: the next place is looked for behind it first.
    pub position: Position,
}
