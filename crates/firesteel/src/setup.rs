//! `firesteel setup`: from nothing to a model that completes. It finds what runs on this machine, tries one with a real
//! completion and adds it to the user's settings after asking.

mod choose;
mod talk;
mod write;

use std::process::ExitCode;

use anyhow::Result;
use firesteel_config::NewModel;
use firesteel_host::{Check, CheckOutcome, Hosted, find_servers, lookup, of_new};
use firesteel_model::{DiscoveredServer, Preset, Spec, on_this_machine};

use choose::Choice;
pub(crate) use choose::abilities;
use talk::{Talk, clean};

/// The arguments of `firesteel setup`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A kind of endpoint, such as ollama, llama.cpp or openai; by default what runs on this machine
    #[arg(long)]
    preset: Option<String>,
    /// The model's name at its server
    #[arg(long)]
    name: Option<String>,
    /// Where the server is, if not at its usual place
    #[arg(long)]
    url: Option<String>,
    /// Do not ask: try the first model and write the settings
    #[arg(long, conflicts_with = "print")]
    yes: bool,
    /// Print the settings, as TOML with the rest as comments, and write nothing
    #[arg(long)]
    print: bool,
}

/// Sets a model up; the exit code is 1 when none answered.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let talk = Talk::new(arguments.yes, arguments.print);
    let wanted = match &arguments.preset {
        Some(name) => match Preset::named(name) {
            Some(preset) => Some((name.clone(), preset)),
            None => {
                let known: Vec<_> = Preset::all().into_keys().collect();
                anyhow::bail!("there is no preset {name}; there are {}", known.join(", "));
            }
        },
        None => None,
    };
    let chosen = match &wanted {
        Some((name, preset)) if !is_here(name, preset, &arguments) => {
            Some(elsewhere(name, &arguments))
        }
        _ => here(&talk, &arguments).await?,
    };
    let Some(new) = chosen else {
        return Ok(ExitCode::FAILURE);
    };
    match tried(&talk, &new).await? {
        Tried::Answers => Ok(write::write(&talk, &new)?),
        Tried::Untried => Ok(write::write(&talk, &new)?),
        Tried::Fails => Ok(ExitCode::FAILURE),
    }
}

/// Whether a preset is of servers that are looked for on this machine.
fn is_here(name: &str, preset: &Preset, arguments: &Arguments) -> bool {
    let url = arguments.url.clone();
    let url = url.unwrap_or_else(|| Spec::new(name, preset.clone(), lookup).preset.url);
    !preset.ports.is_empty() && on_this_machine(&url).is_some()
}

/// What the user has named, which is not on this machine.
fn elsewhere(preset: &str, arguments: &Arguments) -> NewModel {
    NewModel {
        preset: preset.to_owned(),
        url: arguments.url.clone(),
        name: arguments.name.clone(),
        only_completes: false,
    }
}

/// What runs on this machine, and which of it the user wants.
async fn here(talk: &Talk, arguments: &Arguments) -> Result<Option<NewModel>> {
    let servers = match arguments.url.as_deref() {
        None => {
            talk.say("Looking for models on this machine; nothing outside it is asked.");
            find_servers(lookup).await
        }
        Some(url) => match on_this_machine(url) {
            Some(place) => firesteel_host::look_at(&[place]).await,
            None => anyhow::bail!("{url} is not on this machine: say what it is with --preset"),
        },
    };
    show(talk, &servers);
    let choices = choose::choices(
        &servers,
        arguments.preset.as_deref(),
        arguments.name.as_deref(),
    );
    if choices.is_empty() {
        choose::nothing(talk, &servers, arguments.name.as_deref());
        return Ok(None);
    }
    let choice = choose::choose(talk, &choices)?;
    Ok(choice.map(Choice::to_model))
}

/// Every server with its models, and what each can do.
fn show(talk: &Talk, servers: &[DiscoveredServer]) {
    for server in servers {
        let Some(preset) = &server.preset else {
            talk.say(&format!(
                "  {} answers, but is no server of models",
                server.place
            ));
            continue;
        };
        let version = server
            .version
            .as_deref()
            .map(|version| format!(", {}", clean(version)));
        let version = version.unwrap_or_default();
        let problem = server
            .problem
            .as_deref()
            .map(|problem| format!(": {}", clean(problem)));
        let problem = problem.unwrap_or_default();
        talk.say(&format!("  {preset} at {}{version}{problem}", server.place));
        for offer in &server.models {
            talk.say(&format!(
                "    {:<34} {}",
                clean(&offer.name),
                choose::abilities(offer)
            ));
        }
    }
}

/// What came of trying the model.
enum Tried {
    Answers,
    /// It would send something out, which nobody has allowed.
    Untried,
    Fails,
}

/// Tries it with a real completion, on the way that ghost text takes.
async fn tried(talk: &Talk, new: &NewModel) -> Result<Tried> {
    let Some(spec) = of_new(new) else {
        talk.say(&format!("{} needs a url: say it with --url", new.preset));
        return Ok(Tried::Fails);
    };
    let url = spec.preset.url.clone();
    if on_this_machine(&url).is_none() {
        let question = format!("Try it? An example, nothing of yours, is sent to {url}.");
        match talk.asks(&question)? {
            Some(true) => {}
            Some(false) => return Ok(Tried::Fails),
            None => {
                talk.say(&format!(
                    "Not tried, for that sends an example to {url}; --yes tries it."
                ));
                return Ok(Tried::Untried);
            }
        }
    }
    talk.say(&format!(
        "Trying {} at {url} with a completion …",
        shown_name(new)
    ));
    let hosted = Hosted::connected(new.preset.clone(), spec);
    let role = if hosted.completes() {
        firesteel_host::Role::Complete
    } else {
        firesteel_host::Role::Edit
    };
    let check = firesteel_host::check(&new.preset, &hosted, role).await;
    report(talk, &check);
    Ok(match check.is_answered() {
        true => Tried::Answers,
        false => Tried::Fails,
    })
}

fn shown_name(new: &NewModel) -> String {
    let name = new.name.as_deref().map(clean);
    name.unwrap_or_else(|| "the server's model".to_owned())
}

fn report(talk: &Talk, check: &Check) {
    match &check.outcome {
        CheckOutcome::Answered(answered) => {
            for (number, line) in answered.text.trim_end().lines().enumerate() {
                let head = if number == 0 { "it wrote" } else { "" };
                talk.say(&format!("  {head:<12} {}", clean(line)));
            }
            let load = answered.load.map(|load| {
                format!(
                    " (after {:.1} s in which it was loaded)",
                    load.as_secs_f64()
                )
            });
            let first = answered.first_token.as_secs_f64() * 1e3;
            talk.say(&format!(
                "  {:<12} {first:.0} ms{}",
                "first token",
                load.unwrap_or_default()
            ));
            match answered.tokens_per_second {
                Some(rate) => talk.say(&format!("  {:<12} {rate:.0} tokens/s", "speed")),
                None => talk.say(&format!("  {:<12} too short a text to tell", "speed")),
            }
            talk.say(&format!("  {:<12} {}", "asked", clean(&check.how)));
        }
        CheckOutcome::NotFor(why) | CheckOutcome::Failed(why) => {
            talk.say(&format!("  It does not answer: {}", clean(why)));
        }
    }
    for note in &check.notes {
        talk.say(&format!("  {:<12} {}", "note", clean(note)));
    }
}
