//! Suggestions: from a snapshot and a cursor to text that fits there, or the reason that there is none.

mod gate;
mod shown;

use std::path::PathBuf;
use std::sync::Arc;

use firesteel_model::{Event, Priority};
use firesteel_prompt::{Fit, Hole, complete, complete_lines, fit};
use firesteel_syntax::{MAX_PARSED_BYTES, Snapshot};

use crate::models::Source;
use crate::silence::Silence;
use crate::ticket::Ticket;
use crate::{Engine, Settings, lock};

pub(crate) use shown::Shown;

/// Model text of one suggestion, in bytes; a model that says more is cut off.
const ANSWER_CAP: usize = 16 * 1024;
/// How much text around the cursor decides whether a model's text fits, in bytes.
const FIT_WINDOW: usize = 4 * 1024;

/// A request for a suggestion.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The document as it was when the request came in.
    pub snapshot: Arc<Snapshot>,
    /// Its path, by which privacy is decided and the embedded engine knows it.
    pub path: PathBuf,
    /// Byte offset of the cursor.
    pub offset: usize,
    /// The user asked by a key or command, rather than merely typing.
    pub invoked: bool,
}

/// Text to insert at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Byte offset at which it is inserted.
    pub offset: usize,
    /// The text; never empty.
    pub text: String,
    /// Who made it.
    pub source: Source,
}

impl Engine {
    /// The suggestion for a cursor; `partial` is given each longer beginning of it while the model still writes.
    ///
    /// # Errors
    /// The reason that nothing is shown, which is also remembered for [`Engine::last_silence`].
    pub async fn suggest(
        &self,
        ask: Ask,
        ticket: &Ticket,
        partial: impl FnMut(Suggestion) + Send,
    ) -> Result<Suggestion, Silence> {
        let result = tokio::select! {
            biased;
            () = ticket.superseded() => Err(Silence::Superseded),
            result = self.find(&ask, partial) => result,
        };
        let uri = &ask.snapshot.document.uri;
        match &result {
            Ok(suggestion) => {
                lock(&self.inner.silences).forget(uri);
                lock(&self.inner.shown).remember(&ask.snapshot, suggestion);
            }
            Err(silence) => lock(&self.inner.silences).record(uri, silence),
        }
        result
    }

    async fn find(
        &self,
        ask: &Ask,
        partial: impl FnMut(Suggestion) + Send,
    ) -> Result<Suggestion, Silence> {
        let settings = self.settings();
        wanted(ask, &settings)?;
        if let Some(text) = lock(&self.inner.shown).rest(&ask.snapshot, ask.offset) {
            return Ok(Suggestion {
                offset: ask.offset,
                text,
                source: Source::Memory,
            });
        }
        let source = settings.models.preferred();
        match from_model(ask, &settings, source, partial).await {
            // The network may be gone: the embedded engine still is there.
            Err(Silence::Model(_)) if source == Source::Hosted => {
                from_model(ask, &settings, Source::Embedded, |_| {}).await
            }
            result => result,
        }
    }
}

/// Whether a suggestion is wanted here at all.
fn wanted(ask: &Ask, settings: &Settings) -> Result<(), Silence> {
    if !settings.automatic && !ask.invoked {
        return Err(Silence::Off);
    }
    if ask.snapshot.document.text.len() > MAX_PARSED_BYTES {
        return Err(Silence::TooLarge);
    }
    let text = &ask.snapshot.document.text;
    let line_end = text.line_end(text.line_of(ask.offset));
    let rest = text.slice(ask.offset..line_end);
    let closers = |c: char| c.is_whitespace() || ")]}>;:,\"'`".contains(c);
    if !ask.invoked && !rest.chars().all(closers) {
        return Err(Silence::MiddleOfLine);
    }
    Ok(())
}

/// Asks a model and makes its text fit.
async fn from_model(
    ask: &Ask,
    settings: &Settings,
    source: Source,
    mut partial: impl FnMut(Suggestion) + Send,
) -> Result<Suggestion, Silence> {
    let hole = Hole {
        offset: ask.offset,
        max_lines: settings.max_lines,
        invoked: ask.invoked,
    };
    let prompt =
        complete(&settings.guard, &ask.snapshot, &ask.path, hole).map_err(Silence::Private)?;
    let mut reply = settings.models.ask(source, &prompt, Priority::Inline);
    let mut answer = String::new();
    let mut lines_shown = 0;
    while let Some(event) = reply.next().await {
        match event.map_err(|error| Silence::Model(error.to_string()))? {
            Event::Text(delta) => answer.push_str(&delta),
            Event::Started { .. } => continue,
            Event::Done { .. } => break,
        }
        let lines = answer.matches('\n').count();
        if lines > settings.max_lines as usize || answer.len() > ANSWER_CAP {
            break;
        }
        if lines > lines_shown
            && let Some(beginning) = complete_lines(&answer)
            && let Ok(suggestion) = shape(ask, settings, source, beginning).await
        {
            lines_shown = lines;
            partial(suggestion);
        }
    }
    shape(ask, settings, source, &answer).await
}

/// Cuts a model's text to what fits its place and keeps the syntax whole.
async fn shape(
    ask: &Ask,
    settings: &Settings,
    source: Source,
    answer: &str,
) -> Result<Suggestion, Silence> {
    let text = &ask.snapshot.document.text;
    let place = Fit {
        before: &text.slice(ask.offset.saturating_sub(FIT_WINDOW)..ask.offset),
        after: &text.slice(ask.offset..ask.offset.saturating_add(FIT_WINDOW)),
        max_lines: settings.max_lines,
        line_ending: text.line_ending().as_str(),
    };
    let fitted = fit(answer, place).map_err(Silence::Unfit)?;
    let text = gate::pass(
        ask.snapshot.clone(),
        ask.offset,
        fitted,
        settings.check_limit,
    )
    .await?;
    Ok(Suggestion {
        offset: ask.offset,
        text,
        source,
    })
}
