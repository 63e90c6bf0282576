//! `firesteel cache`: where the indexes of the user's projects are, how large they are, and how they are cleared.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use firesteel_config::base_layers;
use firesteel_local::cached_files;

use crate::report::say;

/// The arguments of `firesteel cache`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Delete the indexes; each is made again when its project is next opened
    Clear,
}

/// Says what there is, or deletes it; no other file in the folder is touched.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let (layers, _) = base_layers(&[]);
    let Some(folder) = firesteel_host::load(&layers).config.cache_dir() else {
        bail!("this user has no home folder, so there is no cache");
    };
    let shown = folder.display();
    let files = cached_files(&folder).with_context(|| format!("cannot read {shown}"))?;
    let bytes: u64 = files.iter().map(|(_, bytes)| bytes).sum();
    let size = format!(
        "{} files of indexes, {:.1} MB",
        files.len(),
        bytes as f64 / 1e6
    );
    match arguments.command {
        None => say(&format!("{shown}: {size}")),
        Some(Command::Clear) => {
            for (path, _) in &files {
                std::fs::remove_file(path)
                    .with_context(|| format!("cannot delete {}", path.display()))?;
            }
            say(&format!("{shown}: cleared, {size}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
