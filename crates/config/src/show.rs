//! What is in force, and where it comes from.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::merge::Loaded;
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
