//! Workspaces of several sizes, made of real sources: from the start to the first answer and to the whole index, memory,
//! and what a keystroke costs. And a second window on the same workspace.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use firesteel_testkit::editor::Editor;
use serde_json::{Value, json};
use tokio::process::Child;

use super::inputs;
use super::process::{
    Program, anonymous_mb, cpu_time, index_mb, peak_mb, resident_mb, start, stop,
};
use super::suggest::PLAN;
use super::table::{Table, Target, round};

/// Words of the workspaces, and their names in the table.
const SIZES: [(&str, usize); 3] = [("0.1M", 100_000), ("1M", 1_000_000), ("10M", 10_000_000)];
/// The time between two keystrokes.
const PACE: Duration = Duration::from_millis(15);
/// A workspace that takes longer to index than this is measured as it then is.
const MAX_INDEXING: Duration = Duration::from_secs(240);
/// Files that a pull changes.
const PULLED: usize = 1_000;
/// It is taken in within this time, or measured as it then is.
const MAX_PULL: Duration = Duration::from_secs(60);
/// It is over when nothing more was read for so long.
const PULL_QUIET: Duration = Duration::from_secs(3);
/// How often is asked whether the index is made.
const POLL: Duration = Duration::from_millis(50);

/// Runs the bench.
pub(super) async fn run(quick: bool) -> Result<Table> {
    let mut table = Table::default();
    let (sizes, keys) = match quick {
        true => (&SIZES[..2], 150),
        false => (&SIZES[..], 600),
    };
    for (name, words) in sizes {
        measure(name, *words, keys, &mut table).await?;
    }
    Ok(table)
}

async fn measure(name: &str, words: usize, keys: usize, table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("workspace");
    std::fs::create_dir_all(&root)?;
    let have = inputs::workspace(&root, words)?;
    table.add(format!("{name}_words"), have);
    let options = json!({"local.dependencies": false});
    let began = Instant::now();
    let (editor, server) = start(&Program::Own, &root, options.clone()).await?;
    let uri = open(&editor, &root).await?;
    table.add(
        format!("{name}_first_answer_ms"),
        round(began.elapsed().as_secs_f64() * 1e3),
    );
    let local = indexed(&editor, began).await?;
    table.add(
        format!("{name}_index_s"),
        round(began.elapsed().as_secs_f64()),
    );
    let tokens = local["tokens"].as_f64().unwrap_or(0.0);
    ensure!(tokens > 0.0, "nothing was indexed");
    let mapped = local["bytes"].as_f64().unwrap_or(0.0) / 1e6;
    table.add(format!("{name}_indexed_words"), tokens);
    table.aim(
        format!("{name}_mapped_mb_per_million"),
        mapped / (tokens / 1e6),
        Target::AtMost(40.0),
    );
    let answers = type_plan(&editor, &uri, keys).await?;
    table.add_percentiles(&format!("{name}_key_to_answer"), &answers);
    let mapped_rss = resident_mb(&server)? - anonymous_mb(&server)?;
    table.add(format!("{name}_rss_mb"), resident_mb(&server)?);
    table.add(format!("{name}_rss_anonymous_mb"), anonymous_mb(&server)?);
    table.add(format!("{name}_rss_mapped_mb"), mapped_rss);
    table.aim(
        format!("{name}_rss_index_mb"),
        index_mb(&server)? as f64,
        Target::AtMost(60.0),
    );
    table.add(format!("{name}_rss_peak_mb"), peak_mb(&server)?);
    second(name, &root, &server, options, table).await?;
    pull(name, &root, &editor, &server, table).await?;
    let answers = type_plan(&editor, &uri, keys).await?;
    table.add_percentiles(&format!("{name}_key_to_answer_after_pull"), &answers);
    stop(editor, server).await
}

/// Files that change at once, as by a pull: from the last one written to the index that knows them.
async fn pull(
    name: &str,
    root: &Path,
    editor: &Editor,
    server: &Child,
    table: &mut Table,
) -> Result<()> {
    let files = inputs::files(root, PULLED);
    let before = status(editor).await?["files_read"].as_u64();
    let busy = cpu_time(server)?;
    for file in &files {
        let mut text = std::fs::read_to_string(file)?;
        text.push_str("// pulled\n");
        std::fs::write(file, text)?;
    }
    let change = |file: &PathBuf| json!({"uri": format!("file://{}", file.display()), "type": 2});
    let changes: Vec<Value> = files.iter().map(change).collect();
    let told = json!({"changes": changes});
    editor
        .client
        .notify("workspace/didChangeWatchedFiles", told);
    let began = Instant::now();
    // Some of them nobody learns from. The rest may be taken in at once or in two steps.
    let (mut read, mut since) = (0, began.elapsed());
    while began.elapsed() < MAX_PULL {
        let local = status(editor).await?;
        let now = local["files_read"].as_u64().unwrap_or(0) - before.unwrap_or(0);
        if now != read || !local["indexing"].is_null() {
            (read, since) = (now, began.elapsed());
        } else if read > 0 && began.elapsed() > since + PULL_QUIET {
            break;
        }
        tokio::time::sleep(POLL).await;
    }
    table.add(format!("{name}_pulled_files"), files.len());
    table.add(format!("{name}_pull_files_read"), read);
    table.add(format!("{name}_pull_index_s"), round(since.as_secs_f64()));
    let busy = cpu_time(server)?.saturating_sub(busy);
    table.add(format!("{name}_pull_cpu_s"), round(busy.as_secs_f64()));
    Ok(())
}

/// Another window on the same workspace, while the first is open.
async fn second(
    name: &str,
    root: &Path,
    first: &Child,
    options: Value,
    table: &mut Table,
) -> Result<()> {
    let began = Instant::now();
    let (editor, server) = start(&Program::Own, root, options).await?;
    let uri = open(&editor, root).await?;
    let _ = indexed(&editor, began).await?;
    table.add(
        format!("{name}_second_window_index_s"),
        round(began.elapsed().as_secs_f64()),
    );
    let _ = type_plan(&editor, &uri, 50).await?;
    table.aim(
        format!("{name}_second_window_mb"),
        anonymous_mb(&server)? as f64,
        Target::AtMost(20.0),
    );
    table.add(
        format!("{name}_second_window_cpu_s"),
        round(cpu_time(&server)?.as_secs_f64()),
    );
    ensure!(first.id().is_some(), "the first window's server is gone");
    stop(editor, server).await
}

async fn open(editor: &Editor, root: &Path) -> Result<String> {
    let uri = format!("file://{}/typed.rs", root.display());
    editor.open(&uri, "rust", "use std::collections::HashMap;\n\n");
    let _ = editor.inline_completion(&uri, 2).result().await?;
    Ok(uri)
}

async fn type_plan(editor: &Editor, uri: &str, keys: usize) -> Result<Vec<Duration>> {
    let mut answers = Vec::new();
    for key in PLAN.chars().cycle().take(keys) {
        tokio::time::sleep(PACE).await;
        let pressed = Instant::now();
        editor.type_text(uri, &key.to_string());
        let _ = editor.inline_completion(uri, 2).result().await?;
        answers.push(pressed.elapsed());
    }
    Ok(answers)
}

/// Waits until the index is made; returns what the status says of the embedded engine.
async fn indexed(editor: &Editor, began: Instant) -> Result<Value> {
    loop {
        let local = status(editor).await?;
        let is_made = local["indexing"].is_null() && local["tokens"].as_u64() > Some(0);
        if is_made || began.elapsed() > MAX_INDEXING {
            return Ok(local);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// What the status says of the embedded engine.
async fn status(editor: &Editor) -> Result<Value> {
    let command = json!({"command": "firesteel.status", "arguments": [Value::Null]});
    let status = editor.client.request("workspace/executeCommand", command);
    Ok(status.await?["local"].clone())
}
