//! Whether a model answers: one real request for a role, on the way that the role's requests take, and what is wrong in
//! one line with the way out.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use firesteel_config::Config;
use firesteel_engine::backend::{Backend, Prompt, Role};
use firesteel_model::{Model, Priority, Probe, Status};
use firesteel_privacy::{Guard, Redacted};
use firesteel_task::{Error, Event, Task, Wait};
use serde_json::{Value, json};
use tokio::time::timeout;

mod words;

use words::{hopeless, in_words, notes, said};

use crate::embedded::Embedded;
use crate::example;
use crate::hosted::Hosted;
use crate::identity;
use crate::local::lookup;
use crate::models::models_of;
use crate::spec::spec;

/// How long a model may take for all of it; a local server may have to load it first.
const LIMIT: Duration = Duration::from_secs(60);
/// How long a server may take to say what it has.
const PROBE: Duration = Duration::from_secs(10);
/// Bytes of a completion that are enough to show, and of another answer to know that one comes.
const ENOUGH: (usize, usize) = (240, 80);
/// How long an answer is read after its first text.
const READ: Duration = Duration::from_secs(10);
/// A first token after this long is likely to have waited for the model to be loaded, so it is measured once more.
const COLD: Duration = Duration::from_secs(1);

/// What came of one request for a role.
#[derive(Clone, Debug)]
pub struct Check {
    /// The role.
    pub role: Role,
    /// The model's name in the configuration.
    pub name: String,
    /// The model that is asked, by its own name.
    pub model: String,
    /// The preset; `embedded` for the embedded engine.
    pub preset: String,
    /// Where it is.
    pub url: String,
    /// Nobody could run this kind of endpoint while it was written.
    pub documented: bool,
    /// The wire that such questions go over.
    pub wire: String,
    /// The fill-in-the-middle format, where the prompt is written here.
    pub format: Option<String>,
    /// How it is asked, in words.
    pub how: String,
    /// Tokens that it sees, where that is known.
    pub window_tokens: Option<u32>,
    /// What came of it.
    pub outcome: CheckOutcome,
    /// What is worth knowing beside that.
    pub notes: Vec<String>,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub enum CheckOutcome {
    /// Text came back.
    Answered(Answered),
    /// It is not for this role, and was not asked; why.
    NotFor(String),
    /// No text came; what is wrong, with the way out.
    Failed(String),
}

/// Text that came back, and how fast.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// The text, as much of it as was read.
    pub text: String,
    /// How long its first piece took.
    pub first_token: Duration,
    /// How fast the rest was written, where there was enough of it to tell.
    pub tokens_per_second: Option<f64>,
    /// How long the first answer took, where the model had to be loaded for it.
    pub load: Option<Duration>,
}

impl Check {
    /// Whether text came back.
    pub fn is_answered(&self) -> bool {
        matches!(self.outcome, CheckOutcome::Answered(_))
    }

    /// What is wrong, if anything is.
    pub fn problem(&self) -> Option<&str> {
        match &self.outcome {
            CheckOutcome::Failed(problem) => Some(problem),
            _ => None,
        }
    }

    /// All of it, for programs.
    pub fn to_json(&self) -> Value {
        let millis = |duration: Duration| (duration.as_secs_f64() * 1e4).round() / 10.0;
        let answered = match &self.outcome {
            CheckOutcome::Answered(answered) => Some(answered),
            _ => None,
        };
        json!({
            "role": self.role.name(),
            "name": self.name,
            "model": self.model,
            "preset": self.preset,
            "url": self.url,
            "by_documentation": self.documented,
            "wire": self.wire,
            "format": self.format,
            "how": self.how,
            "window_tokens": self.window_tokens,
            "answered": answered.is_some(),
            "text": answered.map(|answered| &answered.text),
            "first_token_ms": answered.map(|answered| millis(answered.first_token)),
            "tokens_per_second": answered.and_then(|answered| answered.tokens_per_second),
            "load_ms": answered.and_then(|answered| answered.load).map(millis),
            "not_for": match &self.outcome {
                CheckOutcome::NotFor(why) => Some(why),
                _ => None,
            },
            "problem": self.problem(),
            "notes": self.notes,
        })
    }
}

/// Asks a configured model for one answer in a role.
pub async fn check(name: &str, hosted: &Hosted, role: Role) -> Check {
    let model = hosted.connect();
    let probe = probe(&model).await;
    let mut check = described(name, &model, role, probe.as_ref());
    if !hosted.can(role) {
        check.outcome = CheckOutcome::NotFor(match role {
            Role::Complete => model.format_taken().words,
            _ => format!("{} has no wire for conversations", check.model),
        });
        return check;
    }
    if let Some(problem) = hopeless(probe.as_ref(), &model).await {
        check.outcome = CheckOutcome::Failed(problem);
        return check;
    }
    match measured(hosted, role).await {
        Ok(answered) => {
            // What was found out on the way counts.
            check = Check {
                outcome: CheckOutcome::Answered(answered),
                ..described(name, &model, role, probe.as_ref())
            };
            check.notes = notes(&check, &model, probe.as_ref());
        }
        Err(error) => {
            check = described(name, &model, role, probe.as_ref());
            check.outcome = CheckOutcome::Failed(in_words(&error, probe.as_ref(), &model).await);
        }
    }
    check
}

/// Asks every model of every role for one answer, in the order of the roles, and tells each check as it comes.
pub async fn check_all(config: &Config, told: &mut impl FnMut(Check)) {
    let mut hosted: BTreeMap<String, Hosted> = BTreeMap::new();
    let mut explained: Vec<Check> = Vec::new();
    for role in Role::ALL {
        for (name, model) in models_of(config, role) {
            if !hosted.contains_key(name) {
                let Some(spec) = spec(model, &identity(""), lookup) else {
                    continue;
                };
                hosted.insert(name.to_owned(), Hosted::connected(name, spec));
            }
            let Some(hosted) = hosted.get(name) else {
                continue;
            };
            // The same question need not be asked twice.
            let known = explained
                .iter()
                .find(|check| role == Role::Ask && check.name == name);
            let check = match known {
                Some(check) => Check {
                    role,
                    ..check.clone()
                },
                None => check(name, hosted, role).await,
            };
            if role == Role::Explain {
                explained.push(check.clone());
            }
            told(check);
        }
    }
}

/// How a model stands without being asked for anything.
#[derive(Clone, Debug)]
pub struct Look {
    /// What is known of it; it was not asked.
    pub about: Check,
    /// `reachable`, `starting`, `away` or `refused`.
    pub state: &'static str,
    /// What is wrong, with the way out.
    pub why: Option<String>,
}

/// Looks whether a model's server is there, without a completion.
pub async fn look(name: &str, hosted: &Hosted) -> Look {
    let model = hosted.connect();
    let probe = probe(&model).await;
    let state = match &probe {
        Some(probe) if !probe.reached => Status::Away {
            why: probe.problem.clone().unwrap_or_default(),
            since: Instant::now(),
            retry_at: Instant::now(),
        },
        Some(probe) => match (&probe.problem, model.status()) {
            (Some(why), Status::NotTried | Status::Ready) => Status::Refused { why: why.clone() },
            (_, status) => status,
        },
        None => {
            let mut states = model.watch();
            let settled = states.wait_for(|state| *state != Status::NotTried);
            let settled = timeout(PROBE, settled).await;
            settled
                .ok()
                .and_then(Result::ok)
                .map_or(Status::NotTried, |state| state.clone())
        }
    };
    let (state, why) = match state {
        Status::Ready => ("reachable", None),
        Status::NotTried if probe.is_some() => ("reachable", None),
        Status::NotTried => ("away", Some("it does not answer".to_owned())),
        Status::Starting => ("starting", Some("it loads its model".to_owned())),
        Status::Away { why, .. } => ("away", Some(why)),
        Status::Refused { why } => ("refused", Some(why)),
        Status::ShutDown => ("away", None),
    };
    Look {
        about: described(name, &model, Role::Complete, probe.as_ref()),
        state,
        why,
    }
}

/// Asks the embedded engine for one completion.
pub async fn check_embedded(embedded: &Embedded) -> Check {
    let outcome = match ask(embedded, Role::Complete, Prompt::Local).await {
        Ok(answered) => CheckOutcome::Answered(answered),
        Err(error) => CheckOutcome::Failed(said(&error)),
    };
    Check {
        role: Role::Complete,
        name: embedded.name(),
        model: embedded.name(),
        preset: embedded.name(),
        url: String::new(),
        documented: false,
        wire: "none".to_owned(),
        format: None,
        how: "statistics of your project; nothing leaves this machine".to_owned(),
        window_tokens: None,
        outcome,
        notes: Vec::new(),
    }
}

/// What the server says of itself; a socket says nothing before it is asked.
async fn probe(model: &Model) -> Option<Probe> {
    if model.socket().is_some() {
        return None;
    }
    timeout(PROBE, model.probe()).await.ok()
}

fn described(name: &str, model: &Model, role: Role, probe: Option<&Probe>) -> Check {
    let spec = model.spec();
    let preset = &spec.preset;
    let asked = probe.map(|probe| probe.model.clone());
    let asked = asked.filter(|asked| !asked.is_empty());
    let asked = asked.unwrap_or_else(|| match preset.name.is_empty() {
        true => "the server's own model".to_owned(),
        false => preset.name.clone(),
    });
    let way = way(model, role);
    Check {
        role,
        name: name.to_owned(),
        model: asked,
        preset: spec.preset_name.clone(),
        url: preset.url.clone(),
        documented: preset.documented,
        wire: way.wire.to_owned(),
        format: way.format,
        how: way.how,
        window_tokens: model.can().window_tokens,
        outcome: CheckOutcome::Failed("it was not asked".to_owned()),
        notes: Vec::new(),
    }
}

/// How a model is asked in a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The wire.
    pub wire: &'static str,
    /// The fill-in-the-middle format, where the prompt is written here.
    pub format: Option<String>,
    /// The same in words.
    pub how: String,
}

/// How a model is asked in a role, as far as is known by now.
pub fn way(model: &Model, role: Role) -> Way {
    let (preset, taken) = (&model.spec().preset, model.format_taken());
    let (wire, format, how) = match role {
        Role::Complete => (taken.wire, taken.format, taken.words),
        Role::NextEdit if preset.edit.is_some() => {
            let wire = preset.edit.unwrap_or(taken.wire);
            let how = format!("by a wire for next edits ({})", wire.name());
            (wire, None, how)
        }
        _ => {
            let wire = preset.chat.unwrap_or(taken.wire);
            (wire, None, format!("in a conversation ({})", wire.name()))
        }
    };
    Way {
        wire: wire.name(),
        format,
        how,
    }
}

/// One answer; a second one where the first had to wait for the model to be loaded.
async fn measured(hosted: &Hosted, role: Role) -> Result<Answered, Error> {
    let guard = Guard::new(Vec::new());
    let redact = |task: Task| {
        // The example is nobody's file, so it is never private; were it, nothing would be sent.
        match Redacted::new(&guard, task.clone()) {
            Ok(redacted) => Prompt::Redacted(redacted),
            Err(_) => Prompt::Local(task),
        }
    };
    let first = ask(hosted, role, redact).await?;
    if first.first_token < COLD || role != Role::Complete {
        return Ok(first);
    }
    let cold = first.first_token;
    let again = ask(hosted, role, redact).await.unwrap_or(first);
    Ok(Answered {
        load: (again.first_token * 2 < cold).then_some(cold),
        ..again
    })
}

async fn ask(
    backend: &dyn Backend,
    role: Role,
    prompt: impl Fn(Task) -> Prompt,
) -> Result<Answered, Error> {
    let asked = Instant::now();
    let limit = tokio::time::Instant::now() + LIMIT;
    // Nobody types: what has to be waited for is waited for.
    let mut reply = backend.start(prompt(example::task(role)), role, Priority::Edit);
    let mut answered = Answered::default();
    let mut first: Option<Instant> = None;
    let mut pieces = 0_u64;
    let mut told = None;
    loop {
        let until = match first {
            Some(first) => limit.min(tokio::time::Instant::from_std(first + READ)),
            None => limit,
        };
        let event = match tokio::time::timeout_at(until, reply.next()).await {
            Ok(Some(event)) => event,
            Ok(None) => break,
            Err(_) if first.is_some() => break,
            Err(_) => return Err(Error::Timeout(Wait::FirstEvent)),
        };
        match event {
            Ok(Event::Text(text)) if !text.is_empty() => {
                first.get_or_insert_with(Instant::now);
                pieces += 1;
                answered.text.push_str(&text);
            }
            Ok(Event::Done { usage, .. }) => {
                told = usage.map(|usage| usage.output_tokens);
                break;
            }
            Ok(_) => {}
            // What has come is enough to know that it answers.
            Err(_) if !answered.text.trim().is_empty() => break,
            Err(error) => return Err(error),
        }
        let enough = if role == Role::Complete {
            ENOUGH.0
        } else {
            ENOUGH.1
        };
        if answered.text.len() > enough {
            break;
        }
    }
    if answered.text.trim().is_empty() {
        return Err(Error::Failed {
            code: "empty".to_owned(),
            message: "it answers, but with an empty text".to_owned(),
        });
    }
    let first = first.unwrap_or(asked);
    answered.first_token = first - asked;
    let writing = first.elapsed().as_secs_f64();
    let tokens = told.unwrap_or(pieces).saturating_sub(1);
    // One piece has no rate of its own.
    let is_rate = pieces > 1 && tokens > 0 && writing > 0.0;
    answered.tokens_per_second = is_rate.then(|| (tokens as f64 / writing * 10.0).round() / 10.0);
    Ok(answered)
}
