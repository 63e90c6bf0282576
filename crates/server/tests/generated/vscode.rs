//! The settings of VS Code's extension, in its package.json.

use firesteel_config::{Catalog, Rule, Setting, json_schema, old_names, rule, settings};
use serde_json::{Map, Value, json};

/// Settings that VS Code's users do not have: the key is in its secret storage, and the log in its output panel.
const LEFT_OUT: [&str; 2] = ["model.key", "log.file"];
/// The groups of the settings' page, in its order, with the first words of the names in each.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Suggestions", &["suggest", "hover"]),
    ("Models", &["model", "models", "roles", "deep"]),
    ("Edits", &["edits", "actions"]),
    ("This machine", &["local", "privacy", "log", "serverPath"]),
];
/// A setting of the extension itself.
const SERVER_PATH: &str = "firesteel.serverPath";

/// The manifest with the settings as they are now; none where it has no place for them.
pub(crate) fn vscode_manifest(manifest: &str, catalog: &Catalog) -> Option<String> {
    let properties = properties(catalog);
    let is_users = |property: &Value| property["scope"] == "machine";
    let restricted = properties.iter().filter(|(_, property)| is_users(property));
    let restricted = restricted
        .map(|(name, _)| name.as_str())
        .chain([SERVER_PATH]);
    let restricted: Value = restricted.collect();
    let manifest = replaced(manifest, "\"restrictedConfigurations\": ", &restricted)?;
    replaced(&manifest, "\"configuration\": ", &groups(properties)?)
}

/// The page's groups; none where a setting belongs to no group, or to two. What has an old name stands last.
fn groups(mut properties: Map<String, Value>) -> Option<Value> {
    let mut out = Vec::new();
    for (title, words) in GROUPS {
        let is_own = |name: &String| {
            name.split('.')
                .nth(1)
                .is_some_and(|word| words.contains(&word))
        };
        let names = properties.keys().filter(|name| is_own(name)).cloned();
        let (old, now): (Vec<_>, Vec<_>) =
            names.partition(|name| properties[name]["markdownDeprecationMessage"].is_string());
        let mut own = Map::new();
        for (order, name) in now.into_iter().chain(old).enumerate() {
            let mut property = properties.remove(&name)?;
            property["order"] = json!(order);
            own.insert(name, property);
        }
        out.push(json!({"title": title, "properties": own}));
    }
    properties.is_empty().then(|| json!(out))
}

fn properties(catalog: &Catalog) -> Map<String, Value> {
    let schema = json_schema(catalog);
    let mut properties = Map::new();
    for setting in settings().filter(|setting| !LEFT_OUT.contains(&setting.name.as_str())) {
        properties.insert(
            format!("firesteel.{}", setting.name),
            property(setting, &schema),
        );
    }
    for old in old_names() {
        let now = settings().find(|setting| Some(&setting.name) == old.now.as_ref());
        let mut property =
            now.map_or_else(|| json!({"type": "boolean"}), |now| property(now, &schema));
        let is_users = now.is_none_or(|now| rule(&now.name) == Rule::Never);
        property["scope"] = json!(scope(is_users));
        property["markdownDeprecationMessage"] = json!(sentence(&old.advice));
        properties.insert(format!("firesteel.{}", old.name), property);
    }
    let mut models = schema["properties"]["models"].clone();
    if let Some(fields) = models["additionalProperties"]["properties"].as_object_mut() {
        fields.remove("key");
    }
    models["markdownDescription"] = models["description"].take();
    models["scope"] = json!("machine");
    properties.insert("firesteel.models".to_owned(), without_nulls(models));
    properties.insert(
        SERVER_PATH.to_owned(),
        json!({
            "type": "string",
            "default": "",
            "scope": "machine-overridable",
            "markdownDescription": "The server's path. By default it is `$FIRESTEEL_SERVER_PATH`, the bundled server, or `firesteel` on the PATH."
        }),
    );
    properties
}

/// A setting as VS Code shows it. What the extension sends is only what the user has set, so defaults are for the eye.
fn property(setting: &Setting, schema: &Value) -> Value {
    // The published schema knows the names of presets.
    let pointer = format!("/properties/{}", setting.name.replace('.', "/properties/"));
    let mut property = schema.pointer(&pointer).cloned().unwrap_or_default();
    let default = &setting.default;
    let mut meaning = setting.meaning.clone();
    if default
        .as_ref()
        .is_none_or(|default| default.as_object().is_some_and(Map::is_empty))
    {
        meaning += &format!(" Default: {}.", setting.default_text);
    }
    if let Some(choices) = property["oneOf"].as_array().cloned() {
        let of =
            |field: &str| -> Value { choices.iter().map(|choice| choice[field].clone()).collect() };
        property["enum"] = of("const");
        property["markdownEnumDescriptions"] = of("description");
        property["type"] = json!("string");
    }
    if property["anyOf"].is_array() {
        // The page has an editor for a list, and none for what may be either.
        property["type"] = json!("array");
        property["items"] = json!({"type": "string"});
    }
    let Value::Object(fields) = &mut property else {
        return property;
    };
    for own in ["oneOf", "anyOf", "description", "writeOnly"] {
        fields.remove(own);
    }
    if let Some(default) = default {
        fields.insert("default".to_owned(), default.clone());
    }
    fields.insert("markdownDescription".to_owned(), json!(meaning));
    fields.insert(
        "scope".to_owned(),
        json!(scope(rule(&setting.name) == Rule::Never)),
    );
    property = without_nulls(property);
    property
}

/// A setting that a project never decides is the user's in VS Code too, whether or not the workspace is trusted.
fn scope(is_users: bool) -> &'static str {
    if is_users { "machine" } else { "resource" }
}

fn without_nulls(mut property: Value) -> Value {
    if let Value::Object(fields) = &mut property {
        fields.retain(|_, value| !value.is_null());
    }
    property
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

/// `text` with another value behind `before`.
fn replaced(text: &str, before: &str, value: &Value) -> Option<String> {
    let start = text.find(before)? + before.len();
    let mut old = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
    old.next()?.ok()?;
    let end = start + old.byte_offset();
    let field = before.rsplit('\n').next().unwrap_or_default();
    let indent = text[..start].rsplit('\n').next().unwrap_or(field);
    let indent = indent.len() - indent.trim_start().len();
    let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
    let pretty = pretty.replace('\n', &format!("\n{}", " ".repeat(indent)));
    Some(format!("{}{pretty}{}", &text[..start], &text[end..]))
}
