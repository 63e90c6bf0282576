//! Environment variables as a layer: `FIRESTEEL_MODEL_URL` is `model.url`; a list or a table is written in JSON.

use std::ffi::OsString;

use serde_json::{Map, Value};

use crate::alias::ALIASES;
use crate::layer::Layer;
use crate::names::{self, Meaning, nearest_of};
use crate::problem::{Problem, ProblemKind};
use crate::schema::{settings, variable};
use crate::settings::Config;

/// What the names of our variables begin with.
const PREFIX: &str = "FIRESTEEL_";
/// Variables that are no settings: of the editors' plugins, of presets, and of this project's own tests.
const OTHERS: &[&str] = &[
    "FIRESTEEL_BESIDE",
    "FIRESTEEL_CHATGPT_ACCOUNT",
    "FIRESTEEL_CHATGPT_TOKEN",
    "FIRESTEEL_CLIENTS",
    "FIRESTEEL_CLIENTS_CACHE",
    "FIRESTEEL_CODEX",
    "FIRESTEEL_DEV_PATH",
    "FIRESTEEL_EDITORS_CACHE",
    "FIRESTEEL_EDITORS_OUTPUT",
    "FIRESTEEL_ENDPOINTS",
    "FIRESTEEL_EXTENSION",
    "FIRESTEEL_GHOST_TEXT",
    "FIRESTEEL_NO_KEY",
    "FIRESTEEL_OUTPUT",
    "FIRESTEEL_PLUGIN",
    "FIRESTEEL_PORTS",
    "FIRESTEEL_SDK",
    "FIRESTEEL_SERVER_PATH",
    "FIRESTEEL_TESTS",
    "FIRESTEEL_VSCODE",
    "FIRESTEEL_VSIX",
    "FIRESTEEL_WORKSPACE",
];

/// The settings in the environment.
pub fn environment(variables: impl Iterator<Item = (OsString, OsString)>) -> Layer {
    let mut layer = Layer::trusted("environment", Value::Null);
    let mut values = Map::new();
    for (name, text) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        // An empty variable is one that is not set.
        if text.is_empty() || OTHERS.contains(&name) {
            continue;
        }
        match setting_of(name) {
            Some(setting) => {
                let place = format!("environment variable {name}");
                layer.places.insert(vec![setting.clone()], place);
                values.insert(
                    setting.clone(),
                    value(&setting, text.to_string_lossy().into_owned()),
                );
            }
            None => layer.unknown_variables.push(name.to_owned()),
        }
    }
    layer.values = Value::Object(values);
    layer
}

/// Variables that begin as ours do, are no setting, and are not where a model's key is either.
pub(crate) fn unknown(layer: &Layer, config: &Config) -> Vec<Problem> {
    let models = config.models.values().chain([&config.model]);
    let keys: Vec<&str> = models
        .filter_map(|model| model.key_env.as_ref())
        .map(|variable| variable.as_str())
        .collect();
    let unknown = layer.unknown_variables.iter();
    unknown
        .filter(|name| !keys.contains(&name.as_str()))
        .map(|name| Problem {
            origin: layer.origin.clone(),
            text: unknown_text(name),
            kind: ProblemKind::Unknown,
        })
        .collect()
}

fn unknown_text(name: &str) -> String {
    let known: Vec<String> = settings().map(|setting| setting.variable()).collect();
    let known = known
        .iter()
        .map(String::as_str)
        .chain(OTHERS.iter().copied());
    let shown = names::shown(name);
    match nearest_of(name, known) {
        Some(nearest) => format!("unknown variable {shown}; did you mean {nearest}?"),
        None => format!("unknown variable {shown}"),
    }
}

/// The setting that a misspelt variable was likely to mean.
pub(crate) fn nearest_setting(name: &str) -> Option<String> {
    let known: Vec<String> = settings().map(|setting| setting.variable()).collect();
    let nearest = nearest_of(name, known.iter().map(String::as_str))?;
    setting_of(&nearest)
}

fn setting_of(name: &str) -> Option<String> {
    let known = settings().map(|setting| setting.name.as_str());
    let mut known = known.chain(ALIASES.iter().map(|(old, _)| *old));
    known
        .find(|known| variable(known) == name)
        .map(str::to_owned)
}

/// A text as a value of its setting: as it is where that can be, else as JSON.
fn value(setting: &str, text: String) -> Value {
    let Meaning::Setting { setting, .. } = names::meaning(&names::split(setting)) else {
        return Value::String(text);
    };
    let takes_text = setting.schema["type"] == "string" || setting.schema["oneOf"].is_array();
    let is_json = text.starts_with(['[', '{']) || !takes_text;
    match serde_json::from_str(&text) {
        Ok(value) if is_json && !takes_text => value,
        _ => Value::String(text),
    }
}
