//! What has to be known of a server before a question can be written for it: the model's name where none is set,
//! whether the server fills in the middle, and how much the model sees. Asked once, and only where it matters.

use std::sync::Arc;

use firesteel_prompt::{Format, Question};
use firesteel_task::Error;
use hyper::Method;
use serde_json::{Map, Value, json};

use crate::address::Path;
use crate::ask::Stumble;
use crate::carrier::Carrier;
use crate::probe::{Listed, is_same};
use crate::transport::http::Fault;
use crate::wire::Kind;

/// The family that is preferred among installed models: it is the best that is small.
pub(crate) const PREFERRED: &str = "qwen2.5-coder";
/// Tokens of the suffix by which is measured whether a server reads it.
const MEASURE: usize = 64;

/// What the server itself says, for `settle` and `probe`.
pub(crate) type Told = Result<Value, (u16, String)>;

impl Carrier {
    /// Finds out what a question needs. Where the server cannot be reached the question fails; what it does not tell is
    /// done without.
    pub(crate) async fn settle_for(self: &Arc<Self>, question: &Question) -> Result<(), Stumble> {
        let preset = &self.spec.preset;
        let is_hole = matches!(question, Question::Fim(_));
        let kind = if is_hole { preset.fim } else { preset.chat };
        let needs_name = preset.name.is_empty()
            && kind != Some(Kind::Infill)
            && preset.fim != Some(Kind::Infill);
        let must = needs_name || (is_hole && self.must_discover());
        if self.settled.initialized() {
            return Ok(());
        }
        // The window of llama.cpp is good to know and not worth a keystroke's wait.
        let is_good = self.is_loopback() && kind == Some(Kind::Infill);
        if !must && !is_good {
            return Ok(());
        }
        // A task of its own: who asked may have typed on meanwhile, and the next one needs it as well.
        let (carrier, shutdown) = (Arc::clone(self), self.shutdown.clone());
        let told = tokio::spawn(async move {
            let told = carrier.settled.get_or_try_init(|| carrier.settle());
            shutdown
                .run_until_cancelled(told)
                .await
                .map_or(Ok(()), |told| told.map(|_| ()))
        });
        if must {
            return told.await.unwrap_or(Ok(()));
        }
        Ok(())
    }

    /// Whether the way to ask for a hole is not known without the server's word.
    pub(crate) fn must_discover(&self) -> bool {
        let preset = &self.spec.preset;
        match preset.fim {
            Some(Kind::Ollama) => true,
            Some(Kind::Completions) => {
                preset.suffix.is_none() && preset.format != "none" && self.format(None).is_none()
            }
            _ => false,
        }
    }

    pub(crate) async fn settle(self: &Arc<Self>) -> Result<(), Stumble> {
        let told = match self.spec.preset.fim {
            Some(Kind::Ollama) => self.settle_ollama().await,
            Some(Kind::Infill) => self.settle_llama().await,
            _ => self.settle_openai().await,
        };
        told?;
        self.learned.facts().asked = true;
        Ok(())
    }

    async fn settle_llama(self: &Arc<Self>) -> Result<(), Stumble> {
        let props = self.told(Method::GET, Path::Plain("props"), None).await?;
        if let Ok(props) = props {
            let window = &props["default_generation_settings"]["n_ctx"];
            let mut facts = self.learned.facts();
            facts.window = count(window);
            facts.slots = count(&props["total_slots"]);
        }
        // The name is of use where the server cannot fill in the middle, and where it picks the model by it.
        if self.spec.preset.name.is_empty() {
            let listed = self.list().await.unwrap_or_default();
            self.learned.facts().name = choose(&listed);
        }
        Ok(())
    }

    async fn settle_ollama(self: &Arc<Self>) -> Result<(), Stumble> {
        let name = self.name().await?;
        let body = object(json!({"model": name}));
        let shown = self
            .told(Method::POST, Path::Plain("api/show"), Some(&body))
            .await?;
        match shown {
            Ok(shown) => {
                let can = shown["capabilities"].as_array();
                let template = shown["template"].as_str().unwrap_or_default();
                let inserts = match can {
                    Some(can) => can.iter().any(|can| can == "insert"),
                    None => template.contains(".Suffix"),
                };
                self.learned.facts().inserts = Some(inserts);
            }
            Err((404, text)) if text.contains("model") => return Err(self.no_model(&name).await),
            Err(_) => {}
        }
        if let Ok(running) = self.told(Method::GET, Path::Plain("api/ps"), None).await? {
            let models = running["models"].as_array().into_iter().flatten();
            let own = models.into_iter().find(|model| {
                let names = [&model["name"], &model["model"]];
                let mut names = names.iter().filter_map(|listed| listed.as_str());
                names.any(|listed| is_same(listed, &name))
            });
            self.learned.facts().window = own.and_then(|model| count(&model["context_length"]));
        }
        Ok(())
    }

    async fn settle_openai(self: &Arc<Self>) -> Result<(), Stumble> {
        let preset = &self.spec.preset;
        if preset.name.is_empty() || self.is_loopback() {
            let name = self.name().await?;
            let listed = self.list().await.unwrap_or_default();
            let own = listed.iter().find(|model| is_same(&model.name, &name));
            self.learned.facts().window = own.and_then(|model| model.window_tokens);
        }
        let found = self.learned.facts().name.clone();
        let is_raw = preset.fim == Some(Kind::Completions)
            && preset.suffix.is_none()
            && preset.format != "none";
        if is_raw && self.format(found.as_deref()).is_none() {
            self.discover().await?;
        }
        Ok(())
    }

    /// No format is known, and none is guessed: does the server fill in the middle by itself?
    async fn discover(self: &Arc<Self>) -> Result<(), Stumble> {
        let body = object(
            json!({"input_prefix": "", "input_suffix": "", "n_predict": 1, "stream": false}),
        );
        let infill = self
            .told(Method::POST, Path::Plain("infill"), Some(&body))
            .await?;
        let infills = infill.is_ok_and(|answer| answer["content"].is_string());
        self.learned.facts().infill = Some(infills);
        if !infills {
            let reads = self.reads_suffix().await?;
            self.learned.facts().inserts = Some(reads);
        }
        Ok(())
    }

    /// Many servers take a `suffix` without a word and ignore it. Whether it is read shows in the count of tokens.
    async fn reads_suffix(self: &Arc<Self>) -> Result<bool, Stumble> {
        let body = object(json!({
            "model": self.model(), "prompt": "a", "suffix": " b".repeat(MEASURE), "max_tokens": 1, "stream": false,
        }));
        let answer = self
            .told(Method::POST, Path::Versioned("completions"), Some(&body))
            .await?;
        let Ok(answer) = answer else {
            return Ok(false);
        };
        let read = answer["usage"]["prompt_tokens"]
            .as_u64()
            .unwrap_or_default();
        Ok(read >= MEASURE as u64 / 2)
    }

    /// The name to ask for: as set, else what the server has.
    async fn name(self: &Arc<Self>) -> Result<String, Stumble> {
        let preset = &self.spec.preset;
        if !preset.name.is_empty() {
            return Ok(preset.name.clone());
        }
        let listed = match self.list().await {
            Ok(listed) => listed,
            Err(fault) => return Err(Stumble::Fail(self.unreached(&fault))),
        };
        let Some(chosen) = choose(&listed) else {
            return Err(Stumble::Fail(Error::Refused {
                code: "model_not_found".to_owned(),
                message: "the server lists no model; set `name`".to_owned(),
            }));
        };
        self.learned.facts().name = Some(chosen.clone());
        Ok(chosen)
    }

    /// The model's name as far as it is known.
    pub(crate) fn model(&self) -> String {
        let preset = &self.spec.preset;
        match preset.name.is_empty() {
            true => self.learned.facts().name.clone().unwrap_or_default(),
            false => preset.name.clone(),
        }
    }

    async fn no_model(self: &Arc<Self>, name: &str) -> Stumble {
        let message = self
            .about_model(&format!("the model {name} is not there"))
            .await;
        let error = Error::Refused {
            code: "model_not_found".to_owned(),
            message,
        };
        self.refused(&error);
        Stumble::Fail(error)
    }

    async fn told(
        self: &Arc<Self>,
        method: Method,
        path: Path<'_>,
        body: Option<&Map<String, Value>>,
    ) -> Result<Told, Stumble> {
        let told = self.facts_of(method, path, body).await;
        let told = told.map_err(|fault| Stumble::Fail(self.unreached(&fault)))?;
        if let Err((503, text)) = &told
            && text.to_lowercase().contains("loading")
        {
            self.starts();
            return Err(Stumble::Fail(Error::Starting {
                message: "it is not ready yet".to_owned(),
            }));
        }
        Ok(told)
    }

    /// The models that the server lists.
    pub(crate) async fn list(&self) -> Result<Vec<Listed>, Fault> {
        let is_ollama = self.spec.preset.fim == Some(Kind::Ollama);
        let path = match is_ollama {
            true => Path::Plain("api/tags"),
            false => Path::Versioned("models"),
        };
        let told = self
            .facts_of(Method::GET, path, None)
            .await?
            .unwrap_or(Value::Null);
        let models = told["data"]
            .as_array()
            .or_else(|| told["models"].as_array());
        let models = models.or_else(|| told.as_array()).into_iter().flatten();
        let mut listed: Vec<Listed> = models.filter_map(listed).collect();
        // LM Studio lists what it could load; which it has loaded it says elsewhere.
        if self.spec.preset_name == "lmstudio"
            && let Ok(Ok(states)) = self
                .facts_of(Method::GET, Path::Plain("api/v0/models"), None)
                .await
        {
            for state in states["data"].as_array().into_iter().flatten() {
                for model in listed
                    .iter_mut()
                    .filter(|model| state["id"] == model.name.as_str())
                {
                    model.loaded = state["state"].as_str().map(|state| state == "loaded");
                    model.window_tokens =
                        count(&state["loaded_context_length"]).or(model.window_tokens);
                }
            }
        }
        Ok(listed)
    }
}

/// One entry of a list, in the shapes of all servers.
pub(crate) fn listed(model: &Value) -> Option<Listed> {
    let name = [&model["id"], &model["name"], &model["model"]]
        .into_iter()
        .find_map(Value::as_str)?;
    let windows = [
        &model["max_model_len"],
        &model["context_length"],
        &model["max_context_length"],
        &model["meta"]["n_ctx"],
        &model["context_window"],
    ];
    let state = model["status"]["value"]
        .as_str()
        .or_else(|| model["state"].as_str());
    Some(Listed {
        name: name.to_owned(),
        loaded: state.map(|state| state == "loaded"),
        window_tokens: windows.into_iter().find_map(count),
        format: Format::for_model(name).map(|format| format.name().to_owned()),
    })
}

/// The model that is asked where none is named: the preferred family, else one whose format is known, else the first
/// that is loaded, else the first.
fn choose(listed: &[Listed]) -> Option<String> {
    let is_loaded = |model: &&Listed| model.loaded == Some(true);
    let loaded = || listed.iter().filter(is_loaded);
    let preferred = |model: &&Listed| model.name.to_lowercase().contains(PREFERRED);
    let found = loaded()
        .find(|model| model.format.is_some())
        .or_else(|| loaded().next());
    let found = found.or_else(|| listed.iter().find(preferred));
    let found = found.or_else(|| listed.iter().find(|model| model.format.is_some()));
    found.or(listed.first()).map(|model| model.name.clone())
}

/// A count that is none where it is 0.
fn count(value: &Value) -> Option<u32> {
    value
        .as_u64()
        .and_then(|tokens| u32::try_from(tokens).ok())
        .filter(|tokens| *tokens > 0)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
