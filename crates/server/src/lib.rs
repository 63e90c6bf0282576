//! The LSP server: ingress, one file per request, configuration, and conversions to and from LSP types.
//!
//! This is the only crate that names LSP. Read [`serve`] first, then `ingress.rs`.

mod apply;
mod backend;
pub mod config;
mod context;
mod documents;
mod figures;
mod from_proto;
mod handlers;
mod ingress;
pub mod logging;
mod parent;
mod parser;
mod progress;
mod runs;
mod session;
mod status;
mod to_proto;
mod transport;

pub use handlers::commands;
pub use ingress::{Ended, serve};
pub use session::Base;
