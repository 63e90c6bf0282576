//! The table of spellings, each through everything.

use std::path::Path;

use firesteel_text::DocumentId;
use serde::Deserialize;

use super::{answer, check, scene};

/// The ways in which editors write a path, beside it. `tests/uris/check.mjs` holds them against Node and VS Code.
const SPELLINGS: &str = include_str!("../../uris/spellings.json");

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Row {
    name: String,
    /// As this server writes it of a file that is not open.
    strict: String,
    vscode: String,
    neovim: String,
    helix: String,
    eglot: String,
    lsp_mode: String,
    /// As it is; left out where that would mean another file.
    #[serde(default)]
    raw: Option<String>,
}

fn rows() -> Vec<Row> {
    serde_json::from_str(SPELLINGS).unwrap()
}

/// Each different spelling with the name that it is of.
fn spellings() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for row in rows() {
        let written = [row.vscode, row.neovim, row.helix, row.eglot, row.lsp_mode];
        for spelling in written.into_iter().chain(row.raw) {
            let pair = (row.name.clone(), spelling);
            if !all.contains(&pair) {
                all.push(pair);
            }
        }
    }
    all
}

/// A part of the table, so that several run at once.
async fn check_part(part: usize, n_parts: usize) {
    let mine: Vec<_> = spellings()
        .into_iter()
        .skip(part)
        .step_by(n_parts)
        .collect();
    let answers: Vec<String> = mine.iter().map(|(name, _)| answer(name)).collect();
    let (scene, home) = scene(&answers).await;
    for (name, spelling) in &mine {
        check(&scene, &home, name, &scene.uri(spelling)).await;
    }
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_spellings_first_part() {
    assert!(spellings().len() >= 40, "{}", spellings().len());
    check_part(0, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_spellings_second_part() {
    check_part(1, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_spellings_third_part() {
    check_part(2, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_ways_to_the_same_path() {
    let name = "app/[id]/a b.py";
    let ways = [
        "file:ROOT/app/[id]/a b.py",
        "FILE://ROOT/app/%5Bid%5D/a%20b.py",
        "file://localhostROOT/app/%5Bid%5D/a%20b.py",
        "file://ROOT/./app/x/../%5Bid%5D/a%20b.py",
        "file://ROOT//app//%5Bid%5D/a%20b.py",
        "file:///.ROOT/app/%5bid]/a%20b%2Epy",
        "ROOT/app/[id]/a b.py",
    ];
    let answers: Vec<String> = ways.iter().map(|_| answer(name)).collect();
    let (scene, home) = scene(&answers).await;
    let root = scene.root.path().display().to_string();
    for way in ways {
        check(&scene, &home, name, &way.replace("ROOT", &root)).await;
    }
    scene.finish().await;
}

#[test]
fn the_table_has_what_this_server_and_helix_write() {
    for row in rows() {
        let path = format!("/w/{}", row.name);
        let id = DocumentId::from_path(Path::new(&path));
        assert_eq!(id.to_uri(), format!("file:///w/{}", row.strict));
        let url = url::Url::from_file_path(format!("/{}", row.name)).unwrap();
        assert_eq!(url.as_str(), format!("file:///{}", row.helix));
    }
}
