//! docs/models.md says what presets.toml says.

#![expect(
    clippy::expect_used,
    reason = "what a test needs is there or the test fails"
)]

use std::fmt::Write;
use std::path::Path;

use firesteel_model::{Kind, Preset};
use firesteel_prompt::Formats;

const PRESETS: (&str, &str) = ("<!-- presets -->\n", "<!-- end of presets -->");
const FORMATS: (&str, &str) = ("<!-- formats -->\n", "<!-- end of formats -->");

fn presets() -> String {
    let mut table = String::from(
        "\n| preset | what it is | holes | conversations | `name` by default | API key |\n|-|-|-|-|-|-|\n",
    );
    for (name, preset) in Preset::all() {
        let wire =
            |wire: Option<Kind>| wire.map_or("—".to_owned(), |wire| format!("`{}`", wire.name()));
        let code = |text: &str| {
            if text.is_empty() {
                "—".to_owned()
            } else {
                format!("`{text}`")
            }
        };
        let mark = if preset.documented { " ¹" } else { "" };
        let chat = match preset.edit {
            Some(edit) => format!("— (next edits: `{}`)", edit.name()),
            None => wire(preset.chat),
        };
        let model = match (preset.name.is_empty(), preset.ports.is_empty()) {
            (true, false) => "what the server has".to_owned(),
            _ => code(&preset.name),
        };
        let key = code(&preset.key_variable);
        let _ = writeln!(
            table,
            "| `{name}`{mark} | {} | {} | {chat} | {model} | {key} |",
            preset.about,
            wire(preset.fim)
        );
    }
    table.push('\n');
    table
}

fn formats() -> String {
    let mut table = String::from("\n| `format` | for |\n|-|-|\n");
    for format in Formats::built_in().iter() {
        let _ = writeln!(table, "| `{}` | {} |", format.name(), format.about());
    }
    table.push('\n');
    table
}

/// Text with what stands between two markers replaced.
fn replaced(text: &str, markers: (&str, &str), new: &str) -> String {
    let (head, rest) = text.split_once(markers.0).expect("the first marker");
    let (_, tail) = rest.split_once(markers.1).expect("the last marker");
    [head, markers.0, new, markers.1, tail].concat()
}

#[test]
fn the_tables_are_those_of_the_data() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/models.md");
    let text = std::fs::read_to_string(&path).expect("docs/models.md");
    let expected = replaced(&replaced(&text, PRESETS, &presets()), FORMATS, &formats());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &expected).expect("docs/models.md can be written");
    } else {
        assert!(
            text == expected,
            "docs/models.md is not up to date; run this test with UPDATE_EXPECT=1"
        );
    }
}

#[test]
fn every_example_names_a_preset_and_only_settings_that_there_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/models.md");
    let text = std::fs::read_to_string(path).expect("docs/models.md");
    let examples: Vec<&str> = text
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(examples.len() >= 9, "{}", examples.len());
    for example in examples {
        let read: toml::Table = toml::from_str(example).expect("TOML");
        let mut models: Vec<&toml::Value> = read.get("model").into_iter().collect();
        models.extend(
            read.get("models")
                .and_then(toml::Value::as_table)
                .into_iter()
                .flat_map(toml::Table::values),
        );
        assert!(!models.is_empty(), "{example}");
        for model in models {
            let preset = model
                .get("preset")
                .and_then(toml::Value::as_str)
                .expect("a preset");
            assert!(Preset::named(preset).is_some(), "{preset}");
        }
    }
}
