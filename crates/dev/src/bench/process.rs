//! The server that is measured, as a process of its own: started, stopped, and what it takes of memory and processor time.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use firesteel_testkit::editor::{ApplyStyle, Editor};
use serde_json::json;
use tokio::process::{Child, Command};

/// Which program is the server.
pub(super) enum Program {
    /// This one.
    Own,
    /// A `firesteel` of another build.
    Path(PathBuf),
}

pub(super) async fn start(
    program: &Program,
    folder: &Path,
    options: serde_json::Value,
) -> Result<(Editor, Child)> {
    let program = match program {
        Program::Own => std::env::current_exe()?,
        Program::Path(path) => path.clone(),
    };
    let mut server = Command::new(program)
        .arg("lsp")
        .env("FIRESTEEL_LOG_LEVEL", "error")
        .env("FIRESTEEL_LOCAL_CACHE_DIR", folder.join("cache"))
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = server.stdout.take().context("the server has no output")?;
    let input = server.stdin.take().context("the server has no input")?;
    let root = format!("file://{}", folder.display());
    let params = json!({"rootUri": root, "initializationOptions": options});
    let editor = Editor::start(output, input, ApplyStyle::EchoFirst, params).await?;
    Ok((editor, server))
}

pub(super) async fn stop(editor: Editor, mut server: Child) -> Result<()> {
    editor.client.shutdown().await?;
    ensure!(server.wait().await?.success(), "the server ended badly");
    Ok(())
}

/// Resident memory of the server, where the system tells.
pub(super) fn resident_mb(server: &Child) -> Result<u64> {
    Ok(status_kb(server, "VmRSS:")? / 1024)
}

/// The most that it ever had.
pub(super) fn peak_mb(server: &Child) -> Result<u64> {
    Ok(status_kb(server, "VmHWM:")? / 1024)
}

/// Resident memory of its own, without the files that it has mapped.
pub(super) fn anonymous_mb(server: &Child) -> Result<u64> {
    Ok(status_kb(server, "RssAnon:")? / 1024)
}

/// Resident memory of its mapped indexes.
pub(super) fn index_mb(server: &Child) -> Result<u64> {
    let id = server.id().context("the server has ended")?;
    let maps = std::fs::read_to_string(format!("/proc/{id}/smaps"))?;
    let (mut is_index, mut kilobytes) = (false, 0);
    for line in maps.lines() {
        match line.strip_prefix("Rss:") {
            Some(resident) if is_index => {
                let number = resident.trim().trim_end_matches(" kB");
                kilobytes += number.parse::<u64>()?;
            }
            // The head of a mapping begins with its addresses.
            None if line.starts_with(|first: char| first.is_ascii_hexdigit()) => {
                is_index = line.contains(".fsindex");
            }
            _ => {}
        }
    }
    Ok(kilobytes / 1024)
}

fn status_kb(server: &Child, field: &str) -> Result<u64> {
    let id = server.id().context("the server has ended")?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB"));
    Ok(kilobytes
        .and_then(|kilobytes| kilobytes.trim().parse().ok())
        .unwrap_or(0))
}

/// Ticks of the kernel's clock in a second, in which `/proc` counts processor time.
const TICKS: u64 = 100;

/// Processor time that the server has taken so far, where the system tells.
pub(super) fn cpu_time(server: &Child) -> Result<Duration> {
    let id = server.id().context("the server has ended")?;
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name in brackets may hold spaces.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 1_000 / TICKS))
}

/// How long the server must have taken no processor time to count as idle.
const IDLE: Duration = Duration::from_millis(600);
/// A server that is busy for longer is measured as it is.
const MAX_BUSY: Duration = Duration::from_secs(25);

/// Waits until the server has nothing left to do.
pub(super) async fn idle(server: &Child) -> Result<()> {
    let began = Instant::now();
    let mut before = cpu_time(server)?;
    while began.elapsed() < MAX_BUSY {
        tokio::time::sleep(IDLE).await;
        let now = cpu_time(server)?;
        // A tick is what a few timers take.
        if now.saturating_sub(before) <= Duration::from_millis(1_000 / TICKS) {
            break;
        }
        before = now;
    }
    Ok(())
}
