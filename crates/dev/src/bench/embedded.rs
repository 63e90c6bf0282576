//! The embedded engine through a server of its own: from a keystroke to ghost text, and tokens a second. Another build's server
//! can be measured beside this one's, keystroke by keystroke, so that whatever else the machine does falls on both.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use firesteel_testkit::editor::Editor;
use serde_json::{Value, json};
use tokio::process::Child;

use super::process::{Program, start, stop};
use super::suggest::{PLAN, large_file};
use super::table::{Table, millis, round};

/// Lines of the file that is typed into.
const LINES: usize = 2_000;
/// Between two keys; a server that is busy beforehand answers later.
const PACE: Duration = Duration::from_millis(10);
/// Keys that are not measured: the file is read meanwhile.
const WARM_UP: usize = 20;

/// A server, an editor before it, and what was measured.
struct Run {
    name: &'static str,
    editor: Editor,
    server: Child,
    uri: String,
    answers: Vec<Duration>,
    ghosts: Vec<Duration>,
    tokens_before: u64,
}

/// Runs the bench.
pub(super) async fn run(other: Option<PathBuf>) -> Result<Table> {
    let folder = std::env::temp_dir().join(format!("firesteel-bench-{}", std::process::id()));
    let result = measure(&folder, other).await;
    // What is left in the temporary folder does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    result
}

async fn measure(folder: &Path, other: Option<PathBuf>) -> Result<Table> {
    let mut programs = vec![("this", Program::Own)];
    programs.extend(other.map(|path| ("other", Program::Path(path))));
    let mut runs = Vec::new();
    for (name, program) in programs {
        runs.push(Run::start(name, &program, &folder.join(name)).await?);
    }
    for (number, key) in PLAN.chars().enumerate() {
        if number == WARM_UP {
            for run in &mut runs {
                run.tokens_before = run.tokens().await?;
            }
        }
        // By turns, and each first half of the time.
        let mut turn: Vec<_> = runs.iter_mut().collect();
        if number % 2 == 1 {
            turn.reverse();
        }
        for run in turn {
            tokio::time::sleep(PACE).await;
            run.press(key, number >= WARM_UP).await?;
        }
    }
    let mut table = Table::default();
    table.add("keys", PLAN.chars().count() - WARM_UP);
    let mut medians = Vec::new();
    for run in runs {
        medians.push((millis(&run.ghosts, 0.5), millis(&run.answers, 0.5)));
        run.report(&mut table).await?;
    }
    if let [(ghost, answer), (other_ghost, other_answer)] = medians[..] {
        table.add("this_over_other_ghost_p50", round(ghost / other_ghost));
        table.add("this_over_other_answer_p50", round(answer / other_answer));
    }
    Ok(table)
}

impl Run {
    async fn start(name: &'static str, program: &Program, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (editor, server) = start(program, folder, json!({"local.dependencies": false})).await?;
        let uri = format!("file://{}/typed.rs", folder.display());
        let (prefix, suffix) = large_file(LINES);
        editor.open(&uri, "rust", &format!("{prefix}{suffix}"));
        editor.move_to(&uri, prefix.len());
        let _ = editor.inline_completion(&uri, 2).result().await?;
        Ok(Self {
            name,
            editor,
            server,
            uri,
            answers: Vec::new(),
            ghosts: Vec::new(),
            tokens_before: 0,
        })
    }

    async fn press(&mut self, key: char, is_measured: bool) -> Result<()> {
        let pressed = Instant::now();
        self.editor.type_text(&self.uri, &key.to_string());
        let answer = self.editor.inline_completion(&self.uri, 2).result().await?;
        let took = pressed.elapsed();
        if is_measured {
            self.answers.push(took);
            let items = answer.get("items").unwrap_or(&answer);
            let is_shown = items.as_array().is_some_and(|items| !items.is_empty());
            self.ghosts.extend(is_shown.then_some(took));
        }
        Ok(())
    }

    /// Tokens that the engine has written.
    async fn tokens(&self) -> Result<u64> {
        let command = json!({"command": "firesteel.status", "arguments": [Value::Null]});
        let status = self
            .editor
            .client
            .request("workspace/executeCommand", command);
        Ok(status.await?["embedded"]["tokens"].as_u64().unwrap_or(0))
    }

    async fn report(self, table: &mut Table) -> Result<()> {
        let name = self.name;
        let tokens = self.tokens().await?.saturating_sub(self.tokens_before);
        let waited: Duration = self.answers.iter().sum();
        table.add(format!("{name}_ghost_texts"), self.ghosts.len());
        table.add_percentiles(&format!("{name}_key_to_ghost"), &self.ghosts);
        table.add_percentiles(&format!("{name}_key_to_answer"), &self.answers);
        let rate = tokens as f64 / waited.as_secs_f64();
        table.add(format!("{name}_tokens_per_second"), round(rate));
        stop(self.editor, self.server).await
    }
}
