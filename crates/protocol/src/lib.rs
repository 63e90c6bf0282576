//! The Responses protocol: wire types of both directions.
//!
//! One JSON object travels in each text frame of the WebSocket. [`client::ClientEvent`] goes up,
//! [`server::ServerEvent`] comes down.
//! Unknown events, items and fields are never an error: servers grow faster than clients.

pub mod client;
mod decode;
pub mod error;
pub mod headers;
pub mod limits;
mod raw;
pub mod response;
pub mod server;

pub use decode::DecodeError;
pub use raw::Raw;
