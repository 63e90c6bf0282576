//! The tables of docs/configuration.md.

use firesteel_config::{Order, Rule, Setting, old_names, rule, sections, settings};

/// A table for each section, and one of old names.
pub(crate) fn markdown() -> String {
    let mut out = String::new();
    let own = |section: &str| -> Vec<&'static Setting> {
        let is_own = |setting: &&Setting| match setting.name.rsplit_once('.') {
            Some((prefix, _)) => prefix == section,
            None => section.is_empty(),
        };
        settings().filter(is_own).collect()
    };
    for (section, about) in sections() {
        out += &format!("### `{section}`\n\n{about}\n");
        if section == "model" {
            out += "\nA table `[models.NAME]` takes the same settings.\n";
        }
        out += &table(&own(&section));
    }
    out += "### Others\n";
    out += &table(&own(""));
    out +=
        "## Old names\n\nThey keep working, with a warning.\n\n| old name | what to do |\n|-|-|\n";
    for old in old_names() {
        out += &format!("| `{}` | {} |\n", old.name, old.advice);
    }
    out
}

fn table(settings: &[&Setting]) -> String {
    let mut out = "\n| setting | value | default | meaning | project |\n|-|-|-|-|-|\n".to_owned();
    for setting in settings {
        let Setting {
            name,
            expects,
            default_text,
            ..
        } = setting;
        let (meaning, project) = (meaning(setting), project(name));
        out += &format!("| `{name}` | {expects} | {default_text} | {meaning} | {project} |\n");
    }
    out + "\n"
}

/// What a setting does, and each of its words.
pub(crate) fn meaning(setting: &Setting) -> String {
    let mut text = setting.meaning.clone();
    for choice in setting.schema["oneOf"].as_array().into_iter().flatten() {
        let word = choice["const"].as_str().unwrap_or_default();
        let about = choice["description"].as_str().unwrap_or_default();
        text += &format!("<br>`{word}`: {about}");
    }
    text
}

fn project(name: &str) -> &'static str {
    match rule(name) {
        Rule::Never => "never",
        Rule::Tighten(Order::Smaller) => "lower",
        Rule::Tighten(Order::Off) => "off",
        Rule::Tighten(Order::Later(words)) if words.contains(&"preview") => "more confirmation",
        Rule::Tighten(Order::Later(_) | Order::LaterByKey(_)) => "quieter",
        Rule::Tighten(Order::Added) => "add",
    }
}
