//! `firesteel completions` and `firesteel man`: what packages install beside the program, made from its own arguments.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Command;
use clap_complete::Shell;

/// Writes a shell's completions to standard output.
pub(crate) fn completions(command: &mut Command, shell: Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, name(command), &mut script);
    to_stdout(&script)
}

/// Writes the manual page to standard output, or with a folder one page a subcommand into it.
pub(crate) fn man(command: Command, folder: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    match folder {
        Some(folder) => {
            pages(command, &folder)
                .with_context(|| format!("cannot write {}", folder.display()))?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            to_stdout(&page)
        }
    }
}

fn pages(command: Command, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command, folder)
}

/// A reader that has seen enough, as `head` has, is no error.
fn to_stdout(bytes: &[u8]) -> anyhow::Result<ExitCode> {
    match std::io::stdout().write_all(bytes) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn name(command: &Command) -> String {
    command.get_name().to_owned()
}
