//! Suggestions: from a snapshot and a cursor to text that fits there, or the reason that there is none.

mod gate;
mod shape;
mod shown;

use std::path::PathBuf;
use std::sync::Arc;

use firesteel_model::{Event, Priority};
use firesteel_prompt::{Hole, complete, complete_lines};
use firesteel_syntax::Snapshot;

use crate::models::Source;
use crate::silence::Silence;
use crate::ticket::Ticket;
use crate::{Engine, Settings, lock};

use shape::{shape, wanted};
pub(crate) use shown::Shown;

/// Model text of one suggestion, in bytes; a model that says more is cut off.
const ANSWER_CAP: usize = 16 * 1024;

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
