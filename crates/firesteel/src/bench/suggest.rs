//! Typing in a 20,000-line file: each key is a `didChange` and a request, over the real server's pipes.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use firesteel_testkit::editor::{ApplyStyle, Editor};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::table::{Table, millis, round};

/// Lines of the file.
const LINES: usize = 20_000;
/// Keys typed.
const KEYS: usize = 200;
/// What is typed, over and over: statements as they stand elsewhere in the file.
const TYPED: &str =
    "let total = self.entries.iter().map(|entry| entry.weight).sum::<u64>();\n        ";
/// Echoes of the floor.
const ECHOES: usize = 200;

/// Runs the bench.
pub(super) async fn run() -> Result<Table> {
    let floor = floor().await?;
    let folder = std::env::temp_dir().join(format!("firesteel-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = typing(&folder).await;
    // What is left in the temporary folder does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    let Typing {
        opened,
        answers,
        shown,
        stale,
        resident_mb,
    } = result?;
    let mut table = Table::default();
    table.add("keys", answers.len());
    table.add("unanswered", KEYS - answers.len());
    table.add("stale", stale);
    table.add("shown", shown);
    table.add_percentiles("floor_echo", &floor);
    table.add_percentiles("key_to_answer", &answers);
    table.add(
        "ratio_p50",
        round(millis(&answers, 0.5) / millis(&floor, 0.5)),
    );
    table.add("open_to_first_answer_ms", round(opened.as_secs_f64() * 1e3));
    table.add("rss_mb", resident_mb);
    Ok(table)
}

struct Typing {
    opened: Duration,
    answers: Vec<Duration>,
    shown: usize,
    stale: usize,
    resident_mb: u64,
}

async fn typing(folder: &std::path::Path) -> Result<Typing> {
    let mut server = Command::new(std::env::current_exe()?);
    server
        .args(["lsp", "--log-level", "error"])
        .kill_on_drop(true);
    server.env("FIRESTEEL_LOCAL_CACHE_DIR", folder.join("cache"));
    let (editor, mut server) = start(server, folder).await?;
    let uri = format!("file://{}/large.rs", folder.display());
    let (text, at) = large_file();
    let began = Instant::now();
    editor.open(&uri, "rust", &text);
    editor.move_to(&uri, at);
    let _ = editor.inline_completion(&uri, 2).result().await?;
    let opened = began.elapsed();
    let mut typing = Typing {
        opened,
        answers: Vec::new(),
        shown: 0,
        stale: 0,
        resident_mb: 0,
    };
    for key in TYPED.chars().cycle().take(KEYS) {
        let pressed = Instant::now();
        editor.type_text(&uri, &key.to_string());
        let answer = editor.inline_completion(&uri, 2).result().await?;
        typing.answers.push(pressed.elapsed());
        if let Some(item) = answer.get(0) {
            typing.shown += 1;
            typing.stale += usize::from(is_stale(item, &editor, &uri));
        }
    }
    typing.resident_mb = resident_mb(&server)?;
    editor.client.shutdown().await?;
    ensure!(server.wait().await?.success(), "the server ended badly");
    Ok(typing)
}

async fn start(mut command: Command, folder: &std::path::Path) -> Result<(Editor, Child)> {
    let mut server = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = server.stdout.take().context("the server has no output")?;
    let input = server.stdin.take().context("the server has no input")?;
    let params = json!({"rootUri": format!("file://{}", folder.display())});
    let editor = Editor::start(output, input, ApplyStyle::EchoFirst, params).await?;
    Ok((editor, server))
}

/// An answer is stale when it does not go on from the line as it is now.
fn is_stale(item: &Value, editor: &Editor, uri: &str) -> bool {
    let text = editor.text(uri);
    let before = &text[..editor.cursor(uri)];
    let line = before.rsplit('\n').next().unwrap_or_default();
    !item["insertText"]
        .as_str()
        .is_some_and(|insert| insert.starts_with(line))
}

/// The same bytes through a process that only echoes them: what pipes and scheduling cost by themselves.
async fn floor() -> Result<Vec<Duration>> {
    let mut echo = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = echo.stdin.take().context("cat has no input")?;
    let mut output = echo.stdout.take().context("cat has no output")?;
    let message = vec![b'x'; 400];
    let mut samples = Vec::new();
    for _ in 0..ECHOES {
        let began = Instant::now();
        input.write_all(&message).await?;
        let mut back = vec![0; message.len()];
        output.read_exact(&mut back).await?;
        samples.push(began.elapsed());
    }
    drop(input);
    echo.wait().await?;
    Ok(samples)
}

/// A file of methods that differ in their names, and the offset of an empty line in the middle of one.
fn large_file() -> (String, usize) {
    let mut text = String::from(
        "pub struct Store { entries: Vec<Entry> }\npub struct Entry { weight: u64 }\n\nimpl Store {\n",
    );
    let mut cursor = 0;
    for number in 0.. {
        let lines = text.matches('\n').count();
        if lines >= LINES {
            break;
        }
        if cursor == 0 && lines >= LINES / 2 {
            text += "    pub fn middle(&self) -> u64 {\n        ";
            cursor = text.len();
            text += "\n        0\n    }\n\n";
        }
        // Written in blocks, so that counting lines stays cheap.
        for part in 0..50 {
            text += &method(number * 50 + part);
        }
    }
    text += "}\n";
    (text, cursor)
}

fn method(number: usize) -> String {
    format!(
        "    pub fn weigh_{number}(&self, limit: u64) -> Option<u64> {{\n        \
         let total = self.entries.iter().map(|entry| entry.weight).sum::<u64>();\n        \
         if total > limit + {number} {{\n            return None;\n        }}\n        \
         Some(total)\n    }}\n\n"
    )
}

/// Resident memory of the server, where the system tells.
fn resident_mb(server: &Child) -> Result<u64> {
    let id = server.id().context("the server has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB"));
    Ok(kilobytes
        .and_then(|kilobytes| kilobytes.trim().parse::<u64>().ok())
        .unwrap_or(0)
        / 1024)
}
