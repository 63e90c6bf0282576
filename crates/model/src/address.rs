//! Where the routes of an endpoint are, from what the user has set: its root, a version of its API, or a whole route.

use std::collections::BTreeMap;

use url::Url;

/// The ends of routes by which a whole route is known; of two that match, the longer comes first.
const TAILS: [&str; 9] = [
    "chat/completions",
    "fim/completions",
    "edit/completions",
    "completions",
    "responses",
    "messages",
    "infill",
    "api/generate",
    "models",
];

/// A route below an endpoint's root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path<'a> {
    /// Below the version of the API, such as `/v1`.
    Versioned(&'a str),
    /// Below the root itself.
    Plain(&'a str),
}

/// An endpoint's address.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    whole: Url,
    /// The path without a known route at its end and without a slash there.
    root: String,
    /// That route.
    tail: Option<&'static str>,
    query: BTreeMap<String, String>,
}

impl Address {
    /// Reads what the user has set; none when that is no URL.
    pub(crate) fn new(url: &str, query: &BTreeMap<String, String>) -> Option<Self> {
        let whole = Url::parse(url).ok().filter(Url::has_host)?;
        let path = whole.path().trim_end_matches('/');
        let tail = TAILS.iter().copied().find(|tail| ends_with(path, tail));
        let root = tail.map_or(path, |tail| {
            path[..path.len() - tail.len()].trim_end_matches('/')
        });
        Some(Address {
            root: root.to_owned(),
            tail,
            query: query.clone(),
            whole,
        })
    }

    /// The URL of a route.
    pub(crate) fn of(&self, path: Path<'_>) -> String {
        let mut url = self.whole.clone();
        match path {
            Path::Versioned(tail) | Path::Plain(tail) if self.tail == Some(tail) => {}
            Path::Versioned(tail) if has_version(&self.root) => {
                url.set_path(&format!("{}/{tail}", self.root))
            }
            Path::Versioned(tail) => url.set_path(&format!("{}/v1/{tail}", self.root)),
            Path::Plain(tail) => url.set_path(&format!("{}/{tail}", without_version(&self.root))),
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url.into()
    }

    /// The host, for messages.
    pub(crate) fn host(&self) -> &str {
        self.whole.host_str().unwrap_or_default()
    }

    /// Host and port, for messages.
    pub(crate) fn authority(&self) -> String {
        match self.whole.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// The port, where it is not the scheme's own.
    pub(crate) fn port(&self) -> Option<u16> {
        self.whole.port()
    }

    /// Whether it is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.whole.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

fn ends_with(path: &str, tail: &str) -> bool {
    path.strip_suffix(tail)
        .is_some_and(|rest| rest.ends_with('/'))
}

/// Whether a path names a version of an API: `/v1`, `/v1beta/openai`, `/beta`.
fn has_version(path: &str) -> bool {
    path.split('/').any(is_version)
}

fn is_version(segment: &str) -> bool {
    let digits = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit());
    segment == "beta" || segment.strip_prefix('v').is_some_and(digits)
}

fn without_version(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((root, last)) if is_version(last) => root,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_found_from_whatever_the_user_sets() {
        let cases = [
            (
                "http://h:1",
                "http://h:1/v1/completions",
                "http://h:1/infill",
            ),
            (
                "http://h:1/",
                "http://h:1/v1/completions",
                "http://h:1/infill",
            ),
            (
                "http://h:1/v1",
                "http://h:1/v1/completions",
                "http://h:1/infill",
            ),
            (
                "http://h:1/v1/",
                "http://h:1/v1/completions",
                "http://h:1/infill",
            ),
            (
                "http://h:1/v1/completions",
                "http://h:1/v1/completions",
                "http://h:1/infill",
            ),
            (
                "http://h:1/v1/chat/completions",
                "http://h:1/v1/completions",
                "http://h:1/infill",
            ),
            (
                "http://h:1/infill",
                "http://h:1/v1/completions",
                "http://h:1/infill",
            ),
            (
                "http://h:1/x/v1",
                "http://h:1/x/v1/completions",
                "http://h:1/x/infill",
            ),
            (
                "http://h:1/x",
                "http://h:1/x/v1/completions",
                "http://h:1/x/infill",
            ),
            (
                "http://h:1/beta",
                "http://h:1/beta/completions",
                "http://h:1/infill",
            ),
            (
                "http://h:1/completions",
                "http://h:1/completions",
                "http://h:1/infill",
            ),
            (
                "http://h/v1beta/openai",
                "http://h/v1beta/openai/completions",
                "http://h/v1beta/openai/infill",
            ),
            (
                "http://h:1/mycompletions",
                "http://h:1/mycompletions/v1/completions",
                "http://h:1/mycompletions/infill",
            ),
        ];
        for (url, completions, infill) in cases {
            let address = Address::new(url, &BTreeMap::new()).expect("a URL");
            assert_eq!(
                address.of(Path::Versioned("completions")),
                completions,
                "{url}"
            );
            assert_eq!(address.of(Path::Plain("infill")), infill, "{url}");
        }
        assert!(Address::new("", &BTreeMap::new()).is_none());
        assert!(Address::new("mailto:x", &BTreeMap::new()).is_none());
        let query = BTreeMap::from([("api-version".to_owned(), "v1".to_owned())]);
        let address = Address::new("https://h?a=b", &query).expect("a URL");
        assert_eq!(
            address.of(Path::Versioned("models")),
            "https://h/v1/models?a=b&api-version=v1"
        );
    }
}
