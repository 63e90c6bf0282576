//! How requests travel: byte streams and what lies between, the WebSocket that is held open, and HTTP.

pub(crate) mod connect;
pub(crate) mod frames;
pub(crate) mod http;
pub(crate) mod key;
pub(crate) mod limits;
pub(crate) mod ndjson;
pub(crate) mod network;
pub(crate) mod quota;
pub(crate) mod sse;
pub(crate) mod stream;
pub(crate) mod tls;
pub(crate) mod websocket;
