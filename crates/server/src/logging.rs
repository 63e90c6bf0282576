//! The log: to standard error or a file, never to standard output, which belongs to the protocol.

use std::fs::OpenOptions;
use std::sync::Mutex;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Starts logging for the whole process.
///
/// Our own crates log at the level that is configured, everybody else's at `warn`.
///
/// # Errors
/// When the file cannot be written, or logging was started before.
pub fn start(log: &Log) -> anyhow::Result<()> {
    let directives = format!(
        "warn,{}",
        OUR_CRATES
            .map(|name| format!("{name}={}", log.level))
            .join(",")
    );
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(directives)?)
        .with_ansi(false);
    let started = match &log.file {
        Some(path) => {
            let file = OpenOptions::new().create(true).append(true).open(path);
            let file =
                file.with_context(|| format!("cannot write the log file {}", path.display()))?;
            subscriber.with_writer(Mutex::new(file)).try_init()
        }
        None => subscriber.with_writer(std::io::stderr).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot be started: {error}"))
}

const OUR_CRATES: [&str; 6] = [
    "firesteel",
    "firesteel_server",
    "firesteel_engine",
    "firesteel_gateway",
    "firesteel_local",
    "firesteel_model",
];
