//! `firesteel serve`: what is configured answers other programs, over a socket.

use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use firesteel_config::Config;
use firesteel_engine::backend::Role;
use firesteel_host::{Embedded, LocalOptions, Models};
use firesteel_privacy::{FileOptions, Guard};
use firesteel_serve::{Offer, Service, Token};
use firesteel_text::DocumentId;
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
    /// The folder to learn from, in which the files of holes are looked for
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// The role whose model has conversations that name none: complete, edit, next_edit, explain, ask or review
    #[arg(long, default_value = "ask", value_parser = role)]
    role: Role,
}

/// Serves until interrupted.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let token = token(&arguments).await?;
    let root = arguments.root.canonicalize();
    let root = root.with_context(|| format!("no folder {}", arguments.root.display()))?;
    let (config, problems) = firesteel_host::of_environment(std::slice::from_ref(&root));
    for problem in &problems {
        warn(&problem.to_string());
    }
    let service = Service::new(offer(&config, root, arguments.role));
    let listening = service.listen(&arguments.listen, token).await?;
    say(&format!(
        "listening on ws://{}/v1/responses",
        listening.address
    ));
    tokio::signal::ctrl_c().await?;
    Ok(ExitCode::SUCCESS)
}

/// What is configured, for a workspace.
fn offer(config: &Config, root: PathBuf, role: Role) -> Offer {
    let options = FileOptions {
        git_ignored_context: config.privacy.git_ignored_context,
    };
    let guard = Guard::with_options(vec![root.clone()], options);
    let embedded = Embedded::start(LocalOptions {
        guard: guard.clone(),
        roots: vec![root.clone()],
        dependencies: config.local.dependencies,
        max_words: Some(config.local.max_words.get() as usize),
        cache_dir: config.cache_dir(),
        weights: config.local.weights.clone(),
    });
    let identity = firesteel_host::identity(&DocumentId::from_path(&root).to_uri());
    let models = Models::of(config, &embedded, &identity);
    let named = models.every(config, &identity);
    let (config, of_guard) = (config.clone(), guard.clone());
    let settings = move |models| firesteel_host::settings(&config, &of_guard, models, &embedded);
    Offer::new(models.roles, guard, vec![root], settings)
        .with_names(named)
        .with_role(role)
}

/// A role by its name in the settings.
fn role(name: &str) -> Result<Role> {
    let found = Role::ALL.into_iter().find(|role| role.name() == name);
    found.with_context(|| format!("the roles are {}", Role::ALL.map(Role::name).join(", ")))
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

#[expect(clippy::print_stderr, reason = "the command line speaks to a person")]
fn warn(line: &str) {
    eprintln!("firesteel: {line}");
}

#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
fn say(line: &str) {
    println!("{line}");
}
