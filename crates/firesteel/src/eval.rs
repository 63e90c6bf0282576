//! `firesteel eval`: replays a repository's history and says how good the embedded engine, or a configured model, would
//! have been.

mod figures;
mod measured;
mod model;
mod setup;

use std::{
    io::{Write, stdout},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use firesteel_local::eval::{EvalOptions, Infilling, Report, evaluate, evaluate_holes};

/// Measure suggestions on the histories of git repositories
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A git repository; may be given several times
    #[arg(long = "repo", value_name = "PATH", required_unless_present_any = ["holes", "model"])]
    repositories: Vec<PathBuf>,
    /// Lines of JSON with `prompt`, `canonical_solution` and `suffix`: single-line holes that stand alone
    #[arg(long, value_name = "FILE", conflicts_with = "repositories")]
    holes: Option<PathBuf>,
    /// Measure a configured model by its name in `models`, beside the embedded engine and with it. Sends pieces of the
    /// repository's code to that model, as suggestions do
    #[arg(long, value_name = "NAME", conflicts_with_all = ["holes", "weights", "adapt", "dependencies"])]
    model: Option<String>,
    /// Lines that a model is measured on, at most
    #[arg(long, default_value_t = 40, requires = "model")]
    samples: usize,
    /// Seconds that measuring a model takes, about, at most
    #[arg(long, default_value_t = 120, requires = "model")]
    seconds: u64,
    /// Commits of each repository, newest first
    #[arg(long, default_value_t = 40)]
    commits: usize,
    /// Lines of one commit, at most
    #[arg(long, default_value_t = 25)]
    lines: usize,
    /// A folder with sources of dependencies; may be given several times
    #[arg(long = "dependencies", value_name = "FOLDER")]
    dependencies: Vec<PathBuf>,
    /// Let the engine learn from what is typed, as it does for a user
    #[arg(long)]
    adapt: bool,
    /// Weights to measure in place of the built-in ones
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Seed of all that is random
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// Measures and prints.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.model.clone() {
        Some(name) => model::run(&name, &arguments).await,
        None => of_embedded(arguments),
    }
}

fn of_embedded(arguments: Arguments) -> anyhow::Result<()> {
    let weights = arguments
        .weights
        .map(|path| std::fs::read(&path).with_context(|| format!("reading {}", path.display())))
        .transpose()?;
    if let Some(path) = arguments.holes {
        let report = evaluate_holes(&read_holes(&path)?, weights.as_deref())?;
        return print(&report, "", arguments.json);
    }
    let options = EvalOptions {
        repositories: arguments.repositories,
        commits: arguments.commits,
        lines_per_commit: arguments.lines,
        dependencies: arguments.dependencies,
        adapt: arguments.adapt,
        weights,
        seed: arguments.seed,
    };
    let several = options.repositories.len() > 1;
    let mut printed = Ok(());
    let total = evaluate(&options, &mut |path, report| {
        if several && !arguments.json && printed.is_ok() {
            printed = print(report, &format!("{}\n", path.display()), false);
        }
    })?;
    printed?;
    print(&total, if several { "\nall\n" } else { "" }, arguments.json)
}

fn read_holes(path: &Path) -> anyhow::Result<Vec<Infilling>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    text.lines()
        .map(|line| serde_json::from_str(line).context("a hole is not as expected"))
        .collect()
}

fn print(report: &Report, title: &str, json: bool) -> anyhow::Result<()> {
    let mut out = stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(report)?)?;
    } else {
        write!(out, "{title}{}", report.table())?;
    }
    Ok(())
}
