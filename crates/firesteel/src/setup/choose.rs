//! Which of the models that were found.

use anyhow::Result;
use firesteel_config::NewModel;
use firesteel_host::lookup;
use firesteel_model::{DiscoveredServer, Offer, Preset, Spec};

use super::talk::{Talk, clean};

/// How many models are offered by number.
const MAX_SHOWN: usize = 20;

/// One model of one server.
pub(super) struct Choice<'a> {
    server: &'a DiscoveredServer,
    offer: &'a Offer,
}

impl Choice<'_> {
    /// As the settings have it.
    pub(super) fn to_model(&self) -> NewModel {
        let preset = self.server.preset.clone().unwrap_or_default();
        // A llama.cpp with one model answers whatever it is called.
        let is_only = preset == "llama.cpp" && self.server.models.len() == 1;
        let usual = Spec::named(&preset, lookup).map(|spec| spec.preset.url);
        let is_usual = usual.is_some_and(|usual| {
            firesteel_model::on_this_machine(&usual).as_deref() == Some(self.server.url.as_str())
        });
        NewModel {
            url: (!is_usual).then(|| self.server.url.clone()),
            name: (!is_only).then(|| self.offer.name.clone()),
            only_completes: !self.offer.chats,
            preset,
        }
    }
}

/// What there is to choose from, the best first: models that fill in the middle, in the order of the servers.
pub(super) fn choices<'a>(
    servers: &'a [DiscoveredServer],
    preset: Option<&str>,
    name: Option<&str>,
) -> Vec<Choice<'a>> {
    let is_wanted = |server: &&DiscoveredServer| {
        server.preset.is_some()
            && preset.is_none_or(|preset| server.preset.as_deref() == Some(preset))
    };
    let all = servers.iter().filter(is_wanted).flat_map(|server| {
        let choice = move |offer| Choice { server, offer };
        server.models.iter().map(choice)
    });
    let is_named = |choice: &Choice<'_>| name.is_none_or(|name| choice.offer.name == name);
    let mut choices: Vec<_> = all.filter(is_named).collect();
    choices.sort_by_key(|choice| (!choice.offer.fills(), !choice.offer.chats));
    choices
}

/// Has the user choose.
pub(super) fn choose<'a>(talk: &Talk, choices: &'a [Choice<'a>]) -> Result<Option<&'a Choice<'a>>> {
    if let [only] = choices {
        return Ok(Some(only));
    }
    let shown = &choices[..choices.len().min(MAX_SHOWN)];
    for (number, choice) in shown.iter().enumerate() {
        let name = clean(&choice.offer.name);
        talk.say(&format!(
            "  {:>2}  {name} at {}",
            number + 1,
            choice.server.place
        ));
    }
    let number = talk.number("Which one?", shown.len())?;
    Ok(number.and_then(|number| shown.get(number - 1)))
}

/// What a model can do, in a few words.
pub(crate) fn abilities(offer: &Offer) -> String {
    let mut words = vec![offer.how()];
    words.push(match offer.chats {
        true => "chat (edits, next edits, questions)".to_owned(),
        false => "no chat: a base model".to_owned(),
    });
    words.extend(offer.window_tokens.map(|tokens| format!("{tokens} tokens")));
    words.extend(
        offer
            .loaded
            .filter(|loaded| *loaded)
            .map(|_| "loaded".to_owned()),
    );
    words.join("; ")
}

/// The shortest ways to a model, where none was found.
pub(super) fn nothing(talk: &Talk, servers: &[DiscoveredServer], name: Option<&str>) {
    let models = servers.iter().flat_map(|server| &server.models);
    let names: Vec<String> = models.map(|offer| clean(&offer.name)).collect();
    if let (Some(name), false) = (name, names.is_empty()) {
        talk.say(&format!(
            "No model is called {name}; there are: {}",
            names.join(", ")
        ));
        return;
    }
    talk.say("No model was found on this machine. The embedded engine completes without one.");
    talk.say("");
    talk.say("Ollama (ollama.com):");
    talk.say("    ollama pull qwen2.5-coder:1.5b-base");
    talk.say("    firesteel setup");
    talk.say("llama.cpp (loads the model by itself, and listens at port 8012):");
    talk.say("    llama-server --fim-qwen-1.5b-default");
    talk.say("    firesteel setup");
    let hosted = Preset::all()
        .into_iter()
        .filter(|(_, preset)| preset.ports.is_empty() && !preset.url.is_empty());
    let with_key = hosted
        .filter(|(_, preset)| lookup(&preset.key_variable).is_some_and(|key| !key.is_empty()));
    let mut said = false;
    for (name, preset) in with_key {
        if !std::mem::replace(&mut said, true) {
            talk.say("Providers whose key is set (code is sent to them once they are set up):");
        }
        talk.say(&format!(
            "    firesteel setup --preset {name:<18} # {}",
            preset.key_variable
        ));
    }
    if !said {
        talk.say("A provider, once its key is set (docs/models.md lists them):");
        talk.say("    firesteel setup --preset openai");
    }
}
