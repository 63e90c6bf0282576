//! Where a model is reached: a URL, or a pipe inside this process.

use std::fmt;
use std::sync::Arc;

use tokio::io::DuplexStream;

use crate::secret::Secret;

/// Opens a connection inside this process; the other end is served by `firesteel-serve`.
pub type PipeFactory = Arc<dyn Fn() -> DuplexStream + Send + Sync>;

/// Where a model is reached.
#[derive(Clone)]
pub enum Endpoint {
    /// A WebSocket somewhere else.
    Socket {
        /// `ws://` or `wss://`, with the path and any query.
        url: String,
        /// Headers beyond the key's.
        headers: Vec<(String, String)>,
        /// Sent as `Authorization: Bearer`.
        key: Option<Secret>,
    },
    /// A service in this process, without a socket and without DNS.
    Pipe(PipeFactory),
}

impl Endpoint {
    /// A socket endpoint with nothing but its URL.
    pub fn url(url: impl Into<String>) -> Self {
        Endpoint::Socket {
            url: url.into(),
            headers: Vec::new(),
            key: None,
        }
    }

    /// The pipe endpoint.
    pub fn pipe(open: impl Fn() -> DuplexStream + Send + Sync + 'static) -> Self {
        Endpoint::Pipe(Arc::new(open))
    }

    /// Whether the endpoint is outside this process: it can die unnoticed, and can be reached by HTTP too.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(self, Endpoint::Socket { .. })
    }

    pub(crate) fn key(&self) -> Option<&Secret> {
        match self {
            Endpoint::Socket { key, .. } => key.as_ref(),
            Endpoint::Pipe(_) => None,
        }
    }
}

impl fmt::Debug for Endpoint {
    /// Header values are left out: a user may have put a key into one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Socket { url, headers, key } => f
                .debug_struct("Socket")
                .field("url", &without_query(url))
                .field(
                    "headers",
                    &headers.iter().map(|(name, _)| name).collect::<Vec<_>>(),
                )
                .field("key", key)
                .finish(),
            Endpoint::Pipe(_) => f.write_str("Pipe"),
        }
    }
}

/// A URL as it may be shown: keys also travel in queries and before an `@`.
pub(crate) fn without_query(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_shows_no_secret() {
        let endpoint = Endpoint::Socket {
            url: "wss://me:very-secret@host.example/v1/responses?key=very-secret".to_owned(),
            headers: vec![("x-key".to_owned(), "very-secret".to_owned())],
            key: Some(Secret::new("very-secret")),
        };
        let shown = format!("{endpoint:?}");
        assert!(!shown.contains("very-secret"), "{shown}");
        assert!(shown.contains("wss://host.example/v1/responses"), "{shown}");
    }
}
