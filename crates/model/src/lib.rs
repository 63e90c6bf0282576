//! The model client: one held-open socket, cancellation, timeouts, reconnection and metrics.
//!
//! # Design
//! Each socket belongs to one pump task (`pump`), which keeps reading while nobody asks, so that pings
//! are answered and a dead socket is noticed. A manager task (`manager`) keeps a pair of sockets open,
//! one to use and one to spare, and replaces what dies or grows old. [`Client::request`] hands its
//! request straight to a pump (`pool`): one hop lies between a keystroke and the wire. Text comes back
//! through a shared slot (`reply`), into which the pump appends and out of which the reader takes all
//! there is, so a reader that lags costs memory for the text and nothing else.

mod cancel;
mod client;
mod connect;
mod continuation;
mod dial;
mod endpoint;
mod exchange;
mod http;
mod job;
mod key;
mod manager;
mod metrics;
mod network;
mod options;
mod pool;
mod profile;
mod pump;
mod quota;
mod reply;
mod round_trip;
mod secret;
mod shared;
mod sse;
mod state;
mod stream;
mod tls;
mod verdict;

pub use client::Client;
pub use endpoint::{Endpoint, PipeFactory};
pub use firesteel_task::{End, Error, Event, Priority, Quota, QuotaWindow, Usage, Wait};
pub use key::KeyCommand;
pub use metrics::{KindMetrics, Metrics, Percentiles};
pub use network::{Network, Proxies};
pub use options::{Capabilities, Options, Route, Timeouts};
pub use profile::{Profile, Quirks};
pub use reply::Reply;
pub use secret::Secret;
pub use state::{State, Transport};
