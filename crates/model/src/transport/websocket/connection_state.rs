//! How the client stands, for the status and for why nothing is suggested.

/// How the client stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectionState {
    /// Nothing has been dialled yet.
    Idle,
    /// The first socket is being dialled.
    Connecting,
    /// At least one socket is open.
    Ready,
    /// No socket is open, for this reason; the client tries again by itself.
    Disconnected {
        /// What stands in the way.
        why: String,
    },
    /// The server does not accept the key or the account; the client tries again by itself.
    Refused {
        /// The server's words.
        why: String,
    },
    /// The client has been shut down.
    ShutDown,
}

/// How requests travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Transport {
    /// Over the WebSocket that is held open.
    #[default]
    Socket,
    /// Each by HTTP, because the WebSocket is refused; it is tried again from time to time.
    Http,
}
