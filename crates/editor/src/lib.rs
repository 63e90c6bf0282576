//! A simulated editor and a bare LSP client over a pair of pipes, for the demo, the tests and the benches.

pub mod client;
pub mod frame;
mod simulated;

pub use simulated::{ApplyStyle, Editor};
