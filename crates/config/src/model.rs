//! Models and the roles that they play.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::secret::Secret;
use crate::settings::Config;
use crate::values::{CommandLine, EndpointUrl, Limited, Millis, Names, Variable, Word};

/// The name of the embedded engine in `roles`.
pub const EMBEDDED: &str = "embedded";
/// The name of the `[model]` table in `roles`.
pub const SHORT_FORM: &str = "model";

/// A model; without a preset and a URL it is none, and nothing is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Model {
    /// The kind of endpoint. A preset brings the URL, the wire and the other settings of a model that you do not set.
    /// Nothing is sent anywhere until this or `url` is set.
    #[schemars(extend("x-default" = "none: the embedded engine answers"))]
    pub preset: Option<Word>,
    /// Where the model is, such as `http://127.0.0.1:8080` or `https://api.openai.com/v1`.
    #[schemars(extend("x-default" = "the preset's"))]
    pub url: Option<EndpointUrl>,
    /// The name of the model at its endpoint.
    #[schemars(extend("x-default" = "the preset's"))]
    pub name: Option<Word>,
    /// The API key, for editors that keep it in their secret storage. Elsewhere use `key_env` or `key_command`.
    #[schemars(extend("x-default" = "none"))]
    pub key: Option<Secret>,
    /// The environment variable that holds the API key. It is read only when the model is configured.
    #[schemars(extend("x-default" = "the preset's"))]
    pub key_env: Option<Variable>,
    /// A program and its arguments; the first line of its output is the API key, such as
    /// `["op", "read", "op://private/model/key"]` or `["cat", "/run/secrets/key"]`. It runs before the first connection,
    /// and again when the key is refused. With it, no other key is used.
    #[schemars(extend("x-default" = "none"))]
    pub key_command: Option<CommandLine>,
    /// Further headers of each request.
    #[schemars(extend("x-default" = "the preset's"))]
    pub headers: BTreeMap<String, Secret>,
    /// Further parts of the URL's query.
    #[schemars(extend("x-default" = "the preset's"))]
    pub query: BTreeMap<String, Secret>,
    /// The reasoning effort asked of the model; the empty string for models that take none.
    #[schemars(extend("x-default" = "the preset's"))]
    pub effort: Option<String>,
    /// The service tier asked of the endpoint.
    #[schemars(extend("x-default" = "the preset's"))]
    pub service_tier: Option<String>,
    /// The family of fill-in-the-middle or edit prompts that the model was trained on.
    #[schemars(extend("x-default" = "found by the model's name"))]
    pub format: Option<Word>,
    /// The protocol that the endpoint speaks.
    #[schemars(extend("x-default" = "the preset's"))]
    pub wire: Option<Wire>,
    /// How many tokens fit into the model's context window.
    #[schemars(extend("x-default" = "what the endpoint says"))]
    pub context_tokens: Option<Limited<256, 10_000_000>>,
    /// How long connecting may take.
    #[schemars(extend("x-default" = "3000"))]
    pub connect_timeout_ms: Option<Millis>,
    /// How long a suggestion may wait for the first token. After that the embedded engine answers.
    #[schemars(extend("x-default" = "2000"))]
    pub suggest_timeout_ms: Option<Millis>,
    /// How long an edit may wait for the first token.
    #[schemars(extend("x-default" = "10000"))]
    pub first_token_timeout_ms: Option<Millis>,
    /// How long the model may pause between two tokens.
    #[schemars(extend("x-default" = "5000"))]
    pub idle_timeout_ms: Option<Millis>,
    /// What the endpoint does differently from its preset.
    pub quirks: Quirks,
}

impl Model {
    /// Whether it says where it is.
    pub fn is_placed(&self) -> bool {
        self.preset.is_some() || self.url.is_some()
    }
}

/// What an endpoint does differently from its preset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Quirks {
    /// How requests of the wire `responses` travel.
    #[schemars(extend("x-default" = "the preset's"))]
    pub transport: Option<Transport>,
    /// How many responses one connection carries at once.
    #[schemars(extend("x-default" = "the preset's"))]
    pub lanes: Option<Limited<1, 1_000>>,
    /// The most connections.
    #[schemars(extend("x-default" = "the preset's"))]
    pub sockets: Option<Limited<1, 100>>,
    /// Whether the endpoint knows `response.interrupt`.
    #[schemars(extend("x-default" = "the preset's"))]
    pub interrupt: Option<bool>,
    /// Whether a connection remembers its responses.
    #[schemars(extend("x-default" = "the preset's"))]
    pub continuation: Option<bool>,
    /// Whether a connection serves more than one response.
    #[schemars(extend("x-default" = "the preset's"))]
    pub reuse: Option<bool>,
    /// Whether the server is asked to store responses.
    #[schemars(extend("x-default" = "the preset's"))]
    pub store: Option<bool>,
    /// Request fields that the endpoint refuses, and which are left out.
    #[schemars(extend("x-default" = "the preset's"))]
    pub drops: Option<Vec<String>>,
    /// How much of the context window a prompt may use, in percent.
    #[schemars(extend("x-default" = "the preset's"))]
    pub usable_percent: Option<Limited<1, 100>>,
}

/// How requests of the wire `responses` travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Over a WebSocket, and over HTTP where that fails.
    Auto,
    /// Over a WebSocket only.
    Websocket,
    /// Over HTTP only.
    Http,
}

/// The protocol that an endpoint speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// OpenAI's Responses protocol, over a WebSocket or server-sent events.
    Responses,
    /// `/v1/completions`: a fill-in-the-middle prompt as text, or with `suffix`.
    Completions,
    /// llama.cpp's `/infill`.
    Infill,
    /// Ollama's `/api/generate`.
    Ollama,
    /// Mistral's `/v1/fim/completions`.
    FimChat,
    /// `/v1/chat/completions`.
    Chat,
    /// Anthropic's `/v1/messages`.
    Messages,
    /// Inception's `/v1/edit/completions`.
    Edit,
}

/// Which models play which role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Roles {
    /// Suggestions.
    #[schemars(extend("x-default" = "`model`, if it is configured"))]
    pub complete: Option<Names>,
    /// Code actions and edits by instruction.
    #[schemars(extend("x-default" = "`model`, if it is configured"))]
    pub edit: Option<Names>,
    /// Predicting the next edit.
    #[schemars(extend("x-default" = "`model`, if it is configured"))]
    pub next_edit: Option<Names>,
    /// Explaining code.
    #[schemars(extend("x-default" = "`model`, if it is configured"))]
    pub explain: Option<Names>,
    /// Questions about code.
    #[schemars(extend("x-default" = "`model`, if it is configured"))]
    pub ask: Option<Names>,
    /// A second reading of sensitive changes, on request. A model of this role is connected to only then.
    #[schemars(extend("x-default" = "`model`, if it is configured"))]
    pub review: Option<Names>,
}

impl Roles {
    /// The models that the user named for a role.
    pub fn get(&self, role: Role) -> Option<&[String]> {
        let names = match role {
            Role::Complete => &self.complete,
            Role::Edit => &self.edit,
            Role::NextEdit => &self.next_edit,
            Role::Explain => &self.explain,
            Role::Ask => &self.ask,
            Role::Review => &self.review,
        };
        names.as_ref().map(|names| names.0.as_slice())
    }
}

/// What a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Suggestions.
    Complete,
    /// Edits.
    Edit,
    /// Predicting the next edit.
    NextEdit,
    /// Explaining code.
    Explain,
    /// Questions about code.
    Ask,
    /// A second reading of sensitive changes.
    Review,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Complete,
        Self::Edit,
        Self::NextEdit,
        Self::Explain,
        Self::Ask,
        Self::Review,
    ];

    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Edit => "edit",
            Self::NextEdit => "next_edit",
            Self::Explain => "explain",
            Self::Ask => "ask",
            Self::Review => "review",
        }
    }

    /// Whether the embedded engine is always the last choice for it.
    pub fn has_embedded(self) -> bool {
        matches!(self, Self::Complete | Self::Explain | Self::Ask)
    }
}

/// Who can play a role.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Player<'a> {
    /// The embedded engine.
    Embedded,
    /// A configured model.
    Model {
        /// Its name in the configuration.
        name: &'a str,
        /// Its settings.
        model: &'a Model,
    },
}

impl Config {
    /// Who plays a role, the most wanted first: models that can be used as they are configured, and the embedded engine
    /// where it has a part.
    pub fn players(&self, role: Role) -> Vec<Player<'_>> {
        let mut players = Vec::new();
        for name in self.names(role) {
            let player = match name {
                EMBEDDED => Some(Player::Embedded),
                name => self.usable(name).map(|model| Player::Model { name, model }),
            };
            players.extend(player.filter(|player| !players.contains(player)));
        }
        if role.has_embedded() && !players.contains(&Player::Embedded) {
            players.push(Player::Embedded);
        }
        players
    }

    /// The same by their names.
    pub fn player_names(&self, role: Role) -> Vec<&str> {
        let name = |player| match player {
            Player::Embedded => EMBEDDED,
            Player::Model { name, .. } => name,
        };
        self.players(role).into_iter().map(name).collect()
    }

    /// The first configured model of a role.
    pub fn first_model(&self, role: Role) -> Option<(&str, &Model)> {
        self.players(role)
            .into_iter()
            .find_map(|player| match player {
                Player::Embedded => None,
                Player::Model { name, model } => Some((name, model)),
            })
    }

    /// A model by its name in the configuration, whether or not it can be used.
    pub fn model_named(&self, name: &str) -> Option<&Model> {
        match name {
            SHORT_FORM => Some(&self.model),
            name => self.models.get(name),
        }
    }

    /// Models that cannot be used as they are configured, by name, with the reason.
    pub fn unusable(&self) -> &BTreeMap<String, String> {
        &self.unusable
    }

    /// Whether another configuration means the same models in the same roles, so that connections can be kept.
    pub fn has_same_models(&self, other: &Self) -> bool {
        self.model == other.model
            && self.models == other.models
            && self.roles == other.roles
            && self.unusable == other.unusable
    }

    /// The names that `roles` has for a role; the short form where it has none.
    fn names(&self, role: Role) -> Vec<&str> {
        match self.roles.get(role) {
            Some(names) => names.iter().map(String::as_str).collect(),
            None if self.model.is_placed() => vec![SHORT_FORM],
            None => Vec::new(),
        }
    }

    fn usable(&self, name: &str) -> Option<&Model> {
        let model = self.model_named(name)?;
        (model.is_placed() && !self.unusable.contains_key(name)).then_some(model)
    }
}
