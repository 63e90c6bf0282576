//! The commands of `workspace/executeCommand`, their names and their arguments.

use serde::{Deserialize, Serialize};
use tower_lsp::ls_types::{Position, Range};

/// Carries out a code action; its argument is an [`ActionArgs`].
pub const ACTION: &str = "firesteel.action";
/// Edits as an instruction says; its argument is an [`EditArgs`], or the instruction alone.
pub const EDIT: &str = "firesteel.edit";
/// Stops the newest edit and goes on as an instruction says; its argument is as that of [`EDIT`].
pub const REDIRECT: &str = "firesteel.redirect";
/// Takes back an edit; its argument is a [`RevertArgs`], and without one it is the newest.
pub const REVERT: &str = "firesteel.revert";
/// Lands an edit that the user was offered; its argument is its number.
pub const KEEP: &str = "firesteel.keep";
/// Gives the local variable at a place another name, everywhere it is meant; its argument is a [`RenameArgs`].
pub const RENAME: &str = "firesteel.rename";
/// Has a change read by the slower model; its argument is the change's number.
pub const REVIEW: &str = "firesteel.review";
/// Says that the user has looked at a change; its argument is the change's number.
pub const REVIEWED: &str = "firesteel.reviewed";
/// Cancels every edit under way; returns how many there were.
pub const CANCEL: &str = "firesteel.cancel";
/// Says why nothing was suggested last; its argument is the document's URI.
pub const WHY: &str = "firesteel.whyNoSuggestion";
/// Says that the suggestion shown last was taken; its argument is the document's URI. Items carry it.
pub const ACCEPTED: &str = "firesteel.accepted";
/// Returns the suggestion statistics since the start.
pub const METRICS: &str = "firesteel.metrics";
/// Returns the engine, its state and what it has measured.
pub const STATUS: &str = "firesteel.status";
/// Returns the models that are configured, with how they stand, and who is asked in each role.
pub const MODELS: &str = "firesteel.models";
/// Has a model asked first in a role, or in every role, for as long as this session lasts; its argument is a
/// [`UseModelArgs`]. Returns what [`MODELS`] does.
pub const USE_MODEL: &str = "firesteel.useModel";
/// Asks a model for one answer and shows what came of it; its argument is a [`TestModelArgs`], and without one it is the
/// first model of every role.
pub const TEST_MODEL: &str = "firesteel.testModel";
/// Returns every setting in force and where it comes from, with secrets hidden.
pub const CONFIGURATION: &str = "firesteel.configuration";
/// Makes the user's last edit at the next place and goes there; its argument is a [`NextEditArgs`].
pub const NEXT_EDIT: &str = "firesteel.nextEdit";

/// Returns the last prompts that were sent to models, as data and as Markdown; its argument is a role, and without one it is
/// every role.
pub const SHOW_PROMPT: &str = "firesteel.showPrompt";
/// Suggests nothing unasked for so many minutes, its argument, or 0 to end that; returns the minutes.
pub const SNOOZE: &str = "firesteel.snooze";

/// Every command.
pub const ALL: [&str; 20] = [
    ACTION,
    EDIT,
    REDIRECT,
    REVERT,
    KEEP,
    CANCEL,
    WHY,
    STATUS,
    MODELS,
    USE_MODEL,
    TEST_MODEL,
    CONFIGURATION,
    ACCEPTED,
    METRICS,
    NEXT_EDIT,
    SNOOZE,
    RENAME,
    REVIEW,
    REVIEWED,
    SHOW_PROMPT,
];

/// What a code action needs to be carried out: the server keeps nothing about the actions that it listed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionArgs {
    /// The action, as the engine names it, or the title of one of the user's own.
    pub action: String,
    /// The document, in whatever spelling.
    pub uri: String,
    /// The version for which it was listed.
    pub version: i32,
    /// Where it was asked for.
    pub range: Range,
    /// What is wanted beyond what the action says, such as a diagnostic's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
}

/// An instruction in plain words, and what it is about.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EditArgs {
    /// The document, in whatever spelling.
    pub uri: String,
    /// The version to which the range belongs; the newest without one.
    #[serde(default)]
    pub version: Option<i32>,
    /// The selection, or the cursor.
    pub range: Range,
    /// What is wanted.
    pub instruction: String,
}

/// A local variable and its new name.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RenameArgs {
    /// The document, in whatever spelling.
    pub uri: String,
    /// The version to which the position belongs; the newest without one.
    #[serde(default)]
    pub version: Option<i32>,
    /// A place in the name, or at its end.
    pub position: Position,
    /// The new name.
    pub new_name: String,
}

/// What is to be taken back.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RevertArgs {
    /// The run; the newest without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
    /// The document of which the hunk at `range` is meant, rather than the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Where the hunk is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
}

/// A model, and what it is to be asked for.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UseModelArgs {
    /// The role, as settings name it; every role that the model can be asked in without one.
    #[serde(default)]
    pub role: Option<String>,
    /// The model's name in the configuration, or `embedded`.
    pub model: String,
}

/// A model that is to be tried.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TestModelArgs {
    /// The model's name in the configuration.
    pub model: Option<String>,
}

/// Where the user is.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct NextEditArgs {
    /// The document, in whatever spelling.
    pub uri: String,
    /// The cursor: the next place is looked for behind it first.
    pub position: Position,
}
