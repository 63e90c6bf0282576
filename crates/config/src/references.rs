//! Whether what refers to something refers to something that is there.

use std::collections::BTreeMap;

use crate::Catalog;
use crate::merge::Placed;
use crate::model::{EMBEDDED, Model, Role, SHORT_FORM};
use crate::names::{self, nearest_of};
use crate::problem::{Problem, ProblemKind};
use crate::settings::Config;
use crate::values::Word;

/// Checks models and roles. Models that cannot be used as they are configured are noted in `config`.
pub(crate) fn check(
    config: &mut Config,
    values: &BTreeMap<Vec<String>, Placed>,
    catalog: &Catalog,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let problem = |path: &[String], text: String| {
        let is_inside = |(other, _): &(&Vec<String>, &Placed)| other.starts_with(path);
        let place = values
            .iter()
            .find(is_inside)
            .map(|(_, placed)| placed.place.clone());
        Problem {
            origin: place.unwrap_or_else(|| "configuration".to_owned()),
            text,
            kind: ProblemKind::Reference,
        }
    };
    for (name, old, new) in renamed_presets(config, catalog) {
        let mut path = path_of(&name);
        path.push("preset".to_owned());
        let shown = names::shown(&path.join("."));
        problems.push(Problem {
            kind: ProblemKind::Renamed,
            ..problem(&path, format!("{shown} `{old}` is now `{new}`"))
        });
    }
    let mut unusable = BTreeMap::new();
    for (name, model) in models(config) {
        if let Some(text) = wrong(name, model, config, catalog) {
            unusable.insert(name.to_owned(), text.clone());
            problems.push(problem(&path_of(name), text));
        }
    }
    for role in Role::ALL {
        let path = names::split(&format!("roles.{}", role.name()));
        for name in config.roles.get(role).into_iter().flatten() {
            if let Some(text) = wrong_name(role, name, config) {
                problems.push(problem(&path, text));
            }
        }
    }
    if config.roles == Default::default()
        && !config.model.is_placed()
        && let Some(name) = config.models.keys().next()
    {
        let name = names::shown(name);
        let text = format!(
            "no role names a model of `models`: add [roles] complete = [\"{name}\"], edit = [\"{name}\"]"
        );
        problems.push(problem(&["models".to_owned()], text));
    }
    for (name, reason) in unusable {
        config.unusable.entry(name).or_insert(reason);
    }
    problems
}

/// Gives presets their new names; returns the model, the old name and the new one of each.
fn renamed_presets(config: &mut Config, catalog: &Catalog) -> Vec<(String, String, String)> {
    let short = std::iter::once((SHORT_FORM.to_owned(), &mut config.model));
    let named = config.models.iter_mut();
    let named = named.map(|(name, model)| (name.clone(), model));
    let mut renamed = Vec::new();
    for (name, model) in short.chain(named) {
        let old = model.preset.as_ref().map(|preset| preset.as_str());
        let new = { catalog.renamed_presets.iter() }.find(|(known, _)| Some(known.as_str()) == old);
        if let Some((old, new)) = new
            && let Ok(preset) = Word::try_from(new.clone())
        {
            model.preset = Some(preset);
            renamed.push((name, old.clone(), new.clone()));
        }
    }
    renamed
}

/// Every model that is configured, by its name in `roles`.
fn models(config: &Config) -> impl Iterator<Item = (&str, &Model)> {
    let short = (config.model != Model::default()).then_some((SHORT_FORM, &config.model));
    let named = config
        .models
        .iter()
        .map(|(name, model)| (name.as_str(), model));
    short.into_iter().chain(named)
}

fn path_of(model: &str) -> Vec<String> {
    match model {
        SHORT_FORM => vec![SHORT_FORM.to_owned()],
        name => vec!["models".to_owned(), name.to_owned()],
    }
}

/// What is wrong with a model as a whole; what is wrong with single fields was said with them.
fn wrong(name: &str, model: &Model, config: &Config, catalog: &Catalog) -> Option<String> {
    let table = path_of(name).join(".");
    let table = names::shown(&table);
    if config.models.contains_key(name) && (name == EMBEDDED || name == SHORT_FORM) {
        return Some(format!(
            "{table}: the name `{name}` has a meaning of its own; choose another"
        ));
    }
    let preset = model.preset.as_ref().map(|preset| preset.as_str());
    if let Some(text) = preset.and_then(|preset| unlisted(preset, "preset", &catalog.presets)) {
        return Some(format!("{table}.preset: {text}"));
    }
    let format = model.format.as_ref().map(|format| format.as_str());
    if let Some(text) = format.and_then(|format| unlisted(format, "format", &catalog.formats)) {
        return Some(format!("{table}.format: {text}"));
    }
    if model.is_placed() || config.unusable.contains_key(name) {
        return None;
    }
    // Editors send a key that they keep, whether or not a model is configured.
    let means_one = model.name.is_some() || model.key_command.is_some() || model.wire.is_some();
    (name != SHORT_FORM || means_one)
        .then(|| format!("{table} has neither `preset` nor `url`, so it is not used"))
}

/// What is wrong with a name that is in no list; nothing is where there is no list.
fn unlisted(name: &str, what: &str, known: &[String]) -> Option<String> {
    if known.is_empty() || known.iter().any(|known| known == name) {
        return None;
    }
    let shown = names::shown(name);
    Some(match nearest_of(name, known.iter().map(String::as_str)) {
        Some(nearest) => format!("unknown {what} `{shown}`; did you mean `{nearest}`?"),
        None => format!("unknown {what} `{shown}`; known are {}", known.join(", ")),
    })
}

fn wrong_name(role: Role, name: &str, config: &Config) -> Option<String> {
    if name == EMBEDDED || config.models.contains_key(name) {
        return None;
    }
    let (role, shown) = (role.name(), names::shown(name));
    if name == SHORT_FORM {
        let is_there = config.model != Model::default() || config.unusable.contains_key(name);
        return (!is_there).then(|| format!("roles.{role}: there is no [model]"));
    }
    let known = config.models.keys().map(String::as_str).chain([EMBEDDED]);
    Some(match nearest_of(name, known) {
        Some(nearest) => format!(
            "roles.{role}: unknown model `{shown}`; did you mean `{}`?",
            names::shown(&nearest)
        ),
        None => format!("roles.{role}: unknown model `{shown}`; add [models.{shown}]"),
    })
}
