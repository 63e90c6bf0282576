//! Who may ask over a socket: programs of this machine that speak to it by its own name, no web page, and from the network
//! only who knows the token.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use hyper::{Request, StatusCode, Uri};
use subtle::ConstantTimeEq;

/// What a browser says of where a request comes from; nobody else says it.
const FETCH_SITE: &str = "sec-fetch-site";

/// A secret that each request has to show. It is never printed.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A token; none where it is empty, or cannot stand in a header.
    pub fn new(token: &str) -> Option<Self> {
        let is_visible = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        is_visible.then(|| Self(token.to_owned()))
    }

    /// In a time that does not tell how much of it is right.
    fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Who is let in.
#[derive(Debug, Clone)]
pub(crate) enum Access {
    /// This process itself.
    Pipe,
    /// A socket.
    Socket {
        /// Whether only this machine reaches it.
        is_loopback: bool,
        token: Option<Token>,
    },
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Denied {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

impl Access {
    /// Decides about a request by its head.
    pub(crate) fn check<B>(&self, request: &Request<B>) -> Result<(), Denied> {
        let headers = request.headers();
        if is_from_a_page(headers) {
            return Err(Denied {
                status: StatusCode::FORBIDDEN,
                code: "origin_not_allowed",
                message: "web pages are not served",
            });
        }
        let Self::Socket { is_loopback, token } = self else {
            return Ok(());
        };
        // A page may give this machine's address another name, and then asks without naming its own.
        if *is_loopback && !names_this_machine(request.uri(), headers) {
            return Err(Denied {
                status: StatusCode::FORBIDDEN,
                code: "host_not_allowed",
                message: "only localhost is served by that name",
            });
        }
        match token {
            Some(token) if !shows(headers, token) => Err(Denied {
                status: StatusCode::UNAUTHORIZED,
                code: "invalid_api_key",
                message: "the token is missing or wrong",
            }),
            _ => Ok(()),
        }
    }
}

/// Browsers name the page that asks, or where it is from, and nobody else does: no page may use an engine that has read the
/// user's code.
fn is_from_a_page(headers: &HeaderMap) -> bool {
    let sites = headers.get_all(FETCH_SITE);
    headers.contains_key(ORIGIN) || sites.iter().any(|site| site != "none")
}

/// Whether the one host that is named, and the one of an absolute address, is this machine.
fn names_this_machine(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let is_named = host.to_str().is_ok_and(is_this_machine);
    is_named
        && uri
            .authority()
            .is_none_or(|named| is_this_machine(named.as_str()))
}

/// A host with or without a port.
fn is_this_machine(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => (address, port),
        None => match host.split_once(':') {
            Some((name, _)) => (name, &host[name.len()..]),
            None => (host, ""),
        },
    };
    let is_port = |port: &str| {
        let digits = port.strip_prefix(':');
        digits.is_some_and(|digits| digits.parse::<u16>().is_ok())
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_local =
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(is_loopback);
    is_local && (port.is_empty() || is_port(port))
}

fn shows(headers: &HeaderMap, token: &Token) -> bool {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let (Some(given), None) = (given.next(), given.next()) else {
        return false;
    };
    let bytes = given.as_bytes();
    let (scheme, rest) = bytes.split_at(bytes.len().min("bearer ".len()));
    scheme.eq_ignore_ascii_case(b"bearer ") && token.is(rest.trim_ascii())
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Whether only this machine reaches all of these addresses.
pub(crate) fn are_loopback(addresses: &[SocketAddr]) -> bool {
    addresses.iter().all(|address| is_loopback(address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for host in [
            "localhost",
            "LocalHost:8080",
            "localhost.",
            "127.0.0.1",
            "127.0.0.1:1",
            "127.8.9.1:65535",
            "[::1]",
            "[::1]:8080",
            "[::ffff:127.0.0.1]:80",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "127.0.0.1@evil.example",
            "localhost:x",
            "localhost:80:80",
            "0.0.0.0",
            "192.168.1.2",
            "[::]",
            "[::1]x",
            "[::1",
            "::1",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }

    #[test]
    fn tokens_are_not_printed_and_compared_whole() {
        let token = Token::new("s3cret").unwrap();
        assert!(!format!("{token:?}").contains("s3cret"));
        assert!(token.is(b"s3cret"));
        for wrong in ["", "s", "s3cre", "s3crets", "S3CRET"] {
            assert!(!token.is(wrong.as_bytes()));
        }
        for none in ["", " ", "a b", "ä", "a\n"] {
            assert!(Token::new(none).is_none());
        }
    }
}
