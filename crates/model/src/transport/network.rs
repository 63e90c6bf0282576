//! What lies between here and an endpoint: proxies and certificates, the same for every transport.

use std::net::IpAddr;
use std::path::PathBuf;

use data_encoding::BASE64;
use url::Url;

use crate::secret::Secret;

/// What lies between here and an endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// The proxies in use.
    pub proxies: Proxies,
    /// Certificates to trust beyond the machine's own, as a PEM file.
    pub ca_file: Option<PathBuf>,
}

/// Which proxy is for which endpoint. The endpoints of this machine are always reached directly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    https: Option<Secret>,
    http: Option<Secret>,
    /// Hosts that are reached directly: a name with all below it, an address, or `*`; with a port if
    /// only that port is meant.
    direct: Vec<String>,
}

/// A proxy to go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The value of `Proxy-Authorization`.
    pub(crate) authorization: Option<Secret>,
}

impl Network {
    /// Reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not, by a lookup such
    /// as `|name| std::env::var(name).ok()`.
    pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let find = |name: &str| {
            let value = lookup(&name.to_lowercase()).or_else(|| lookup(name));
            value.filter(|value| !value.is_empty())
        };
        let all = find("ALL_PROXY");
        let proxies = Proxies {
            https: find("HTTPS_PROXY").or_else(|| all.clone()).map(Secret::new),
            http: find("HTTP_PROXY").or(all).map(Secret::new),
            direct: find("NO_PROXY")
                .map(|list| hosts(&list))
                .unwrap_or_default(),
        };
        Network {
            proxies,
            ca_file: None,
        }
    }
}

fn hosts(list: &str) -> Vec<String> {
    list.split(',')
        .map(|host| host.trim().to_lowercase())
        .filter(|host| !host.is_empty())
        .collect()
}

impl Proxies {
    /// The proxy for an endpoint; an error when what is configured is none.
    pub(crate) fn of(&self, host: &str, port: u16, tls: bool) -> Result<Option<Proxy>, String> {
        let url = if tls { &self.https } else { &self.http };
        match url {
            Some(url) if !self.is_direct(host, port) => Proxy::parse(url.expose()).map(Some),
            _ => Ok(None),
        }
    }

    fn is_direct(&self, host: &str, port: u16) -> bool {
        let host = host.to_lowercase();
        if host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
        {
            return true;
        }
        self.direct.iter().any(|rule| {
            let (name, only) = match rule.rsplit_once(':') {
                Some((name, digits)) if !name.contains(':') => (name, digits.parse().ok()),
                _ => (rule.as_str(), None),
            };
            let name = name.trim_start_matches("*.").trim_start_matches('.');
            let below = || {
                host.strip_suffix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            only.is_none_or(|only: u16| only == port) && (name == "*" || below())
        })
    }
}

impl Proxy {
    fn parse(url: &str) -> Result<Self, String> {
        let url = if url.contains("://") {
            url.to_owned()
        } else {
            format!("http://{url}")
        };
        let parsed = Url::parse(&url).map_err(|_| "the proxy's URL cannot be read".to_owned())?;
        if parsed.scheme() != "http" {
            return Err(format!(
                "a proxy of the kind {} is not supported, only http",
                parsed.scheme()
            ));
        }
        let host = parsed
            .host_str()
            .ok_or("the proxy's URL names no host")?
            .trim_matches(['[', ']'])
            .to_owned();
        let authorization = (!parsed.username().is_empty()).then(|| {
            let pair = format!(
                "{}:{}",
                decoded(parsed.username()),
                decoded(parsed.password().unwrap_or_default())
            );
            Secret::new(format!("Basic {}", BASE64.encode(pair.as_bytes())))
        });
        Ok(Proxy {
            host,
            port: parsed.port().unwrap_or(80),
            authorization,
        })
    }
}

/// Undoes the `%` escapes of a URL's name or password.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = (first == b'%').then(|| after.get(..2)).flatten();
        let value =
            escape.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(value.unwrap_or(first));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(pairs: &[(&str, &str)]) -> Network {
        Network::from_environment(|name| {
            pairs
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_chooses_the_proxy() {
        let proxies = network(&[
            ("HTTPS_PROXY", "http://me:p%40ss@proxy.example:3128"),
            ("http_proxy", "plain.example"),
            (
                "NO_PROXY",
                "inner.example, .below.example,10.0.0.1,only.example:8443",
            ),
        ])
        .proxies;
        let through = |host, port, tls| {
            proxies
                .of(host, port, tls)
                .expect("proxies that can be read")
        };
        let proxy = through("api.example", 443, true).expect("a proxy");
        assert_eq!((proxy.host.as_str(), proxy.port), ("proxy.example", 3128));
        assert_eq!(proxy.authorization, Some(Secret::new("Basic bWU6cEBzcw==")));
        assert_eq!(
            through("api.example", 80, false).map(|proxy| proxy.port),
            Some(80)
        );
        for direct in [
            "localhost",
            "127.0.0.1",
            "::1",
            "inner.example",
            "a.inner.example",
            "x.below.example",
            "10.0.0.1",
        ] {
            assert_eq!(through(direct, 443, true), None, "{direct}");
        }
        assert!(through("notinner.example", 443, true).is_some());
        assert!(through("only.example", 443, true).is_some());
        assert!(through("only.example", 8443, true).is_none());
    }

    #[test]
    fn an_unusable_proxy_is_told() {
        let proxies = network(&[("ALL_PROXY", "socks5://proxy.example")]).proxies;
        assert!(proxies.of("api.example", 443, true).is_err());
    }
}
