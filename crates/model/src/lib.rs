//! Models over a network: a configured [`Model`], its wires, and the transports below them.
//!
//! # Design
//! A [`Model`] is made of a [`Spec`]: a preset (data, `presets.toml`) with the user's settings over it. What it is asked
//! is a `prompt::Question`; which wire writes it is chosen by the preset and by what the endpoint has taught (`learned`).
//! A wire (`wire/`) encodes and decodes, nothing else; `transport/` has the WebSocket that is held open and HTTP.
//! Text comes back through a shared slot (`reply`), into which the carrier appends and out of which the reader takes
//! all there is, so a reader that lags costs memory for the text and nothing else.

mod address;
mod ask;
mod carrier;
mod discover;
mod endpoint;
mod learned;
mod look;
mod mend;
mod metrics;
mod model;
mod options;
mod preset;
mod probe;
mod refusal;
mod reply;
mod secret;
mod sent;
mod settle;
mod shape;
mod slots;
mod spec;
mod status;
mod transport;
mod warm;
mod wire;

pub use discover::{DiscoveredServer, Offer, discover, local_places, on_this_machine};
pub use endpoint::{Endpoint, PipeFactory};
pub use firesteel_prompt::{Part, PartSource};
pub use firesteel_task::{End, Error, Event, Priority, Quota, QuotaWindow, Usage, Wait};
pub use learned::Learnings;
pub use metrics::{KindMetrics, Metrics, Percentiles, Record, Recorder};
pub use model::{Abilities, Ability, Model, Taken};
pub use options::{Capabilities, Options, Route, Timeouts};
pub use preset::Preset;
pub use probe::{Listed, Probe};
pub use reply::Reply;
pub use secret::Secret;
pub use sent::{SentLog, SentPrompt};
pub use spec::{Identity, Spec};
pub use status::Status;
pub use transport::key::KeyCommand;
pub use transport::network::{Network, Proxies};
pub use transport::websocket::client::Client;
pub use transport::websocket::connection_state::{ConnectionState, Transport};
pub use wire::Kind;
