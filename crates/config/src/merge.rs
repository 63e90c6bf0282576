//! Layers merged into one configuration.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Catalog;
use crate::environment;
use crate::layer::{Entry, Layer};
use crate::model::{Model, SHORT_FORM};
use crate::names::{self, Meaning};
use crate::problem::{Problem, ProblemKind, TOLD, bounded};
use crate::references;
use crate::schema::{self, Setting};
use crate::settings::Config;
use crate::trust::{self, Order, Rule};
use crate::values::Names;

/// The name of the model that old settings (`deep.*`) make.
const REVIEW: &str = "review";
/// The effort that was asked of it.
const REVIEW_EFFORT: &str = "high";
/// The most problems of a layer of which each is looked at for a misspelt `url`; nobody makes so many mistakes.
const LOOKED_AT: usize = 500;
/// Fields of a model without which its text would go somewhere else than was meant.
const PLACING: [&str; 3] = ["preset", "url", "wire"];

/// A configuration, and what is to be said of it.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What is in force.
    pub config: Config,
    /// What was not used, and what should be written differently.
    pub problems: Vec<Problem>,
    /// The values that are set, with the places they come from, by their paths.
    pub(crate) values: BTreeMap<Vec<String>, Placed>,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Placed {
    pub(crate) value: Value,
    pub(crate) place: String,
}

impl Config {
    /// The configuration that `layers` make together, highest precedence last, and what is to be said of it.
    pub fn from_layers(layers: &[Layer], catalog: &Catalog) -> (Self, Vec<Problem>) {
        let loaded = load(layers, catalog);
        (loaded.config, loaded.problems)
    }
}

/// Merges `layers`, highest precedence last; those of projects only tighten what all the others decide.
pub fn load(layers: &[Layer], catalog: &Catalog) -> Loaded {
    let mut merge = Merge::default();
    let (own, projects): (Vec<_>, Vec<_>) = layers.iter().partition(|layer| layer.trusted);
    for layer in own {
        let problems = merge.add(layer);
        merge.problems.extend(bounded(&layer.origin, problems));
    }
    for layer in projects {
        let problems = merge.tighten(layer);
        merge.problems.extend(bounded(&layer.origin, problems));
    }
    let mut loaded = merge.finish(catalog);
    for layer in layers {
        let problems = environment::unknown(layer, &loaded.config);
        loaded.problems.extend(bounded(&layer.origin, problems));
    }
    loaded
}

#[derive(Default)]
struct Merge {
    values: BTreeMap<Vec<String>, Placed>,
    /// The old settings of the model of the role `review`.
    review: BTreeMap<&'static str, Placed>,
    /// What is wrong with single fields of models, by the model's name and the field.
    broken: BTreeMap<(String, String), String>,
    problems: Vec<Problem>,
}

impl Merge {
    /// Sets what a layer of the user says.
    fn add(&mut self, layer: &Layer) -> Vec<Problem> {
        let mut problems = Vec::new();
        for entry in layer.entries() {
            let problem = |kind, text| Problem {
                origin: entry.place.clone(),
                text,
                kind,
            };
            let shown = entry.shown();
            match &entry.meaning {
                Meaning::Setting {
                    setting,
                    path,
                    renamed,
                } => {
                    if let Some(new) = renamed {
                        let text = format!("{shown} is now {new}");
                        problems.push(problem(ProblemKind::Renamed, text));
                    }
                    if let Err(text) = self.set(setting, path, &entry) {
                        problems.push(problem(ProblemKind::Invalid, text));
                    }
                }
                Meaning::Review(field) => {
                    let text = format!(
                        "{shown} is now {field} of a model with the role review: [models.review] and [roles] review = \"review\""
                    );
                    problems.push(problem(ProblemKind::Renamed, text));
                    if let Err(text) = self.set_review(field, &entry) {
                        problems.push(problem(ProblemKind::Invalid, text));
                    }
                }
                Meaning::Dropped(why) => {
                    let text = format!("{shown} has no effect any more: {why}");
                    problems.push(problem(ProblemKind::Renamed, text));
                }
                Meaning::Section => {
                    let text = format!("{shown} must be a table");
                    problems.push(problem(ProblemKind::Invalid, text));
                }
                Meaning::Unknown => {
                    let text = unknown(&entry, problems.len());
                    problems.push(problem(ProblemKind::Unknown, text.clone()));
                    if problems.len() < LOOKED_AT {
                        self.note_misspelt(&entry, text);
                    }
                }
            }
        }
        self.note_misspelt_variables(layer);
        problems
    }

    fn set(&mut self, setting: &Setting, path: &[String], entry: &Entry) -> Result<(), String> {
        let checked = check(setting, path, &entry.value, &entry.shown());
        if let Some(model) = model_of(path) {
            let field = (model.to_owned(), setting.name.clone());
            match &checked {
                Ok(()) => drop(self.broken.remove(&field)),
                Err(text) => drop(self.broken.insert(field, text.clone())),
            }
        }
        checked?;
        let placed = Placed {
            value: entry.value.clone(),
            place: entry.place.clone(),
        };
        self.values.insert(path.to_vec(), placed);
        Ok(())
    }

    fn set_review(&mut self, field: &'static str, entry: &Entry) -> Result<(), String> {
        let path = names::split(&format!("model.{field}"));
        let Meaning::Setting { setting, path, .. } = names::meaning(&path) else {
            return Ok(());
        };
        let checked = check(setting, &path, &entry.value, &entry.shown());
        let broken = (REVIEW.to_owned(), field.to_owned());
        match &checked {
            Ok(()) => drop(self.broken.remove(&broken)),
            Err(text) => drop(self.broken.insert(broken, text.clone())),
        }
        checked?;
        let placed = Placed {
            value: entry.value.clone(),
            place: entry.place.clone(),
        };
        self.review.insert(field, placed);
        Ok(())
    }

    /// A misspelt `url` must not send text to where a preset says.
    fn note_misspelt(&mut self, entry: &Entry, text: String) {
        if let Some(meant) = names::nearest(&entry.name) {
            self.note_meant(&meant, entry.shown(), text);
        }
    }

    fn note_misspelt_variables(&mut self, layer: &Layer) {
        for name in &layer.unknown_variables {
            if let Some(meant) = environment::nearest_setting(name) {
                self.note_meant(
                    &names::split(&meant),
                    name.clone(),
                    format!("unknown variable {name}"),
                );
            }
        }
    }

    fn note_meant(&mut self, meant: &[String], written: String, text: String) {
        let is_placing = meant
            .last()
            .is_some_and(|field| PLACING.contains(&field.as_str()));
        if let Some(model) = model_of(meant).filter(|_| is_placing) {
            self.broken.insert((model.to_owned(), written), text);
        }
    }

    /// Takes from a project's layer what tightens.
    fn tighten(&mut self, layer: &Layer) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut refused = Vec::new();
        let mut wishes: BTreeMap<Vec<String>, (Order, Entry)> = BTreeMap::new();
        for entry in layer.entries() {
            let rule = match &entry.meaning {
                Meaning::Setting {
                    setting,
                    path,
                    renamed,
                } => {
                    let rule = trust::rule(&setting.name);
                    if let Some(new) = renamed.filter(|_| rule != Rule::Never) {
                        problems.push(Problem {
                            origin: entry.place.clone(),
                            text: format!("{} is now {new}", entry.shown()),
                            kind: ProblemKind::Renamed,
                        });
                    }
                    Some((rule, setting, path))
                }
                Meaning::Review(_) | Meaning::Dropped(_) => None,
                Meaning::Section | Meaning::Unknown => {
                    let (kind, text) = match &entry.meaning {
                        Meaning::Section => (
                            ProblemKind::Invalid,
                            format!("{} must be a table", entry.shown()),
                        ),
                        _ => (ProblemKind::Unknown, unknown(&entry, problems.len())),
                    };
                    let origin = entry.place.clone();
                    problems.push(Problem { origin, text, kind });
                    continue;
                }
            };
            let Some((Rule::Tighten(order), setting, path)) = rule else {
                refused.push(entry.shown());
                continue;
            };
            match check(setting, path, &entry.value, &entry.shown()) {
                Ok(()) => drop(wishes.insert(path.clone(), (order, entry))),
                Err(text) => problems.push(Problem {
                    origin: entry.place.clone(),
                    text,
                    kind: ProblemKind::Invalid,
                }),
            }
        }
        problems.extend(self.grant(&wishes));
        if !refused.is_empty() {
            problems.insert(0, not_trusted(&layer.origin, refused));
        }
        problems
    }

    fn grant(&mut self, wishes: &BTreeMap<Vec<String>, (Order, Entry)>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let general = names::split("suggest.eagerness");
        let by_language = names::split("suggest.eagerness_by_language");
        let wanted = |path| wishes.get(path).map(|(_, entry)| &entry.value);
        let pair = (wanted(&general), wanted(&by_language));
        if let Some((_, entry)) = wishes.get(&by_language).or(wishes.get(&general)) {
            let own = (&self.value(&general), &self.value(&by_language));
            let tightened = trust::tighten_by_language(own, pair);
            problems.extend(self.put(&by_language, entry, tightened, Order::LaterByKey(&[])));
        }
        for (path, (order, entry)) in wishes {
            if *path != by_language {
                let tightened = trust::tighten(*order, &self.value(path), &entry.value);
                problems.extend(self.put(path, entry, tightened, *order));
            }
        }
        problems
    }

    fn put(
        &mut self,
        path: &[String],
        entry: &Entry,
        tightened: trust::Tightened,
        order: Order,
    ) -> Option<Problem> {
        if tightened.value != self.value(path) {
            let placed = Placed {
                value: tightened.value,
                place: entry.place.clone(),
            };
            self.values.insert(path.to_vec(), placed);
        }
        tightened.is_refused.then(|| Problem {
            origin: entry.place.clone(),
            text: format!("{}: a project may only {}", entry.shown(), order.in_words()),
            kind: ProblemKind::NotTrusted,
        })
    }

    /// The value in force: what is set, or the default.
    fn value(&self, path: &[String]) -> Value {
        let set = self.values.get(path).map(|placed| placed.value.clone());
        let default = || {
            let name = path.join(".");
            schema::settings()
                .find(|setting| setting.name == name)?
                .default
                .clone()
        };
        set.or_else(default).unwrap_or_default()
    }

    fn finish(mut self, catalog: &Catalog) -> Loaded {
        let mut config: Config = serde_json::from_value(nested(&self.values)).unwrap_or_default();
        for ((model, _), reason) in &self.broken {
            config
                .unusable
                .entry(model.clone())
                .or_insert_with(|| reason.clone());
        }
        self.make_review(&mut config);
        self.problems
            .extend(references::check(&mut config, &self.values, catalog));
        Loaded {
            config,
            problems: self.problems,
            values: self.values,
        }
    }

    /// The model that `deep.*` meant: another one at the endpoint of `model`, or at one of its own.
    fn make_review(&self, config: &mut Config) {
        if !self.review.contains_key("name") || config.roles.review.is_some() {
            return;
        }
        let fields: Map<String, Value> = self
            .review
            .iter()
            .map(|(field, placed)| ((*field).to_owned(), placed.value.clone()))
            .collect();
        let own: Model = serde_json::from_value(Value::Object(fields)).unwrap_or_default();
        let is_elsewhere = own.is_placed() || config.unusable.contains_key(REVIEW);
        if !is_elsewhere && let Some(reason) = config.unusable.get(SHORT_FORM).cloned() {
            config.unusable.insert(REVIEW.to_owned(), reason);
        }
        let model = match is_elsewhere {
            // The key and the headers of one endpoint are no business of another.
            true => own.clone(),
            false => config.model.clone(),
        };
        let model = Model {
            name: own.name,
            key_env: own.key_env.or(model.key_env.clone()),
            effort: own.effort.or(Some(REVIEW_EFFORT.to_owned())),
            // What a fast tier serves is the fast model.
            service_tier: Some(String::new()),
            ..model
        };
        if model.is_placed() && !config.models.contains_key(REVIEW) {
            config.models.insert(REVIEW.to_owned(), model);
            config.roles.review = Some(Names(vec![REVIEW.to_owned()]));
        } else if is_elsewhere {
            // It was meant to be another model than the one of the other roles.
            config.roles.review = Some(Names::default());
        }
    }
}

/// The model that a path is about.
fn model_of(path: &[String]) -> Option<&str> {
    match path {
        [models, name, _, ..] if models == "models" => Some(name),
        [model, _, ..] if model == SHORT_FORM => Some(SHORT_FORM),
        _ => None,
    }
}

/// Whether a value can be one of its setting; what is wrong without the value itself, which may be a secret.
fn check(setting: &Setting, path: &[String], value: &Value, shown: &str) -> Result<(), String> {
    let nested = path
        .iter()
        .rev()
        .fold(value.clone(), |value, name| json!({name.as_str(): value}));
    let Err(error) = serde_json::from_value::<Config>(nested) else {
        return Ok(());
    };
    let expects = &setting.expects;
    match setting.schema["items"]["properties"].is_object() {
        true => Err(format!("{shown} must be {expects}: {error}")),
        false => Err(format!("{shown} must be {expects}")),
    }
}

/// Paths and values as tables in tables.
pub(crate) fn nested(values: &BTreeMap<Vec<String>, Placed>) -> Value {
    let mut root = Map::new();
    for (path, placed) in values {
        let Some((last, parents)) = path.split_last() else {
            continue;
        };
        let mut table = &mut root;
        for name in parents {
            let child = table.entry(name.clone()).or_insert_with(|| json!({}));
            let Value::Object(child) = child else {
                return Value::Null;
            };
            table = child;
        }
        table.insert(last.clone(), placed.value.clone());
    }
    Value::Object(root)
}

/// Looking for what was meant takes time: it is done for as many names as are told.
fn unknown(entry: &Entry, told: usize) -> String {
    let shown = entry.shown();
    let nearest = (told < TOLD).then(|| names::nearest(&entry.name)).flatten();
    match nearest {
        Some(nearest) => {
            let nearest = names::shown(&nearest.join("."));
            format!("unknown setting {shown}; did you mean {nearest}?")
        }
        None => format!("unknown setting {shown}"),
    }
}

/// One message for all that a project may not decide.
fn not_trusted(origin: &str, names: Vec<String>) -> Problem {
    /// The most names in it.
    const NAMED: usize = 40;
    let mut names = names;
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Problem {
        origin: origin.to_owned(),
        text: format!(
            "ignored, because only you decide: {}{more}. Set them in your editor or in your own firesteel.toml",
            names.join(", ")
        ),
        kind: ProblemKind::NotTrusted,
    }
}
