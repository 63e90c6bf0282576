//! The settings as data: read off the types of [`Config`], for messages, the documentation and the editors.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::Catalog;
use crate::settings::Config;

/// What our own annotations of a schema begin with; they are not published.
const OWN: &str = "x-";

/// One setting.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its dotted name; a setting of `models.NAME` has the name that it has in `model`.
    pub name: String,
    /// What it does, in Markdown.
    pub meaning: String,
    /// What a value must be, in words.
    pub expects: String,
    /// The default, in Markdown.
    pub default_text: String,
    /// The default; none where it depends.
    pub default: Option<Value>,
    /// Its JSON schema.
    pub schema: Value,
}

impl Setting {
    /// Its environment variable.
    pub fn variable(&self) -> String {
        variable(&self.name)
    }

    /// Whether its value is never shown.
    pub fn is_secret(&self) -> bool {
        let is_hidden = |schema: &Value| schema["writeOnly"] == true;
        is_hidden(&self.schema) || is_hidden(&self.schema["additionalProperties"])
    }
}

/// The environment variable of a setting.
pub(crate) fn variable(name: &str) -> String {
    format!("FIRESTEEL_{}", name.to_uppercase().replace('.', "_"))
}

/// What stands at a place in the tree of settings.
#[derive(Debug)]
pub(crate) enum Node {
    Section {
        about: String,
        children: BTreeMap<String, Node>,
    },
    /// Sections by names of the user's choice, each like the section `model`.
    Named,
    Leaf(Box<Setting>),
}

/// The tree of settings.
pub(crate) fn tree() -> &'static Node {
    static TREE: OnceLock<Node> = OnceLock::new();
    TREE.get_or_init(|| {
        let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
        node("", raw(), Some(&defaults))
    })
}

/// Every setting, by name. Those of `models.NAME` are those of `model`.
pub fn settings() -> impl Iterator<Item = &'static Setting> + Clone {
    static ALL: OnceLock<Vec<&'static Setting>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let mut all = Vec::new();
        collect(tree(), &mut all);
        all
    });
    all.iter().copied()
}

/// The sections by name, each with what it is about.
pub fn sections() -> Vec<(String, String)> {
    fn walk(name: &str, node: &Node, out: &mut Vec<(String, String)>) {
        if let Node::Section { about, children } = node {
            if !name.is_empty() {
                out.push((name.to_owned(), about.clone()));
            }
            for (child, node) in children {
                walk(&join(name, child), node, out);
            }
        }
    }
    let mut out = Vec::new();
    walk("", tree(), &mut out);
    out
}

/// The JSON schema of `firesteel.toml`, without null types, with the names that `catalog` knows.
pub fn json_schema(catalog: &Catalog) -> Value {
    let mut schema = raw().clone();
    strip_own(&mut schema);
    for model in [
        "/properties/model",
        "/properties/models/additionalProperties",
    ] {
        for (field, known) in [("preset", &catalog.presets), ("format", &catalog.formats)] {
            let field = schema.pointer_mut(&format!("{model}/properties/{field}"));
            if let Some(field) = field.filter(|_| !known.is_empty()) {
                field["enum"] = json!(known);
            }
        }
    }
    schema["properties"]["$schema"] = json!({
        "type": "string",
        "description": "The schema of this file, for editors."
    });
    schema
}

/// The schema as the types give it, inline and without null types.
fn raw() -> &'static Value {
    static RAW: OnceLock<Value> = OnceLock::new();
    RAW.get_or_init(|| {
        let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<Config>();
        let mut schema = schema.to_value();
        normalize(&mut schema);
        schema
    })
}

/// Takes null out of types and defaults, joins the lines of descriptions, and closes sections.
fn normalize(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(normalize),
        Value::Object(fields) => {
            for key in ["anyOf", "oneOf", "type", "enum"] {
                drop_null(fields, key);
            }
            if fields.get("default").is_some_and(Value::is_null) {
                fields.remove("default");
            }
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            if fields.contains_key("properties") {
                // Each of its settings has its own.
                fields.remove("default");
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            fields.values_mut().for_each(normalize);
        }
        _ => {}
    }
}

fn drop_null(fields: &mut Map<String, Value>, key: &str) {
    let Some(Value::Array(choices)) = fields.get_mut(key) else {
        return;
    };
    let is_null = |choice: &Value| choice.is_null() || choice == "null" || choice["type"] == "null";
    let before = choices.len();
    choices.retain(|choice| !is_null(choice));
    if choices.len() != 1 || (before == 1 && key != "type") {
        return;
    }
    let only = choices.remove(0);
    fields.remove(key);
    match only {
        Value::Object(only) => {
            for (name, value) in only {
                fields.entry(name).or_insert(value);
            }
        }
        only => {
            fields.insert(key.to_owned(), only);
        }
    }
}

fn strip_own(schema: &mut Value) {
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(strip_own),
        Value::Object(fields) => {
            fields.retain(|name, _| !name.starts_with(OWN));
            fields.values_mut().for_each(strip_own);
        }
        _ => {}
    }
}

fn node(name: &str, schema: &Value, default: Option<&Value>) -> Node {
    if let Some(properties) = schema["properties"].as_object() {
        let child = |(field, schema): (&String, &Value)| {
            let default = default.and_then(|default| default.get(field));
            (field.clone(), node(&join(name, field), schema, default))
        };
        return Node::Section {
            about: text(&schema["description"]),
            children: properties.iter().map(child).collect(),
        };
    }
    let each = &schema["additionalProperties"];
    match each["properties"].is_object() {
        true => Node::Named,
        false => Node::Leaf(Box::new(setting(name, schema, default))),
    }
}

fn setting(name: &str, schema: &Value, default: Option<&Value>) -> Setting {
    let default = default.filter(|default| !default.is_null()).cloned();
    let own_text = schema["x-default"].as_str().map(str::to_owned);
    let value_text = || default.as_ref().map(value_text).unwrap_or_default();
    Setting {
        name: name.to_owned(),
        meaning: text(&schema["description"]),
        expects: expects(schema),
        default_text: own_text.unwrap_or_else(value_text),
        default,
        schema: schema.clone(),
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        Value::Array(values) => values.iter().map(value_text).collect::<Vec<_>>().join(", "),
        value => value.to_string(),
    }
}

/// What a value must be, in words.
pub(crate) fn expects(schema: &Value) -> String {
    if let Some(own) = schema["x-expects"].as_str() {
        return own.to_owned();
    }
    if let Some(choices) = choices(schema) {
        return one_of(&choices);
    }
    match schema["type"].as_str().unwrap_or_default() {
        "boolean" => "true or false".to_owned(),
        "integer" => format!(
            "a number from {} to {}",
            schema["minimum"], schema["maximum"]
        ),
        "string" if schema["minLength"].is_number() => "a string that is not empty".to_owned(),
        "array" if schema["items"]["properties"].is_object() => {
            let fields = schema["items"]["properties"].as_object();
            let fields = fields.into_iter().flatten();
            let names: Vec<_> = fields.map(|(name, _)| name.as_str()).collect();
            format!("a list of tables of {}", names.join(", "))
        }
        "array" => "a list of strings".to_owned(),
        "object" => match choices(&schema["additionalProperties"]) {
            Some(choices) => format!("a table of {}", one_of(&choices)),
            None => "a table of strings".to_owned(),
        },
        _ => "a string".to_owned(),
    }
}

/// The words of an enumeration.
pub(crate) fn choices(schema: &Value) -> Option<Vec<&str>> {
    let choices = schema["oneOf"].as_array()?;
    choices
        .iter()
        .map(|choice| choice["const"].as_str())
        .collect()
}

fn one_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => (*word).to_owned(),
        [words @ .., last] => format!("{} or {last}", words.join(", ")),
    }
}

fn collect(node: &'static Node, out: &mut Vec<&'static Setting>) {
    match node {
        Node::Section { children, .. } => children.values().for_each(|node| collect(node, out)),
        Node::Named => {}
        Node::Leaf(setting) => out.push(setting),
    }
}

pub(crate) fn join(prefix: &str, name: &str) -> String {
    match prefix {
        "" => name.to_owned(),
        prefix => format!("{prefix}.{name}"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
