//! `firesteel lsp`: the language server over standard input and output.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use firesteel_server::config::{Config, base_layers};
use firesteel_server::{Base, logging};

/// The arguments of `firesteel lsp`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write the log here instead of standard error
    #[arg(long)]
    log_file: Option<PathBuf>,
    /// error, warn, info, debug or trace
    #[arg(long)]
    log_level: Option<String>,
    /// Accepted for clients that pass it; there is no other way
    #[arg(long)]
    stdio: bool,
}

/// Serves until the client leaves; the exit code is the protocol's.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let (layers, errors) = base_layers(None);
    let (mut config, _) = Config::from_layers(&layers);
    config.log.file = arguments.log_file.or(config.log.file);
    config.log.level = arguments.log_level.unwrap_or(config.log.level);
    logging::start(&config.log)?;
    for error in errors {
        tracing::warn!(%error, "configuration");
    }
    let ended =
        firesteel_server::serve(tokio::io::stdin(), tokio::io::stdout(), Base::Environment).await;
    Ok(ExitCode::from(ended.exit_code()))
}
