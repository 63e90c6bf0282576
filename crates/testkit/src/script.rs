//! A scripted model server on a real loopback socket, which does on demand all that real servers do wrong.
//!
//! A [`Script`] says how connections behave and what requests are answered with, as data that a test
//! builds or a file holds. Where a test wants to decide itself when each token comes, it gives a function
//! in place of the data ([`Script::answer`]). [`Script::start`] gives a [`Server`], whose [`Log`] tells
//! what the client did.
//!
//! ```
//! # async fn example() -> std::io::Result<()> {
//! use firesteel_testkit::script::{Reply, Script};
//!
//! let server = Script::new().reply(Reply::text("let x = 1;")).start().await?;
//! // … a client of `server.url()` asks …
//! let log = server.wait(|log| log.requests.len() == 1).await;
//! assert_eq!(log.requests[0].body["model"], "m");
//! # Ok(())
//! # }
//! ```

pub mod baseline;
mod connection;
pub mod echo;
mod http;
mod log;
mod play;
pub mod relay;
mod reply;
mod responder;
mod server;
mod socket;
mod stream;
pub mod tls;

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use rustls::ServerConfig;
use serde::Deserialize;

pub use connection::{Connection, Pings};
pub use log::{Closed, Handshake, Log, Request};
pub use reply::{End, Fault, Reply};
pub use responder::{Gone, Responder};
pub use server::Server;

/// How a scripted server behaves.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// What the first connections do; only an accepted TCP connection uses one up.
    connections: VecDeque<Connection>,
    /// What every further connection does.
    otherwise: Connection,
    /// What requests are answered with, in the order in which they come; the last one is for all that follow.
    replies: VecDeque<Reply>,
    #[serde(skip)]
    handler: Option<Handler>,
    #[serde(skip)]
    tls: Option<Arc<ServerConfig>>,
}

/// Answers a request by code.
pub(crate) type Handler = Arc<dyn Fn(Request, Responder) -> BoxFuture<'static, ()> + Send + Sync>;

/// A script that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Not the JSON of a script.
    #[error("the script cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Not the TOML of a script.
    #[error("the script cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
}

impl Script {
    /// A server that answers everything with an empty response.
    pub fn new() -> Self {
        Script::default()
    }

    /// Reads a script from a file's text: JSON when it opens with a brace, else TOML.
    ///
    /// # Errors
    /// When it is neither, or names a knob that there is not.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        if text.trim_start().starts_with('{') {
            return Ok(serde_json::from_str(text)?);
        }
        Ok(toml::from_str(text)?)
    }

    /// Adds an answer. The last one added is given to all further requests.
    #[must_use]
    pub fn reply(mut self, reply: Reply) -> Self {
        self.replies.push_back(reply);
        self
    }

    /// Answers by code: the function decides when each token comes.
    #[must_use]
    pub fn answer<F, A>(mut self, answer: F) -> Self
    where
        F: Fn(Request, Responder) -> A + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        self.handler = Some(Arc::new(move |request, responder| {
            Box::pin(answer(request, responder))
        }));
        self
    }

    /// Adds what the next connection does.
    #[must_use]
    pub fn connection(mut self, connection: Connection) -> Self {
        self.connections.push_back(connection);
        self
    }

    /// What every connection does that has no entry of its own.
    #[must_use]
    pub fn otherwise(mut self, connection: Connection) -> Self {
        self.otherwise = connection;
        self
    }

    /// Speaks TLS.
    #[must_use]
    pub fn tls(mut self, config: Arc<ServerConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Starts the server on a free port of the loopback interface.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(self) -> io::Result<Server> {
        self.listen("127.0.0.1:0").await
    }

    /// Starts the server on an address.
    ///
    /// # Errors
    /// When the address is taken or is none.
    pub async fn listen(self, address: &str) -> io::Result<Server> {
        Server::start(self, address).await
    }
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script")
            .field("connections", &self.connections)
            .field("otherwise", &self.otherwise)
            .field("replies", &self.replies)
            .finish_non_exhaustive()
    }
}
