//! The Responses protocol: wire types of both directions and how a task is laid in a request.
//!
//! One JSON object travels in each text frame of the WebSocket. [`client::ClientEvent`] goes up,
//! [`server::ServerEvent`] comes down, [`task::Task`] is what Firesteel itself asks for, and [`blocks`] is
//! how a model answers an edit.
//! Unknown events, items and fields are never an error: servers grow faster than clients.

pub mod blocks;
pub mod client;
mod decode;
pub mod error;
pub mod headers;
pub mod limits;
mod raw;
pub mod response;
pub mod server;
pub mod task;

pub use decode::DecodeError;
pub use raw::Raw;
