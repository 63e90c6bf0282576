//! What the client did, as far as a server can see it.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::Value;

/// What the client did.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// TCP connections, in the order in which they came.
    pub accepted: usize,
    /// Requests over HTTP, upgrades among them.
    pub handshakes: Vec<Handshake>,
    /// Requests for a response, in the order in which they came.
    pub requests: Vec<Request>,
    /// Connections that ended.
    pub closed: Vec<Closed>,
    /// Ids of responses that the client asked to interrupt.
    pub interrupts: Vec<String>,
    /// Pings of the client.
    pub pings: usize,
    /// Pongs of the client.
    pub pongs: usize,
}

/// A request over HTTP as it came.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// Which TCP connection, from 0.
    pub connection: usize,
    /// The method.
    pub method: String,
    /// The path with its query.
    pub uri: String,
    /// The headers, by lower-case name.
    pub headers: BTreeMap<String, String>,
}

/// A request for a response.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which TCP connection, from 0.
    pub connection: usize,
    /// Which request of the server, from 0.
    pub number: usize,
    /// The event or body.
    pub body: Value,
    /// When it was read.
    pub at: Instant,
}

/// A connection that ended.
#[derive(Debug, Clone, Copy)]
pub struct Closed {
    /// Which TCP connection, from 0.
    pub connection: usize,
    /// Whether the client ended it.
    pub by_client: bool,
    /// Whether a response was under way.
    pub during_response: bool,
    /// When.
    pub at: Instant,
}

impl Log {
    /// Connections that are open.
    pub fn open(&self) -> usize {
        self.accepted - self.closed.len()
    }

    /// The upgrades among the handshakes.
    pub fn upgrades(&self) -> usize {
        self.handshakes
            .iter()
            .filter(|handshake| handshake.headers.contains_key("upgrade"))
            .count()
    }
}
