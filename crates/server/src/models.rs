//! The models of a session: which there are, how each stands, who is asked in each role, and another choice for as long
//! as the session lasts.

use std::collections::BTreeMap;
use std::sync::Arc;

use firesteel_config::{Config, EMBEDDED, Player, Role as ConfigRole, SHORT_FORM};
use firesteel_engine::Role;
use firesteel_host::{Check, CheckOutcome, Hosted, Models, of_config, way};
use firesteel_model::{Model, Status};
use serde_json::{Map, Value, json};
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::MessageType;

use crate::handlers::commands::UseModelArgs;
use crate::session::Core;

/// Who is asked in each role, the first one first, and every model that is configured.
pub(crate) fn models(core: &Core) -> Value {
    let (config, models) = (core.config(), core.models());
    let names = config.models.keys().map(String::as_str);
    let short = config.model.is_placed().then_some(SHORT_FORM);
    let entries = short.into_iter().chain(names).map(|name| {
        let hosted = models.named().get(name);
        let unusable = config.unusable().get(name);
        let mut entry = match (hosted, unusable) {
            (_, Some(why)) => json!({"state": "unusable", "why": why}),
            (Some(hosted), None) => described(hosted, Role::Complete),
            (None, None) => json!({"state": "unused", "why": Value::Null}),
        };
        entry["name"] = json!(name);
        entry["roles"] = json!(plays(&config, name));
        entry
    });
    let entries: Vec<Value> = entries.collect();
    let embedded = json!({"name": EMBEDDED, "model": EMBEDDED, "state": EMBEDDED, "why": Value::Null, "roles": plays(&config, EMBEDDED)});
    json!({
        "roles": roles(&config, &models),
        "models": entries.into_iter().chain([embedded]).collect::<Vec<_>>(),
    })
}

/// Who answers in each role: the first model that is not out, else what is wrong with the first one.
pub(crate) fn roles(config: &Config, models: &Models) -> Value {
    let mut roles = Map::new();
    for role in Role::ALL {
        let chosen = config.players(of_config(role));
        let is_meant = role != Role::Review || config.roles.review.is_some();
        let hosted = chosen.iter().map_while(|player| match player {
            Player::Model { name, .. } => Some(*name),
            Player::Embedded => None,
        });
        let hosted: Vec<&str> = hosted.filter(|_| is_meant).collect();
        let known = hosted
            .iter()
            .filter_map(|name| models.named().get(*name).map(|hosted| (*name, hosted)));
        let able: Vec<_> = known.filter(|(_, hosted)| hosted.can_play(role)).collect();
        let is_embedded = chosen.contains(&Player::Embedded);
        let answers = able.iter().find(|(_, hosted)| !hosted.is_out());
        let mut entry = match answers.or(able.first()) {
            Some((name, hosted)) => {
                let mut entry = described(hosted, role);
                entry["name"] = json!(name);
                entry
            }
            None if is_embedded => {
                json!({"name": EMBEDDED, "model": EMBEDDED, "state": EMBEDDED, "why": Value::Null})
            }
            None => {
                json!({"name": Value::Null, "model": Value::Null, "state": "none", "why": Value::Null})
            }
        };
        entry["answering"] = match (answers.is_some(), is_embedded) {
            (true, _) => json!("hosted"),
            (false, true) => json!(EMBEDDED),
            (false, false) => Value::Null,
        };
        entry["choices"] = json!(config.player_names(of_config(role)));
        roles.insert(role.name().to_owned(), entry);
    }
    Value::Object(roles)
}

/// Has a model asked first in a role.
pub(crate) fn choose(core: &Core, args: UseModelArgs) -> Result<Value> {
    let config = core.config();
    let name = args.model.as_str();
    let known = || {
        let names = config.models.keys().map(String::as_str);
        let short = config.model.is_placed().then_some(SHORT_FORM);
        let names: Vec<_> = short.into_iter().chain(names).chain([EMBEDDED]).collect();
        names.join(", ")
    };
    if name != EMBEDDED
        && !config
            .model_named(name)
            .is_some_and(|model| model.is_placed())
    {
        return Err(Error::invalid_params(format!(
            "no model is called {name}; there are {}",
            known()
        )));
    }
    if let Some(why) = config.unusable().get(name) {
        return Err(Error::invalid_params(format!(
            "{name} cannot be used: {why}"
        )));
    }
    let role = match args.role.as_deref() {
        None | Some("") => None,
        Some(role) => {
            let found = ConfigRole::ALL
                .into_iter()
                .find(|known| known.name() == role);
            let all: Vec<_> = ConfigRole::ALL.into_iter().map(ConfigRole::name).collect();
            let none = || {
                Error::invalid_params(format!(
                    "no role is called {role}; there are {}",
                    all.join(", ")
                ))
            };
            Some(found.ok_or_else(none)?)
        }
    };
    let roles = match role {
        Some(role) if name == EMBEDDED && !role.has_embedded() => {
            let text = format!("the embedded engine has no part in {}", role.name());
            return Err(Error::invalid_params(text));
        }
        Some(role) => vec![role],
        // A second model reviews only when it is named.
        None => ConfigRole::ALL
            .into_iter()
            .filter(|role| *role != ConfigRole::Review && (name != EMBEDDED || role.has_embedded()))
            .collect(),
    };
    core.choose(&roles, name);
    Ok(models(core))
}

/// Asks the models of the roles, or one of them, for one answer each, and tells the user what came of it.
pub(crate) async fn try_out(core: Arc<Core>, only: Option<String>) {
    let (config, models) = (core.config(), core.models());
    let mut tried = BTreeMap::new();
    for role in Role::ALL {
        let names = config.player_names(of_config(role)).into_iter();
        let first = names
            .filter_map(|name| models.named().get_key_value(name))
            .next();
        let Some((name, hosted)) = first else {
            continue;
        };
        let is_wanted = only.as_ref().is_none_or(|only| only == name);
        if is_wanted && hosted.can_play(role) && !tried.contains_key(name) {
            tried.insert(name.clone(), (role, hosted.clone()));
        }
    }
    if tried.is_empty() {
        let text = match only {
            Some(name) => format!("Firesteel: the model {name} is not asked in any role"),
            None => "Firesteel: no model is configured, so the embedded engine answers; `firesteel setup` finds one".to_owned(),
        };
        return core.client.show_message(MessageType::INFO, text).await;
    }
    for (name, (role, hosted)) in tried {
        let check = firesteel_host::check(&name, &hosted, role).await;
        let (kind, text) = in_words(&check);
        core.client.show_message(kind, text).await;
    }
}

fn in_words(check: &Check) -> (MessageType, String) {
    let who = format!(
        "Firesteel: {} ({} at {})",
        check.model, check.preset, check.url
    );
    match &check.outcome {
        CheckOutcome::Answered(answered) => {
            let first = answered.first_token.as_millis();
            let rate = answered.tokens_per_second;
            let rate = rate
                .map(|rate| format!(", {rate:.0} tokens/s"))
                .unwrap_or_default();
            let notes = check.notes.iter().map(|note| format!("; {note}"));
            let notes: String = notes.collect();
            let how = &check.how;
            (
                MessageType::INFO,
                format!("{who} answers: first token {first} ms{rate}; {how}{notes}"),
            )
        }
        CheckOutcome::NotFor(why) => (MessageType::INFO, format!("{who} is not asked: {why}")),
        CheckOutcome::Failed(problem) => (MessageType::WARNING, format!("{who}: {problem}")),
    }
}

fn plays(config: &Config, name: &str) -> Vec<&'static str> {
    let plays = |role: &ConfigRole| config.player_names(*role).contains(&name);
    let is_meant = |role: &ConfigRole| *role != ConfigRole::Review || config.roles.review.is_some();
    let roles = ConfigRole::ALL.into_iter().filter(is_meant).filter(plays);
    roles.map(ConfigRole::name).collect()
}

/// A model as it is asked in a role.
fn described(hosted: &Hosted, role: Role) -> Value {
    let Some(model) = hosted.model() else {
        return json!({"model": hosted.shown_name(), "state": "untried", "why": Value::Null});
    };
    let (way, (state, why)) = (way(&model, role), state(&model));
    json!({
        "model": hosted.shown_name(),
        "preset": model.spec().preset_name,
        "wire": way.wire,
        "format": way.format,
        "how": way.how,
        "state": state,
        "why": why,
    })
}

/// How a model stands, in words that do not change, and why. It is ready once it has answered, and not before.
pub(crate) fn state(model: &Model) -> (&'static str, Option<String>) {
    match model.status() {
        Status::NotTried => ("untried", None),
        Status::Ready => ("ready", None),
        Status::Starting => ("starting", Some("its server loads it".to_owned())),
        Status::Away { why, .. } => ("away", Some(why)),
        Status::Refused { why } => ("refused", Some(why)),
        Status::ShutDown => ("shut down", None),
    }
}
