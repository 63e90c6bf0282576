//! `firesteel tune`: trains the embedded engine's mixer on the histories of repositories.

use std::{
    io::{Write, stderr},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::Args;
use firesteel_local::tune::{Start, TuneOptions, tune};

/// Train the embedded engine on the histories of git repositories
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A git repository to train on; may be given several times
    #[arg(long = "repo", value_name = "PATH", required = true)]
    repositories: Vec<PathBuf>,
    /// A repository to judge by, and not train on; without any, the newest commits of those trained on are held out
    #[arg(long = "dev", value_name = "PATH")]
    dev: Vec<PathBuf>,
    /// Where the weights go
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Commits of each repository
    #[arg(long, default_value_t = 200)]
    commits: usize,
    /// Commits in a row that share an index, to save time
    #[arg(long, default_value_t = 4)]
    share: usize,
    /// Words of each repository, at most
    #[arg(long, default_value_t = 40_000)]
    points: usize,
    /// Times that all words are gone over
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    /// Units of the first hidden layer
    #[arg(long, default_value_t = 96)]
    first: usize,
    /// Units of the second hidden layer
    #[arg(long, default_value_t = 32)]
    second: usize,
    /// A folder with sources of dependencies; may be given several times
    #[arg(long = "dependencies", value_name = "FOLDER")]
    dependencies: Vec<PathBuf>,
    /// A folder where what was read of each history is kept between runs
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Start afresh, not from the built-in weights
    #[arg(long)]
    fresh: bool,
    /// Seed of all that is random
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Trains, and writes the weights if they are better than those it began with.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<()> {
    let options = TuneOptions {
        train: arguments.repositories,
        dev: arguments.dev,
        commits: arguments.commits,
        share: arguments.share,
        points: arguments.points,
        epochs: arguments.epochs,
        units: (arguments.first, arguments.second),
        dependencies: arguments.dependencies,
        keep: arguments.keep,
        start: if arguments.fresh {
            Start::Fresh
        } else {
            Start::BuiltIn
        },
        seed: arguments.seed,
    };
    let mut err = stderr().lock();
    let tuned = tune(&options, &mut |line| {
        // A closed terminal is no reason to stop training.
        let _ = writeln!(err, "{line}");
    })?;
    if !tuned.is_better() {
        bail!(
            "the held-out lines are no better predicted than before; {} is not written",
            arguments.output.display()
        );
    }
    std::fs::write(&arguments.output, &tuned.weights)
        .with_context(|| format!("writing {}", arguments.output.display()))?;
    let _ = writeln!(err, "written to {}", arguments.output.display());
    Ok(())
}
