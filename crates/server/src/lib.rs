//! The LSP server: ingress, one file per request, configuration, and conversions to and from LSP types.
//!
//! This is the only crate that names LSP. Read [`serve`] first, then `ingress.rs`.

mod apply;
mod backend;
mod client_settings;
mod confirmation;
mod context;
mod documents;
mod edits;
mod figures;
mod frames;
mod from_proto;
mod handlers;
mod ingress;
pub mod logging;

mod models;
mod notebooks;
mod parent;
mod parser;
mod progress;
mod prompts;
mod registration;
mod reverts;
mod review;
mod runs;
mod session;
mod shown;
mod status;
pub mod stdio;
mod tests_command;
mod to_proto;
mod transport;
mod uris;
mod variants;
mod watch;
mod workspace;
mod workspace_edit;

pub use client_settings::Base;
pub use handlers::commands;
pub use ingress::{Ended, serve, serve_until};
