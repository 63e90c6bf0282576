//! `firesteel config`: what is in force and where it comes from, and the schema of the settings.

use std::path::PathBuf;
use std::process::ExitCode;

use firesteel_config::{DEFAULT, Loaded, Role, Shown, base_layers, json_schema, report, show};

use crate::report::{pretty, say};

/// The arguments of `firesteel config`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print every value in force and where it comes from; keys and other secrets are hidden
    Show {
        /// The folder whose `firesteel.toml` counts as the project's
        #[arg(long, default_value = ".")]
        root: PathBuf,
        /// Print only what is not the default
        #[arg(long)]
        changed: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON schema of `firesteel.toml`
    Schema,
}

/// Prints what was asked for; the exit code is 1 when something in the configuration is wrong.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    match arguments.command {
        Command::Schema => {
            say(&pretty(&json_schema(&firesteel_host::catalog())));
            ExitCode::SUCCESS
        }
        Command::Show {
            root,
            changed,
            json,
        } => {
            let root = root.canonicalize().unwrap_or(root);
            let (layers, mut problems) = base_layers(&[root]);
            let mut loaded = firesteel_host::load(&layers);
            problems.append(&mut loaded.problems);
            loaded.problems = problems;
            let mut shown = show(&loaded);
            shown.retain(|setting| !changed || setting.origin != DEFAULT);
            say(&if json {
                pretty(&report(&loaded, &shown))
            } else {
                as_text(&loaded, &shown)
            });
            let is_wrong = loaded
                .problems
                .iter()
                .any(|problem| !problem.kind.is_harmless());
            ExitCode::from(u8::from(is_wrong))
        }
    }
}

fn as_text(loaded: &Loaded, shown: &[Shown]) -> String {
    let mut lines = Vec::new();
    for setting in shown {
        let name = &setting.name;
        lines.push(match &setting.value {
            Some(value) => format!("{name} = {value}  # {}", setting.origin),
            None => format!("# {name}: {}", setting.default_text),
        });
    }
    lines.push(String::new());
    for role in Role::ALL {
        lines.push(format!(
            "# {}: {}",
            role.name(),
            loaded.config.player_names(role).join(", ")
        ));
    }
    for problem in &loaded.problems {
        lines.push(format!("# problem: {problem}"));
    }
    lines.join("\n")
}
