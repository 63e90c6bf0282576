//! `firesteel demo`: a short editing scene played through the real server over real pipes.

mod scene;
mod screen;

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use firesteel_editor::{ApplyStyle, Editor};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use scene::{Scene, Timings};
use screen::Screen;

const RUST: &str = include_str!("../demo/project/src/inventory.rs");
const PYTHON: &str = include_str!("../demo/project/report.py");

/// How long the demo waits for the first index; completion works meanwhile on the file alone.
const INDEX_TIMEOUT: Duration = Duration::from_secs(15);

/// Plays the scene on `file`, or on a bundled project; nothing is written to the file.
pub(crate) async fn run(file: Option<PathBuf>) -> Result<ExitCode> {
    let mut screen = Screen::new();
    let scenes = match &file {
        Some(file) => vec![Scene::of_file(file)?],
        None => vec![
            Scene::bundled(
                "src/inventory.rs",
                "rust",
                RUST,
                "self.prices.get(name).copied()",
                "pub fn take",
            ),
            Scene::bundled(
                "report.py",
                "python",
                PYTHON,
                "self.currency = currency",
                "def load",
            ),
        ],
    };
    let bundled = BundledProject::write(file.is_none())?;
    let root = match &file {
        Some(_) => scenes[0].root(),
        None => bundled.path().to_owned(),
    };
    let (editor, mut server) = start_server(&root).await?;
    screen.heading("Firesteel, embedded engine: no key, no network, no model file");
    wait_for_index(&editor).await?;
    let mut timings = Timings::default();
    for scene in &scenes {
        scene
            .play(&editor, &root, &mut screen, &mut timings)
            .await?;
    }
    let status = command(&editor, "firesteel.status", Value::Null).await?;
    screen.table(&timings.table(&status));
    editor.client.shutdown().await?;
    let exit = server.wait().await?;
    Ok(ExitCode::from(u8::from(!exit.success())))
}

/// The bundled project on disk, so that the server learns from real files; removed at the end.
struct BundledProject(Option<PathBuf>);

impl BundledProject {
    fn write(wanted: bool) -> Result<Self> {
        if !wanted {
            return Ok(Self(None));
        }
        let folder = std::env::temp_dir().join(format!("firesteel-demo-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("src"))?;
        std::fs::write(folder.join("src/inventory.rs"), RUST)?;
        std::fs::write(folder.join("report.py"), PYTHON)?;
        Ok(Self(Some(folder.canonicalize()?)))
    }

    fn path(&self) -> &Path {
        self.0.as_deref().unwrap_or(Path::new("."))
    }
}

impl Drop for BundledProject {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            // What is left in the temporary folder does no harm.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Starts this program's own `lsp` as an editor would, with none of the user's settings.
async fn start_server(root: &Path) -> Result<(Editor, Child)> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(program);
    command
        .args(["lsp", "--log-level", "error"])
        .env_clear()
        .kill_on_drop(true);
    command.env("FIRESTEEL_LOCAL_CACHE_DIR", root.join(".cache"));
    command.envs(std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME"));
    command.env("XDG_CONFIG_HOME", root.join(".config"));
    let mut server = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = server.stdout.take().context("the server has no output")?;
    let input = server.stdin.take().context("the server has no input")?;
    let params = json!({"processId": std::process::id(), "rootUri": scene::file_uri(root)});
    let editor = Editor::start(output, input, ApplyStyle::EchoFirst, params).await?;
    Ok((editor, server))
}

async fn command(editor: &Editor, name: &str, argument: Value) -> Result<Value> {
    let params = json!({"command": name, "arguments": [argument]});
    editor
        .client
        .request("workspace/executeCommand", params)
        .await
}

async fn wait_for_index(editor: &Editor) -> Result<()> {
    let wait = async {
        loop {
            let status = command(editor, "firesteel.status", Value::Null).await?;
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
