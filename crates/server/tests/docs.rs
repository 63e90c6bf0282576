//! The documentation, the JSON schema and the settings of the editors say what the code says. `UPDATE_EXPECT=1` renews
//! them.

mod generated;

use std::path::Path;

use expect_test::expect_file;
use firesteel_config::{RULES, Rule};
use firesteel_server::commands;
use serde_json::{Map, Value, json};

#[test]
fn every_setting_is_documented() {
    let text = format!(
        "{}{}",
        include_str!("configuration_head.md"),
        generated::markdown()
    );
    expect_file!["../../../docs/configuration.md"].assert_eq(&text);
}

#[test]
fn the_schema_is_published() {
    let schema = firesteel_config::json_schema(&firesteel_host::catalog());
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n";
    expect_file!["../../../docs/firesteel.schema.json"].assert_eq(&text);
}

#[test]
fn vscode_knows_every_setting() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors/vscode/package.json");
    let manifest = std::fs::read_to_string(path).unwrap();
    let text = generated::vscode_manifest(&manifest, &firesteel_host::catalog()).unwrap();
    expect_file!["../../../editors/vscode/package.json"].assert_eq(&text);
}

#[test]
fn a_workspace_of_vscode_decides_nothing_that_is_the_users() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors/vscode/package.json");
    let manifest: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let restricted = &manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"];
    let restricted = restricted.as_array().unwrap();
    let groups = manifest["contributes"]["configuration"].as_array().unwrap();
    let own = |group: &Value| group["properties"].as_object().cloned();
    let properties: Map<String, Value> = groups.iter().filter_map(own).flatten().collect();
    let mut users: Vec<String> = RULES
        .iter()
        .filter(|(_, rule)| *rule == Rule::Never)
        .map(|(name, _)| (*name).to_owned())
        .collect();
    users.extend(
        [
            "models",
            "model.profile",
            "model.trust_project",
            "deep.url",
            "deep.key_env",
        ]
        .map(str::to_owned),
    );
    for name in users {
        let name = format!("firesteel.{name}");
        let Some(property) = properties.get(&name) else {
            assert!(
                ["firesteel.model.key", "firesteel.log.file"].contains(&name.as_str()),
                "{name}"
            );
            continue;
        };
        assert!(
            restricted.contains(&json!(name)),
            "{name} is not restricted"
        );
        // VS Code takes such a setting from the user's own settings only.
        assert_eq!(property["scope"], "machine", "{name}");
    }
}

#[test]
fn neovim_knows_every_setting() {
    let text = generated::lua_types(&firesteel_host::catalog());
    expect_file!["../../../editors/neovim/lua/firesteel/settings.lua"].assert_eq(&text);
}

#[test]
fn every_command_is_documented() {
    let text = include_str!("../../../docs/protocol.md");
    for command in commands::ALL {
        assert!(
            text.contains(&format!("`{command}`")),
            "{command} is missing in docs/protocol.md"
        );
    }
}
