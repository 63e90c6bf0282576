//! `firesteel models`: the models that are configured, and what runs on this machine.

use std::process::ExitCode;

use anyhow::Result;
use firesteel_config::{Config, EMBEDDED, Role, SHORT_FORM};
use firesteel_host::{Hosted, Look, find_servers, identity, look, lookup, spec};
use firesteel_model::{DiscoveredServer, Offer};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::report::{pretty, say, shown};
use crate::setup::abilities;

/// The arguments of `firesteel models`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A configured model.
struct Entry {
    name: String,
    roles: Vec<&'static str>,
    /// What its server says; none where the configuration keeps it from being used.
    look: Option<Look>,
    unusable: Option<String>,
}

/// Lists the models.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let roots: Vec<_> = std::env::current_dir().into_iter().collect();
    let (config, _) = firesteel_host::of_environment(&roots);
    let (entries, servers) = tokio::join!(configured(&config), find_servers(lookup));
    match arguments.json {
        true => say(&pretty(&as_json(&config, &entries, &servers))),
        false => as_text(&config, &entries, &servers),
    }
    Ok(ExitCode::SUCCESS)
}

async fn configured(config: &Config) -> Vec<Entry> {
    let short = config.model.is_placed().then_some(SHORT_FORM);
    let unusable = config.unusable();
    let broken = unusable.get(SHORT_FORM).map(|_| SHORT_FORM);
    let names = config.models.keys().map(String::as_str);
    let mut looks = JoinSet::new();
    for (number, name) in short.or(broken).into_iter().chain(names).enumerate() {
        let unusable = unusable.get(name).cloned();
        let model = config.model_named(name).filter(|_| unusable.is_none());
        let spec = model.and_then(|model| spec(model, &identity(""), lookup));
        let entry = Entry {
            name: name.to_owned(),
            roles: roles_of(config, name),
            look: None,
            unusable,
        };
        looks.spawn(async move {
            let look = match spec {
                Some(spec) => Some(look(&entry.name, &Hosted::connected(&entry.name, spec)).await),
                None => None,
            };
            (number, Entry { look, ..entry })
        });
    }
    let mut entries = looks.join_all().await;
    entries.sort_by_key(|(number, _)| *number);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The roles in which a model is asked.
fn roles_of(config: &Config, name: &str) -> Vec<&'static str> {
    let plays = |role: &Role| config.player_names(*role).contains(&name);
    // Where nobody has named one, no second model reads what the first one wrote.
    let is_meant = |role: &Role| *role != Role::Review || config.roles.review.is_some();
    let roles = Role::ALL.into_iter().filter(is_meant).filter(plays);
    roles.map(Role::name).collect()
}

fn as_text(config: &Config, entries: &[Entry], servers: &[DiscoveredServer]) {
    say("Configured:");
    for entry in entries {
        let roles = match entry.roles.is_empty() {
            true => "in no role".to_owned(),
            false => entry.roles.join(", "),
        };
        let Some(look) = &entry.look else {
            let why = entry.unusable.as_deref().unwrap_or("it has no url");
            say(&format!(
                "  {} ({roles}): not used: {}",
                entry.name,
                shown(why)
            ));
            continue;
        };
        let about = &look.about;
        let by_documentation = if about.documented {
            ", by its documentation"
        } else {
            ""
        };
        say(&format!(
            "  {} ({roles}): {}, {} at {}{by_documentation}",
            entry.name,
            shown(&about.model),
            about.preset,
            shown(&about.url)
        ));
        let why = look.why.as_deref().map(|why| format!(": {}", shown(why)));
        say(&format!("    {}{}", look.state, why.unwrap_or_default()));
        say(&format!("    {}", shown(&about.how)));
        if let Some(tokens) = about.window_tokens {
            say(&format!("    a window of {tokens} tokens"));
        }
    }
    say(&format!(
        "  {EMBEDDED} ({}): always there",
        roles_of(config, EMBEDDED).join(", ")
    ));
    say("On this machine:");
    if servers.is_empty() {
        say("  no server was found; `firesteel setup` says how to start one");
    }
    for server in servers {
        let kind = server.preset.as_deref().unwrap_or("something else");
        let problem = server
            .problem
            .as_deref()
            .map(|problem| format!(": {}", shown(problem)));
        say(&format!(
            "  {kind} at {}{}",
            server.place,
            problem.unwrap_or_default()
        ));
        for offer in &server.models {
            say(&format!(
                "    {:<34} {}",
                shown(&offer.name),
                abilities(offer)
            ));
        }
    }
}

fn as_json(config: &Config, entries: &[Entry], servers: &[DiscoveredServer]) -> Value {
    let entry = |entry: &Entry| {
        let look = entry.look.as_ref();
        json!({
            "name": entry.name,
            "roles": entry.roles,
            "model": look.map(|look| &look.about.model),
            "preset": look.map(|look| &look.about.preset),
            "url": look.map(|look| &look.about.url),
            "by_documentation": look.map(|look| look.about.documented),
            "wire": look.map(|look| &look.about.wire),
            "format": look.and_then(|look| look.about.format.as_ref()),
            "how": look.map(|look| &look.about.how),
            "window_tokens": look.and_then(|look| look.about.window_tokens),
            "state": look.map_or("unusable", |look| look.state),
            "why": look.map_or(entry.unusable.as_ref(), |look| look.why.as_ref()),
        })
    };
    let offer = |offer: &Offer| {
        json!({
            "name": offer.name,
            "loaded": offer.loaded,
            "window_tokens": offer.window_tokens,
            "format": offer.format,
            "inserts": offer.inserts,
            "fills_in_the_middle": offer.fills(),
            "chats": offer.chats,
        })
    };
    let server = |server: &DiscoveredServer| {
        json!({
            "preset": server.preset,
            "url": server.url,
            "version": server.version,
            "problem": server.problem,
            "models": server.models.iter().map(offer).collect::<Vec<_>>(),
        })
    };
    json!({
        "configured": entries.iter().map(entry).collect::<Vec<_>>(),
        "embedded": {"roles": roles_of(config, EMBEDDED)},
        "local": servers.iter().map(server).collect::<Vec<_>>(),
    })
}
