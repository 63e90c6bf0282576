//! Configuration: one typed value, laid together from the editor's settings, files and the environment.
//!
//! Every setting is one row of [`SETTINGS`]: its name, its meaning and how it is read. Files, the environment, the
//! editor's options and `docs/configuration.md` all go through that table.

mod file;
mod hosted;
mod settings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use firesteel_engine::Eagerness;
use firesteel_engine::edit::OwnAction;
use firesteel_model::{KeyCommand, Quirks, Secret, Timeouts};
use serde_json::{Map, Value};

pub use file::{project_file, user_file};
pub use hosted::Hosted;
pub use settings::{SETTINGS, Setting, markdown_table};

/// What the user decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// The hosted model.
    pub model: Model,
    /// The slower model for second readings, as far as it differs from the hosted one.
    pub deep: Deep,
    /// Suggestions.
    pub suggest: Suggest,
    /// Hovers.
    pub hover: Hover,
    /// Edits.
    pub edits: Edits,
    /// Actions of the user's own.
    pub actions: Vec<OwnAction>,
    /// The embedded engine.
    pub local: Local,
    /// The log.
    pub log: Log,
}

/// The hosted model; without a profile and a URL there is none, and no connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// The kind of endpoint.
    pub profile: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// The model's name on the wire.
    pub name: Option<String>,
    /// The key, as the editor gives it from its secret storage.
    pub key: Option<Secret>,
    /// The environment variable that holds the key.
    pub key_env: Option<String>,
    /// The command that writes the key.
    pub key_command: Option<KeyCommand>,
    /// Headers that the endpoint wants beyond the key.
    pub headers: BTreeMap<String, String>,
    /// Parts of the URL's query.
    pub query: BTreeMap<String, String>,
    /// Reasoning effort.
    pub effort: Option<String>,
    /// The tier of service.
    pub service_tier: Option<String>,
    /// What the endpoint does otherwise than its profile says.
    pub quirks: Quirks,
    /// How long each wait may last.
    pub timeouts: Timeouts,
    /// Whether the project's own file may decide about the model.
    pub trust_project: bool,
}

/// The slower model; without a name there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deep {
    /// The kind of endpoint; that of the hosted model by default.
    pub profile: Option<String>,
    /// Where it is; where the hosted model is by default.
    pub url: Option<String>,
    /// The model's name on the wire.
    pub name: Option<String>,
    /// The environment variable that holds the key.
    pub key_env: Option<String>,
    /// Reasoning effort.
    pub effort: Option<String>,
}

/// Edits.
#[derive(Clone, Debug, PartialEq)]
pub struct Edits {
    /// How they come into the document.
    pub apply: Apply,
    /// What runs the project's tests; found by the project's files when not set.
    pub test_command: Option<String>,
    /// The files whose changes are to be read by a person, as patterns of a `.gitignore`.
    pub review_paths: Vec<String>,
}

impl Default for Edits {
    fn default() -> Self {
        let patterns = ["auth/", "crypto/", "security/"];
        Self {
            apply: Apply::default(),
            test_command: None,
            review_paths: patterns.map(str::to_owned).to_vec(),
        }
    }
}

/// Suggestions.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggest {
    /// How eager they are to come unasked.
    pub eagerness: Eagerness,
    /// The same for single languages, by their ids.
    pub eagerness_of: BTreeMap<String, Eagerness>,
    /// Lines at most.
    pub max_lines: u32,
    /// How long the syntax of one may be checked: later the user has typed on.
    pub check_limit: Duration,
    /// Whether the completion menu has them; by default where the client has no ghost text.
    pub menu: Option<bool>,
    /// Whether a hosted model is also shown pieces of other files.
    pub other_files: bool,
}

impl Default for Suggest {
    fn default() -> Self {
        Self {
            eagerness: Eagerness::default(),
            eagerness_of: BTreeMap::new(),
            max_lines: 12,
            check_limit: Duration::from_millis(50),
            menu: None,
            other_files: true,
        }
    }
}

/// Hovers.
#[derive(Clone, Debug, PartialEq)]
pub struct Hover {
    /// How long one may take: Helix holds back every server's hover until the slowest has answered.
    pub deadline: Duration,
}

impl Default for Hover {
    fn default() -> Self {
        Self {
            deadline: Duration::from_millis(20),
        }
    }
}

/// How an edit comes into the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Apply {
    /// Hunk by hunk, while the model writes.
    #[default]
    Stream,
    /// All of it at the end.
    Once,
    /// All of it at the end, once the user has confirmed it, where the client can ask.
    Preview,
}

/// The embedded engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// Whether it also answers while the hosted model does.
    pub assist: bool,
    /// Whether it learns from the sources of dependencies.
    pub dependencies: bool,
    /// Where its indexes are kept; by default in the user's cache folder.
    pub cache_dir: Option<PathBuf>,
    /// Weights of the user's own, made by `firesteel tune`.
    pub weights: Option<PathBuf>,
}

impl Default for Local {
    fn default() -> Self {
        Self {
            assist: true,
            dependencies: true,
            cache_dir: None,
            weights: None,
        }
    }
}

/// The log.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// error, warn, info, debug or trace; source text appears at trace only.
    pub level: String,
    /// The file; standard error without one.
    pub file: Option<PathBuf>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            file: None,
        }
    }
}

/// Something in the configuration that was not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {problem}")]
pub struct ConfigError {
    /// Which layer.
    pub origin: String,
    /// What is wrong with it.
    pub problem: String,
}

/// One source of settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Where it comes from, for messages.
    pub origin: String,
    /// Its settings, nested or with dotted names.
    pub values: Value,
    /// Whether it may decide where text is sent.
    pub trusted: bool,
}

impl Config {
    /// The configuration that `layers` make together, the strongest last, and what of them was not used.
    pub fn from_layers(layers: &[Layer]) -> (Self, Vec<ConfigError>) {
        let (mut config, mut errors) = (Self::default(), Vec::new());
        for layer in layers {
            let values = flatten(&layer.values);
            for (name, value) in &values {
                if let Err(problem) = config.set(name, value, layer.trusted) {
                    let origin = layer.origin.clone();
                    errors.push(ConfigError { origin, problem });
                }
            }
        }
        (config, errors)
    }

    fn set(&mut self, name: &str, value: &Value, trusted: bool) -> Result<(), String> {
        let setting = SETTINGS.iter().find(|setting| setting.name == name);
        let setting = setting.ok_or_else(|| format!("unknown setting {name}"))?;
        if setting.sensitive && !trusted && !self.model.trust_project {
            return Err(format!(
                "{name} is ignored in a project's file, for it decides where your code is sent; \
                 set it in your editor or in your own firesteel.toml"
            ));
        }
        (setting.set)(self, value).ok_or_else(|| format!("{name} must be {}", setting.expects))
    }

    /// The folder of the embedded engine's indexes.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        self.local.cache_dir.clone().or_else(|| {
            let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
            let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
            Some(base.or_else(home)?.join("firesteel"))
        })
    }
}

/// The layers below the editor's settings, weakest first: environment, the user's file, the project's file.
pub fn base_layers(root: Option<&Path>) -> (Vec<Layer>, Vec<ConfigError>) {
    let mut layers = vec![environment(std::env::vars())];
    let mut errors = Vec::new();
    let files = [(user_file(), true), (root.map(project_file), false)];
    for (path, trusted) in files {
        let Some(path) = path else { continue };
        match file::read(&path, trusted) {
            Ok(layer) => layers.extend(layer),
            Err(error) => errors.push(error),
        }
    }
    (layers, errors)
}

/// `FIRESTEEL_MODEL_URL` is `model.url`; a list or a map is written in JSON.
fn environment(variables: impl Iterator<Item = (String, String)>) -> Layer {
    let mut values = Map::new();
    for (variable, text) in variables {
        if let Some(setting) = SETTINGS
            .iter()
            .find(|setting| setting.variable() == variable)
        {
            let value = serde_json::from_str(&text)
                .ok()
                .filter(|value: &Value| !value.is_string());
            values.insert(
                setting.name.to_owned(),
                value.unwrap_or(Value::String(text)),
            );
        }
    }
    Layer {
        origin: "environment".to_owned(),
        values: Value::Object(values),
        trusted: true,
    }
}

/// Nested objects as dotted names; what is a setting is not looked into any further.
fn flatten(values: &Value) -> Vec<(String, Value)> {
    fn walk(prefix: &str, value: &Value, out: &mut Vec<(String, Value)>) {
        let is_setting = SETTINGS.iter().any(|setting| setting.name == prefix);
        match value {
            Value::Object(fields) if !is_setting => {
                for (name, value) in fields {
                    let dotted = if prefix.is_empty() {
                        name.clone()
                    } else {
                        format!("{prefix}.{name}")
                    };
                    walk(&dotted, value, out);
                }
            }
            // Editors send null for what their user did not set.
            Value::Null => {}
            value => out.push((prefix.to_owned(), value.clone())),
        }
    }
    let mut out = Vec::new();
    let root = values.get("firesteel").unwrap_or(values);
    walk("", root, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn layer(values: Value, trusted: bool) -> Layer {
        Layer {
            origin: "test".to_owned(),
            values,
            trusted,
        }
    }

    #[test]
    fn a_stronger_layer_wins_and_the_others_fill_in() {
        let (config, errors) = Config::from_layers(&[
            layer(
                json!({"suggest": {"max_lines": 3, "eagerness": "off"}}),
                true,
            ),
            layer(json!({"suggest.max_lines": 5}), true),
        ]);
        assert_eq!(errors, []);
        assert_eq!(
            (config.suggest.max_lines, config.suggest.eagerness),
            (5, Eagerness::Off)
        );
    }

    #[test]
    fn what_is_unknown_or_of_the_wrong_type_is_reported_and_the_rest_is_used() {
        let values = json!({"sugest": {"max_lines": 3}, "suggest": {"max_lines": "many", "eagerness": "quiet"}});
        let (config, errors) = Config::from_layers(&[layer(values, true)]);
        let problems: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "test: unknown setting sugest.max_lines",
                "test: suggest.max_lines must be a number from 1 to 200"
            ]
        );
        assert_eq!(config.suggest.eagerness, Eagerness::Quiet);
    }

    #[test]
    fn a_projects_file_does_not_decide_where_code_is_sent() {
        let project = layer(json!({"model": {"url": "wss://evil.example/v1"}}), false);
        let (config, errors) = Config::from_layers(std::slice::from_ref(&project));
        assert_eq!(config.model.url, None);
        assert_eq!(errors.len(), 1);
        let user = layer(json!({"model": {"trust_project": true}}), true);
        let (config, errors) = Config::from_layers(&[user, project]);
        assert_eq!(config.model.url.as_deref(), Some("wss://evil.example/v1"));
        assert_eq!(errors, []);
    }

    #[test]
    fn the_environment_names_settings_in_capitals() {
        let variables = [
            ("FIRESTEEL_SUGGEST_MAX_LINES", "4"),
            ("FIRESTEEL_MODEL_NAME", "m"),
            ("PATH", "x"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (config, errors) = Config::from_layers(&[environment(variables.into_iter())]);
        assert_eq!(errors, []);
        assert_eq!(config.suggest.max_lines, 4);
        assert_eq!(config.model.name.as_deref(), Some("m"));
    }

    #[test]
    fn a_key_is_never_printed() {
        let (config, _) =
            Config::from_layers(&[layer(json!({"model.key": "sk-very-secret"}), true)]);
        assert!(config.model.key.is_some());
        assert!(!format!("{config:?}").contains("very-secret"));
    }
}
