//! The `firesteel-dev` command: what developers use and users do not, `bench` and `serve --script`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod lsp;
mod serve;

// The benches measure with the heap that the shipped program has.
#[cfg(target_os = "linux")]
use mimalloc as _;

/// What developers of Firesteel use and its users do not.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure
    Bench(bench::Arguments),
    /// Play a scripted model server, to reproduce what a server did
    Serve(serve::Arguments),
    /// The server that benches start as a process of its own
    #[command(hide = true)]
    Lsp,
}

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let result = runtime.block_on(async {
        match Arguments::parse().command {
            Command::Bench(arguments) => bench::run(arguments).await,
            Command::Serve(arguments) => serve::run(arguments).await,
            Command::Lsp => lsp::run().await,
        }
    });
    // Reading standard input blocks a thread that nothing can wake.
    runtime.shutdown_background();
    result.unwrap_or_else(|error| failed(&error))
}

#[expect(clippy::print_stderr, reason = "the command line speaks to a person")]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("firesteel-dev: {error:#}");
    ExitCode::FAILURE
}
