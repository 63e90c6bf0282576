//! From an endpoint's URL to a byte stream: TCP, a proxy's tunnel if there is one, and TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use crate::endpoint::without_query;
use crate::transport::network::{Network, Proxy};
use crate::transport::stream::Stream;
use crate::transport::tls;
use crate::transport::websocket::dial::DialError;

/// The head start of one address over the next: a broken IPv6 route costs no more than this.
const STAGGER: Duration = Duration::from_millis(250);

/// Opens byte streams.
#[derive(Debug)]
pub(crate) struct Connector {
    network: Network,
    /// What the other end may choose from where there is TLS.
    protocols: &'static [&'static str],
    tls: OnceCell<Arc<ClientConfig>>,
}

/// What of a URL a connection needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: bool,
    /// Path and query, as a request line has them.
    pub(crate) path: String,
}

impl Target {
    pub(crate) fn parse(url: &str) -> Result<Self, DialError> {
        let shown = || {
            DialError::Failed(format!(
                "{} is not a ws://, wss://, http:// or https:// URL",
                without_query(url)
            ))
        };
        let parsed = Url::parse(url).map_err(|_| shown())?;
        let tls = match parsed.scheme() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            _ => return Err(shown()),
        };
        let host = parsed
            .host_str()
            .ok_or_else(shown)?
            .trim_matches(['[', ']'])
            .to_owned();
        let port = parsed.port().unwrap_or(if tls { 443 } else { 80 });
        let query = parsed
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        Ok(Target {
            host,
            port,
            tls,
            path: format!("{}{query}", parsed.path()),
        })
    }

    /// Host and port, as `Host` and `CONNECT` want them.
    pub(crate) fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }

    fn failed(&self, error: &io::Error) -> DialError {
        DialError::Failed(format!("{}:{}: {error}", self.host, self.port))
    }
}

impl Connector {
    pub(crate) fn new(network: Network) -> Self {
        Connector {
            network,
            // A WebSocket needs HTTP/1.1, and a server that is not told may choose another.
            protocols: &["http/1.1"],
            tls: OnceCell::new(),
        }
    }

    /// For requests, which HTTP/2 carries best.
    pub(crate) fn for_requests(network: Network) -> Self {
        Connector {
            protocols: &["h2", "http/1.1"],
            ..Connector::new(network)
        }
    }

    pub(crate) async fn connect(&self, target: &Target) -> Result<Stream, DialError> {
        let proxy = self
            .network
            .proxies
            .of(&target.host, target.port, target.tls)
            .map_err(DialError::Failed)?;
        let tcp = match proxy {
            None => tcp(&target.host, target.port)
                .await
                .map_err(|error| target.failed(&error))?,
            Some(proxy) => tunnel(&proxy, target).await?,
        };
        if !target.tls {
            return Ok(Stream::Tcp(tcp));
        }
        let config = self.tls.get_or_try_init(|| self.load_tls()).await?;
        let name = ServerName::try_from(target.host.clone())
            .map_err(|_| DialError::Failed(format!("{} is not a host name", target.host)))?;
        let tls = TlsConnector::from(Arc::clone(config))
            .connect(name, tcp)
            .await;
        Ok(Stream::Tls(Box::new(
            tls.map_err(|error| target.failed(&error))?,
        )))
    }

    async fn load_tls(&self) -> Result<Arc<ClientConfig>, DialError> {
        let ca_file = self.network.ca_file.clone();
        let protocols = self.protocols;
        let loaded = spawn_blocking(move || tls::config(ca_file.as_deref(), protocols)).await;
        loaded
            .map_err(|error| DialError::Failed(error.to_string()))?
            .map_err(DialError::Failed)
    }
}

/// Connects to the first address that answers, each with a head start over the next.
async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let addresses = alternate(lookup_host((host, port)).await?.collect());
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let mut attempts: FuturesUnordered<_> = addresses
        .into_iter()
        .zip(0_u32..)
        .map(async |(address, turn)| {
            sleep(STAGGER * turn).await;
            TcpStream::connect(address).await
        })
        .collect();
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(stream) => {
                // A request is one small write that a keystroke waits for.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The two families in turn, beginning with the resolver's choice.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first().map(SocketAddr::is_ipv6) else {
        return addresses;
    };
    let (own, other): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first);
    let mut mixed = Vec::with_capacity(own.len() + other.len());
    let (mut own, mut other) = (own.into_iter(), other.into_iter());
    loop {
        match (own.next(), other.next()) {
            (None, None) => return mixed,
            (one, another) => mixed.extend(one.into_iter().chain(another)),
        }
    }
}

/// A way through an HTTP proxy, by CONNECT.
async fn tunnel(proxy: &Proxy, target: &Target) -> Result<TcpStream, DialError> {
    let failed =
        |why: String| DialError::Failed(format!("proxy {}:{}: {why}", proxy.host, proxy.port));
    let tcp = tcp(&proxy.host, proxy.port)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let host = if target.host.contains(':') {
        format!("[{}]", target.host)
    } else {
        target.host.clone()
    };
    let authority = format!("{host}:{}", target.port);
    let mut request = Request::builder()
        .method(Method::CONNECT)
        .uri(&authority)
        .header(HOST, &authority)
        .body(Empty::<Bytes>::new())
        .map_err(|error| failed(error.to_string()))?;
    if let Some(authorization) = &proxy.authorization {
        let mut value = HeaderValue::try_from(authorization.expose())
            .map_err(|error| failed(error.to_string()))?;
        value.set_sensitive(true);
        request.headers_mut().insert(PROXY_AUTHORIZATION, value);
    }
    let (mut sender, connection) = http1::handshake(TokioIo::new(tcp))
        .await
        .map_err(|error| failed(error.to_string()))?;
    let _driver = AbortOnDropHandle::new(tokio::spawn(connection.with_upgrades()));
    let response = sender
        .send_request(request)
        .await
        .map_err(|error| failed(error.to_string()))?;
    if !response.status().is_success() {
        return Err(failed(format!(
            "it answers with status {}",
            response.status().as_u16()
        )));
    }
    let upgraded = hyper::upgrade::on(response)
        .await
        .map_err(|error| failed(error.to_string()))?;
    let parts = upgraded
        .downcast::<TokioIo<TcpStream>>()
        .map_err(|_| failed("an unknown stream".to_owned()))?;
    if !parts.read_buf.is_empty() {
        return Err(failed("it speaks before it is spoken to".to_owned()));
    }
    Ok(parts.io.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let addresses = ["[::1]:1", "[::2]:1", "1.1.1.1:1", "[::3]:1"]
            .map(|text| text.parse().expect("an address"));
        let mixed: Vec<String> = alternate(addresses.to_vec())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(mixed, ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]);
    }

    #[test]
    fn a_url_is_taken_apart() {
        let target = Target::parse("wss://api.example/v1/responses?x=1").expect("a URL");
        assert_eq!(
            (target.authority().as_str(), target.path.as_str()),
            ("api.example", "/v1/responses?x=1")
        );
        let target = Target::parse("http://[::1]:8080/x").expect("a URL");
        assert_eq!(
            (
                target.authority().as_str(),
                target.host.as_str(),
                target.tls
            ),
            ("[::1]:8080", "::1", false)
        );
        assert!(Target::parse("ftp://x").is_err() && Target::parse("x").is_err());
    }
}
