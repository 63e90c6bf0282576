//! `firesteel-dev bench`: our figures, as medians, p99 and ratios against a floor measured in the same run.

mod allocations;
mod edits;
mod embedded;
mod gate;
mod model;
mod suggest;
mod table;
mod wire;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

/// The arguments of `firesteel-dev bench`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// Edits that stream: hunks, stops, bytes changed, keys lost
    Edits {
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// The embedded engine through a server: from a key to ghost text, and tokens a second
    Embedded {
        /// Another build's `firesteel`, which is measured beside this one's server
        #[arg(long, value_name = "PATH")]
        server: Option<std::path::PathBuf>,
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Models over each wire: overhead over a bare client, requests a key, connections for each cancelled request
    Model {
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// The parse gate in a flat 20,000-line file: the whole file against a window
    Gate {
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Typing in a 20,000-line file: from a key to the answer, and memory
    Suggest {
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// The model client beside a bare WebSocket, and the WebSocket beside HTTPS
    Wire {
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
}

/// Measures and prints.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.subject {
        Subject::Edits { json } => edits::run().await?.print(json),
        Subject::Embedded { server, json } => embedded::run(server).await?.print(json),
        Subject::Model { json } => model::run().await?.print(json),
        Subject::Gate { json } => gate::run()?.print(json),
        Subject::Suggest { json } => suggest::run().await?.print(json),
        Subject::Wire { json } => wire::run().await?.print(json),
    }
    Ok(ExitCode::SUCCESS)
}
