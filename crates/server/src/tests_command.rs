//! The project's tests, run when the user asks: in the project's folder, without a shell, their output in the log.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use firesteel_engine::edit::Run;
use firesteel_syntax::Language;
use tokio::process::Command;
use tower_lsp::ls_types::{MessageType, ProgressToken};

use crate::edits::Work;
use crate::session::Core;

/// How long tests may take.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Lines of the output's end that are shown.
const SHOWN_LINES: usize = 12;

/// Runs the tests of the project that the document belongs to.
pub(crate) async fn run(core: Arc<Core>, run: Run, token: Option<ProgressToken>) {
    let work = Work::begin(&core, &run.title, token);
    let own = core.config().edits.test_command.clone().map(String::from);
    let folders = core.folders();
    let language = run.snapshot.language;
    let found = folders
        .iter()
        .find(|root| run.path.starts_with(root))
        .and_then(|root| {
            let folders = run
                .path
                .ancestors()
                .skip(1)
                .take_while(|folder| folder.starts_with(root));
            let by_mark = folders
                .into_iter()
                .find_map(|folder| Some((folder, command(folder, language)?)));
            match own {
                Some(own) => Some((by_mark.map_or(root.as_path(), |(folder, _)| folder), own)),
                None => by_mark.map(|(folder, command)| (folder, command.to_owned())),
            }
        });
    let Some((folder, line)) = found else {
        let why = "no way to run tests was found; set edits.test_command";
        return work.end(&core, why.to_owned(), true).await;
    };
    let outcome = tokio::select! {
        () = work.entry.active.cancel.cancelled() => Err("stopped".to_owned()),
        outcome = execute(folder, &line) => outcome,
    };
    match outcome {
        Ok((passed, output)) => {
            core.client
                .log_message(MessageType::INFO, format!("{line}\n{output}"))
                .await;
            let lines: Vec<&str> = output.lines().collect();
            let end = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n");
            let (kind, word) = match passed {
                true => (MessageType::INFO, "passed"),
                false => (MessageType::WARNING, "failed"),
            };
            core.client
                .show_message(kind, format!("Firesteel: `{line}` {word}\n{end}"))
                .await;
            work.end(&core, word.to_owned(), false).await;
        }
        Err(why) => work.end(&core, why, true).await,
    }
}

/// What runs the tests of the project that a folder is, by its marks: those of the document's language come first.
fn command(folder: &Path, language: Option<Language>) -> Option<&'static str> {
    let languages = language.into_iter().chain(Language::ALL);
    let mut known = languages.flat_map(Language::test_commands);
    let known = known.find(|(mark, _)| is_marked(folder, mark));
    known.map(|(_, command)| *command)
}

fn is_marked(folder: &Path, mark: &str) -> bool {
    let Some(extension) = mark.strip_prefix("*.") else {
        return folder.join(mark).exists();
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths = entries.map(|entry| entry.path());
    paths.any(|path| path.extension().is_some_and(|it| it == extension))
}

/// Whether a command succeeded, and what it said.
async fn execute(folder: &Path, line: &str) -> Result<(bool, String), String> {
    let mut words = line.split_whitespace();
    let program = words.next().ok_or("the test command is empty")?;
    let mut command = Command::new(program);
    command
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(TIMEOUT, command.output()).await;
    let output = output.map_err(|_| format!("`{line}` takes too long"))?;
    let output = output.map_err(|error| format!("`{line}` cannot be run: {error}"))?;
    let said = [output.stdout, output.stderr].concat();
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}
