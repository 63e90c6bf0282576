//! `firesteel-dev serve`: plays a scripted model server until interrupted.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use firesteel_testkit::script::Script;

/// The arguments of `firesteel-dev serve`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The script, in TOML or JSON
    #[arg(long)]
    script: PathBuf,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
}

/// Plays a script until interrupted.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let script = arguments.script;
    let text = std::fs::read_to_string(&script);
    let text = text.with_context(|| format!("cannot read {}", script.display()))?;
    let server = Script::parse(&text)?.listen(&arguments.listen).await?;
    say(&format!("playing on {}", server.url()));
    tokio::signal::ctrl_c().await?;
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn say(line: &str) {
    println!("{line}");
}
