//! `firesteel-dev bench`: our figures, as medians, p99 and ratios against a floor measured in the same run.

mod allocations;
mod edits;
mod embedded;
mod gate;
mod inputs;
mod large;
mod memory;
mod model;
mod process;
mod suggest;
mod table;
mod wire;
mod workspace;

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
    /// The embedded engine through a server: from a keystroke to ghost text, and tokens a second
    Embedded {
        /// Another build's `firesteel`, which is measured beside this one's server
        #[arg(long, value_name = "PATH")]
        server: Option<std::path::PathBuf>,
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Models over each wire: overhead over a bare client, requests a keystroke, connections for each cancelled request
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
    /// Large files that are broken where somebody types, long lines, and what is done for the first time
    Large {
        /// Fewer keystrokes
        #[arg(long)]
        quick: bool,
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Memory with a thousand and with ten thousand real files open
    Memory {
        /// Half as many of the ten thousand
        #[arg(long)]
        quick: bool,
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Typing in a 20,000-line file: from a keystroke to the answer, and memory
    Suggest {
        /// One session in a small file and one in the large one
        #[arg(long)]
        quick: bool,
        /// Print JSON instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Workspaces of 0.1, 1 and 10 million words: the index, memory, keystrokes, and a second window
    Workspace {
        /// Without the largest
        #[arg(long)]
        quick: bool,
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
        Subject::Large { quick, json } => large::run(quick).await?.print(json),
        Subject::Memory { quick, json } => memory::run(quick).await?.print(json),
        Subject::Suggest { quick, json } => suggest::run(quick).await?.print(json),
        Subject::Wire { json } => wire::run().await?.print(json),
        Subject::Workspace { quick, json } => workspace::run(quick).await?.print(json),
    }
    Ok(ExitCode::SUCCESS)
}
