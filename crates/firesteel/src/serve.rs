//! `firesteel serve`: the gateway on a socket, for other clients of the Responses protocol.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use firesteel_gateway::{Embedded, Gateway, LocalOptions};
use firesteel_server::config;
use firesteel_testkit::script::Script;

/// The arguments of `firesteel serve`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The address to listen on; keep it on the loopback unless the network may use your engine
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// The folder to learn from
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Play a scripted model server (TOML or JSON) in place of the engine, to reproduce what a server did
    #[arg(long)]
    script: Option<PathBuf>,
}

/// Serves until interrupted.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    if let Some(script) = &arguments.script {
        return play(script, &arguments.listen).await;
    }
    let (config, _) = config::of_environment(&[]);
    let root = arguments.root.canonicalize();
    let root = root.with_context(|| format!("no folder {}", arguments.root.display()))?;
    let gateway = Gateway::new(Embedded::start(LocalOptions {
        roots: vec![root],
        dependencies: config.local.dependencies,
        cache_dir: config.cache_dir(),
        ..LocalOptions::default()
    }));
    let listening = gateway.listen(&arguments.listen).await?;
    say(&format!(
        "listening on ws://{}/v1/responses",
        listening.address
    ));
    tokio::signal::ctrl_c().await?;
    Ok(ExitCode::SUCCESS)
}

/// Plays a script until interrupted.
async fn play(script: &Path, address: &str) -> Result<ExitCode> {
    let text = std::fs::read_to_string(script);
    let text = text.with_context(|| format!("cannot read {}", script.display()))?;
    let server = Script::parse(&text)?.listen(address).await?;
    say(&format!("playing on {}", server.url()));
    tokio::signal::ctrl_c().await?;
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn say(line: &str) {
    println!("{line}");
}
