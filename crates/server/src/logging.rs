//! The log: to standard error or a file, never to standard output, which belongs to the protocol.

use std::fs::OpenOptions;
use std::sync::{Mutex, OnceLock};

use anyhow::Context;
use firesteel_config::{Level, Log};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

/// How to change the level of a log that was started.
static FILTER: OnceLock<reload::Handle<EnvFilter, Registry>> = OnceLock::new();

/// Starts logging for the whole process.
///
/// Our own crates log at the level that is configured, everybody else's at `warn`.
///
/// # Errors
/// When the file cannot be written, or logging was started before.
pub fn start(log: &Log) -> anyhow::Result<()> {
    let (filter, handle) = reload::Layer::new(filter(log.level));
    let lines = fmt::layer().with_ansi(false);
    let lines = match &log.file {
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path);
            let file =
                file.with_context(|| format!("cannot write the log file {}", path.display()))?;
            lines.with_writer(Mutex::new(file)).boxed()
        }
        None => lines.with_writer(std::io::stderr).boxed(),
    };
    let started = tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init();
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))?;
    // `try_init` succeeds once, so nothing is there yet.
    let _ = FILTER.set(handle);
    Ok(())
}

/// Changes the level of a log that was started; the editor's settings come only after the first lines.
pub(crate) fn set_level(level: Level) {
    if let Some(handle) = FILTER.get() {
        // It fails only when the subscriber is gone, and with it the log.
        let _ = handle.reload(filter(level));
    }
}

fn filter(level: Level) -> EnvFilter {
    let level = level.as_str();
    let ours = OUR_CRATES.map(|name| format!("{name}={level}")).join(",");
    EnvFilter::new(format!("warn,{ours}"))
}

const OUR_CRATES: [&str; 7] = [
    "firesteel",
    "firesteel_config",
    "firesteel_server",
    "firesteel_engine",
    "firesteel_serve",
    "firesteel_local",
    "firesteel_model",
];
