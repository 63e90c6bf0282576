//! The models that answer: the embedded engine always, and a hosted model where the user configured one.

use firesteel_model::{Client, Priority, Reply, State};
use firesteel_prompt::{Audience, Outgoing};

use crate::edit::Deep;

/// The embedded engine's name on the wire.
const EMBEDDED_NAME: &str = "firesteel-embedded";

/// Both models, each behind the same client.
#[derive(Clone)]
pub struct Models {
    /// The embedded engine, over the in-process pipe.
    pub embedded: Client,
    /// The hosted model, where one is configured.
    pub hosted: Option<Hosted>,
    /// A slower model for second readings, where one is configured.
    pub deep: Option<Deep>,
}

/// A hosted model and how to ask it.
#[derive(Clone)]
pub struct Hosted {
    /// The connection, which also knows how the endpoint wants its requests.
    pub client: Client,
    /// The model's name on the wire.
    pub name: String,
}

/// Who made a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The embedded engine: local and statistical.
    Embedded,
    /// The hosted model.
    Hosted,
    /// An earlier suggestion that still fits.
    Memory,
}

impl Models {
    /// The model that answers now: the hosted one while it can be reached, else the embedded one.
    pub fn preferred(&self) -> Source {
        match &self.hosted {
            Some(hosted) if can_answer(&hosted.client) => Source::Hosted,
            _ => Source::Embedded,
        }
    }

    /// Why the hosted model cannot be reached, where one is configured.
    pub(crate) fn hosted_is_away(&self) -> Option<String> {
        match self.hosted.as_ref()?.client.state() {
            State::Disconnected { why } => Some(format!("disconnected: {why}")),
            _ => None,
        }
    }

    /// Closes the connections.
    pub fn shutdown(&self) {
        self.embedded.shutdown();
        if let Some(hosted) = &self.hosted {
            hosted.client.shutdown();
        }
    }

    /// Sends a prompt to a model.
    pub(crate) fn ask(&self, source: Source, prompt: &Outgoing, priority: Priority) -> Reply {
        match &self.hosted {
            Some(hosted) if source == Source::Hosted => {
                let mut request = prompt.to_request(Audience::Outside);
                request.model = hosted.name.clone();
                hosted.client.request(request, priority)
            }
            _ => {
                let mut request = prompt.to_request(Audience::InProcess);
                request.model = EMBEDDED_NAME.to_owned();
                self.embedded.request(request, priority)
            }
        }
    }
}

/// Whether a request would be sent, or wait for a connection that is being made.
fn can_answer(client: &Client) -> bool {
    !matches!(client.state(), State::Disconnected { .. } | State::ShutDown)
}
