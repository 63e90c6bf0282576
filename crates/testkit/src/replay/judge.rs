//! What a replay amounts to.

use std::time::{Duration, Instant};

use firesteel_syntax::{Language, PARSE_LIMIT, Snapshot, Tree};
use firesteel_text::Document;

use super::TypingSession;
use super::oracle::Said;

/// One key, and what came of it.
pub(super) struct Press {
    pub(super) at: Instant,
    /// What was typed by then, this key included.
    pub(super) typed: String,
    /// Whether it is the beginning of what was shown, with more to come.
    pub(super) agrees: bool,
    pub(super) is_accept: bool,
    pub(super) shown: Option<Shown>,
    /// Whether its answer took the place of something that was shown and that it does not extend.
    pub(super) replaced: bool,
    pub(super) answered: bool,
}

/// The answer to a keystroke.
pub(super) struct Shown {
    pub(super) at: Instant,
    /// The text behind the cursor; none when the item does not begin with the line as it was.
    pub(super) text: Option<String>,
    /// Whether it is more than what was there already.
    pub(super) is_longer: bool,
}

/// What a replay amounts to: counts, and times to make percentiles of.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Keys pressed.
    pub keys: usize,
    /// Suggestions taken.
    pub accepted: usize,
    /// Keys that agree with what is shown.
    pub agreeing: usize,
    /// Those of them that led to no request of the model.
    pub from_memory: usize,
    /// Requests of the model.
    pub requests: usize,
    /// Tokens that the model wrote.
    pub tokens: usize,
    /// Tokens of answers of which nothing was ever shown.
    pub wasted_tokens: usize,
    /// Answers with a text.
    pub shown: usize,
    /// Texts that were replaced by something that does not extend them.
    pub flicker: usize,
    /// Answers that do not fit the document at their key, or that the model never said for it.
    pub stale: usize,
    /// Requests without an answer.
    pub unanswered: usize,
    /// Texts that would add a syntax error.
    pub new_errors: usize,
    /// From the keystroke to the model's reading of the request, for keystrokes that led to one of their own while none was under way.
    pub to_wire: Vec<Duration>,
    /// From the keystroke to the first text of the answer, for all keystrokes that led to a request whose answer was shown.
    pub first_text: Vec<Duration>,
    /// From the keystroke to the text, for keystrokes that agree and led to no request.
    pub memory: Vec<Duration>,
    /// From the keystroke to the text, for every keystroke that has one.
    pub key_to_text: Vec<Duration>,
}

impl Report {
    /// Adds another replay's counts and times.
    pub fn add(&mut self, other: Self) {
        self.keys += other.keys;
        self.accepted += other.accepted;
        self.agreeing += other.agreeing;
        self.from_memory += other.from_memory;
        self.requests += other.requests;
        self.tokens += other.tokens;
        self.wasted_tokens += other.wasted_tokens;
        self.shown += other.shown;
        self.flicker += other.flicker;
        self.stale += other.stale;
        self.unanswered += other.unanswered;
        self.new_errors += other.new_errors;
        self.to_wire.extend(other.to_wire);
        self.first_text.extend(other.first_text);
        self.memory.extend(other.memory);
        self.key_to_text.extend(other.key_to_text);
    }

    /// The share of agreeing keys that led to no request.
    pub fn from_memory_share(&self) -> f64 {
        ratio(self.from_memory, self.agreeing)
    }

    /// Requests for each keystroke.
    pub fn requests_per_key(&self) -> f64 {
        ratio(self.requests, self.keys)
    }

    /// The share of shown texts that were replaced by something else.
    pub fn flicker_share(&self) -> f64 {
        ratio(self.flicker, self.shown)
    }
}

/// The counts, for the message of a test that fails.
impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} keys, {} of {} agreeing from memory, {} requests, {} of {} tokens wasted, {} shown, {} accepted, \
             {} flickers, {} stale, {} unanswered, {} with new errors",
            self.keys,
            self.from_memory,
            self.agreeing,
            self.requests,
            self.wasted_tokens,
            self.tokens,
            self.shown,
            self.accepted,
            self.flicker,
            self.stale,
            self.unanswered,
            self.new_errors
        )
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

pub(super) fn report(session: &TypingSession, presses: Vec<Press>, said: &[Said]) -> Report {
    let mut report = Report {
        keys: presses.len(),
        requests: said.len(),
        tokens: said.iter().map(|said| said.tokens).sum(),
        wasted_tokens: wasted(&presses, said),
        ..Report::default()
    };
    let errors = Errors::new(session);
    for (index, press) in presses.iter().enumerate() {
        let next = presses.get(index + 1).map(|next| next.at);
        let request = said.iter().find(|said| {
            said.before == press.typed
                && said.at >= press.at
                && next.is_none_or(|next| said.at < next)
        });
        report.accepted += usize::from(press.is_accept);
        report.unanswered += usize::from(!press.answered);
        report.flicker += usize::from(press.replaced);
        if press.agrees {
            report.agreeing += 1;
            report.from_memory += usize::from(request.is_none());
        }
        if let Some(request) = request.filter(|it| is_direct(it, press.at, said)) {
            report.to_wire.push(request.at - press.at);
        }
        if let Some(request) = request {
            report
                .first_text
                .extend(first_text(request, &presses[index..]));
        }
        let Some(shown) = &press.shown else { continue };
        report.shown += 1;
        let took = shown.at - press.at;
        report.key_to_text.push(took);
        if request.is_none() && press.agrees {
            report.memory.push(took);
        }
        let text = shown.text.as_deref();
        let was_said = text.is_some_and(|text| was_said(&press.typed, text, said));
        report.stale += usize::from(!was_said);
        let breaks = text.is_some_and(|text| shown.is_longer && errors.adds(&press.typed, text));
        report.new_errors += usize::from(breaks);
    }
    report
}

/// Whether a request was made at once for a keystroke. A keystroke may first wait for what is under way, which agrees with it as far as
/// is known; and a model whose text is refused is asked once more for the same place.
fn is_direct(request: &Said, pressed: Instant, said: &[Said]) -> bool {
    said.iter()
        .filter(|other| other.at < request.at)
        .all(|other| {
            let was_under_way = other.ended.is_none_or(|ended| pressed < ended);
            !was_under_way && other.before != request.before
        })
}

/// The time from the first of these keys, which led to a request, until something of its answer was shown: to that key, or
/// to a later one that agreed with it.
fn first_text(request: &Said, presses: &[Press]) -> Option<Duration> {
    let shown = presses.iter().find_map(|press| {
        let shown = press.shown.as_ref().filter(|shown| shown.is_longer)?;
        let is_its = was_said(
            &press.typed,
            shown.text.as_deref()?,
            std::slice::from_ref(request),
        );
        is_its.then_some(shown.at)
    })?;
    Some(shown - presses.first()?.at)
}

/// Whether the model said this for what was typed then, or for a beginning of it and what followed.
fn was_said(typed: &str, text: &str, said: &[Said]) -> bool {
    said.iter().any(|said| {
        let since = typed.strip_prefix(said.before.as_str());
        since.is_some_and(|since| agree(&said.text, &format!("{since}{text}")))
    })
}

/// Whether a model's text begins with what is shown, but for white space, which is fitted to its place.
fn agree(said: &str, shown: &str) -> bool {
    let black = |text: &str| -> String { text.split_whitespace().collect() };
    black(said).starts_with(&black(shown))
}

fn wasted(presses: &[Press], said: &[Said]) -> usize {
    let was_shown = |said: &&Said| {
        presses.iter().any(|press| {
            let text = press.shown.as_ref().and_then(|shown| shown.text.as_deref());
            let since = press.typed.strip_prefix(said.before.as_str());
            matches!((text, since), (Some(text), Some(since)) if agree(&said.text, &format!("{since}{text}")))
        })
    };
    let unused = said.iter().filter(|said| !was_shown(said));
    unused.map(|said| said.tokens).sum()
}

/// The largest file whose errors are counted, in bytes: each text that is shown takes two whole parses.
const COUNTED_BYTES: usize = 128 * 1024;

/// Counts syntax errors, with a parse of its own.
struct Errors<'a> {
    session: &'a TypingSession,
    language: Option<Language>,
}

impl<'a> Errors<'a> {
    fn new(session: &'a TypingSession) -> Self {
        Self {
            session,
            language: Language::from_id(&session.language),
        }
    }

    fn adds(&self, typed: &str, text: &str) -> bool {
        let TypingSession { prefix, suffix, .. } = self.session;
        if prefix.len() + suffix.len() > COUNTED_BYTES {
            return false;
        }
        let before = self.count(&format!("{prefix}{typed}{suffix}"));
        let after = self.count(&format!("{prefix}{typed}{text}{suffix}"));
        after > before
    }

    fn count(&self, text: &str) -> usize {
        let document = Document::open("file:///judged", 0, text);
        let tree = Snapshot::open(document, self.language).parsed(PARSE_LIMIT);
        tree.as_ref().map_or(0, count)
    }
}

fn count(tree: &Tree) -> usize {
    let mut cursor = tree.root().walk();
    let mut errors = 0;
    loop {
        let node = cursor.node();
        errors += usize::from(node.is_error() || node.is_missing());
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return errors;
            }
        }
    }
}
