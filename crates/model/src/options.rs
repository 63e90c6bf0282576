//! What a client may be told: its timeouts, its sockets and what its endpoint can do. Every limit of
//! the client has its name and its default here.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::preset::Preset;
use crate::transport::key::KeyCommand;
use crate::transport::network::Network;

/// TCP, TLS and the upgrade together.
const CONNECT: Duration = Duration::from_secs(3);
/// One frame out: a peer that does not read is as good as gone.
const SEND: Duration = Duration::from_secs(2);
/// From a keystroke's question to its first event, whatever it waits for meanwhile: after that the user has
/// typed on, and the embedded engine has an answer.
const KEYSTROKE: Duration = Duration::from_secs(2);
/// From the request on the wire to the first event of its response.
const FIRST_EVENT: Duration = Duration::from_secs(10);
/// Between two events of a response.
const NEXT_EVENT: Duration = Duration::from_secs(5);
/// A request's wait for a free socket.
const TURN: Duration = Duration::from_secs(10);
/// How long a socket is silent before it is asked whether it lives; servers ping about as often.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// Silence after which a socket is not trusted with a request unless it answers a ping sent along.
const TRUST: Duration = Duration::from_secs(5);
/// The command that writes the key: a password manager may ask its user first.
const KEY: Duration = Duration::from_secs(30);
/// Between two runs of that command, so that a refused key does not make a password manager ask and ask.
const KEY_PAUSE: Duration = Duration::from_secs(10);
/// A pong's longest way; much more than any network's round trip.
const PONG: Duration = Duration::from_secs(2);
/// Servers end a connection at 60 minutes; ours are replaced before that.
const ROTATE: Duration = Duration::from_secs(55 * 60);

/// How requests may travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Over the WebSocket, and by HTTP where it cannot pass.
    #[default]
    Auto,
    /// Over the WebSocket only.
    Websocket,
    /// By HTTP only.
    Http,
}

/// Everything about a client that is not its endpoint.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How long each wait may last.
    pub timeouts: Timeouts,
    /// What the endpoint can do.
    pub capabilities: Capabilities,
    /// What the endpoint takes and refuses; its capabilities are in `capabilities`.
    pub preset: Option<Arc<Preset>>,
    /// What writes the key, in place of one that is given with the endpoint.
    pub key_command: Option<KeyCommand>,
    /// What lies between here and the endpoint.
    pub network: Network,
    /// Whether the first socket is dialled at the first request instead of at once.
    pub lazy: bool,
}

/// How long each wait may last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP, TLS and the upgrade together.
    pub connect: Duration,
    /// One frame out.
    pub send: Duration,
    /// From a keystroke's question to its first event, whatever it waits for.
    pub keystroke: Duration,
    /// From the request on the wire to the first event.
    pub first_event: Duration,
    /// Between two events.
    pub next_event: Duration,
    /// A request's wait for a free socket.
    pub turn: Duration,
    /// Silence after which an idle socket is pinged.
    pub keepalive: Duration,
    /// Silence after which a socket must prove that it lives while it takes a request.
    pub trust: Duration,
    /// The longest way of a pong.
    pub pong: Duration,
    /// One run of the command that writes the key.
    pub key: Duration,
    /// The least time between two runs of it.
    pub key_pause: Duration,
    /// The age at which a socket is replaced.
    pub rotate: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: CONNECT,
            send: SEND,
            keystroke: KEYSTROKE,
            first_event: FIRST_EVENT,
            next_event: NEXT_EVENT,
            turn: TURN,
            keepalive: KEEPALIVE,
            trust: TRUST,
            pong: PONG,
            key: KEY,
            key_pause: KEY_PAUSE,
            rotate: ROTATE,
        }
    }
}

/// What an endpoint can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// How many responses one socket carries at once by `stream_id`; 1 where there are no lanes.
    pub lanes: usize,
    /// Whether `response.interrupt` is understood.
    pub interrupt: bool,
    /// Whether a connection remembers its responses, so that a longer conversation sends only what is new.
    pub continuation: bool,
    /// Whether a connection serves more than one response; some servers have been seen to fail at the second.
    pub reuse: bool,
    /// The most sockets to one endpoint.
    pub sockets: usize,
    /// How requests may travel.
    pub route: Route,
}

impl Default for Capabilities {
    fn default() -> Self {
        Capabilities {
            lanes: 1,
            interrupt: false,
            continuation: false,
            reuse: true,
            sockets: 4,
            route: Route::Auto,
        }
    }
}
