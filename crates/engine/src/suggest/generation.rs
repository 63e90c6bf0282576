//! One question to the models as a task of its own: a request that wants its answer follows it, one that is superseded leaves it.
//!
//! A request does not own its generation. The next keystroke may agree with what the model is writing and go on with it;
//! and a text that nobody waits for any more is still finished while it is short, and remembered.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use firesteel_privacy::{Placeholders, Secrets, is_typing_secret};
use firesteel_prompt::{Fit, Hole, complete, complete_lines, fit};
use firesteel_syntax::Language;
use firesteel_task::{End, Event, Piece, Priority};
use firesteel_text::DocumentId;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::memory::{Answer, Found, Place};
use super::shape::{Extent, shape};
use super::{Ask, Suggestion};
use crate::backend::{Prompt, Reply, Role};
use crate::editorconfig::{known_style, line_ending};
use crate::models::Source;
use crate::no_suggestion_reason::NoSuggestionReason;
use crate::{Engine, Settings, cut};

/// Model text of one suggestion, in bytes; a model that says more is cut off.
pub(super) const ANSWER_CAP: usize = 16 * 1024;
/// Text that a generation may have written, in bytes, to be still finished when nobody waits for it: about 40 tokens.
const GRACE_CAP: usize = 160;
/// How long such a one may still take.
const GRACE_TIME: Duration = Duration::from_millis(250);
/// How long the rest of a text may keep its first line waiting, where the client takes only one answer.
const REST_WAIT: Duration = Duration::from_millis(15);
/// A model whose text would break the code is asked once more, if it took no longer than this.
const ASK_AGAIN_WITHIN: Duration = Duration::from_millis(250);

/// Why a generation was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The user typed, or asked.
    Ask,
    /// The user may accept what is shown.
    Prefetch,
}

/// A question that was put to the models.
pub(super) struct Generation {
    pub(super) place: Place,
    pub(super) purpose: Purpose,
    pub(super) began: Instant,
    /// What a model has said for this place already, when that was refused before the user had typed some of it.
    known: Option<Found>,
    progress: watch::Sender<Progress>,
    /// Nobody waits for it any more, since then.
    detached: CancellationToken,
    detached_at: OnceLock<Instant>,
    /// It is to end at once.
    cut: CancellationToken,
}

/// What came so far.
#[derive(Debug, Default)]
struct Progress {
    /// Whether the model that is preferred was asked.
    asked: bool,
    /// What it has said, made to fit but not checked.
    said: String,
    /// The newest text of each model, whole or a beginning.
    texts: Vec<Text>,
    /// How it ended.
    end: Option<Result<(), NoSuggestionReason>>,
}

#[derive(Clone, Debug)]
struct Text {
    found: Found,
    /// Whether its model has no more to say.
    whole: bool,
    /// When its first line was there.
    since: Instant,
}

/// What a generation has for somebody who has typed something since.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// A text, the best that will come.
    Text(Found),
    /// No text, and why.
    Nothing(NoSuggestionReason),
    /// Something that does not go on from what was typed.
    Elsewhere,
}

/// What somebody who follows a generation takes.
pub(super) struct Follow<'a> {
    /// What was typed since it was asked.
    pub(super) typed: &'a str,
    /// What the client shows already, which is only ever replaced by what extends it.
    pub(super) shown: Option<String>,
    /// Until when the models must have said anything.
    pub(super) patience: Option<Instant>,
    /// Takes each text that is to be shown.
    pub(super) give: &'a mut (dyn FnMut(&Found) + Send),
    /// Whether each longer beginning is taken; otherwise the first line is the answer.
    pub(super) streams: bool,
}

impl Generation {
    pub(super) fn start(
        engine: &Engine,
        ask: Ask,
        place: Place,
        purpose: Purpose,
        known: Option<Found>,
    ) -> Arc<Self> {
        let generation = Arc::new(Self {
            place,
            purpose,
            began: Instant::now(),
            known,
            progress: watch::Sender::new(Progress::default()),
            detached: CancellationToken::new(),
            detached_at: OnceLock::new(),
            cut: CancellationToken::new(),
        });
        tokio::spawn(generation.clone().run(engine.clone(), ask));
        generation
    }

    /// Nobody waits for it any more: it is finished only if that is soon.
    pub(super) fn detach(&self) {
        self.detached_at.get_or_init(Instant::now);
        self.detached.cancel();
        if !self.progress.borrow().asked {
            self.cut();
        }
    }

    /// Ends it at once.
    pub(super) fn cut(&self) {
        self.cut.cancel();
    }

    /// Whether it may still have a text for somebody who has typed this since.
    pub(super) fn agrees(&self, typed: &str, shown: Option<&str>) -> bool {
        let progress = self.progress.borrow();
        let goes_on = progress.end.is_none() && progress.asked;
        goes_on && !matches!(progress.judge(typed, shown), Judged::Elsewhere)
    }

    /// The text that it has by now.
    pub(super) fn text(&self, typed: &str, shown: Option<&str>) -> Option<Found> {
        match self.progress.borrow().judge(typed, shown) {
            Judged::Text(text) => Some(text.found),
            _ => None,
        }
    }

    /// Waits for what it has.
    pub(super) async fn follow(&self, mut follow: Follow<'_>) -> Outcome {
        let mut progress = self.progress.subscribe();
        loop {
            let (judged, end, is_silent) = {
                let now = progress.borrow_and_update();
                let judged = now.judge(follow.typed, follow.shown.as_deref());
                (judged, now.end.clone(), now.said.is_empty())
            };
            let look_again_at = match (judged, end) {
                (Judged::Text(text), end) => {
                    let ready_at = match text.whole {
                        true => text.since,
                        false => text.since + REST_WAIT,
                    };
                    let is_last = end.is_some() || !follow.streams && ready_at <= Instant::now();
                    let is_new = follow.shown.as_ref() != Some(&text.found.text);
                    if is_new && (is_last || follow.streams) {
                        (follow.give)(&text.found);
                        follow.shown = Some(text.found.text.clone());
                    }
                    if is_last {
                        return Outcome::Text(text.found);
                    }
                    (!follow.streams).then_some(ready_at)
                }
                (Judged::Elsewhere, _) | (Judged::Unknown, Some(Ok(()))) => {
                    return Outcome::Elsewhere;
                }
                (Judged::Unknown, Some(Err(reason))) => {
                    let is_asked_here =
                        follow.typed.is_empty() && reason != NoSuggestionReason::Superseded;
                    return match is_asked_here {
                        true => Outcome::Nothing(reason),
                        false => Outcome::Elsewhere,
                    };
                }
                (Judged::Unknown, None) => follow.patience.filter(|_| is_silent),
            };
            if look_again_at.is_some_and(|at| at <= Instant::now()) {
                return Outcome::Elsewhere;
            }
            match look_again_at {
                // A timeout is a reason to look again.
                Some(at) => drop(timeout_at(at, progress.changed()).await),
                None if progress.changed().await.is_err() => return Outcome::Elsewhere,
                None => {}
            }
        }
    }

    async fn run(self: Arc<Self>, engine: Engine, ask: Ask) {
        let id = ask.snapshot.document.id.clone();
        let mut ending = Ending {
            generation: &self,
            engine: &engine,
            id: &id,
            end: Err(NoSuggestionReason::Superseded),
        };
        let settings = engine.settings();
        tokio::select! {
            () = self.cut.cancelled() => {}
            end = self.answer(&engine, &ask, &settings) => ending.end = end,
        }
    }

    /// Asks the models; what is known already may fit by now, and then they need not answer.
    async fn answer(
        &self,
        engine: &Engine,
        ask: &Ask,
        settings: &Settings,
    ) -> Result<(), NoSuggestionReason> {
        tokio::select! {
            biased;
            Some(()) = self.retake(ask, settings) => Ok(()),
            end = self.ask_models(engine, ask, settings) => end,
        }
    }

    /// Gives what is known already, if it fits.
    async fn retake(&self, ask: &Ask, settings: &Settings) -> Option<()> {
        let known = self.known.as_ref()?;
        let suggestion = shape(ask, settings, known.source, &known.text).await.ok()?;
        self.offer(suggestion, Instant::now());
        self.finish(known.source);
        Some(())
    }

    /// Asks the embedded engine, or the hosted model where there is one: both at the same time, unless the embedded one
    /// is only to stand in for the other.
    async fn ask_models(
        &self,
        engine: &Engine,
        ask: &Ask,
        settings: &Settings,
    ) -> Result<(), NoSuggestionReason> {
        let embedded = self.write(engine, ask, settings, Source::Embedded);
        if settings.models.preferred(Role::Complete) != Source::Hosted {
            // That the better model is away explains more than that the other has nothing to say.
            return match (embedded.await, settings.models.is_away(Role::Complete)) {
                (Err(NoSuggestionReason::Unfit(_)), Some(why)) => {
                    Err(NoSuggestionReason::Model(why))
                }
                (end, _) => end,
            };
        }
        let hosted = async {
            // An explicit request does not wait for a token.
            if !ask.invoked {
                let eagerness = settings.eagerness(&ask.snapshot);
                let quota = || settings.models.quota(Role::Complete);
                // While the embedded engine answers, what comes after a short pause is worth a wait.
                if let Some(pause) = quota().pause().filter(|_| !settings.assist) {
                    return Err(NoSuggestionReason::Paused(pause.as_secs().max(1)));
                }
                engine.rate_limiter().acquire(eagerness, quota).await?;
            }
            self.write(engine, ask, settings, Source::Hosted).await
        };
        let (hosted, embedded) = match settings.assist {
            true => tokio::join!(hosted, embedded),
            false => match hosted.await {
                Err(
                    away @ (NoSuggestionReason::Model(_)
                    | NoSuggestionReason::Limited
                    | NoSuggestionReason::Paused(_)),
                ) => (Err(away), embedded.await),
                hosted => return hosted,
            },
        };
        // What the better model said about this place explains best why nothing is shown.
        match (hosted, embedded) {
            (Ok(()), _) | (_, Ok(())) => Ok(()),
            (Err(reason), Err(_)) => Err(reason),
        }
    }

    /// Takes in what one model writes.
    async fn write(
        &self,
        engine: &Engine,
        ask: &Ask,
        settings: &Settings,
        source: Source,
    ) -> Result<(), NoSuggestionReason> {
        let first = self.write_once(engine, ask, settings, source).await;
        let again = source == Source::Hosted
            && first == Err(NoSuggestionReason::ParseGate)
            && self.began.elapsed() < ASK_AGAIN_WITHIN
            && engine.cache().is_newest(&ask.snapshot.document)
            && !self.detached.is_cancelled();
        match again {
            true => self.write_once(engine, ask, settings, source).await,
            false => first,
        }
    }

    async fn write_once(
        &self,
        engine: &Engine,
        ask: &Ask,
        settings: &Settings,
        source: Source,
    ) -> Result<(), NoSuggestionReason> {
        let max_lines = Extent::of(ask).max_lines(settings);
        let permitted = settings.permitted(&ask.path).await;
        permitted.map_err(NoSuggestionReason::Private)?;
        let prompt = prompt(engine, ask, settings, source, 0)?;
        let hidden = hidden(&prompt);
        let models = &settings.models;
        let mut reply = models.ask(Role::Complete, prompt, Priority::Inline);
        // Only a newer keystroke ends it early.
        reply.if_dropped(End::Superseded);
        reply.at_most(4 * ANSWER_CAP);
        let is_preferred = source == models.preferred(Role::Complete);
        if is_preferred {
            self.progress.send_modify(|progress| progress.asked = true);
        }
        let mut answer = String::new();
        let (mut lines_shown, mut since) = (0, None);
        while let Some(event) = self.next(&mut reply, &answer).await? {
            match event {
                Event::Text(delta) => answer.push_str(&delta),
                Event::Started { .. } => continue,
                Event::Done { .. } => break,
            }
            let lines = answer.matches('\n').count();
            if lines > max_lines as usize || answer.len() > ANSWER_CAP {
                reply.if_dropped(End::Enough);
                break;
            }
            if is_preferred && let Some(said) = said(ask, settings, &answer) {
                self.progress.send_modify(|progress| progress.said = said);
            }
            if lines > lines_shown
                && let Some(beginning) = complete_lines(&answer)
                && let Ok(beginning) = without_traces(&hidden, beginning)
                && let Ok(suggestion) = shape(ask, settings, source, beginning).await
            {
                lines_shown = lines;
                let since = *since.get_or_insert_with(Instant::now);
                self.offer(suggestion, since);
            }
        }
        // What more it would say is not waited for, nor read, while this is checked.
        drop(reply);
        cut(&mut answer, ANSWER_CAP);
        let shaped = match without_traces(&hidden, &answer) {
            Ok(answer) => shape(ask, settings, source, answer).await,
            Err(reason) => Err(reason),
        };
        let since = since.unwrap_or_else(Instant::now);
        match shaped {
            Ok(suggestion) => self.offer(suggestion, since),
            // The beginning that passed stands.
            Err(_) if lines_shown > 0 => {}
            Err(reason) => return Err(reason),
        }
        self.finish(source);
        Ok(())
    }

    /// The next event of a reply, unless nobody waits for it and it is not worth to be finished.
    async fn next(
        &self,
        reply: &mut Reply,
        answer: &str,
    ) -> Result<Option<Event>, NoSuggestionReason> {
        let grace = async {
            self.detached.cancelled().await;
            let since = *self.detached_at.get_or_init(Instant::now);
            if answer.len() <= GRACE_CAP {
                sleep_until(since + GRACE_TIME).await;
            }
        };
        let event = tokio::select! {
            biased;
            event = reply.next() => event,
            () = grace => return Err(NoSuggestionReason::Superseded),
        };
        event
            .transpose()
            .map_err(|error| NoSuggestionReason::Model(error.to_string()))
    }

    /// Publishes a longer text of a model; one that does not extend what it said before is not shown.
    fn offer(&self, suggestion: Suggestion, since: Instant) {
        let found = Found {
            text: suggestion.text,
            source: suggestion.source,
        };
        self.progress
            .send_modify(|progress| match progress.text_mut(found.source) {
                Some(old) if found.text.starts_with(&old.found.text) => old.found = found,
                Some(_) => {}
                None => progress.texts.push(Text {
                    found,
                    whole: false,
                    since,
                }),
            });
    }

    fn finish(&self, source: Source) {
        self.progress.send_modify(|progress| {
            if let Some(text) = progress.text_mut(source) {
                text.whole = true;
            }
        });
    }

    /// Hands what came to the memory, and then lets go of everybody who follows.
    fn end(&self, engine: &Engine, id: &DocumentId, end: Result<(), NoSuggestionReason>) {
        let mut texts: Vec<Found> = {
            let progress = self.progress.borrow();
            let texts = progress.texts.iter();
            texts.map(|text| text.found.clone()).collect()
        };
        // The better one last, which takes the place of the other where that is not shown.
        texts.sort_by_key(|found| found.source == Source::Hosted);
        let nothing = match &end {
            Err(NoSuggestionReason::ParseGate) => Some(Answer::Refused(Found {
                text: self.progress.borrow().said.clone(),
                source: engine.settings().models.preferred(Role::Complete),
            })),
            Err(reason @ (NoSuggestionReason::Unfit(_) | NoSuggestionReason::Secret)) => {
                Some(Answer::Nothing(reason.clone()))
            }
            _ => None,
        };
        let nothing = nothing.filter(|_| texts.is_empty());
        let answers = texts.into_iter().map(Answer::Text).chain(nothing);
        engine.cache().remember(id, &self.place, answers);
        self.progress.send_modify(|progress| {
            progress.end.get_or_insert(end);
        });
        engine.cache().ended(id, self);
    }
}

/// Ends a generation whose task ends, be it by a panic.
struct Ending<'a> {
    generation: &'a Generation,
    engine: &'a Engine,
    id: &'a DocumentId,
    end: Result<(), NoSuggestionReason>,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let end = std::mem::replace(&mut self.end, Ok(()));
        self.generation.end(self.engine, self.id, end);
    }
}

enum Judged {
    Text(Text),
    Unknown,
    Elsewhere,
}

impl Progress {
    fn text_mut(&mut self, source: Source) -> Option<&mut Text> {
        self.texts.iter_mut().find(|it| it.found.source == source)
    }

    /// What there is for somebody who has typed `typed` since and is shown `shown` now.
    fn judge(&self, typed: &str, shown: Option<&str>) -> Judged {
        let fitting = self.texts.iter().filter_map(|text| {
            let rest = text.found.text.strip_prefix(typed)?;
            let goes_on = rest.starts_with(shown.unwrap_or_default());
            (!rest.is_empty() && goes_on).then(|| Text {
                found: Found {
                    text: rest.to_owned(),
                    source: text.found.source,
                },
                ..text.clone()
            })
        });
        let best = fitting.max_by_key(|text| match shown {
            Some(_) => text.found.text.len(),
            None => usize::from(text.found.source == Source::Hosted),
        });
        let may_agree = self.said.starts_with(typed) || typed.starts_with(&self.said);
        match best {
            Some(text) => Judged::Text(text),
            None if self.end.is_some() || may_agree => Judged::Unknown,
            None => Judged::Elsewhere,
        }
    }
}

/// What a model is asked for a place; `alternative` says which of several texts is wanted, and 0 the best.
///
/// # Errors
/// When the document must not be shown to a model, or the cursor is in a secret.
pub(super) fn prompt(
    engine: &Engine,
    ask: &Ask,
    settings: &Settings,
    source: Source,
    alternative: u32,
) -> Result<Prompt, NoSuggestionReason> {
    // The embedded engine knows the other files itself.
    let pieces = match (source, &settings.related) {
        (Source::Hosted, Some(related)) => related.at(ask, engine.readiness(ask)),
        _ => Vec::new(),
    };
    prompt_with(pieces, engine, ask, settings, source, alternative)
}

/// The same with these pieces of other files.
///
/// # Errors
/// As [`prompt`].
pub(super) fn prompt_with(
    pieces: Vec<Piece>,
    engine: &Engine,
    ask: &Ask,
    settings: &Settings,
    source: Source,
    alternative: u32,
) -> Result<Prompt, NoSuggestionReason> {
    let hole = Hole {
        offset: ask.offset,
        max_lines: Extent::of(ask).max_lines(settings),
        invoked: ask.invoked,
        eagerness: settings.eagerness(&ask.snapshot),
        alternative,
    };
    let document = &ask.snapshot.document;
    let secrets = (source == Source::Hosted).then(|| engine.secrets().of(document));
    if { secrets.iter() }.any(|secrets| is_in_secret(secrets, ask)) {
        return Err(NoSuggestionReason::Secret);
    }
    let place = firesteel_prompt::Source {
        snapshot: &ask.snapshot,
        path: &ask.path,
        secrets: secrets.as_ref(),
    };
    let mut task = complete(place, hole, pieces);
    engine.widen(&mut task, &ask.snapshot, source);
    settings
        .prompt(source, task)
        .map_err(NoSuggestionReason::Private)
}

/// Whether a secret goes on at the cursor, or is being typed there: a model that does not see it can write nothing that
/// belongs to it.
fn is_in_secret(secrets: &Secrets, ask: &Ask) -> bool {
    let offset = ask.offset;
    let around = offset.saturating_sub(1)..offset + 1;
    let mut touching = secrets.within(around);
    let has_quotes = |language: Language| language.has_grammar() && !language.has_bare_strings();
    let is_code = ask.snapshot.language.is_some_and(has_quotes);
    touching.any(|secret| secret.range.start < offset && offset <= secret.range.end)
        || is_typing_secret(&ask.snapshot.document.text, offset, is_code)
}

/// What a prompt does not show.
pub(super) fn hidden(prompt: &Prompt) -> Placeholders {
    match prompt {
        Prompt::Redacted(redacted) => redacted.placeholders().clone(),
        Prompt::Local(_) => Placeholders::default(),
    }
}

/// A model's text up to the line in which it speaks of something that was hidden from it.
///
/// # Errors
/// When that is its first one.
pub(super) fn without_traces<'a>(
    hidden: &Placeholders,
    text: &'a str,
) -> Result<&'a str, NoSuggestionReason> {
    let Some(trace) = hidden.trace(text) else {
        return Ok(text);
    };
    let whole = text[..trace].rfind('\n').map_or("", |end| &text[..=end]);
    match whole.trim() {
        "" => Err(NoSuggestionReason::Secret),
        _ => Ok(whole),
    }
}

/// How much text around the cursor decides what a model's text amounts to, in bytes.
const FIT_WINDOW: usize = 1024;

/// What a model has said so far, without what only repeats what is there.
fn said(ask: &Ask, settings: &Settings, answer: &str) -> Option<String> {
    let text = &ask.snapshot.document.text;
    let place = Fit {
        is_prose: ask.snapshot.lexicon.is_prose(),
        before: &text.slice(ask.offset.saturating_sub(FIT_WINDOW)..ask.offset),
        after: "",
        max_lines: settings.max_lines,
        line_ending: line_ending(&ask.snapshot.document, ask.offset).as_str(),
        style: known_style(&ask.snapshot, &ask.path),
        replaces: None,
    };
    fit(answer, place).ok()
}
