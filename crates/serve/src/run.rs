//! One answer under way: what a backend says, as its reader may have it.

use firesteel_engine::backend::Reply;
use firesteel_host::words;
use firesteel_privacy::Placeholders;
use firesteel_task::{Error, Event, Usage};
use futures_util::FutureExt;
use tokio::task::{JoinHandle, spawn_blocking};

/// An answer at most, in bytes, read or not.
const MAX_ANSWER: usize = 8 << 20;
/// A prompt whose words are counted, in bytes; those of a longer one are guessed.
const MAX_COUNTED: usize = 1 << 20;
/// Bytes of a word in such a guess.
const BYTES_PER_WORD: u64 = 4;

/// How an answer ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Why it ended.
    pub(crate) reason: Reason,
    /// Tokens read.
    pub(crate) input_tokens: u64,
    /// Those of them that a cache had.
    pub(crate) cached_tokens: u64,
    /// Tokens written.
    pub(crate) output_tokens: u64,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Reason {
    /// All is said.
    #[default]
    Complete,
    /// The limit of tokens or lines is reached.
    Limit,
    /// The asker lost interest.
    Cancelled,
}

/// Why there is no answer, in the protocol's terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub(crate) struct Failure {
    /// The status of an answer over HTTP.
    pub(crate) status: u16,
    /// The protocol's code, such as `server_error`.
    pub(crate) code: String,
    /// A sentence for people.
    pub(crate) message: String,
}

/// A piece of an answer, or its end.
#[derive(Debug)]
pub(crate) enum Piece {
    Text(String),
    End(Result<Answer, Failure>),
}

/// An answer that has begun.
pub(crate) struct Begun {
    pub(crate) reply: Reply,
    /// What the model was not shown.
    pub(crate) hidden: Placeholders,
    /// Words at most, where the model itself does not count.
    pub(crate) limit: Option<u32>,
    /// Tokens read, if the model does not say.
    pub(crate) input_tokens: u64,
}

/// An answer under way. Dropping it cancels.
pub(crate) struct Run {
    state: State,
    text: Text,
    input_tokens: u64,
}

enum State {
    /// The request is being looked through.
    Beginning(JoinHandle<Result<Begun, Failure>>),
    Reading(Reply),
    Ended(Answer),
}

impl Run {
    /// Begins an answer on a thread where looking through a request may take its time.
    pub(crate) fn start(begin: impl FnOnce() -> Result<Begun, Failure> + Send + 'static) -> Self {
        Run {
            state: State::Beginning(spawn_blocking(begin)),
            text: Text::default(),
            input_tokens: 0,
        }
    }

    /// The next piece. Nothing is lost where this is not waited for to its end.
    pub(crate) async fn next(&mut self) -> Piece {
        loop {
            match &mut self.state {
                State::Beginning(begun) => match begun.await {
                    Ok(Ok(begun)) => self.read(begun),
                    Ok(Err(failure)) => return Piece::End(Err(failure)),
                    Err(_) => return lost(),
                },
                State::Reading(reply) => {
                    let event = reply.next().await;
                    if let Some(piece) = self.take(event) {
                        return piece;
                    }
                }
                State::Ended(answer) => return Piece::End(Ok(*answer)),
            }
        }
    }

    /// The next piece if it is there already.
    pub(crate) fn try_next(&mut self) -> Option<Piece> {
        self.next().now_or_never()
    }

    /// Stops the backend; the end still comes.
    pub(crate) fn cancel(&mut self) {
        self.end(Reason::Cancelled, None);
    }

    fn read(&mut self, mut begun: Begun) {
        begun.reply.at_most(MAX_ANSWER);
        self.text.hidden = begun.hidden;
        self.text.limit = begun.limit;
        self.input_tokens = begun.input_tokens;
        self.state = State::Reading(begun.reply);
    }

    fn take(&mut self, event: Option<Result<Event, Error>>) -> Option<Piece> {
        let text = match event {
            Some(Ok(Event::Started { .. })) => return None,
            Some(Ok(Event::Text(text))) => self.text.push(&text),
            Some(Ok(Event::Done { usage, truncated })) => {
                let rest = self.text.finish();
                let reason = match truncated {
                    true => Reason::Limit,
                    false => Reason::Complete,
                };
                self.end(reason, usage);
                rest
            }
            Some(Err(error)) => return Some(Piece::End(Err(Failure::from(&error)))),
            None => return Some(lost()),
        };
        if self.text.is_full {
            self.end(Reason::Limit, None);
        }
        (!text.is_empty()).then_some(Piece::Text(text))
    }

    fn end(&mut self, reason: Reason, usage: Option<Usage>) {
        let usage = usage.unwrap_or_default();
        let or = |said: u64, counted: u64| if said > 0 { said } else { counted };
        self.state = State::Ended(Answer {
            reason,
            input_tokens: or(usage.input_tokens, self.input_tokens),
            cached_tokens: usage.cached_tokens,
            output_tokens: or(usage.output_tokens, words(&self.text.said) as u64),
        });
    }
}

/// A model's text as its reader may have it: a placeholder of a secret is said in words, for what it stands for is the
/// business of the place that it was taken from.
#[derive(Default)]
struct Text {
    hidden: Placeholders,
    limit: Option<u32>,
    /// What may be the beginning of a placeholder.
    held: String,
    said: String,
    is_full: bool,
}

impl Text {
    fn push(&mut self, text: &str) -> String {
        let mut text = match self.hidden.count() {
            0 => text.to_owned(),
            _ => {
                self.held.push_str(text);
                let is_end = |c: char| !(c.is_alphanumeric() || c == '_');
                let end = self.held.rfind(is_end).map_or(0, |at| {
                    at + self.held[at..].chars().next().map_or(0, char::len_utf8)
                });
                let rest = self.held.split_off(end);
                self.hidden.say(&std::mem::replace(&mut self.held, rest))
            }
        };
        self.keep_to_limit(&mut text);
        self.said.push_str(&text);
        text
    }

    fn finish(&mut self) -> String {
        let mut text = self.hidden.say(&std::mem::take(&mut self.held));
        self.keep_to_limit(&mut text);
        self.said.push_str(&text);
        text
    }

    fn keep_to_limit(&mut self, text: &mut String) {
        let Some(limit) = self.limit else { return };
        let whole = [self.said.as_str(), text].concat();
        if let Some(end) = end_of_words(&whole, limit) {
            self.is_full = true;
            text.truncate(end.saturating_sub(self.said.len()));
        }
    }
}

/// Where the first words of a text end, if it has more.
pub(crate) fn end_of_words(text: &str, limit: u32) -> Option<usize> {
    if words(text) <= limit as usize {
        return None;
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let fitting = ends.partition_point(|end| words(&text[..*end]) <= limit as usize);
    // The space before a word is its own.
    fitting
        .checked_sub(1)
        .map(|last| text[..ends[last]].trim_end().len())
}

/// How many tokens a prompt has, where its model does not say. Takes a moment.
pub(crate) fn tokens(text: &str) -> u64 {
    match text.len() {
        0..MAX_COUNTED => words(text) as u64,
        bytes => bytes as u64 / BYTES_PER_WORD,
    }
}

fn lost() -> Piece {
    Piece::End(Err(Failure {
        status: 500,
        code: "server_error".to_owned(),
        message: "the model stopped".to_owned(),
    }))
}

impl Failure {
    /// A request that makes no sense.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: "invalid_request".to_owned(),
            message: message.into(),
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let (status, code) = match error {
            Error::Refused { code, .. } => (502, code.as_str()),
            Error::Failed { code, .. } => (502, code.as_str()),
            Error::Quota { .. } => (429, "insufficient_quota"),
            Error::RateLimited { .. } => (429, "rate_limit_exceeded"),
            Error::Auth { .. } => (502, "model_not_authorized"),
            Error::Overloaded { .. } => (503, "server_is_overloaded"),
            Error::Busy => (503, "server_is_overloaded"),
            Error::Starting { .. } => (503, "model_is_loading"),
            Error::ContextLength => (400, "context_length_exceeded"),
            Error::Timeout(_) => (504, "model_timeout"),
            Error::Disconnected { .. } => (502, "model_unreachable"),
            _ => (500, "server_error"),
        };
        Self {
            status,
            code: code.to_owned(),
            message: error.to_string(),
        }
    }
}

/// Work that ends when nobody waits for it any more.
pub(crate) struct Attended(pub(crate) JoinHandle<()>);

impl Drop for Attended {
    fn drop(&mut self) {
        self.0.abort();
    }
}
