//! What is in force, and where it comes from.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::merge::Loaded;
use crate::model::Role;
use crate::names::{self, Meaning};
use crate::schema::{Setting, settings};
use crate::secret::HIDDEN;
use crate::values::EndpointUrl;

/// The origin of what nobody set.
pub const DEFAULT: &str = "default";

/// A setting in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its dotted name.
    pub name: String,
    /// Its value, with secrets hidden; none where the default depends.
    pub value: Option<Value>,
    /// The default in words, where nothing is set.
    pub default_text: String,
    /// Where the value comes from.
    pub origin: String,
}

/// Every setting, and those of each named model that are set.
pub fn show(loaded: &Loaded) -> Vec<Shown> {
    let mut shown: BTreeMap<String, Shown> = settings()
        .map(|setting| (setting.name.clone(), by_default(setting)))
        .collect();
    for (path, placed) in &loaded.values {
        let Meaning::Setting { setting, .. } = names::meaning(path) else {
            continue;
        };
        let name = path.join(".");
        shown.insert(
            name.clone(),
            Shown {
                name,
                value: Some(public(setting, &placed.value)),
                default_text: setting.default_text.clone(),
                origin: placed.place.clone(),
            },
        );
    }
    shown.into_values().collect()
}

/// What is in force as JSON: `settings` with value, origin and default each, who plays which of the `roles`, and `problems`.
pub fn report(loaded: &Loaded, shown: &[Shown]) -> Value {
    let setting = |setting: &Shown| {
        let fields = json!({"value": setting.value, "origin": setting.origin, "default": setting.default_text});
        (setting.name.clone(), fields)
    };
    let settings: Map<String, Value> = shown.iter().map(setting).collect();
    let role = |role: Role| {
        (
            role.name().to_owned(),
            json!(loaded.config.player_names(role)),
        )
    };
    let roles: Map<String, Value> = Role::ALL.into_iter().map(role).collect();
    let problems: Vec<_> = loaded.problems.iter().map(ToString::to_string).collect();
    json!({"settings": settings, "roles": roles, "problems": problems})
}

fn by_default(setting: &Setting) -> Shown {
    Shown {
        name: setting.name.clone(),
        value: setting.default.clone(),
        default_text: setting.default_text.clone(),
        origin: DEFAULT.to_owned(),
    }
}

/// A value without what may be a secret in it.
fn public(setting: &Setting, value: &Value) -> Value {
    match value {
        Value::Object(fields) if setting.is_secret() => fields
            .keys()
            .map(|name| (name.clone(), Value::from(HIDDEN)))
            .collect(),
        _ if setting.is_secret() => HIDDEN.into(),
        Value::Array(words) if setting.name == "model.key_command" => {
            // Arguments may hold a secret.
            let hide = |(index, word): (usize, &Value)| {
                if index == 0 {
                    word.clone()
                } else {
                    HIDDEN.into()
                }
            };
            words.iter().enumerate().map(hide).collect()
        }
        Value::String(url) if setting.name == "model.url" => {
            match EndpointUrl::try_from(url.clone()) {
                Ok(url) => url.shown().into(),
                Err(_) => HIDDEN.into(),
            }
        }
        value => value.clone(),
    }
}
