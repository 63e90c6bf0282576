//! The user's own settings change while an editor's server runs.

use std::path::Path;

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{PATIENCE, ended, firesteel, start};

async fn max_lines(client: &firesteel_testkit::client::Client) -> Value {
    let asked = json!({"command": "firesteel.configuration"});
    let answer = client.request("workspace/executeCommand", asked);
    answer.await.unwrap()["settings"]["suggest.max_lines"]["value"].clone()
}

/// As editors save: under another name, which is then renamed.
fn save(file: &Path, lines: u32) {
    let part = file.with_extension("part");
    std::fs::write(&part, format!("[suggest]\nmax_lines = {lines}\n")).unwrap();
    std::fs::rename(part, file).unwrap();
}

#[tokio::test]
async fn the_users_own_settings_change_at_once() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/firesteel");
    std::fs::create_dir_all(home.path().join(".config")).unwrap();
    let (client, mut server) = start(&mut firesteel(home.path(), &["lsp"]));
    client
        .initialize(json!({"capabilities": {}}))
        .await
        .unwrap();
    assert_eq!(max_lines(&client).await, 12);
    let becomes = async |expected: Value| {
        while max_lines(&client).await != expected {
            tokio::task::yield_now().await;
        }
    };
    // Not even the folder is there at first.
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("firesteel.toml");
    for lines in [3, 4] {
        save(&file, lines);
        timeout(PATIENCE, becomes(json!(lines))).await.unwrap();
    }
    #[cfg(unix)]
    {
        // Many keep their settings elsewhere and have a link here.
        let kept = home.path().join("dotfiles");
        std::fs::create_dir(&kept).unwrap();
        save(&kept.join("firesteel.toml"), 5);
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(kept.join("firesteel.toml"), &file).unwrap();
        timeout(PATIENCE, becomes(json!(5))).await.unwrap();
        save(&kept.join("firesteel.toml"), 6);
        timeout(PATIENCE, becomes(json!(6))).await.unwrap();
    }
    std::fs::remove_file(&file).unwrap();
    timeout(PATIENCE, becomes(json!(12))).await.unwrap();
    client.shutdown().await.unwrap();
    assert!(ended(&mut server).await.success());
}
