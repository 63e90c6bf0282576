//! `firesteel lsp`: the language server over standard input and output.

use std::io::{IsTerminal, stdin};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use firesteel_config::{Layer, base_layers};
use firesteel_server::{Base, logging, serve_until, stdio};
use serde_json::json;

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

/// What somebody reads who starts the server by hand.
const FOR_A_PERSON: &str = "\
`firesteel lsp` is what an editor starts: it speaks the Language Server Protocol over standard input,
which here is a terminal. Nothing is wrong; it has only nobody to talk to.

  firesteel demo      shows what it does
  firesteel setup     finds a model on this machine and writes it to your settings
  firesteel doctor    says whether everything is in order

How editors start it: https://github.com/firesteel/firesteel#use-it";

/// Serves until the client leaves; the exit code is the protocol's.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    if stdin().is_terminal() {
        explain();
        return Ok(ExitCode::FAILURE);
    }
    let command_line = json!({"log.file": arguments.log_file, "log.level": arguments.log_level});
    let (mut layers, mut problems) = base_layers(&[]);
    layers.push(Layer::trusted("command line", command_line.clone()));
    let loaded = firesteel_host::load(&layers);
    logging::start(&loaded.config.log)?;
    problems.extend(loaded.problems);
    for problem in &problems {
        tracing::warn!(%problem, "configuration");
    }
    let base = Base::Environment { command_line };
    let ended = serve_until(
        stdio::stdin(),
        stdio::stdout()?,
        base,
        stdio::stdout_closed(),
    )
    .await;
    Ok(ExitCode::from(ended.exit_code()))
}

#[expect(clippy::print_stderr, reason = "the command line speaks to a person")]
fn explain() {
    eprintln!("{FOR_A_PERSON}");
}
