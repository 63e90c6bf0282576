//! The `firesteel` command: `lsp`, `serve`, `demo`, `setup`, `models`, `doctor`, `config`, `cache`, `eval`, `tune`, `completions` and `man`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

mod cache;
mod config;
mod demo;
mod doctor;
mod eval;
mod help;
mod lsp;
mod models;
mod report;
mod serve;
mod setup;
mod shell;
mod tune;

// It takes the place of `malloc`, so that the parsers, which are C, use it too; it only has to be linked.
#[cfg(target_os = "linux")]
use mimalloc as _;

/// A language server that puts a very fast code model into any editor.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve an editor over standard input and output
    Lsp(lsp::Arguments),
    /// Serve the embedded engine to others over the Responses protocol
    Serve(serve::Arguments),
    /// Play an editing scene through the real server, on a project of its own or on a file of yours
    Demo(demo::Arguments),
    /// Find a model on this machine, or take a provider's, try it, and write it to your settings
    Setup(setup::Arguments),
    /// List the models: those that are configured, and what runs on this machine
    Models(models::Arguments),
    /// Make one real request for each role, and say what is not in order
    Doctor(doctor::Arguments),
    /// Print the configuration in force, or the schema of its file
    Config(config::Arguments),
    /// Say where the indexes of your projects are and how large, or clear them
    Cache(cache::Arguments),
    /// Judge the embedded engine, or a configured model, by replaying the history of a git repository
    Eval(eval::Arguments),
    /// Train the embedded engine's mixer on the histories of git repositories
    Tune(tune::Arguments),
    /// Write completions for a shell to standard output
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual page to standard output
    Man {
        /// Write one page for each subcommand into this folder instead
        folder: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let result = runtime.block_on(async {
        match help::parse::<Arguments>().command {
            Command::Lsp(arguments) => lsp::run(arguments).await,
            Command::Serve(arguments) => serve::run(arguments).await,
            Command::Demo(arguments) => demo::run(arguments).await,
            Command::Setup(arguments) => setup::run(arguments).await,
            Command::Models(arguments) => models::run(arguments).await,
            Command::Doctor(arguments) => doctor::run(arguments).await,
            Command::Config(arguments) => Ok(config::run(arguments)),
            Command::Cache(arguments) => cache::run(&arguments),
            Command::Eval(arguments) => eval::run(arguments).await.map(|()| ExitCode::SUCCESS),
            Command::Tune(arguments) => tune::run(arguments).map(|()| ExitCode::SUCCESS),
            Command::Completions { shell } => shell::completions(&mut Arguments::command(), shell),
            Command::Man { folder } => shell::man(Arguments::command(), folder),
        }
    });
    // Reading standard input blocks a thread that nothing can wake.
    runtime.shutdown_background();
    result.unwrap_or_else(|error| failed(&error))
}

#[expect(clippy::print_stderr, reason = "the command line speaks to a person")]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("firesteel: {error:#}");
    ExitCode::FAILURE
}
