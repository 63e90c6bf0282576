//! What a configured model is to the crate that reaches it: a preset with the user's own settings over it.

use std::collections::BTreeMap;

use firesteel_config::{Catalog, Model, Transport, Wire};
use firesteel_model::{Identity, KeyCommand, Kind, Network, Preset, Route, Secret, Spec, Timeouts};
use firesteel_prompt::Formats;

/// The format's name that means: by the model's name.
const INFER: &str = "infer";
/// The one that means: no prompt of ours.
const NONE: &str = "none";
/// The preset of a URL without one.
const BARE_URL: &str = "responses";
/// The preset of the public API, whose address many know by heart.
const OPENAI: &str = "openai";
/// Presets that have another name now.
const RENAMED: [(&str, &str); 2] = [("custom", BARE_URL), ("spark", "chatgpt")];

/// The names that a configuration may refer to.
pub fn catalog() -> Catalog {
    let renamed = RENAMED.map(|(old, new)| (old.to_owned(), new.to_owned()));
    Catalog {
        presets: Preset::all().into_keys().collect(),
        formats: { Formats::built_in().iter() }
            .map(|format| format.name().to_owned())
            .chain([INFER.to_owned(), NONE.to_owned()])
            .collect(),
        renamed_presets: renamed.to_vec(),
    }
}

/// All that makes one configured model; none where it is not said where it is. Variables of the environment come from
/// `lookup`, such as `|name| std::env::var(name).ok()`.
pub fn spec(
    model: &Model,
    identity: &Identity,
    lookup: impl Fn(&str) -> Option<String>,
) -> Option<Spec> {
    let url = model.url.as_ref().map(|url| url.as_str());
    let of_url = |url: &str| if is_openai(url) { OPENAI } else { BARE_URL };
    let name = model.preset.as_ref().map(|preset| preset.as_str());
    let name = name.or(url.map(of_url))?;
    let mut preset = Preset::named(name)?;
    if let Some(wire) = model.wire {
        preset.speak(kind(wire));
    }
    if let Some(url) = url {
        preset.url = match preset.chat {
            Some(Kind::Responses) => websocket_url(url),
            _ => url.to_owned(),
        };
    }
    set(
        &mut preset.name,
        model.name.as_ref().map(|name| name.as_str()),
    );
    let variable = model.key_env.as_ref().map(|name| name.as_str());
    set(&mut preset.key_variable, variable);
    let format = model.format.as_ref().map(|format| format.as_str());
    set(&mut preset.format, format.filter(|format| *format != INFER));
    preset.headers.extend(exposed(&model.headers));
    preset.query.extend(exposed(&model.query));
    if let Some(effort) = &model.effort {
        preset.think(effort);
    }
    preset.tier = own_or(model.service_tier.as_ref(), preset.tier);
    quirks(model, &mut preset);
    let mut spec = Spec::new(name, preset, lookup);
    if let Some(key) = &model.key {
        spec.key = Some(Secret::new(key.expose()));
    }
    if let Some(command) = &model.key_command {
        spec.key_command = KeyCommand::new(command.words().to_vec());
        spec.key = None;
    }
    spec.timeouts = timeouts(model);
    spec.network = Network::from_environment(|name| std::env::var(name).ok());
    spec.identity = identity.clone();
    Some(spec)
}

fn set(field: &mut String, own: Option<&str>) {
    if let Some(own) = own {
        own.clone_into(field);
    }
}

/// The user's own word, of which an empty one means none; else the preset's.
fn own_or(own: Option<&String>, preset: Option<String>) -> Option<String> {
    own.cloned().or(preset).filter(|text| !text.is_empty())
}

fn exposed(
    table: &BTreeMap<String, firesteel_config::Secret>,
) -> impl Iterator<Item = (String, String)> {
    let pair = |(name, value): (&String, &firesteel_config::Secret)| {
        (name.clone(), value.expose().to_owned())
    };
    table.iter().map(pair)
}

fn kind(wire: Wire) -> Kind {
    match wire {
        Wire::Responses => Kind::Responses,
        Wire::Completions => Kind::Completions,
        Wire::Infill => Kind::Infill,
        Wire::Ollama => Kind::Ollama,
        Wire::FimChat => Kind::FimChat,
        Wire::Chat => Kind::Chat,
        Wire::Messages => Kind::Messages,
        Wire::Edit => Kind::Edit,
    }
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

fn quirks(model: &Model, preset: &mut Preset) {
    let own = &model.quirks;
    let route = own.transport.map(|transport| match transport {
        Transport::Auto => Route::Auto,
        Transport::Websocket => Route::Websocket,
        Transport::Http => Route::Http,
    });
    preset.transport = route.unwrap_or(preset.transport);
    preset.lanes = own.lanes.map_or(preset.lanes, |lanes| lanes.get() as usize);
    preset.sockets = { own.sockets }.map_or(preset.sockets, |sockets| sockets.get() as usize);
    preset.interrupt = own.interrupt.unwrap_or(preset.interrupt);
    preset.continuation = own.continuation.unwrap_or(preset.continuation);
    preset.reuse = own.reuse.unwrap_or(preset.reuse);
    preset.store = own.store.or(preset.store);
    if let Some(drops) = &own.drops {
        preset.drops.clone_from(drops);
    }
    let percent = own.usable_percent.map(|percent| percent.get());
    preset.usable_percent = percent.unwrap_or(preset.usable_percent);
    let tokens = model.context_tokens.map(|tokens| tokens.get());
    preset.context_tokens = tokens.or(preset.context_tokens);
}

fn is_openai(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', '?', ':']).next().unwrap_or_default();
    host.eq_ignore_ascii_case("api.openai.com")
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
    use firesteel_config::{Layer, Loaded};
    use serde_json::{Value, json};

    use super::*;

    fn load(values: Value) -> Loaded {
        firesteel_config::load(&[Layer::trusted("test", values)], &catalog())
    }

    #[track_caller]
    fn made(model: Value) -> Spec {
        let loaded = load(json!({"model": model}));
        let lookup = |name: &str| (name == "OPENAI_API_KEY").then(|| "sk".to_owned());
        spec(&loaded.config.model, &Identity::default(), lookup).expect("a model")
    }

    #[test]
    fn nothing_is_reached_until_a_preset_or_a_url_says_so() {
        for model in [json!({}), json!({"name": "m"})] {
            let loaded = load(json!({"model": model}));
            assert!(spec(&loaded.config.model, &Identity::default(), |_| None).is_none());
        }
    }

    #[test]
    fn a_url_alone_is_a_server_of_the_responses_protocol() {
        let spec = made(json!({"url": "http://127.0.0.1:8080/v1/", "name": "m"}));
        assert_eq!(spec.preset.url, "ws://127.0.0.1:8080/v1/responses");
        assert_eq!(spec.preset.fim, Some(Kind::Responses));
        let spec = made(json!({"url": "https://api.openai.com/v1"}));
        assert_eq!(spec.preset.url, "wss://api.openai.com/v1/responses");
        assert!(
            spec.preset.headers.contains_key("OpenAI-Beta"),
            "the public API has its preset"
        );
        assert!(spec.key.is_some());
    }

    #[test]
    fn presets_keep_what_the_user_does_not_set() {
        let spec = made(json!({"preset": "ollama", "name": "qwen2.5-coder:1.5b"}));
        assert_eq!(spec.preset.fim, Some(Kind::Ollama));
        assert_eq!(spec.preset.url, "http://127.0.0.1:11434");
        let spec = made(
            json!({"preset": "llama.cpp", "url": "http://box:9931", "wire": "completions", "format": "qwen"}),
        );
        assert_eq!(spec.preset.url, "http://box:9931");
        assert_eq!(
            (spec.preset.fim, spec.preset.format.as_str()),
            (Some(Kind::Completions), "qwen")
        );
    }

    #[test]
    fn every_field_of_a_model_is_used() {
        let spec = made(json!({
            "url": "ws://127.0.0.1:1/v1", "key": "own", "headers": {"a": "b"}, "query": {"c": "d"}, "effort": "",
            "service_tier": "t", "context_tokens": 4096, "connect_timeout_ms": 1, "suggest_timeout_ms": 2,
            "first_token_timeout_ms": 3, "idle_timeout_ms": 4,
            "quirks": {"transport": "http", "lanes": 5, "sockets": 6, "store": true, "drops": ["store"], "usable_percent": 50},
        }));
        let preset = &spec.preset;
        assert_eq!(
            (preset.headers["a"].as_str(), preset.query["c"].as_str()),
            ("b", "d")
        );
        assert_eq!(
            (preset.effort.as_deref(), preset.tier.as_deref()),
            (None, Some("t"))
        );
        assert_eq!(
            (preset.usable_tokens(), preset.transport),
            (Some(2048), Route::Http)
        );
        assert_eq!(
            (preset.lanes, preset.sockets, preset.store),
            (5, 6, Some(true))
        );
        let waits = [
            spec.timeouts.connect,
            spec.timeouts.keystroke,
            spec.timeouts.first_event,
            spec.timeouts.next_event,
        ];
        assert_eq!(waits.map(|wait| wait.as_millis()), [1, 2, 3, 4]);
        assert!(spec.key.is_some());
        let asked = made(
            json!({"url": "ws://127.0.0.1:1/v1", "key": "own", "key_command": ["/bin/cat", "key"]}),
        );
        assert!(asked.key.is_none() && asked.key_command.is_some());
    }

    #[test]
    fn old_presets_work_and_say_their_new_names() {
        let loaded = load(json!({"model": {"preset": "custom", "url": "http://127.0.0.1:1/v1"}}));
        assert_eq!(loaded.problems.len(), 1, "{:?}", loaded.problems);
        assert!(loaded.problems[0].kind.is_harmless());
        assert!(
            loaded.problems[0].text.contains("`responses`"),
            "{:?}",
            loaded.problems
        );
        assert!(loaded.config.unusable().is_empty());
        let spark = made(json!({"preset": "spark"}));
        assert_eq!(spark.preset_name, "chatgpt");
    }
}
