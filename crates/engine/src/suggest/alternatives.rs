//! Alternatives: other texts for a place, where the user asked for a suggestion by a shortcut.

use std::time::Duration;

use firesteel_task::Priority;
use tokio::time::timeout;

use super::generation::{ANSWER_CAP, hidden, prompt, without_traces};
use super::shape::shape;
use super::{Ask, Suggestion};
use crate::backend::Role;
use crate::models::Source;
use crate::ticket::Ticket;
use crate::{Engine, Settings};

/// Who is asked beside the first, and for which of its texts: the hosted model, which says something else each time, and
/// the embedded engine for what it is sure of.
const HOSTED_LANES: [(Source, u32); 3] = [
    (Source::Hosted, 0),
    (Source::Hosted, 0),
    (Source::Embedded, 0),
];
/// Without a hosted model: the embedded engine for its likeliest whole lines.
const EMBEDDED_LANES: [(Source, u32); 3] = [
    (Source::Embedded, 1),
    (Source::Embedded, 2),
    (Source::Embedded, 3),
];
/// How long the first suggestion waits for the others.
const WAIT: Duration = Duration::from_millis(1_500);

impl Engine {
    /// Other texts for a place, asked for at the same time.
    pub async fn alternatives(&self, ask: &Ask, ticket: &Ticket) -> Vec<Suggestion> {
        let settings = self.settings();
        if !ask.invoked {
            return Vec::new();
        }
        let is_hosted = settings.models.preferred(Role::Complete) == Source::Hosted;
        let lanes = match is_hosted {
            true => HOSTED_LANES,
            false => EMBEDDED_LANES,
        };
        let [first, second, third] = lanes.map(|lane| text(self, ask, &settings, lane));
        let texts = async { tokio::join!(first, second, third) };
        tokio::select! {
            () = ticket.superseded() => Vec::new(),
            texts = timeout(WAIT, texts) => {
                let (first, second, third) = texts.unwrap_or_default();
                [first, second, third].into_iter().flatten().collect()
            }
        }
    }
}

/// What a model says; why it says nothing is of no interest beside the first.
async fn text(
    engine: &Engine,
    ask: &Ask,
    settings: &Settings,
    (source, alternative): (Source, u32),
) -> Option<Suggestion> {
    let prompt = prompt(engine, ask, settings, source, alternative).ok()?;
    let hidden = hidden(&prompt);
    let reply = { &settings.models }.ask(Role::Complete, prompt, Priority::Inline);
    let answer = reply.text(ANSWER_CAP).await.ok()?;
    let answer = without_traces(&hidden, &answer).ok()?;
    shape(ask, settings, source, answer).await.ok()
}
