//! The types of the settings for Neovim's users, as lua-language-server reads them.

use firesteel_config::{Catalog, json_schema};
use serde_json::Value;

const ROOT: &str = "firesteel.Settings";
const HEAD: &str = "--- The types of the server's settings, for completion in your configuration. Generated from the server; do not edit.\n\n---@meta\n";

/// The file with a class for each section.
pub(crate) fn lua_types(catalog: &Catalog) -> String {
    let mut out = HEAD.to_owned();
    class(ROOT, &json_schema(catalog), &mut out);
    out + "\nreturn {}\n"
}

fn class(name: &str, schema: &Value, out: &mut String) {
    let mut inner = Vec::new();
    *out += &format!("\n---@class {name}\n");
    for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
        if field.starts_with('$') {
            continue;
        }
        let own = format!("{name}.{field}");
        let about = schema["description"].as_str().unwrap_or_default();
        *out += &format!("---@field {field}? {} {about}\n", type_of(schema, &own));
        if schema["properties"].is_object() {
            inner.push((own, schema));
        } else if schema["items"]["properties"].is_object() {
            inner.push((own, &schema["items"]));
        }
    }
    for (name, schema) in inner {
        class(&name, schema, out);
    }
}

fn type_of(schema: &Value, own: &str) -> String {
    let words = |words: Vec<&Value>| -> String {
        let words = words.into_iter().filter_map(Value::as_str);
        words
            .map(|word| format!("'{word}'"))
            .collect::<Vec<_>>()
            .join("|")
    };
    if let Some(choices) = schema["oneOf"].as_array() {
        return words(choices.iter().map(|choice| &choice["const"]).collect());
    }
    if let Some(known) = schema["enum"].as_array() {
        return words(known.iter().collect());
    }
    if schema["anyOf"].is_array() {
        return "string|string[]".to_owned();
    }
    if schema["properties"].is_object() {
        return own.to_owned();
    }
    let each = &schema["additionalProperties"];
    match schema["type"].as_str().unwrap_or_default() {
        "boolean" => "boolean".to_owned(),
        "integer" => "integer".to_owned(),
        "array" if schema["items"]["properties"].is_object() => format!("{own}[]"),
        "array" => "string[]".to_owned(),
        "object" if each["properties"].is_object() => format!("table<string, {ROOT}.model>"),
        "object" => format!("table<string, {}>", type_of(each, own)),
        _ => "string".to_owned(),
    }
}
