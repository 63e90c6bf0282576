//! What carries a model's questions by HTTP, and all that is known of how it stands.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use firesteel_prompt::{Format, Question};
use firesteel_task::{Error, Event, Priority, Quota};
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use serde_json::{Map, Value};
use tokio::runtime::Handle;
use tokio::sync::{OnceCell, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::address::{Address, Path};
use crate::ask::Errand;
use crate::learned::Learned;
use crate::metrics::{Metrics, Recorder};
use crate::model::{Abilities, Ability, Taken};
use crate::reply::{Reply, Slot};
use crate::secret::Secret;
use crate::sent::Note;
use crate::slots::Slots;
use crate::spec::Spec;
use crate::status::{Board, Status};
use crate::transport::http::{Fault, Http, Outbound};
use crate::transport::key::Keys;
use crate::transport::websocket::dial::DialError;
use crate::warm::Warmth;
use crate::wire::{Ask, How, Kind};

/// Bytes of a prompt that the window's tokens are not spent on: tokens of the format, paths.
const MARGIN_TOKENS: u32 = 64;
/// Whatever the window, a prompt smaller than this says too little.
const MIN_BUDGET: usize = 512;

/// What carries a model's questions by HTTP.
#[derive(Debug)]
pub(crate) struct Carrier {
    pub(crate) spec: Spec,
    pub(crate) address: Option<Address>,
    pub(crate) http: Arc<Http>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) board: Board,
    pub(crate) learned: Learned,
    pub(crate) shutdown: CancellationToken,
    /// Places for all requests, and those that leave one for keystrokes.
    pub(crate) places: Semaphore,
    pub(crate) slow_places: Semaphore,
    /// Whether somebody looks for the server already.
    pub(crate) looking: AtomicBool,
    /// Set once the server has been asked what it can do.
    pub(crate) settled: OnceCell<()>,
    /// Refusals in a row that may pass, by which pauses grow.
    pub(crate) strikes: AtomicUsize,
    /// When the server last wanted to be asked less.
    limited_at: Mutex<Option<Instant>>,
    /// Until when no keystroke is sent, for the model refuses until the user changes something.
    pub(crate) refused_until: Mutex<Option<Instant>>,
    /// What is made ready, and how many questions are under way meanwhile.
    pub(crate) warmth: Warmth,
    /// Which document has which slot of the server.
    pub(crate) slots: Slots,
    pub(crate) recorder: Arc<Mutex<Recorder>>,
    quota: Mutex<Quota>,
    next_id: AtomicU64,
    pub(crate) runtime: Handle,
}

impl Carrier {
    pub(crate) fn new(spec: Spec) -> Self {
        let preset = &spec.preset;
        let places = preset.in_flight.max(1);
        Carrier {
            address: Address::new(&preset.url, &preset.query),
            http: Arc::new(Http::new(spec.network.clone())),
            keys: Arc::new(Keys::new(
                spec.key.clone(),
                spec.key_command.clone(),
                &spec.timeouts,
            )),
            learned: spec.learnings.of(&preset.url, &preset.name),
            board: Board::new(),
            shutdown: CancellationToken::new(),
            places: Semaphore::new(places),
            slow_places: Semaphore::new((places - 1).max(1)),
            looking: AtomicBool::new(false),
            settled: OnceCell::new(),
            strikes: AtomicUsize::new(0),
            limited_at: Mutex::default(),
            refused_until: Mutex::default(),
            warmth: Warmth::default(),
            slots: Slots::new(&spec.identity),
            recorder: Arc::default(),
            quota: Mutex::default(),
            next_id: AtomicU64::new(1),
            runtime: Handle::current(),
            spec,
        }
    }

    /// Asks; a task of its own carries the question.
    pub(crate) fn ask(
        self: &Arc<Self>,
        question: &Question,
        priority: Priority,
        note: Note,
    ) -> Reply {
        let slot = Arc::new(Slot::default());
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let errand = Errand::new(
            Arc::clone(self),
            question.clone(),
            priority,
            Arc::clone(&slot),
            note,
        );
        match self.refusal_at_once(priority) {
            Some(error) => errand.end(Err(error)),
            None => drop(self.runtime.spawn(errand.run())),
        }
        Reply::new(id, slot)
    }

    /// A keystroke does not wait for a server that is known to be away, to be loading or to want a pause.
    fn refusal_at_once(&self, priority: Priority) -> Option<Error> {
        if priority == Priority::Edit {
            return None;
        }
        match self.board.get() {
            Status::Away { why, retry_at, .. } if retry_at > Instant::now() => {
                Some(Error::Disconnected { why })
            }
            Status::Starting => Some(Error::Starting {
                message: "it is not ready yet".to_owned(),
            }),
            Status::Refused { why } if self.refuses_still() => Some(Error::Refused {
                code: "refused_before".to_owned(),
                message: why,
            }),
            _ => self.quota().pause().map(|pause| Error::RateLimited {
                retry_after: Some(pause),
                message: format!("the server wants a pause of {} s", pause.as_secs().max(1)),
            }),
        }
    }

    /// Whether the model has refused so lately that a keystroke need not try again.
    pub(crate) fn refuses_still(&self) -> bool {
        let until = self
            .refused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| until > Instant::now())
    }

    /// The wire for a question, and how it asks there.
    pub(crate) fn route(&self, question: &Question) -> Option<(Kind, How)> {
        let preset = &self.spec.preset;
        if matches!(question, Question::Chat(_)) {
            return preset.chat.or(preset.edit).map(|kind| (kind, How::Talk));
        }
        let by_chat = || preset.chat.map(|kind| (kind, How::Talk));
        let facts = self.learned.facts();
        let format = self.format(facts.name.as_deref());
        let by_template = |kind: Kind| format.map(|format| (kind, How::Template(format)));
        let by_completions = || by_template(Kind::Completions).filter(|_| !facts.no_completions);
        match preset.fim? {
            Kind::Infill if facts.inserts != Some(false) => Some((Kind::Infill, How::Native)),
            Kind::Infill => by_completions().or_else(by_chat),
            Kind::Ollama if facts.inserts == Some(true) => Some((Kind::Ollama, How::Native)),
            Kind::Ollama => by_template(Kind::Ollama).or_else(by_chat),
            Kind::Completions if facts.no_completions => by_chat(),
            Kind::Completions if preset.suffix == Some(true) && facts.inserts != Some(false) => {
                Some((Kind::Completions, How::Native))
            }
            Kind::Completions => by_completions()
                .or_else(|| (facts.infill == Some(true)).then_some((Kind::Infill, How::Native)))
                .or_else(|| {
                    (facts.inserts == Some(true)).then_some((Kind::Completions, How::Native))
                })
                .or_else(by_chat),
            kind @ Kind::FimChat => Some((kind, How::Native)),
            Kind::Edit => None,
            kind @ (Kind::Chat | Kind::Messages | Kind::Responses) => Some((kind, How::Talk)),
        }
    }

    /// The format of the model's own tokens: as the user sets it, else by the model's name.
    pub(crate) fn format(&self, found: Option<&str>) -> Option<&'static Format> {
        let preset = &self.spec.preset;
        match preset.format.as_str() {
            "" | "auto" | "infer" => {
                let name = if preset.name.is_empty() {
                    found?
                } else {
                    &preset.name
                };
                Format::for_model(name)
            }
            name => Format::named(name),
        }
    }

    /// A question for a wire, by what is known now.
    pub(crate) fn with_ask<T>(
        &self,
        question: &Question,
        how: How,
        make: impl FnOnce(&Ask<'_>) -> T,
    ) -> T {
        let facts = self.learned.facts().clone();
        let answer = question.max_tokens().unwrap_or_default();
        make(&Ask {
            question,
            how,
            preset: &self.spec.preset,
            budget: self.budget(answer),
            facts: &facts,
        })
    }

    /// The most bytes of a hole's prompt: what the window leaves beside the answer.
    fn budget(&self, answer: u32) -> usize {
        let preset = &self.spec.preset;
        let facts = self.learned.facts();
        let tokens = facts.tokens(preset.usable_tokens());
        let fits = tokens
            .map(|tokens| f64::from(tokens.saturating_sub(answer + MARGIN_TOKENS)) * facts.rate());
        let fits = fits.map_or(usize::MAX, |bytes| bytes as usize);
        preset.prompt_bytes.min(fits).max(MIN_BUDGET)
    }

    /// A request to a route of the endpoint.
    pub(crate) fn outbound(
        &self,
        method: Method,
        path: Path<'_>,
        body: Option<&Map<String, Value>>,
        key: Option<&Secret>,
    ) -> Result<Outbound, Error> {
        let address = self.address.as_ref().ok_or_else(|| Error::Disconnected {
            why: "no url is set for this model".to_owned(),
        })?;
        let bad = |name: &str| Error::Disconnected {
            why: format!("header {name} cannot be sent"),
        };
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static("firesteel"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(
                ACCEPT,
                HeaderValue::from_static(
                    "text/event-stream, application/x-ndjson, application/json",
                ),
            );
        }
        for (name, value) in &self.spec.preset.headers {
            let header = HeaderName::try_from(name.as_str()).map_err(|_| bad(name))?;
            let value =
                HeaderValue::try_from(self.spec.identity.fill(value)).map_err(|_| bad(name))?;
            headers.insert(header, value);
        }
        if let Some(key) = key {
            let (name, value) = match self.spec.preset.key_header.as_str() {
                "" => (AUTHORIZATION, format!("Bearer {}", key.expose())),
                name => (
                    HeaderName::try_from(name).map_err(|_| bad(name))?,
                    key.expose().to_owned(),
                ),
            };
            let mut value = HeaderValue::try_from(value).map_err(|_| bad("of the key"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let body = body
            .map(serde_json::to_vec)
            .transpose()
            .map_err(|_| bad("body"))?;
        Ok(Outbound {
            method,
            url: address.of(path),
            headers,
            body: Bytes::from(body.unwrap_or_default()),
        })
    }

    /// What came of reaching for the server, for the status.
    pub(crate) fn unreached(self: &Arc<Self>, fault: &Fault) -> Error {
        let why = match fault {
            Fault::Lost(why)
            | Fault::Unreached(DialError::Failed(why) | DialError::NotSocket(why)) => why.clone(),
            Fault::Unreached(DialError::TimedOut | DialError::Silent) => {
                let place = self
                    .address
                    .as_ref()
                    .map(Address::authority)
                    .unwrap_or_default();
                format!("{place} does not answer")
            }
            Fault::Unreached(DialError::Status { message, .. } | DialError::NoKey(message)) => {
                message.clone()
            }
        };
        if matches!(fault, Fault::Unreached(_)) {
            self.look_for_it(why.clone());
        }
        Error::Disconnected { why }
    }

    /// The model answers a question that was sent at this time.
    pub(crate) fn answers(&self, sent: Instant) {
        if self.board.set(Status::Ready) {
            tracing::info!(preset = %self.spec.preset_name, "the model answers");
        }
        let limited_at = self.limited_at();
        // A question that was under way before a limit was told says nothing of it.
        if limited_at.is_some_and(|limited_at| sent < limited_at) {
            return;
        }
        drop(limited_at);
        self.strikes.store(0, Ordering::Relaxed);
        let mut quota = self.quota();
        quota.retry_at = None;
        quota.limit_reached = false;
    }

    /// The server wants to be asked less from now on, as `learn` notes.
    pub(crate) fn is_limited(&self, learn: impl FnOnce(&mut Quota)) {
        *self.limited_at() = Some(Instant::now());
        learn(&mut self.quota());
    }

    fn limited_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.limited_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What came of a request that a socket carried. A refusal there costs no connection, so the next request tries again.
    pub(crate) fn hears(&self, event: &Result<Event, Error>) {
        let why = match event {
            Ok(Event::Done { .. }) => {
                self.board.set(Status::Ready);
                return;
            }
            Err(Error::Auth { message }) => Error::Auth {
                message: self.about_key(message),
            }
            .to_string(),
            Err(error @ Error::Refused { code, .. }) if code.contains("model_not_found") => {
                error.to_string()
            }
            _ => return,
        };
        self.board.set(Status::Refused { why });
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.address.as_ref().is_some_and(Address::is_loopback)
    }

    pub(crate) fn abilities(&self) -> Abilities {
        let preset = &self.spec.preset;
        let facts = self.learned.facts().clone();
        let route = self.route(&Question::Fim(firesteel_prompt::Fim::default()));
        let asked = facts.asked;
        Abilities {
            fim: match route {
                Some((Kind::Infill, How::Native)) if facts.inserts.is_none() && !asked => {
                    Ability::Unknown
                }
                Some((_, How::Native | How::Template(_))) => Ability::Yes,
                _ if asked || !matches!(preset.fim, Some(Kind::Completions | Kind::Ollama)) => {
                    Ability::No
                }
                _ => Ability::Unknown,
            },
            complete: route.is_some(),
            chat: preset.chat.is_some(),
            next_edit: preset.edit.is_some(),
            streams: !matches!(preset.chat, Some(Kind::Edit)),
            alternatives: route.is_some(),
            interrupt: preset.interrupt,
            continuation: preset.continuation,
            window_tokens: facts.tokens(preset.usable_tokens()),
            loopback: self.is_loopback(),
        }
    }

    /// How holes are asked for, in words.
    pub(crate) fn taken(&self) -> Taken {
        let preset = &self.spec.preset;
        let facts = self.learned.facts().clone();
        let name = match preset.name.is_empty() {
            true => facts.name.clone().unwrap_or_else(|| "the model".to_owned()),
            false => preset.name.clone(),
        };
        let route = self.route(&Question::Fim(firesteel_prompt::Fim::default()));
        let Some((wire, how)) = route else {
            return Taken {
                wire: preset.chat.or(preset.edit).unwrap_or(Kind::Chat),
                format: None,
                words: format!("{name} does not complete: {}", self.why_no_hole()),
            };
        };
        let (format, words) = match how {
            How::Native => (
                None,
                format!(
                    "the server puts the text around the cursor into {name}'s own format ({})",
                    wire.name()
                ),
            ),
            How::Template(format) => {
                let chosen = if preset.format.is_empty() {
                    "by its name"
                } else {
                    "as set"
                };
                let words = format!(
                    "the prompt is written in the format {} for {name}, {chosen} ({})",
                    format.name(),
                    wire.name()
                );
                (Some(format.name().to_owned()), words)
            }
            How::Talk => (
                None,
                format!(
                    "{name} is shown the hole in a conversation ({}){}",
                    wire.name(),
                    self.why_talk()
                ),
            ),
        };
        Taken {
            wire,
            format,
            words,
        }
    }

    fn why_no_hole(&self) -> &'static str {
        match self.spec.preset.fim {
            None | Some(Kind::Edit) => "it is for conversations and edits",
            _ => {
                "no fill-in-the-middle format is known for it, and there is no wire for conversations"
            }
        }
    }

    /// Why a model that might fill in the middle is talked to.
    fn why_talk(&self) -> String {
        let preset = &self.spec.preset;
        if !matches!(
            preset.fim,
            Some(Kind::Infill | Kind::Ollama | Kind::Completions)
        ) {
            return String::new();
        }
        match preset.format.as_str() {
            "" | "auto" | "infer" => ", for no fill-in-the-middle format is known by its name; set `format` if you know it".to_owned(),
            "none" => ", as `format = \"none\"` says".to_owned(),
            _ if self.learned.facts().no_completions => ", for the server has no route for completions".to_owned(),
            name => format!(", for the format {name} is not known"),
        }
    }

    pub(crate) fn quota(&self) -> MutexGuard<'_, Quota> {
        self.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn metrics(&self) -> Metrics {
        let (replays, dials, failed_dials) = self.http.counts();
        Metrics {
            replays,
            dials,
            failed_dials,
            ..self.recorder().snapshot()
        }
    }

    /// How long the first frame of an answer that no keystroke waits for may take. Local servers load models.
    pub(crate) fn first_event(&self) -> Duration {
        /// The load of a large model from a slow disk.
        const LOAD: Duration = Duration::from_secs(90);
        let wait = self.spec.timeouts.first_event;
        match self.spec.preset.ports.is_empty() || self.board.get() == Status::Ready {
            true => wait,
            false => wait.max(LOAD),
        }
    }

    pub(crate) fn shut_down(&self) {
        self.shutdown.cancel();
        self.board.set(Status::ShutDown);
    }
}
