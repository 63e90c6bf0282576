//! All that makes one configured model: a preset with the user's settings over it, its key, and what lies between.

use crate::learned::Learnings;
use crate::options::Timeouts;
use crate::preset::Preset;
use crate::secret::Secret;
use crate::sent::SentLog;
use crate::transport::key::KeyCommand;
use crate::transport::network::Network;

/// The header that names the account beside a token.
const ACCOUNT_HEADER: &str = "ChatGPT-Account-ID";

/// All that makes one configured model.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    /// The preset's name, for messages.
    pub preset_name: String,
    /// The preset with the user's settings over it.
    pub preset: Preset,
    /// The key, where it is given.
    pub key: Option<Secret>,
    /// What writes the key.
    pub key_command: Option<KeyCommand>,
    /// How long each wait may last.
    pub timeouts: Timeouts,
    /// What lies between here and the endpoint.
    pub network: Network,
    /// What placeholders in headers stand for.
    pub identity: Identity,
    /// Whether the first connection is dialled at the first question instead of at once.
    pub lazy: bool,
    /// Where what endpoints have taught is kept; the process's own unless a test says otherwise.
    pub learnings: Learnings,
    /// Where what is sent is noted.
    pub sent: SentLog,
}

/// Who asks, as hashes: stable, and nothing personal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    session: String,
    workspace: String,
    user: String,
}

impl Spec {
    /// A built-in preset, with key, account and address out of the environment, by a lookup such as
    /// `|name| std::env::var(name).ok()`.
    pub fn named(preset: &str, lookup: impl Fn(&str) -> Option<String>) -> Option<Spec> {
        Preset::named(preset).map(|found| Spec::new(preset, found, lookup))
    }

    /// A preset with settings over it. What the settings leave empty is looked up in the environment.
    pub fn new(name: &str, mut preset: Preset, lookup: impl Fn(&str) -> Option<String>) -> Spec {
        let find = |name: &str| lookup(name).filter(|value| !name.is_empty() && !value.is_empty());
        let built_in = Preset::named(name).unwrap_or_default();
        if preset.url == built_in.url
            && let Some(address) = find(&preset.url_variable)
        {
            preset.url = address_of(&address, &built_in);
        }
        if let Some(account) = find(&preset.account_variable) {
            preset.headers.insert(ACCOUNT_HEADER.to_owned(), account);
        }
        Spec {
            preset_name: name.to_owned(),
            key: find(&preset.key_variable).map(Secret::new),
            preset,
            ..Spec::default()
        }
    }
}

/// An address as servers take it in their environment: with or without scheme and port, and `0.0.0.0` for all of this
/// machine's own.
fn address_of(address: &str, preset: &Preset) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let rest = rest.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() && !host.ends_with(':') => {
            (host, Some(port))
        }
        _ => (rest, None),
    };
    let host = match host {
        "" | "0.0.0.0" | "[::]" | "::" => "127.0.0.1",
        host => host,
    };
    match (port, preset.ports.first()) {
        (Some(port), _) => format!("{scheme}://{host}:{port}"),
        (None, Some(port)) if scheme == "http" => format!("{scheme}://{host}:{port}"),
        (None, _) => format!("{scheme}://{host}"),
    }
}

impl Identity {
    /// Of a workspace and a user, whatever names them.
    pub fn of(workspace: &str, user: &str) -> Self {
        Identity {
            session: hash(&[user, workspace]),
            workspace: hash(&[workspace]),
            user: hash(&[user]),
        }
    }

    /// A header's value with its placeholders filled in.
    pub(crate) fn fill(&self, value: &str) -> String {
        value
            .replace("{session}", &self.session)
            .replace("{workspace}", &self.workspace)
            .replace("{user}", &self.user)
    }
}

/// FNV-1a of two halves: the same in every process and version, and the names cannot be read back from it.
fn hash(parts: &[&str]) -> String {
    let half = |seed: u64| {
        let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
        bytes.fold(seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    };
    format!(
        "{:016x}",
        half(0xcbf2_9ce4_8422_2325).rotate_left(32) ^ half(0x6c62_272e_07bb_0142)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_environment_is_completed() {
        let cases = [
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:8000", "http://127.0.0.1:8000"),
            (":8000", "http://127.0.0.1:8000"),
            ("box.example", "http://box.example:11434"),
            ("https://box.example/", "https://box.example"),
            ("http://[::]:11434", "http://127.0.0.1:11434"),
            ("[::1]:11434", "http://[::1]:11434"),
        ];
        for (given, expected) in cases {
            let lookup = |name: &str| (name == "OLLAMA_HOST").then(|| given.to_owned());
            let spec = Spec::named("ollama", lookup).expect("a preset");
            assert_eq!(spec.preset.url, expected, "{given}");
        }
        let set = Preset {
            url: "http://mine:1".to_owned(),
            ..Preset::named("ollama").expect("a preset")
        };
        assert_eq!(
            Spec::new("ollama", set, |_| Some("x".to_owned()))
                .preset
                .url,
            "http://mine:1"
        );
    }

    #[test]
    fn placeholders_are_stable_hashes() {
        let identity = Identity::of("/home/me/project", "me");
        let filled = identity.fill("a {session} {user} {workspace}");
        assert_eq!(
            filled,
            Identity::of("/home/me/project", "me").fill("a {session} {user} {workspace}")
        );
        assert!(!filled.contains("me") && !filled.contains('{'), "{filled}");
        assert_ne!(
            identity.fill("{session}"),
            Identity::of("/home/me/other", "me").fill("{session}")
        );
        assert_eq!(
            identity.fill("{user}"),
            Identity::of("/home/me/other", "me").fill("{user}")
        );
    }
}
