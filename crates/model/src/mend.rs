//! What is done about a refusal: the table of errors, row by row. What an endpoint has taught is remembered.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use firesteel_prompt::Question;
use firesteel_task::{Error, Priority};

use crate::address::Address;
use crate::ask::Mend;
use crate::carrier::Carrier;
use crate::refusal::{Meaning, Refusal};
use crate::secret::Secret;
use crate::status::Status;
use crate::transport::quota::Learn;
use crate::wire::Kind;

/// The first pause after a limit without a time; it doubles, and a third of it is left to chance.
const BACKOFF: Duration = Duration::from_millis(500);
/// The longest such pause.
const MAX_BACKOFF: Duration = Duration::from_secs(4);
/// How long an account without money is left alone.
const NO_MONEY: Duration = Duration::from_secs(600);
/// How often something that may pass is tried again, for a question that no keystroke waits for.
const TRIES: usize = 3;
/// How long a model that refuses is left alone by keystrokes: until then its user may have changed something.
const REFUSED: Duration = Duration::from_secs(30);
/// Between two looks at a server that loads its model.
const LOADING: Duration = Duration::from_millis(500);
/// Models that a message names at most.
const MAX_NAMED: usize = 8;

impl Carrier {
    /// Decides what is done about a refusal, and remembers what it teaches.
    pub(crate) async fn mend(
        self: &std::sync::Arc<Self>,
        question: &Question,
        priority: Priority,
        refusal: &Refusal,
        key: Option<&Secret>,
        attempts: usize,
        last: bool,
    ) -> Mend {
        let meaning = refusal.meaning();
        tracing::debug!(?meaning, status = ?refusal.status, message = %refusal.message, "the endpoint refuses");
        if !last && self.learn(question, refusal, &meaning) {
            return Mend::Again;
        }
        let strikes = match meaning {
            Meaning::Limited | Meaning::Overloaded => {
                self.strikes.fetch_add(1, Ordering::Relaxed) + 1
            }
            _ => attempts,
        };
        let may_wait = !last && priority == Priority::Edit && attempts <= TRIES;
        let message = refusal.message.clone();
        let refused = || Error::Refused {
            code: code_of(refusal),
            message: message.clone(),
        };
        match meaning {
            Meaning::Key if !last && self.keys.refused(key) => Mend::Again,
            Meaning::Key => self.refuse(Error::Auth {
                message: self.about_key(&message),
            }),
            Meaning::Money => self.limit(Error::Quota {
                retry_after: Some(refusal.retry_after.unwrap_or(NO_MONEY)),
                message,
            }),
            Meaning::Limited => {
                let pause = refusal.retry_after.unwrap_or_else(|| backoff(strikes));
                match may_wait && pause <= MAX_BACKOFF {
                    true => Mend::After(pause),
                    false => self.limit(Error::RateLimited {
                        retry_after: Some(pause),
                        message,
                    }),
                }
            }
            Meaning::Starting => {
                self.starts();
                // It does not count as a try: a load takes what it takes.
                match !last && priority == Priority::Edit {
                    true => Mend::After(LOADING),
                    false => Mend::Fail(Error::Starting { message }),
                }
            }
            Meaning::Overloaded if may_wait => Mend::After(backoff(attempts)),
            Meaning::Overloaded => {
                // Keystrokes leave it alone for a moment.
                let retry_at = Instant::now().checked_add(backoff(strikes));
                self.is_limited(|quota| quota.retry_at = retry_at);
                Mend::Fail(Error::Overloaded { message })
            }
            Meaning::Failed if may_wait => Mend::After(backoff(attempts)),
            Meaning::Failed => Mend::Fail(Error::Failed {
                code: code_of(refusal),
                message,
            }),
            Meaning::TooLong => Mend::Fail(Error::ContextLength),
            Meaning::NoModel => {
                let message = self.about_model(&message).await;
                self.refuse(Error::Refused {
                    code: "model_not_found".to_owned(),
                    message,
                })
            }
            Meaning::NoRoute => self.refuse(Error::Refused {
                code: code_of(refusal),
                message: self.about_route(&message),
            }),
            Meaning::NoInsert | Meaning::Field(_) | Meaning::Refused => Mend::Fail(refused()),
        }
    }

    /// Remembers what a refusal teaches; true when the question would be asked otherwise now.
    fn learn(&self, question: &Question, refusal: &Refusal, meaning: &Meaning) -> bool {
        let is_hole = matches!(question, Question::Fim(_));
        let teaches = match meaning {
            Meaning::NoInsert | Meaning::Field(_) => true,
            Meaning::NoRoute | Meaning::TooLong => is_hole,
            _ => false,
        };
        // Of several questions that were under way the first one has taught it.
        if !teaches || self.asks_otherwise(question, refusal) {
            return teaches;
        }
        self.learn_from(refusal, meaning);
        self.asks_otherwise(question, refusal)
    }

    /// Whether a question would by now be written otherwise than the request that was refused.
    fn asks_otherwise(&self, question: &Question, refusal: &Refusal) -> bool {
        let Some((kind, how)) = self.route(question) else {
            return false;
        };
        let call = self.with_ask(question, how, kind.wire().encode);
        refusal.by != Some(kind) || refusal.sent != call.body
    }

    fn learn_from(&self, refusal: &Refusal, meaning: &Meaning) {
        let mut facts = self.learned.facts();
        match meaning {
            Meaning::NoInsert => facts.inserts = Some(false),
            // A server without /infill or /v1/completions may have the other, or at least chat.
            Meaning::NoRoute if refusal.by == Some(Kind::Infill) => {
                facts.infill = Some(false);
                facts.inserts = Some(false);
            }
            Meaning::NoRoute if refusal.by == Some(Kind::Completions) => {
                facts.no_completions = true;
            }
            Meaning::Field(name) => {
                // The limit of tokens has two names; only where both are refused is there none.
                const NAMES: [&str; 2] = ["max_tokens", "max_completion_tokens"];
                let other = NAMES
                    .iter()
                    .find(|other| name != **other && NAMES.contains(&name.as_str()));
                if let Some(other) = other.filter(|other| !facts.dropped.contains(**other)) {
                    facts.max_tokens_field = Some((*other).to_owned());
                }
                facts.dropped.insert(name.clone());
            }
            Meaning::TooLong => {
                let values = refusal.sent.values();
                let bytes: usize = values.map(|value| value.to_string().len()).sum();
                let tokens = (bytes as f64 / facts.rate()) as u32;
                facts.shrink(refusal.limit, tokens);
            }
            _ => {}
        }
    }

    /// The model does not want to answer until the user changes something.
    fn refuse(&self, error: Error) -> Mend {
        self.refused(&error);
        Mend::Fail(error)
    }

    /// Notes such a refusal, so that keystrokes leave the model alone for a while.
    pub(crate) fn refused(&self, error: &Error) {
        let until = Instant::now() + REFUSED;
        *self
            .refused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(until);
        let why = error.to_string();
        if self.board.set(Status::Refused { why }) {
            tracing::warn!(%error, preset = %self.spec.preset_name, "the model refuses");
        }
    }

    /// A limit is reached: the pause is kept.
    fn limit(&self, error: Error) -> Mend {
        self.is_limited(|quota| quota.take_error(&error));
        Mend::Fail(error)
    }

    pub(crate) fn about_key(&self, message: &str) -> String {
        let preset = &self.spec.preset;
        let host = self.address.as_ref().map(Address::host).unwrap_or_default();
        let has_key = self.spec.key.is_some() || self.spec.key_command.is_some();
        let hint = match (
            has_key,
            preset.other_host.is_empty(),
            preset.key_variable.is_empty(),
        ) {
            (false, _, false) => format!("; set {}, or `key_command`", preset.key_variable),
            (false, _, true) => "; set `key_command`".to_owned(),
            (true, false, _) => format!(
                "; {host} takes other keys than {}: is this key for that one?",
                preset.other_host
            ),
            (true, true, _) => String::new(),
        };
        format!("{message}{hint}")
    }

    fn about_route(&self, message: &str) -> String {
        let place = self
            .address
            .as_ref()
            .map(Address::authority)
            .unwrap_or_default();
        format!("{place} has no such route ({message}): is it the right port and path?")
    }

    /// The message about a model's name that is not known, with those that are.
    pub(crate) async fn about_model(&self, message: &str) -> String {
        let listed = self.list().await.unwrap_or_default();
        if listed.is_empty() {
            return message.to_owned();
        }
        let mut names: Vec<&str> = listed
            .iter()
            .map(|model| model.name.as_str())
            .take(MAX_NAMED)
            .collect();
        if listed.len() > MAX_NAMED {
            names.push("…");
        }
        format!("{message}; there are: {}", names.join(", "))
    }
}

fn code_of(refusal: &Refusal) -> String {
    match (refusal.code.is_empty(), refusal.status) {
        (false, _) => refusal.code.clone(),
        (true, Some(status)) => format!("http_{status}"),
        (true, None) => "error".to_owned(),
    }
}

/// A pause that grows, a third of which is left to chance, so that many clients do not come back at once.
fn backoff(attempts: usize) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1))
        .unwrap_or(u32::MAX)
        .min(8);
    let whole = BACKOFF.saturating_mul(1 << doublings).min(MAX_BACKOFF);
    // The clock's nanoseconds are chance enough.
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let chance = f64::from(now.map_or(0, |now| now.subsec_nanos()) % 1000) / 1000.0;
    whole.mul_f64(1.0 - chance / 3.0)
}
