//! What a server says of itself: its models, their windows, whether they fill in the middle, and what is wrong.

use std::sync::Arc;

use hyper::Method;

use crate::address::{Address, Path};
use crate::ask::Stumble;
use crate::carrier::Carrier;
use crate::refusal::Refusal;
use crate::wire::Kind;

/// How much of a server's list is looked at for what is wrong with it.
const MAX_BODY: usize = 64 << 10;

/// What a server says of itself, for `setup`, `models` and `doctor`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probe {
    /// Whether somebody answered.
    pub reached: bool,
    /// What server it is, as far as it shows.
    pub server: Option<String>,
    /// The models that it lists.
    pub models: Vec<Listed>,
    /// The model that would be asked.
    pub model: String,
    /// Tokens that it sees, where the server says so.
    pub window_tokens: Option<u32>,
    /// Whether the server fills in the middle by itself.
    pub inserts: Option<bool>,
    /// What is wrong, in one line with the way out.
    pub problem: Option<String>,
}

/// A model that a server lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its name, as it is asked for.
    pub name: String,
    /// Whether it is loaded, where the server says so.
    pub loaded: Option<bool>,
    /// Tokens that it sees, where the server says so.
    pub window_tokens: Option<u32>,
    /// The fill-in-the-middle format that its name tells.
    pub format: Option<String>,
}

impl Carrier {
    /// Asks the server what it has and can, without a completion.
    pub(crate) async fn probe(self: &Arc<Self>) -> Probe {
        let mut probe = Probe {
            model: self.model(),
            ..Probe::default()
        };
        if self.address.is_none() {
            probe.problem = Some("no url is set for this model; set `url`".to_owned());
            return probe;
        }
        let mut answer = match self.say(Method::GET, self.lists_at(), None).await {
            Ok(answer) => answer,
            Err(fault) => {
                probe.problem = Some(self.about_absence(&self.unreached(&fault).to_string()));
                return probe;
            }
        };
        probe.reached = true;
        probe.server = answer.header("server").map(str::to_owned);
        let status = answer.status.as_u16();
        let body = answer.all(MAX_BODY, self.spec.timeouts.next_event).await;
        if status == 503 && body.to_lowercase().contains("loading") {
            self.starts();
            probe.problem = Some("the server loads its model; ask again in a moment".to_owned());
            return probe;
        }
        if matches!(status, 401 | 403) {
            let refusal = Refusal::of(status, &answer.headers, &body, self.spec.key.as_ref());
            probe.problem = Some(self.about_key(&refusal.message));
            return probe;
        }
        probe.models = self.list().await.unwrap_or_default();
        // llama.cpp with one model answers to every name.
        let takes_any = body.contains("llamacpp") && probe.models.len() == 1;
        self.go_deeper(&mut probe, status, takes_any).await;
        probe
    }

    async fn go_deeper(self: &Arc<Self>, probe: &mut Probe, status: u16, takes_any: bool) {
        if let Err(Stumble::Fail(error)) = self.settled.get_or_try_init(|| self.settle()).await {
            probe.problem = Some(error.to_string());
        }
        probe.model = self.model();
        let facts = self.learned.facts().clone();
        probe.window_tokens = facts.tokens(self.spec.preset.usable_tokens());
        probe.inserts = facts.inserts.or(facts.infill);
        if self.spec.preset.fim == Some(Kind::Infill) {
            probe.inserts = Some(self.tries_infill().await);
            self.learned.facts().inserts = probe.inserts;
        }
        let is_listed = probe
            .models
            .iter()
            .any(|model| is_same(&model.name, &probe.model));
        let looks = self.spec.preset.fim != Some(Kind::Infill) && !takes_any;
        if probe.problem.is_none()
            && looks
            && !probe.models.is_empty()
            && !probe.model.is_empty()
            && !is_listed
        {
            let message = format!("the model {} is not there", probe.model);
            probe.problem = Some(self.about_model(&message).await);
        }
        // Elsewhere a vendor may list nothing at all.
        let is_near = self.is_loopback();
        if probe.problem.is_none() && is_near && probe.models.is_empty() && status == 404 {
            let place = self
                .address
                .as_ref()
                .map(Address::authority)
                .unwrap_or_default();
            let problem =
                format!("{place} answers, but lists no models: is it the right port and path?");
            probe.problem = Some(problem);
        }
    }

    /// Whether `/infill` answers. It samples one token.
    pub(crate) async fn tries_infill(&self) -> bool {
        let body = serde_json::json!({"input_prefix": "", "input_suffix": "", "n_predict": 1, "stream": false});
        let body = body.as_object().cloned().unwrap_or_default();
        let told = self
            .facts_of(Method::POST, Path::Plain("infill"), Some(&body))
            .await;
        matches!(told, Ok(Ok(answer)) if answer["content"].is_string())
    }

    fn lists_at(&self) -> Path<'static> {
        match self.spec.preset.fim {
            Some(Kind::Ollama) => Path::Plain("api/tags"),
            _ => Path::Versioned("models"),
        }
    }

    fn about_absence(&self, why: &str) -> String {
        let place = self
            .address
            .as_ref()
            .map(Address::authority)
            .unwrap_or_default();
        let ports: Vec<String> = self.spec.preset.ports.iter().map(u16::to_string).collect();
        match (self.is_loopback(), ports.is_empty()) {
            (true, false) => format!(
                "nobody answers at {place} ({why}): start the server, or set `url`; its usual ports are {}",
                ports.join(", ")
            ),
            (true, true) => {
                format!("nobody answers at {place} ({why}): start the server, or set `url`")
            }
            (false, _) => {
                format!("{place} cannot be reached ({why}): check the network and the proxy")
            }
        }
    }
}

/// Whether two names are one model: servers leave the tag `latest` out, llama.cpp lists a path, and vendors list dated
/// versions of a name that they take without a date.
pub(crate) fn is_same(listed: &str, asked: &str) -> bool {
    let last = listed.rsplit('/').next().unwrap_or(listed);
    let is_version = |rest: &str| {
        let rest = rest.strip_prefix(['-', '@']);
        rest.is_some_and(|rest| {
            rest.len() >= 4
                && rest
                    .chars()
                    .all(|char| char.is_ascii_digit() || char == '-')
        })
    };
    listed == asked
        || last == asked
        || listed.strip_suffix(":latest") == Some(asked)
        || last.strip_prefix(asked).is_some_and(is_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_known_under_its_other_names() {
        let same = [
            ("m", "m"),
            ("m:latest", "m"),
            ("models/gemini-4", "gemini-4"),
            ("claude-opus-5-5-20261101", "claude-opus-5-5"),
            ("gpt-6-luna-2026-09-22", "gpt-6-luna"),
        ];
        for (listed, asked) in same {
            assert!(is_same(listed, asked), "{listed} {asked}");
        }
        for (listed, asked) in [
            ("qwen3-coder:30b", "qwen3-coder"),
            ("gpt-6-lunar", "gpt-6-luna"),
            ("m-7b", "m"),
            ("m", ""),
        ] {
            assert!(!is_same(listed, asked), "{listed} {asked}");
        }
    }
}
