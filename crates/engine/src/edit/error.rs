//! Why an edit, an explanation or a review cannot be carried out, in words for the user and, of an answer, for the model.

use firesteel_privacy::{Invisible, Refused};
use firesteel_prompt::blocks::FormatError;

use super::confine::Outside;
use super::locate::NotFound;

/// Why a run ends without its edit.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum EditError {
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error("{path}: {why}")]
    NotFound { path: String, why: NotFound },
    #[error(transparent)]
    File(#[from] FileError),
    #[error("a new file must be written in full")]
    PartOfFile,
    #[error(transparent)]
    Invisible(#[from] Invisible),
    #[error("it speaks of a secret, which the model was not shown")]
    Secret,
    #[error("the search failed")]
    SearchFailed,
    #[error("there is no item here")]
    NoItem,
    #[error("there is no comment here that asks for anything")]
    NoInstruction,
    #[error("this action does not apply here")]
    NotHere,
}

/// Why a run may not have a file.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FileError {
    /// It must not be written, or cannot.
    #[error("{named} is not written to: {why}")]
    NotWritten {
        /// The file, as the model or the user calls it.
        named: String,
        /// Why.
        why: NotWritten,
    },
    /// It cannot be read.
    #[error("{named}: {why}")]
    Unreadable {
        /// The file.
        named: String,
        /// What the system says.
        why: String,
    },
}

/// Why a file is not written to.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotWritten {
    /// It is outside of the workspace.
    #[error(transparent)]
    Outside(#[from] Outside),
    /// It is private.
    #[error(transparent)]
    Private(#[from] Refused),
    /// Its cells are documents of their own.
    #[error("it is open as a notebook")]
    Notebook,
    /// A change of it was missed.
    #[error("the editor and Firesteel are out of sync about it")]
    OutOfSync,
}

/// Why a model's answer breaks off.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("the model stopped at its limit of tokens")]
    Truncated,
    #[error("the answer is too long")]
    TooLong,
    #[error(transparent)]
    Model(#[from] firesteel_task::Error),
}

/// Why there is no explanation, or no review.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AskError {
    /// There is nothing to explain.
    #[error("there is no item here")]
    NoItem,
    /// Nobody reviews.
    #[error("no model has the role `review`")]
    NoReviewer,
    /// The document must not be shown to a model.
    #[error(transparent)]
    Private(#[from] Refused),
    /// The user stopped it.
    #[error("stopped")]
    Stopped,
    /// The review took too long.
    #[error("the model that reviews took too long")]
    TooSlow,
    /// The model failed.
    #[error(transparent)]
    Model(#[from] firesteel_task::Error),
}
