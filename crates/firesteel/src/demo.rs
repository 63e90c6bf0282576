//! `firesteel demo`: an editing scene played through the real server over real pipes, at typing speed on a terminal.

mod acts;
mod bundled;
mod measured;
mod place;
mod stage;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use firesteel_editor::{ApplyStyle, Editor};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use acts::Player;
use bundled::Project;
use measured::Measured;
use stage::Stage;

/// How long the demo waits for the first index; completion works meanwhile on the file alone.
const INDEX_TIMEOUT: Duration = Duration::from_secs(15);

/// The arguments of `firesteel demo`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The file to play it on; a bundled project by default
    file: Option<PathBuf>,
    /// Play it with this model of your settings in place of the embedded engine
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
}

/// Plays the scene on a file, to which nothing is written, or on a bundled project.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let file = arguments.file.as_deref().map(place::read).transpose()?;
    if let Some(file) = &file
        && file.text.trim().is_empty()
    {
        bail!(
            "{} is empty: there is nothing to suggest from",
            file.path.display()
        );
    }
    let bundled = if file.is_none() {
        Some(Project::write()?)
    } else {
        None
    };
    let root = match (&file, &bundled) {
        (Some(file), _) => file.root(),
        (None, Some(project)) => project.path().to_owned(),
        (None, None) => PathBuf::new(),
    };
    let (editor, mut server) = start_server(&root, arguments.model.as_deref()).await?;
    wait_for_index(&editor).await?;
    let who = match &arguments.model {
        None => "no key, no network".to_owned(),
        Some(model) => model.clone(),
    };
    let mut player = Player {
        editor: &editor,
        root,
        stage: Stage::new(&who),
        measured: Measured::default(),
        is_hosted: arguments.model.is_some(),
    };
    let played = async {
        match &file {
            Some(file) => place::play(&mut player, file).await,
            None => bundled::play(&mut player).await,
        }
    };
    tokio::select! {
        played = played => played?,
        // The terminal gets its cursor back.
        _ = tokio::signal::ctrl_c() => return Ok(ExitCode::FAILURE),
    }
    let status = player.command("firesteel.status", Value::Null).await?;
    let rows = player.measured.rows(&status);
    player.stage.table(
        "What you have just seen, measured here and now",
        &rows,
        NEXT_STEPS,
    );
    editor.client.shutdown().await?;
    let exit = server.wait().await?;
    Ok(ExitCode::from(u8::from(!exit.success())))
}

/// Where to go on from here.
const NEXT_STEPS: &[&str] = &[
    "firesteel demo FILE      the same on a file of yours, which stays as it is",
    "firesteel setup          with a model, if you like: it finds one and tries it",
];

/// Starts this program's own `lsp` as an editor would: with none of the user's settings, or with them and a model of theirs.
async fn start_server(root: &Path, model: Option<&str>) -> Result<(Editor, Child)> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(program);
    command
        .args(["lsp", "--log-level", "error"])
        .kill_on_drop(true);
    match model {
        Some(name) => {
            for role in ["COMPLETE", "EDIT", "EXPLAIN", "NEXT_EDIT"] {
                command.env(format!("FIRESTEEL_ROLES_{role}"), name);
            }
        }
        None => {
            let kept = |name: &OsString| name == "PATH" || name == "HOME";
            command.env_clear();
            command.envs(std::env::vars_os().filter(|(name, _)| kept(name)));
            command.env("XDG_CONFIG_HOME", root.join(".config"));
        }
    }
    let cache = std::env::temp_dir().join(format!("firesteel-demo-{}-index", std::process::id()));
    command.env("FIRESTEEL_LOCAL_CACHE_DIR", &cache);
    let mut server = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = server.stdout.take().context("the server has no output")?;
    let input = server.stdin.take().context("the server has no input")?;
    let params = json!({"processId": std::process::id(), "rootUri": acts::file_uri(root)});
    let editor = Editor::start(output, input, ApplyStyle::EchoFirst, params).await?;
    if let Some(name) = model {
        let listed = json!({"command": "firesteel.models", "arguments": []});
        let listed = editor
            .client
            .request("workspace/executeCommand", listed)
            .await?;
        let mut known = listed["models"].as_array().into_iter().flatten();
        if !known.any(|entry| entry["name"] == name) {
            bail!(
                "your settings have no model {name}; `firesteel models` lists them, and `firesteel setup` adds one"
            );
        }
    }
    Ok((editor, server))
}

async fn wait_for_index(editor: &Editor) -> Result<()> {
    let wait = async {
        loop {
            let status = json!({"command": "firesteel.status", "arguments": []});
            let status = editor
                .client
                .request("workspace/executeCommand", status)
                .await?;
            if status["local"]["indexing"].is_null() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(INDEX_TIMEOUT, wait)
        .await
        .unwrap_or(Ok(()))
}
