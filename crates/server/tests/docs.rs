//! The documentation says what the code says.

use expect_test::expect_file;
use firesteel_server::{commands, config};

#[test]
fn every_setting_is_documented() {
    let text = format!(
        "{}\n{}",
        include_str!("configuration_head.md"),
        config::markdown_table()
    );
    expect_file!["../../../docs/configuration.md"].assert_eq(&text);
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
