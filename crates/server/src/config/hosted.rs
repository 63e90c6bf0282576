//! The model client that a configured model means: a profile, with the user's own settings over it.

use std::collections::BTreeMap;

use firesteel_config::{Config, Model, Quirks, Role, Transport};
use firesteel_model::{
    Client, Endpoint, KeyCommand, Kind, Network, Options, Preset, Profile, Route, Secret, Spec,
    Timeouts,
};

/// The profile of a URL without one.
const CUSTOM: &str = "custom";
/// The profile of the public API.
const OPENAI: &str = "openai";

/// A hosted model as it is configured.
#[derive(Clone, Debug)]
pub struct Hosted {
    profile: Profile,
    endpoint: Endpoint,
    key_command: Option<KeyCommand>,
    timeouts: Timeouts,
}

impl Hosted {
    /// The hosted model of a configuration: the one that completes; none when that is the embedded engine.
    pub fn of(config: &Config) -> Option<Self> {
        let (_, model) = config.first_model(Role::Complete)?;
        Self::of_model(model)
    }

    /// The model that gives second readings.
    pub fn deep_of(config: &Config) -> Option<Self> {
        config.roles.review.as_ref()?;
        let (_, model) = config.first_model(Role::Review)?;
        Self::of_model(model)
    }

    fn of_model(model: &Model) -> Option<Self> {
        let url = model.url.as_ref().map(|url| url.as_str());
        let by_url = |url: &str| if is_openai(url) { OPENAI } else { CUSTOM };
        let preset = model.preset.as_ref().map(|preset| preset.as_str());
        let mut profile = Profile::named(preset.or(url.map(by_url))?)?;
        set(&mut profile.url, url.map(websocket_url));
        set(&mut profile.model, model.name.clone().map(String::from));
        set(
            &mut profile.key_variable,
            model.key_env.clone().map(String::from),
        );
        profile.headers.extend(exposed(&model.headers));
        profile.query.extend(exposed(&model.query));
        let own_or = |own: &Option<String>, preset: Option<String>| {
            own.clone().or(preset).filter(|text| !text.is_empty())
        };
        profile.effort = own_or(&model.effort, profile.effort);
        profile.service_tier = own_or(&model.service_tier, profile.service_tier);
        profile.take(&quirks(model));
        let mut endpoint = profile.endpoint(|name| std::env::var(name).ok());
        if let Endpoint::Socket { key, .. } = &mut endpoint {
            let own = model.key.as_ref().map(|key| Secret::new(key.expose()));
            *key = own.or(key.take()).filter(|_| model.key_command.is_none());
        }
        let words = model
            .key_command
            .as_ref()
            .map(|command| command.words().to_vec());
        Some(Self {
            profile,
            endpoint,
            key_command: words.and_then(KeyCommand::new),
            timeouts: timeouts(model),
        })
    }

    /// All that makes a model of it.
    pub fn spec(&self) -> Spec {
        let profile = self.profile.clone();
        let (url, headers, key) = match self.endpoint.clone() {
            Endpoint::Socket { url, headers, key } => (url, headers, key),
            Endpoint::Pipe(_) => Default::default(),
        };
        Spec {
            preset: Preset {
                url,
                name: profile.model,
                fim: Some(Kind::Responses),
                chat: Some(Kind::Responses),
                effort: profile.effort,
                tier: profile.service_tier,
                store: profile.store,
                headers: headers.into_iter().collect(),
                drops: profile.drops,
                context_tokens: profile.context_tokens,
                usable_percent: profile.usable_percent,
                lanes: profile.lanes,
                interrupt: profile.interrupt,
                continuation: profile.continuation,
                reuse: profile.reuse,
                sockets: profile.sockets,
                transport: profile.transport,
                ..Preset::default()
            },
            key,
            key_command: self.key_command.clone(),
            timeouts: self.timeouts.clone(),
            network: Network::from_environment(|name| std::env::var(name).ok()),
            ..Spec::default()
        }
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

fn exposed(table: &BTreeMap<String, firesteel_config::Secret>) -> BTreeMap<String, String> {
    let pair = |(name, value): (&String, &firesteel_config::Secret)| {
        (name.clone(), value.expose().to_owned())
    };
    table.iter().map(pair).collect()
}

fn timeouts(model: &Model) -> Timeouts {
    let mut timeouts = Timeouts::default();
    let fields = [
        (&mut timeouts.connect, model.connect_timeout_ms),
        (&mut timeouts.keystroke, model.suggest_timeout_ms),
        (&mut timeouts.first_event, model.first_token_timeout_ms),
        (&mut timeouts.next_event, model.idle_timeout_ms),
    ];
    for (field, own) in fields {
        *field = own.map_or(*field, |own| own.duration());
    }
    timeouts
}

fn quirks(model: &Model) -> firesteel_model::Quirks {
    let Quirks {
        transport,
        lanes,
        sockets,
        interrupt,
        continuation,
        reuse,
        store,
        drops,
        usable_percent,
    } = model.quirks.clone();
    firesteel_model::Quirks {
        transport: transport.map(|transport| match transport {
            Transport::Auto => Route::Auto,
            Transport::Websocket => Route::Websocket,
            Transport::Http => Route::Http,
        }),
        lanes: lanes.map(|lanes| lanes.get() as usize),
        sockets: sockets.map(|sockets| sockets.get() as usize),
        interrupt,
        continuation,
        reuse,
        store,
        drops,
        context_tokens: model.context_tokens.map(|tokens| tokens.get()),
        usable_percent: usable_percent.map(|percent| percent.get()),
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
    use firesteel_config::Layer;
    use serde_json::{Value, json};

    use super::*;

    fn config(values: Value) -> Config {
        crate::config::load(&[Layer::trusted("test", values)]).config
    }

    fn hosted(values: Value) -> Option<Hosted> {
        Hosted::of(&config(values))
    }

    #[test]
    fn nothing_is_hosted_until_a_preset_or_a_url_says_so() {
        assert!(hosted(json!({})).is_none());
        assert!(hosted(json!({"model.name": "m"})).is_none());
        assert!(hosted(json!({"model.preset": "no such"})).is_none());
    }

    #[test]
    fn settings_go_over_the_profile() {
        let spark = hosted(json!({"model.preset": "spark"})).unwrap();
        assert_eq!(spark.model(), "gpt-5.3-codex-spark");
        let own = json!({"model": {"url": "https://api.openai.com/v1", "name": "gpt-6-luna"}});
        let own = hosted(own).unwrap();
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
    fn every_field_of_a_model_reaches_the_client() {
        let own = json!({"model": {
            "url": "ws://127.0.0.1:1/v1", "key": "sk", "headers": {"a": "b"}, "query": {"c": "d"}, "effort": "", "service_tier": "t",
            "context_tokens": 4096, "connect_timeout_ms": 1, "suggest_timeout_ms": 2, "first_token_timeout_ms": 3, "idle_timeout_ms": 4,
            "quirks": {"transport": "http", "lanes": 5, "sockets": 6, "store": true, "drops": ["store"], "usable_percent": 50},
        }});
        let own = hosted(own).unwrap();
        let profile = &own.profile;
        assert_eq!(
            (profile.headers["a"].as_str(), profile.query["c"].as_str()),
            ("b", "d")
        );
        assert_eq!(
            (profile.effort.as_deref(), profile.service_tier.as_deref()),
            (None, Some("t"))
        );
        assert_eq!(
            (profile.prompt_tokens(), profile.transport),
            (Some(2048), Route::Http)
        );
        assert_eq!(
            (profile.lanes, profile.sockets, profile.store),
            (5, 6, Some(true))
        );
        let timeouts = &own.timeouts;
        let waits = [
            timeouts.connect,
            timeouts.keystroke,
            timeouts.first_event,
            timeouts.next_event,
        ];
        assert_eq!(waits.map(|wait| wait.as_millis()), [1, 2, 3, 4]);
        assert!(own.has_key());
    }

    #[test]
    fn the_old_settings_of_the_slower_model_work() {
        let deep = |mut values: Value| {
            values["model"] = json!({"preset": "openai-ultrafast", "key": "of the hosted model"});
            Hosted::deep_of(&config(values))
        };
        assert!(deep(json!({})).is_none());
        let same = deep(json!({"deep.name": "slow"})).unwrap();
        let effort = same.profile.effort.as_deref();
        assert_eq!((same.model(), effort), ("slow", Some("high")));
        assert!(same.has_key() && same.profile.service_tier.is_none());
        let elsewhere = deep(json!({"deep.name": "slow", "deep.url": "ws://127.0.0.1:1/v1"}));
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
