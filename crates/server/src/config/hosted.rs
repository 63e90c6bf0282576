//! The hosted model that a configuration means: a profile, with the user's own settings over it.

use firesteel_model::{Client, Endpoint, KeyCommand, Network, Options, Profile, Timeouts};

use super::{Config, Model};

/// The profile of a URL without one.
const CUSTOM: &str = "custom";
/// The profile of the public API.
const OPENAI: &str = "openai";
/// The effort asked of the slower model.
const DEEP_EFFORT: &str = "high";

/// A hosted model as it is configured.
#[derive(Clone, Debug)]
pub struct Hosted {
    profile: Profile,
    endpoint: Endpoint,
    key_command: Option<KeyCommand>,
    timeouts: Timeouts,
}

impl Hosted {
    /// The hosted model of a configuration; none when neither a profile nor a URL is set.
    pub fn of(config: &Config) -> Option<Self> {
        Self::of_model(&config.model)
    }

    /// The slower model of a configuration: another model at the same endpoint, or at one of its own.
    pub fn deep_of(config: &Config) -> Option<Self> {
        let deep = &config.deep;
        let is_elsewhere = deep.profile.is_some() || deep.url.is_some();
        let base = match is_elsewhere {
            // The key and the headers of one endpoint are no business of another.
            true => Model {
                profile: deep.profile.clone(),
                url: deep.url.clone(),
                ..Model::default()
            },
            false => config.model.clone(),
        };
        let mut hosted = Self::of_model(&Model {
            name: Some(deep.name.clone()?),
            key_env: deep.key_env.clone().or(base.key_env.clone()),
            effort: deep.effort.clone().or(Some(DEEP_EFFORT.to_owned())),
            ..base
        })?;
        // What a fast tier serves is the fast model.
        hosted.profile.service_tier = None;
        Some(hosted)
    }

    fn of_model(model: &Model) -> Option<Self> {
        let by_url = |url: &String| if is_openai(url) { OPENAI } else { CUSTOM };
        let name = model
            .profile
            .as_deref()
            .or(model.url.as_ref().map(by_url))?;
        let mut profile = Profile::named(name)?;
        set(&mut profile.url, model.url.as_deref().map(websocket_url));
        set(&mut profile.model, model.name.clone());
        set(&mut profile.key_variable, model.key_env.clone());
        profile.headers.extend(model.headers.clone());
        profile.query.extend(model.query.clone());
        profile.effort = model
            .effort
            .clone()
            .or(profile.effort)
            .filter(|effort| !effort.is_empty());
        profile.service_tier = model.service_tier.clone().or(profile.service_tier);
        profile.take(&model.quirks);
        let mut endpoint = profile.endpoint(|name| std::env::var(name).ok());
        if let Endpoint::Socket { key, .. } = &mut endpoint {
            *key = model.key.clone().or(key.take());
            *key = key.take().filter(|_| model.key_command.is_none());
        }
        Some(Self {
            profile,
            endpoint,
            key_command: model.key_command.clone(),
            timeouts: model.timeouts.clone(),
        })
    }

    /// A client of it, which begins to connect.
    pub fn connect(&self) -> Client {
        let options = Options {
            key_command: self.key_command.clone(),
            timeouts: self.timeouts.clone(),
            network: Network::from_environment(|name| std::env::var(name).ok()),
            ..Options::for_profile(self.profile.clone())
        };
        Client::new(self.endpoint.clone(), options)
    }

    /// The model's name on the wire.
    pub fn model(&self) -> &str {
        &self.profile.model
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.profile.url
    }

    /// The environment variable that the key is read from.
    pub fn key_variable(&self) -> &str {
        &self.profile.key_variable
    }

    /// The program that the key is asked of.
    pub fn key_program(&self) -> Option<&str> {
        self.key_command.as_ref().map(KeyCommand::program)
    }

    /// Whether there is a key, as far as that is known without asking for it.
    pub fn has_key(&self) -> bool {
        self.key_command.is_some()
            || matches!(&self.endpoint, Endpoint::Socket { key: Some(_), .. })
    }
}

fn set(field: &mut String, value: Option<String>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn is_openai(url: &str) -> bool {
    let url = url::Url::parse(url).ok();
    url.is_some_and(|url| url.host_str() == Some("api.openai.com"))
}

/// The WebSocket of a base URL: `https://host/v1` is served at `wss://host/v1/responses`.
fn websocket_url(base: &str) -> String {
    let (base, query) = match base.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (base, String::new()),
    };
    let base = base.trim_end_matches('/');
    let socket = match base.strip_prefix("http") {
        Some(rest) => format!("ws{rest}"),
        None => base.to_owned(),
    };
    match socket.ends_with("/responses") {
        true => format!("{socket}{query}"),
        false => format!("{socket}/responses{query}"),
    }
}

#[cfg(test)]
mod tests {
    use firesteel_model::Secret;

    use super::*;

    fn hosted(set: impl Fn(&mut Config)) -> Option<Hosted> {
        let mut config = Config::default();
        set(&mut config);
        Hosted::of(&config)
    }

    #[test]
    fn nothing_is_hosted_until_a_profile_or_a_url_says_so() {
        assert!(hosted(|_| {}).is_none());
        assert!(hosted(|config| config.model.name = Some("m".to_owned())).is_none());
        assert!(hosted(|config| config.model.profile = Some("no such".to_owned())).is_none());
    }

    #[test]
    fn settings_go_over_the_profile() {
        let spark = hosted(|config| config.model.profile = Some("spark".to_owned())).unwrap();
        assert_eq!(spark.model(), "gpt-5.3-codex-spark");
        let own = hosted(|config| {
            config.model.url = Some("https://api.openai.com/v1".to_owned());
            config.model.name = Some("gpt-6-luna".to_owned());
        });
        let own = own.unwrap();
        assert_eq!(own.url(), "wss://api.openai.com/v1/responses");
        assert_eq!(
            (own.model(), own.key_variable()),
            ("gpt-6-luna", "OPENAI_API_KEY")
        );
        assert!(
            own.profile.headers.contains_key("OpenAI-Beta"),
            "the public API has its profile"
        );
    }

    #[test]
    fn the_slower_model_is_another_one_at_the_same_endpoint_or_elsewhere() {
        let deep = |set: &dyn Fn(&mut Config)| {
            let mut config = Config::default();
            config.model.profile = Some("openai-ultrafast".to_owned());
            config.model.key = Some(Secret::new("of the hosted model".to_owned()));
            set(&mut config);
            Hosted::deep_of(&config)
        };
        assert!(deep(&|_| {}).is_none());
        let same = deep(&|config| config.deep.name = Some("slow".to_owned())).unwrap();
        let effort = same.profile.effort.as_deref();
        assert_eq!((same.model(), effort), ("slow", Some("high")));
        assert!(same.has_key() && same.profile.service_tier.is_none());
        let elsewhere = deep(&|config| {
            config.deep.name = Some("slow".to_owned());
            config.deep.url = Some("ws://127.0.0.1:1/v1".to_owned());
        });
        let elsewhere = elsewhere.unwrap();
        assert_eq!(elsewhere.url(), "ws://127.0.0.1:1/v1/responses");
        assert!(!elsewhere.has_key(), "a key goes to its own endpoint only");
    }

    #[test]
    fn base_urls_become_websockets() {
        let cases = [
            (
                "https://api.openai.com/v1",
                "wss://api.openai.com/v1/responses",
            ),
            (
                "http://127.0.0.1:8080/v1/",
                "ws://127.0.0.1:8080/v1/responses",
            ),
            ("wss://host/v1/responses?a=b", "wss://host/v1/responses?a=b"),
        ];
        for (base, expected) in cases {
            assert_eq!(websocket_url(base), expected);
        }
    }
}
