//! Finding servers on this machine: what kind each is and which models it offers. Nothing outside it is asked, no key
//! is shown to a server before it is known what it is, and nothing is made to load a model.

use std::sync::Arc;
use std::time::Duration;

use firesteel_prompt::Format;
use hyper::Method;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::address::{Address, Path};
use crate::carrier::Carrier;
use crate::preset::Preset;
use crate::settle::{PREFERRED, listed};
use crate::spec::Spec;

/// The kind of a server that has the common routes and nothing by which it is known.
const COMMON: &str = "openai-compatible";
/// Models of one Ollama of which details are asked.
const MAX_SHOWN: usize = 24;

/// A server that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoveredServer {
    /// Its root, such as `http://127.0.0.1:8012`.
    pub url: String,
    /// Host and port.
    pub place: String,
    /// The preset that it is spoken to by; none where it is no server of models.
    pub preset: Option<String>,
    /// Its version, where it says so.
    pub version: Option<String>,
    /// What it offers, the one that would be chosen first.
    pub models: Vec<Offer>,
    /// What is wrong, in one line with the way out.
    pub problem: Option<String>,
}

/// A model that a server offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// Its name, as it is asked for.
    pub name: String,
    /// Whether it is loaded, where the server says so.
    pub loaded: Option<bool>,
    /// Tokens that it sees, where the server says so.
    pub window_tokens: Option<u32>,
    /// The fill-in-the-middle format that its name tells.
    pub format: Option<String>,
    /// Whether the server fills in the middle by itself; unknown where it was not asked.
    pub inserts: Option<bool>,
    /// Whether it holds conversations, and so edits and explains; not, where its name says that it is a base model.
    pub chats: bool,
}

/// What a server said to each question.
#[derive(Debug, Default)]
struct Said {
    models: Answer,
    tags: Answer,
    version: Answer,
    states: Answer,
    props: Answer,
}

/// A status and its JSON, or none where nobody answered.
type Answer = Option<(u16, Value)>;

/// Where the presets look on this machine: their ports, and the addresses that `lookup` names for them, as far as these
/// are on this machine. `lookup` is such as `|name| std::env::var(name).ok()`.
pub fn local_places(lookup: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut places = Vec::new();
    for (name, preset) in Preset::all() {
        if preset.ports.is_empty() {
            continue;
        }
        let set = Spec::new(&name, preset.clone(), &lookup).preset.url;
        let own = (set != preset.url).then_some(set).into_iter();
        let usual = preset.ports.iter();
        for place in own.chain(usual.map(|port| format!("http://127.0.0.1:{port}"))) {
            if let Some(place) = on_this_machine(&place).filter(|place| !places.contains(place)) {
                places.push(place);
            }
        }
    }
    places
}

/// The root of an address of this machine; none of any other. A name is not looked up.
pub fn on_this_machine(url: &str) -> Option<String> {
    let address = Address::new(url, &Default::default())?;
    let host = match address.host() {
        "localhost" => "127.0.0.1",
        name if name.ends_with("localhost") => return None,
        host => host,
    };
    let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme);
    let port = address.port().map(|port| format!(":{port}"));
    address
        .is_loopback()
        .then(|| format!("{scheme}://{host}{}", port.unwrap_or_default()))
}

/// Looks at all places at once, each for `limit` at most. What is not on this machine is not looked at.
pub async fn discover(
    places: &[String],
    limit: Duration,
    lookup: impl Fn(&str) -> Option<String>,
) -> Vec<DiscoveredServer> {
    let mut looks = JoinSet::new();
    for (number, place) in places.iter().enumerate() {
        let Some(url) = on_this_machine(place) else {
            continue;
        };
        looks.spawn(async move { (number, url.clone(), timeout(limit, ask(&url)).await.ok()) });
    }
    let mut said: Vec<_> = Vec::new();
    while let Some(look) = looks.join_next().await {
        said.extend(look.ok());
    }
    said.sort_by_key(|(number, ..)| *number);
    let mut described = JoinSet::new();
    for (number, url, said) in said {
        if let Some(said) = said.filter(Said::is_anybody) {
            let carrier = said.kind().map(|kind| keyed(&url, kind, &lookup));
            described.spawn(async move { (number, describe(url, said, carrier, limit).await) });
        }
    }
    let mut found: Vec<_> = described.join_all().await;
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, found)| found).collect()
}

/// Asks everything at once by which servers differ.
async fn ask(url: &str) -> Said {
    let preset = Preset {
        url: url.to_owned(),
        ..Preset::default()
    };
    let carrier = Arc::new(Carrier::new(Spec {
        preset,
        ..Spec::default()
    }));
    let get = async |path| {
        let mut answer = carrier.say(Method::GET, path, None).await.ok()?;
        let text = answer.all(MAX_LIST, LIST).await;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Some((answer.status.as_u16(), json))
    };
    let (models, tags, version, states, props) = tokio::join!(
        get(Path::Versioned("models")),
        get(Path::Plain("api/tags")),
        get(Path::Plain("api/version")),
        get(Path::Plain("api/v0/models")),
        get(Path::Plain("props")),
    );
    Said {
        models,
        tags,
        version,
        states,
        props,
    }
}

/// The longest list of models, and how long it may take.
const MAX_LIST: usize = 1 << 20;
const LIST: Duration = Duration::from_secs(1);

/// One who may know the key of that kind of server.
fn keyed(url: &str, kind: &str, lookup: impl Fn(&str) -> Option<String>) -> Arc<Carrier> {
    let preset = Preset::named(kind).unwrap_or_default();
    let mut spec = Spec::new(kind, preset, lookup);
    // Whatever the environment says, this is where it was found.
    url.clone_into(&mut spec.preset.url);
    Arc::new(Carrier::new(spec))
}

async fn describe(
    url: String,
    said: Said,
    carrier: Option<Arc<Carrier>>,
    limit: Duration,
) -> DiscoveredServer {
    let place = url
        .split_once("://")
        .map_or(url.as_str(), |(_, place)| place)
        .to_owned();
    let mut found = DiscoveredServer {
        place,
        url,
        preset: None,
        version: said.version(),
        models: Vec::new(),
        problem: None,
    };
    let Some(carrier) = carrier else {
        found.problem = Some("answers, but is no server of models".to_owned());
        return found;
    };
    found.preset = Some(carrier.spec.preset_name.clone());
    if said.loads() {
        found.problem = Some("loads its model; ask again in a moment".to_owned());
        return found;
    }
    let list = match said.is_locked() && carrier.spec.key.is_some() {
        true => {
            let list = timeout(limit, carrier.list()).await.ok();
            list.and_then(Result::ok)
                .map(|list| list.into_iter().map(Offer::from).collect())
        }
        false => Some(said.list()),
    };
    found.models = list.unwrap_or_default();
    if found.models.is_empty() {
        found.problem = Some(match said.is_locked() {
            true => carrier.about_key("wants a key"),
            false if found.preset.as_deref() == Some("ollama") => {
                "has no model; try `ollama pull qwen2.5-coder:1.5b-base`".to_owned()
            }
            false => "lists no model; load one".to_owned(),
        });
        return found;
    }
    carrier.look_closer(&said, &mut found.models, limit).await;
    found.models.sort_by_key(rank);
    found
}

impl Carrier {
    /// Finds out which of the offers the server fills in the middle with.
    async fn look_closer(self: &Arc<Self>, said: &Said, offers: &mut Vec<Offer>, limit: Duration) {
        match self.spec.preset_name.as_str() {
            "ollama" => {
                let mut shows = JoinSet::new();
                for (at, offer) in offers.iter().take(MAX_SHOWN).enumerate() {
                    let (carrier, name) = (Arc::clone(self), offer.name.clone());
                    shows.spawn(timeout(
                        limit,
                        async move { (at, carrier.shown(&name).await) },
                    ));
                }
                let mut useless = Vec::new();
                while let Some(shown) = shows.join_next().await {
                    let Ok(Ok((at, Some(shown)))) = shown else {
                        continue;
                    };
                    let all = shown["capabilities"].as_array();
                    let can = |what: &str| all.map(|all| all.iter().any(|can| can == what));
                    let template = shown["template"].as_str().unwrap_or_default();
                    let offer = &mut offers[at];
                    offer.inserts = can("insert").or(Some(template.contains(".Suffix")));
                    if can("completion") == Some(false) {
                        useless.push(offer.name.clone());
                    }
                }
                offers.retain(|offer| !useless.contains(&offer.name));
            }
            // With several models to choose from, asking would load one.
            "llama.cpp" if offers.len() == 1 => {
                let window = said
                    .props
                    .as_ref()
                    .and_then(|(_, props)| props["default_generation_settings"]["n_ctx"].as_u64());
                let window = window.and_then(|window| u32::try_from(window).ok());
                let inserts = timeout(limit, self.tries_infill()).await.ok();
                for offer in offers {
                    offer.window_tokens = window.or(offer.window_tokens);
                    offer.inserts = inserts;
                }
            }
            _ => {}
        }
    }

    async fn shown(&self, name: &str) -> Option<Value> {
        let body: Map<String, Value> = json!({"model": name}).as_object().cloned()?;
        let path = Path::Plain("api/show");
        self.facts_of(Method::POST, path, Some(&body))
            .await
            .ok()?
            .ok()
    }
}

impl Said {
    fn all(&self) -> [&Answer; 5] {
        [
            &self.models,
            &self.tags,
            &self.version,
            &self.states,
            &self.props,
        ]
    }

    fn is_anybody(&self) -> bool {
        self.all().into_iter().any(Option::is_some)
    }

    /// What somebody who is well said.
    fn well(answer: &Answer) -> &Value {
        match answer {
            Some((200, value)) => value,
            _ => &Value::Null,
        }
    }

    /// The preset for this server.
    fn kind(&self) -> Option<&'static str> {
        let models = Self::well(&self.models)["data"].as_array();
        let is_owned_by = |owner: &str| {
            models.is_some_and(|models| models.iter().any(|model| model["owned_by"] == owner))
        };
        let has_props = Self::well(&self.props)["default_generation_settings"].is_object();
        if has_props || is_owned_by("llamacpp") || self.loads() {
            // llama.cpp also has some of Ollama's routes.
            return Some("llama.cpp");
        }
        if Self::well(&self.tags)["models"].is_array() {
            return Some("ollama");
        }
        let states = Self::well(&self.states)["data"].as_array();
        if states.is_some_and(|states| states.iter().any(|model| model["state"].is_string())) {
            return Some("lmstudio");
        }
        if is_owned_by("vllm") {
            return Some("vllm");
        }
        if self.is_locked() {
            // llama.cpp lists its models to everybody.
            return Some("vllm");
        }
        models.map(|_| COMMON)
    }

    fn loads(&self) -> bool {
        self.all().into_iter().flatten().any(|(status, said)| {
            *status == 503 && said.to_string().to_lowercase().contains("loading")
        })
    }

    fn is_locked(&self) -> bool {
        matches!(self.models, Some((401 | 403, _)))
    }

    fn version(&self) -> Option<String> {
        let ollama = Self::well(&self.version)["version"].as_str();
        let llama = Self::well(&self.props)["build_info"].as_str();
        ollama.or(llama).map(str::to_owned)
    }

    fn list(&self) -> Vec<Offer> {
        let list = match self.kind() {
            Some("ollama") => &Self::well(&self.tags)["models"],
            _ => &Self::well(&self.models)["data"],
        };
        let states = Self::well(&self.states)["data"].as_array();
        let models = list.as_array().into_iter().flatten();
        models
            .filter_map(|model| {
                let mut offer = listed(model)?;
                let state = states.into_iter().flatten();
                let state = state
                    .into_iter()
                    .find(|state| state["id"] == offer.name.as_str());
                if let Some(state) = state {
                    offer.loaded = state["state"].as_str().map(|state| state == "loaded");
                }
                let is_embedding = state.is_some_and(|state| state["type"] == "embeddings")
                    || offer.name.to_lowercase().contains("embed");
                (!is_embedding).then_some(offer)
            })
            .map(Offer::from)
            .collect()
    }
}

impl From<crate::probe::Listed> for Offer {
    fn from(listed: crate::probe::Listed) -> Self {
        let name = listed.name.to_lowercase();
        let mut words = name.split(|char: char| !char.is_ascii_alphanumeric());
        Offer {
            chats: !words.any(|word| word == "base"),
            name: listed.name,
            loaded: listed.loaded,
            window_tokens: listed.window_tokens,
            format: listed.format,
            inserts: None,
        }
    }
}

impl Offer {
    /// Whether it fills in the middle, as far as it shows.
    pub fn fills(&self) -> bool {
        self.inserts == Some(true) || self.format.is_some()
    }

    /// How it is asked for holes, in words.
    pub fn how(&self) -> String {
        let format = self.format.as_deref().and_then(Format::named);
        match (self.inserts, format) {
            (Some(true), _) => "fill-in-the-middle by the server".to_owned(),
            (_, Some(format)) => format!("fill-in-the-middle in the format {}", format.name()),
            (_, None) => "no fill-in-the-middle format known".to_owned(),
        }
    }
}

/// Which offer is the best to begin with: those that fill in the middle, loaded ones, the preferred family.
fn rank(offer: &Offer) -> (bool, bool, bool) {
    let is_preferred = offer.name.to_lowercase().contains(PREFERRED);
    (!offer.fills(), offer.loaded != Some(true), !is_preferred)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_looked_at() {
        let places = |host: &'static str| {
            local_places(move |name| (name == "OLLAMA_HOST").then(|| host.to_owned()))
        };
        let usual = places("");
        assert_eq!(usual.len(), 6, "{usual:?}");
        for own in ["0.0.0.0:7777", "localhost:7777", "127.0.0.1:7777"] {
            assert!(
                places(own).contains(&"http://127.0.0.1:7777".to_owned()),
                "{own}"
            );
        }
        assert!(places("[::1]:7777").contains(&"http://[::1]:7777".to_owned()));
        for outside in [
            "box.example",
            "192.168.1.7:11434",
            "https://ollama.com",
            "evil.localhost:1",
        ] {
            assert_eq!(places(outside), usual, "{outside}");
        }
    }
}
