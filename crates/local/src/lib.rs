//! The embedded engine: learns from the open files, the workspace and its dependencies; no network, no async.

mod complete;
mod doc_comment;
mod document;
mod engine;
mod evidence;
mod explain;
mod index;
mod indexer;
mod lexer;
mod mixer;
mod predict;
mod session;
mod state;
mod trim;
mod vocabulary;

pub use crate::{
    complete::{AUTOMATIC_CONFIDENCE, Hole, INVOKED_CONFIDENCE, Outcome, Reason},
    engine::{Engine, Observation, Options, Status},
    explain::Place,
    indexer::Progress,
    mixer::WeightsError,
};
