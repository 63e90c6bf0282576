//! The WebSocket of the Responses protocol, which is held open, and its fallback to server-sent events.
//!
//! Each socket belongs to one pump task (`pump`), which keeps reading while nobody asks, so that pings are answered and
//! a dead socket is noticed. A manager task (`manager`) keeps a pair of sockets open, one to use and one to spare, and
//! replaces what dies or grows old. `Client::request` hands its request straight to a pump (`pool`): one hop lies
//! between a keystroke and the wire.

mod cancel;
pub(crate) mod client;
pub(crate) mod connection_state;
mod continuation;
pub(crate) mod dial;
mod exchange;
mod fallback;
pub(crate) mod job;
mod manager;
mod pool;
pub(crate) mod pump;
mod round_trip;
pub(crate) mod shared;
mod verdict;
