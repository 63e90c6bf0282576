//! The embedded engine: learns from the open files, the workspace and its dependencies; no network, no async.

mod adapt;
mod beam;
mod clock;
mod complete;
mod doc_comment;
mod document;
mod engine;
pub mod eval;
mod evidence;
mod explain;
mod index;
mod indexer;
mod kernel;
mod lexer;
mod mixer;
mod overlay;
mod predict;
mod related;
mod secrets;
mod session;
mod state;
mod trim;
pub mod tune;
mod vocabulary;

pub use crate::{
    complete::{CompletionOutcome, Hole, INVOKED_CONFIDENCE, Reason, confidence},
    engine::{Engine, Observation, Options, Status},
    explain::CodeInFile,
    index::{
        cache::cached_files,
        left_out::LeftOut,
        walk::{Skipped, folders as source_folders, is_watched},
    },
    indexer::{IndexProgress, Skips},
    lexer::count as words,
    mixer::WeightsError,
    related::Snippet,
};
