//! `firesteel serve`: the service on a socket, for other clients of the Responses protocol.

use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use firesteel_privacy::Guard;
use firesteel_serve::{Embedded, LocalOptions, Service, Token};
use tokio::process::Command;

/// How long the token command may take: it may ask its user.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(120);

/// The arguments of `firesteel serve`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The address to listen on; one that the network can reach needs a token
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// A command, run by the shell, whose first line is the token that each request must show (Authorization: Bearer …)
    #[arg(long, value_name = "COMMAND", conflicts_with = "token_env")]
    token_command: Option<String>,
    /// The environment variable that holds the token
    #[arg(long, value_name = "NAME")]
    token_env: Option<String>,
    /// The folder to learn from
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

/// Serves until interrupted.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let token = token(&arguments).await?;
    let (config, _) = firesteel_host::of_environment(&[]);
    let root = arguments.root.canonicalize();
    let root = root.with_context(|| format!("no folder {}", arguments.root.display()))?;
    let service = Service::new(Embedded::start(LocalOptions {
        guard: Guard::new(vec![root.clone()]),
        roots: vec![root],
        dependencies: config.local.dependencies,
        cache_dir: config.cache_dir(),
        ..LocalOptions::default()
    }));
    let listening = service.listen(&arguments.listen, token).await?;
    say(&format!(
        "listening on ws://{}/v1/responses",
        listening.address
    ));
    tokio::signal::ctrl_c().await?;
    Ok(ExitCode::SUCCESS)
}

/// The token that requests must show; none where none is asked for. It is never printed, nor is the command.
async fn token(arguments: &Arguments) -> Result<Option<Token>> {
    let (text, from) = match (&arguments.token_command, &arguments.token_env) {
        (Some(command), _) => (first_line(command).await?, "the token command"),
        (None, Some(name)) => {
            let value = std::env::var(name);
            let text = value.with_context(|| format!("${name} is not set, or no text"))?;
            (text.trim().to_owned(), "the token's variable")
        }
        (None, None) => return Ok(None),
    };
    let token = Token::new(&text);
    let token = token.with_context(|| format!("{from} gives no token: one word in ASCII"))?;
    Ok(Some(token))
}

/// The first line that a command of the user's writes.
async fn first_line(command: &str) -> Result<String> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut child = Command::new(shell);
    // A password manager may want to ask its user, at the terminal.
    child.args([flag, command]).kill_on_drop(true);
    child.stderr(Stdio::inherit());
    let output = tokio::time::timeout(TOKEN_TIMEOUT, child.output()).await;
    let output = output.context("the token command took too long")?;
    let output = output.context("the token command cannot be run")?;
    ensure!(
        output.status.success(),
        "the token command failed ({})",
        output.status
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn say(line: &str) {
    println!("{line}");
}
