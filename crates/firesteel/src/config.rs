//! `firesteel config`: what is in force and where it comes from, and the schema of the settings.

use std::path::PathBuf;
use std::process::ExitCode;

use firesteel_config::{DEFAULT, Loaded, Player, Role, Shown, base_layers, json_schema, show};
use firesteel_server::config;
use serde_json::{Value, json};

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
            say(&pretty(&json_schema(&config::catalog())));
            ExitCode::SUCCESS
        }
        Command::Show {
            root,
            changed,
            json,
        } => {
            let root = root.canonicalize().unwrap_or(root);
            let (layers, mut problems) = base_layers(&[root]);
            let mut loaded = config::load(&layers);
            problems.append(&mut loaded.problems);
            loaded.problems = problems;
            let mut shown = show(&loaded);
            shown.retain(|setting| !changed || setting.origin != DEFAULT);
            say(&if json {
                as_json(&loaded, &shown)
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
            players(loaded, role).join(", ")
        ));
    }
    for problem in &loaded.problems {
        lines.push(format!("# problem: {problem}"));
    }
    lines.join("\n")
}

fn as_json(loaded: &Loaded, shown: &[Shown]) -> String {
    let setting = |setting: &Shown| {
        let fields = json!({"value": setting.value, "origin": setting.origin, "default": setting.default_text});
        (setting.name.clone(), fields)
    };
    let settings: serde_json::Map<String, Value> = shown.iter().map(setting).collect();
    let role = |role: Role| (role.name().to_owned(), json!(players(loaded, role)));
    let roles: serde_json::Map<String, Value> = Role::ALL.into_iter().map(role).collect();
    let problems: Vec<_> = loaded.problems.iter().map(ToString::to_string).collect();
    pretty(&json!({"settings": settings, "roles": roles, "problems": problems}))
}

/// Who plays a role, the most wanted first.
fn players(loaded: &Loaded, role: Role) -> Vec<String> {
    let name = |player: Player<'_>| match player {
        Player::Embedded => firesteel_config::EMBEDDED.to_owned(),
        Player::Model { name, .. } => name.to_owned(),
    };
    loaded.config.players(role).into_iter().map(name).collect()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A reader that has seen enough, as `head` has, is no error.
fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}
