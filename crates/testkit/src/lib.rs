//! Fixtures with a cursor, a scripted model server and an LSP client, for tests, the demo and the bench.

pub mod client;
pub mod editor;
pub mod fixture;
pub mod frame;
pub mod http;
pub mod meanwhile;
pub mod replay;
pub mod script;
