//! `firesteel --help`: the subcommands in the groups in which a user looks for them, and each with an example.

use clap::{Command, CommandFactory, FromArgMatches};

/// A group of subcommands: its title, and each with a line to type.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

const GROUPS: [Group; 4] = [
    (
        "First steps",
        &[
            ("demo", "firesteel demo src/main.rs"),
            ("setup", "firesteel setup --preset openai"),
            ("doctor", "firesteel doctor"),
        ],
    ),
    (
        "What editors and other programs start",
        &[
            ("lsp", "firesteel lsp --log-file /tmp/firesteel.log"),
            (
                "serve",
                "firesteel serve --listen 127.0.0.1:8011 --root ~/src/project",
            ),
        ],
    ),
    (
        "Settings",
        &[
            ("models", "firesteel models"),
            ("config", "firesteel config show"),
            ("cache", "firesteel cache clear"),
            (
                "completions",
                "firesteel completions fish > ~/.config/fish/completions/firesteel.fish",
            ),
            ("man", "firesteel man ~/.local/share/man/man1"),
        ],
    ),
    (
        "How good it is",
        &[
            ("eval", "firesteel eval --repo ~/src/project"),
            (
                "tune",
                "firesteel tune --repo ~/src/project --output my.weights",
            ),
        ],
    ),
];

/// Reads the command line, and ends the program where it is wrong or asks for help.
pub(crate) fn parse<T: CommandFactory + FromArgMatches>() -> T {
    let mut command = grouped(T::command());
    let matches = command.get_matches_mut();
    T::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit())
}

/// The command with its subcommands listed by group, and an example below the help of each.
pub(crate) fn grouped(command: Command) -> Command {
    let about = |name: &str| {
        let found = command.find_subcommand(name).and_then(Command::get_about);
        found.map(ToString::to_string).unwrap_or_default()
    };
    let mut list = String::new();
    for (title, subcommands) in GROUPS {
        list += &format!("{title}:\n");
        for (name, _) in subcommands {
            list += &format!("  {name:<12} {}\n", about(name));
        }
        list += "\n";
    }
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}Options:\n{{options}}\n\n\
         `firesteel COMMAND --help` has an example of each."
    );
    let examples = GROUPS.iter().flat_map(|(_, subcommands)| *subcommands);
    examples.fold(command.help_template(template), |command, (name, line)| {
        command.mut_subcommand(name, |own| own.after_help(format!("Example: {line}")))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::Arguments;

    #[test]
    fn every_subcommand_is_in_one_group_and_its_example_is_a_line_that_it_takes() {
        let command = Arguments::command();
        let mut listed: Vec<&str> = Vec::new();
        for (name, line) in GROUPS.iter().flat_map(|(_, subcommands)| *subcommands) {
            listed.push(name);
            let words = line.split(" > ").next().unwrap_or_default();
            let read = command.clone().try_get_matches_from(words.split(' '));
            assert!(
                read.is_ok(),
                "{line}: {}",
                read.err()
                    .map(|error| error.to_string())
                    .unwrap_or_default()
            );
        }
        let mut names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        listed.sort_unstable();
        names.sort_unstable();
        assert_eq!(listed, names);
    }

    #[test]
    fn a_wrong_subcommand_is_told_which_one_was_meant() {
        let error = grouped(Arguments::command()).try_get_matches_from(["firesteel", "docter"]);
        let text = error
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(text.contains("'doctor'"), "{text}");
    }
}
