//! `firesteel serve`: the gateway on a socket, for other clients of the Responses protocol.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use firesteel_gateway::{Embedded, Gateway, LocalOptions};
use firesteel_server::config::{Config, base_layers};

/// The arguments of `firesteel serve`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The address to listen on; keep it on the loopback unless the network may use your engine
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// The folder to learn from
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

/// Serves until interrupted.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let (layers, _) = base_layers(None);
    let (config, _) = Config::from_layers(&layers);
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

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn say(line: &str) {
    println!("{line}");
}
