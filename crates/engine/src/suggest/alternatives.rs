//! Alternatives: other texts for a place, where the user asked for a suggestion by a key.

use std::time::Duration;

use firesteel_model::Priority;
use tokio::time::timeout;

use super::generation::prompt;
use super::shape::shape;
use super::{Ask, Suggestion};
use crate::models::Source;
use crate::ticket::Ticket;
use crate::{Engine, Settings};

/// Who is asked beside the first: the hosted model, which says something else each time, and the embedded engine.
const LANES: [Source; 3] = [Source::Hosted, Source::Hosted, Source::Embedded];
/// How long the first suggestion waits for the others.
const WAIT: Duration = Duration::from_millis(1_500);

impl Engine {
    /// Other texts for a place, asked for at the same time; none unless a hosted model answers, for the embedded engine
    /// always says the same.
    pub async fn alternatives(&self, ask: &Ask, ticket: &Ticket) -> Vec<Suggestion> {
        let settings = self.settings();
        if !ask.invoked || settings.models.preferred() != Source::Hosted {
            return Vec::new();
        }
        let [first, second, third] = LANES.map(|source| text(ask, &settings, source));
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
async fn text(ask: &Ask, settings: &Settings, source: Source) -> Option<Suggestion> {
    let prompt = prompt(ask, settings, source).ok()?;
    let reply = settings.models.ask(source, &prompt, Priority::Inline);
    let answer = reply.text().await.ok()?;
    shape(ask, settings, source, &answer).await.ok()
}
