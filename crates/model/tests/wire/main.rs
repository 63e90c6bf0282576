//! The client over real sockets, against the scripted server.

#![expect(
    clippy::expect_used,
    reason = "what a test needs of its machine is there or the test fails"
)]

mod by_http;
mod ends;
mod fallback;
mod faults;
mod helper;
mod keys;
mod lanes;
mod network;
mod sockets;
mod truth;
