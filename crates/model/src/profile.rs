//! What is known of each kind of endpoint, as data: where it is, what it takes and what it refuses.

use std::collections::BTreeMap;

use firesteel_protocol::client::{CreateResponse, Reasoning};
use serde::Deserialize;
use url::Url;

use crate::endpoint::Endpoint;
use crate::options::{Capabilities, Route};
use crate::secret::Secret;

/// The profiles that come with Firesteel.
const BUILT_IN: &str = include_str!("profiles.toml");
/// The header that names the account beside a token.
const ACCOUNT_HEADER: &str = "ChatGPT-Account-ID";

/// A kind of endpoint. Every field can be set by the user.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// What it is, in a few words.
    pub about: String,
    /// Where it is: `ws`, `wss`, `http` or `https`, with the path.
    pub url: String,
    /// The environment variable that holds the key.
    pub key_variable: String,
    /// The environment variable that holds the account's id, where one is needed.
    pub account_variable: String,
    /// The model's name.
    pub model: String,
    /// How hard the model is to think.
    pub effort: Option<String>,
    /// The tier of service to ask for.
    pub service_tier: Option<String>,
    /// Whether the server is to keep responses.
    pub store: Option<bool>,
    /// Further headers.
    pub headers: BTreeMap<String, String>,
    /// Further parts of the URL's query.
    pub query: BTreeMap<String, String>,
    /// Fields that the server refuses, and which are left out.
    pub drops: Vec<String>,
    /// How many tokens the model can see.
    pub context_tokens: Option<u32>,
    /// How much of that a prompt may use.
    pub usable_percent: u32,
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
    /// How requests may travel.
    pub transport: Route,
}

/// What a user knows better of an endpoint than its profile does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// See [`Profile::transport`]; so for the others.
    pub transport: Option<Route>,
    /// How many responses one connection carries at once.
    pub lanes: Option<usize>,
    /// The most connections.
    pub sockets: Option<usize>,
    /// Whether `response.interrupt` is understood.
    pub interrupt: Option<bool>,
    /// Whether a connection remembers its responses.
    pub continuation: Option<bool>,
    /// Whether a connection serves more than one response.
    pub reuse: Option<bool>,
    /// Whether the server is to keep responses.
    pub store: Option<bool>,
    /// Fields that the server refuses.
    pub drops: Option<Vec<String>>,
    /// How many tokens the model can see.
    pub context_tokens: Option<u32>,
    /// How much of that a prompt may use.
    pub usable_percent: Option<u32>,
}

impl Default for Profile {
    fn default() -> Self {
        let capabilities = Capabilities::default();
        Profile {
            about: String::new(),
            url: String::new(),
            key_variable: String::new(),
            account_variable: String::new(),
            model: String::new(),
            effort: None,
            service_tier: None,
            store: None,
            headers: BTreeMap::new(),
            query: BTreeMap::new(),
            drops: Vec::new(),
            context_tokens: None,
            usable_percent: 100,
            lanes: capabilities.lanes,
            interrupt: capabilities.interrupt,
            continuation: capabilities.continuation,
            reuse: capabilities.reuse,
            sockets: capabilities.sockets,
            transport: capabilities.route,
        }
    }
}

impl Profile {
    /// The built-in profiles by name.
    pub fn all() -> BTreeMap<String, Profile> {
        // A test reads the file, so it is never unreadable here.
        toml::from_str(BUILT_IN).unwrap_or_default()
    }

    /// A built-in profile.
    pub fn named(name: &str) -> Option<Profile> {
        Self::all().remove(name)
    }

    /// How many tokens a prompt may have, where a limit is known.
    pub fn prompt_tokens(&self) -> Option<u32> {
        let usable = |tokens| u64::from(tokens) * u64::from(self.usable_percent) / 100;
        self.context_tokens
            .map(|tokens| u32::try_from(usable(tokens)).unwrap_or(tokens))
    }

    /// The endpoint, with the key and the account out of the environment, by a lookup such as
    /// `|name| std::env::var(name).ok()`.
    pub fn endpoint(&self, lookup: impl Fn(&str) -> Option<String>) -> Endpoint {
        let find = |name: &str| lookup(name).filter(|value| !name.is_empty() && !value.is_empty());
        let mut headers: Vec<(String, String)> = self.headers.clone().into_iter().collect();
        headers.extend(
            find(&self.account_variable).map(|account| (ACCOUNT_HEADER.to_owned(), account)),
        );
        Endpoint::Socket {
            url: self.full_url(),
            headers,
            key: find(&self.key_variable).map(Secret::new),
        }
    }

    fn full_url(&self) -> String {
        let Ok(mut url) = Url::parse(&self.url) else {
            return self.url.clone();
        };
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url.into()
    }

    /// What the endpoint can do.
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            lanes: self.lanes,
            interrupt: self.interrupt,
            continuation: self.continuation,
            reuse: self.reuse,
            sockets: self.sockets,
            route: self.transport,
        }
    }

    /// Lays what the user knows over what the profile says.
    pub fn take(&mut self, quirks: &Quirks) {
        fn lay<T: Clone>(field: &mut T, known: &Option<T>) {
            if let Some(known) = known {
                field.clone_from(known);
            }
        }
        lay(&mut self.transport, &quirks.transport);
        lay(&mut self.lanes, &quirks.lanes);
        lay(&mut self.sockets, &quirks.sockets);
        lay(&mut self.interrupt, &quirks.interrupt);
        lay(&mut self.continuation, &quirks.continuation);
        lay(&mut self.reuse, &quirks.reuse);
        lay(&mut self.drops, &quirks.drops);
        lay(&mut self.usable_percent, &quirks.usable_percent);
        self.store = quirks.store.or(self.store);
        self.context_tokens = quirks.context_tokens.or(self.context_tokens);
    }

    /// Makes a request such as the endpoint takes: adds what it wants and leaves out what it refuses.
    pub(crate) fn shape(&self, request: &mut CreateResponse) {
        if request.model.is_empty() {
            request.model.clone_from(&self.model);
        }
        if let Some(effort) = &self.effort {
            let reasoning = request.reasoning.get_or_insert_with(Reasoning::default);
            reasoning.effort.get_or_insert_with(|| effort.clone());
        }
        if request.service_tier.is_none() {
            request.service_tier.clone_from(&self.service_tier);
        }
        request.store = request.store.or(self.store);
        for field in &self.drops {
            drop_field(request, field);
        }
    }
}

/// Leaves a field out of a request.
pub(crate) fn drop_field(request: &mut CreateResponse, field: &str) {
    match field {
        "max_output_tokens" => request.max_output_tokens = None,
        "temperature" => request.temperature = None,
        "metadata" => request.metadata.clear(),
        "client_metadata" => request.client_metadata.clear(),
        "service_tier" => request.service_tier = None,
        "prompt_cache_key" => request.prompt_cache_key = None,
        "store" => request.store = None,
        "include" => request.include = None,
        "text" => request.text = None,
        "reasoning" => request.reasoning = None,
        "reasoning.effort" => request
            .reasoning
            .iter_mut()
            .for_each(|reasoning| reasoning.effort = None),
        "reasoning.summary" => request
            .reasoning
            .iter_mut()
            .for_each(|reasoning| reasoning.summary = None),
        // Lanes are off where they are refused, so nothing is there to drop.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profiles_can_be_read() {
        let read: Result<BTreeMap<String, Profile>, _> = toml::from_str(BUILT_IN);
        let names: Vec<String> = read.expect("profiles").into_keys().collect();
        assert_eq!(
            names,
            ["chatgpt", "custom", "openai", "openai-ultrafast", "spark"]
        );
        assert_eq!(
            Profile::named("spark").and_then(|spark| spark.prompt_tokens()),
            Some(121_600)
        );
    }

    #[test]
    fn a_request_is_made_to_fit() {
        let mut request = CreateResponse {
            max_output_tokens: Some(64),
            temperature: Some(0.0),
            reasoning: Some(Reasoning {
                effort: None,
                summary: Some("auto".to_owned()),
            }),
            ..CreateResponse::default()
        };
        Profile::named("spark")
            .expect("a profile")
            .shape(&mut request);
        assert_eq!(request.model, "gpt-5.3-codex-spark");
        assert_eq!(
            (
                request.max_output_tokens,
                request.temperature,
                request.store
            ),
            (None, None, Some(false))
        );
        assert_eq!(
            request.reasoning,
            Some(Reasoning {
                effort: Some("low".to_owned()),
                summary: None
            })
        );
    }

    #[test]
    fn an_endpoint_is_made_of_profile_and_environment() {
        let profile = Profile {
            query: BTreeMap::from([("api-version".to_owned(), "v1 preview".to_owned())]),
            ..Profile::named("chatgpt").expect("a profile")
        };
        let endpoint = profile.endpoint(|name| Some(format!("value of {name}")));
        let Endpoint::Socket { url, headers, key } = endpoint else {
            panic!("a socket")
        };
        assert_eq!(
            url,
            "wss://chatgpt.com/backend-api/codex/responses?api-version=v1+preview"
        );
        assert!(headers.contains(&(
            ACCOUNT_HEADER.to_owned(),
            "value of FIRESTEEL_CHATGPT_ACCOUNT".to_owned()
        )));
        assert_eq!(key, Some(Secret::new("value of FIRESTEEL_CHATGPT_TOKEN")));
    }
}
