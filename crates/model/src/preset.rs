//! What is known of each kind of endpoint, as data: where it is, which wires it speaks, what it takes and refuses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::options::Route;
use crate::wire::Kind;

/// The presets that come with Firesteel.
const BUILT_IN: &str = include_str!("presets.toml");
/// Bytes of a prompt where nothing else is known: some 4,000 tokens, which hosted models read in no time.
const PROMPT_BYTES: usize = 16 * 1024;

/// A kind of endpoint. Every field can be set by the user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preset {
    /// What it is, in a few words.
    pub about: String,
    /// Where it is: the root of its API, or the whole URL of a route.
    pub url: String,
    /// The environment variable that overrides where it is.
    pub url_variable: String,
    /// Ports of this machine at which it is looked for.
    pub ports: Vec<u16>,
    /// The model's name; empty where the server is asked for it.
    pub name: String,
    /// The wire for holes.
    pub fim: Option<Kind>,
    /// The wire for conversations.
    pub chat: Option<Kind>,
    /// The wire for next edits.
    pub edit: Option<Kind>,
    /// The path of the wire for holes below the root, where it is not the wire's own.
    pub fim_path: String,
    /// Whether `/v1/completions` takes the text after the cursor as `suffix`; unknown where it is not set.
    pub suffix: Option<bool>,
    /// The fill-in-the-middle format by its name, in place of the one that the model's name tells; `none` for none.
    pub format: String,
    /// The environment variable that holds the key.
    pub key_variable: String,
    /// The header for the key, where it is not `Authorization: Bearer`.
    pub key_header: String,
    /// The environment variable that holds the account's id, where one is needed.
    pub account_variable: String,
    /// Another host of the same vendor that takes other keys.
    pub other_host: String,
    /// How hard the model is to think.
    pub effort: Option<String>,
    /// The same for holes, which a keystroke waits for.
    pub hole_effort: Option<String>,
    /// The tier of service to ask for.
    pub tier: Option<String>,
    /// What the limit of tokens is called.
    pub max_tokens_field: String,
    /// What ends an answer beside the format's own stops.
    pub stop: Vec<String>,
    /// Further fields of every request.
    pub body: BTreeMap<String, toml::Value>,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// Further parts of the URL's query.
    pub query: BTreeMap<String, String>,
    /// Fields that the server refuses, and which are left out.
    pub drops: Vec<String>,
    /// How many tokens the model can see, where the server does not tell.
    pub context_tokens: Option<u32>,
    /// How much of that a prompt may use, in percent.
    pub usable_percent: u32,
    /// The most bytes of a hole's prompt.
    pub prompt_bytes: usize,
    /// How long the server is asked to keep the model loaded.
    pub keep_alive: String,
    /// Requests under way at once.
    pub in_flight: usize,
    /// Whether the server is to keep responses.
    pub store: Option<bool>,
    /// How many responses one connection carries at once.
    pub lanes: usize,
    /// Whether `response.interrupt` is understood.
    pub interrupt: bool,
    /// Whether a connection remembers its responses.
    pub continuation: bool,
    /// Whether a connection serves more than one response.
    pub reuse: bool,
    /// The most connections.
    pub sockets: usize,
    /// How requests of the `responses` wire may travel.
    pub transport: Route,
    /// Nobody could run it from here: it is as its documentation says.
    pub documented: bool,
}

impl Default for Preset {
    fn default() -> Self {
        let capabilities = crate::options::Capabilities::default();
        Preset {
            about: String::new(),
            url: String::new(),
            url_variable: String::new(),
            ports: Vec::new(),
            name: String::new(),
            fim: None,
            chat: None,
            edit: None,
            fim_path: String::new(),
            suffix: None,
            format: String::new(),
            key_variable: String::new(),
            key_header: String::new(),
            account_variable: String::new(),
            other_host: String::new(),
            effort: None,
            hole_effort: None,
            tier: None,
            max_tokens_field: "max_tokens".to_owned(),
            stop: Vec::new(),
            body: BTreeMap::new(),
            headers: BTreeMap::new(),
            query: BTreeMap::new(),
            drops: Vec::new(),
            context_tokens: None,
            usable_percent: 100,
            prompt_bytes: PROMPT_BYTES,
            keep_alive: String::new(),
            in_flight: 4,
            store: None,
            lanes: capabilities.lanes,
            interrupt: capabilities.interrupt,
            continuation: capabilities.continuation,
            reuse: capabilities.reuse,
            sockets: capabilities.sockets,
            transport: capabilities.route,
            documented: false,
        }
    }
}

impl Preset {
    /// The built-in presets by name.
    pub fn all() -> BTreeMap<String, Preset> {
        // A test reads the file, so it is never unreadable here.
        toml::from_str(BUILT_IN).unwrap_or_default()
    }

    /// A built-in preset.
    pub fn named(name: &str) -> Option<Preset> {
        Self::all().remove(name)
    }

    /// How many tokens a prompt and its answer may have together, where a limit is known.
    pub fn usable_tokens(&self) -> Option<u32> {
        let usable = |tokens| u64::from(tokens) * u64::from(self.usable_percent) / 100;
        self.context_tokens
            .map(|tokens| u32::try_from(usable(tokens)).unwrap_or(tokens))
    }

    /// Thinks as hard as a user sets, also for holes; an empty effort is none.
    pub fn think(&mut self, effort: &str) {
        self.effort = Some(effort.to_owned()).filter(|effort| !effort.is_empty());
        self.hole_effort = None;
    }

    /// Speaks one wire for everything, as a user sets it.
    pub fn speak(&mut self, wire: Kind) {
        self.fim = Some(wire);
        self.chat = wire.for_chat();
        self.edit = (wire == Kind::Edit).then_some(wire);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_presets_can_be_read() {
        let read: Result<BTreeMap<String, Preset>, _> = toml::from_str(BUILT_IN);
        let names: Vec<String> = read.expect("presets").into_keys().collect();
        assert_eq!(
            names,
            [
                "anthropic",
                "azure",
                "cerebras",
                "chat",
                "chatgpt",
                "codestral",
                "deepseek",
                "gemini",
                "groq",
                "llama.cpp",
                "lmstudio",
                "mercury",
                "mistral",
                "ollama",
                "openai",
                "openai-compatible",
                "openai-ultrafast",
                "openrouter",
                "responses",
                "vllm",
                "xai",
            ]
        );
    }

    #[test]
    fn no_default_is_a_retired_model() {
        let retired = [
            "spark",
            "grok-code",
            "grok-build",
            "deepseek-chat",
            "llama3.1-8b",
            "qwen-3-coder-480b",
            "glm-4.7",
        ];
        for (name, preset) in Preset::all() {
            assert!(
                !retired.iter().any(|retired| preset.name.contains(retired)),
                "{name}: {}",
                preset.name
            );
        }
    }
}
