//! Memory with many real files open, and after they were closed.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use firesteel_testkit::editor::Editor;
use serde_json::json;

use super::inputs::{self, Source, is_rust};
use super::process::{Program, anonymous_mb, idle, peak_mb, resident_mb, start, stop};
use super::table::{Table, Target, round};

/// Files that a day leaves open.
const FILES: usize = 1_000;
/// Files that a script opens.
const MANY_FILES: usize = 10_000;
/// The sizes of those files, in bytes.
const SIZES: (u64, u64) = (2_000, 40_000);
/// From the last one closed to the look at the memory.
const AFTER_CLOSED: Duration = Duration::from_secs(10);

/// Runs the bench.
pub(super) async fn run(quick: bool) -> Result<Table> {
    let folder = tempfile::tempdir()?;
    let mut table = Table::default();
    let files: Vec<Source> = inputs::sources(SIZES.0, SIZES.1, is_rust)?
        .take(FILES)
        .collect();
    thousand(folder.path(), &files, &mut table).await?;
    drop(files);
    let count = if quick { MANY_FILES / 2 } else { MANY_FILES };
    many(folder.path(), count, &mut table).await?;
    Ok(table)
}

async fn thousand(folder: &Path, files: &[Source], table: &mut Table) -> Result<()> {
    let (editor, server) = start(&Program::Own, folder, json!({})).await?;
    idle(&server).await?;
    table.add("rss_started_mb", resident_mb(&server)?);
    table.add("files", files.len());
    table.add("text_mb", megabytes(files));
    let began = Instant::now();
    let uris = open(&editor, folder, files);
    ask(&editor, uris.last()).await?;
    table.add(
        "open_to_answer_ms",
        round(began.elapsed().as_secs_f64() * 1e3),
    );
    idle(&server).await?;
    table.aim(
        "rss_open_mb",
        resident_mb(&server)? as f64,
        Target::AtMost(110.0),
    );
    table.add("rss_open_anonymous_mb", anonymous_mb(&server)?);
    table.add("rss_peak_mb", peak_mb(&server)?);
    // The user looks at many of them.
    for uri in uris.iter().step_by(uris.len().div_ceil(100).max(1)) {
        editor.type_text(uri, "x");
        ask(&editor, Some(uri)).await?;
    }
    idle(&server).await?;
    table.aim(
        "rss_visited_mb",
        resident_mb(&server)? as f64,
        Target::AtMost(110.0),
    );
    for uri in &uris {
        editor.close(uri);
    }
    tokio::time::sleep(AFTER_CLOSED).await;
    table.aim(
        "rss_closed_mb",
        resident_mb(&server)? as f64,
        Target::AtMost(45.0),
    );
    stop(editor, server).await
}

async fn many(folder: &Path, count: usize, table: &mut Table) -> Result<()> {
    let mut files: Vec<Source> = inputs::sources(1_000, SIZES.1, is_rust)?
        .take(count)
        .collect();
    let different = files.len();
    // Where the machine has too few, they are open a second time under another name.
    for number in different..count {
        let Source {
            project,
            name,
            text,
        } = &files[number % different.max(1)];
        let again = Source {
            project: format!("{project}-{number}"),
            name: name.clone(),
            text: text.clone(),
        };
        files.push(again);
    }
    let (editor, server) = start(&Program::Own, folder, json!({})).await?;
    idle(&server).await?;
    table.add("many_files", count);
    table.add("many_different_files", different);
    table.add("many_text_mb", megabytes(&files));
    let uris = open(&editor, folder, &files);
    ask(&editor, uris.last()).await?;
    idle(&server).await?;
    table.aim(
        "many_rss_open_mb",
        resident_mb(&server)? as f64,
        Target::AtMost(300.0),
    );
    table.add("many_rss_peak_mb", peak_mb(&server)?);
    stop(editor, server).await
}

fn open(editor: &Editor, folder: &Path, files: &[Source]) -> Vec<String> {
    let one = |file: &Source| {
        let path = folder.join(&file.project).join(&file.name);
        let uri = format!("file://{}", path.display());
        editor.open(&uri, file.language_id(), &file.text);
        uri
    };
    files.iter().map(one).collect()
}

async fn ask(editor: &Editor, uri: Option<&String>) -> Result<()> {
    if let Some(uri) = uri {
        let _ = editor.inline_completion(uri, 2).result().await?;
    }
    Ok(())
}

fn megabytes(files: &[Source]) -> f64 {
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    round(bytes as f64 / 1e6)
}
