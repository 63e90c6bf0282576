//! Places in a document's queue of suggestions: a newer request supersedes the older at once.
//!
//! Neovim and Helix do not cancel what they no longer want, so the server itself has to notice.

use std::collections::HashMap;
use std::sync::Mutex;

use firesteel_text::DocumentId;
use tokio_util::sync::CancellationToken;

use crate::lock;

/// Requests that supersede one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Ghost text.
    Inline,
    /// The completion menu.
    Menu,
}

/// The place of one request in its queue.
#[derive(Clone, Debug)]
pub struct Ticket(CancellationToken);

impl Ticket {
    /// Resolves when a newer request for the same document was read off the wire.
    pub async fn superseded(&self) {
        self.0.cancelled().await;
    }
}

/// The newest ticket of each queue.
#[derive(Default)]
pub(crate) struct Tickets(Mutex<HashMap<(DocumentId, Queue), Ticket>>);

impl Tickets {
    pub(crate) fn next(&self, id: &DocumentId, queue: Queue) -> Ticket {
        let ticket = Ticket(CancellationToken::new());
        let older = lock(&self.0).insert((id.clone(), queue), ticket.clone());
        if let Some(older) = older {
            older.0.cancel();
        }
        ticket
    }

    pub(crate) fn forget(&self, id: &DocumentId) {
        lock(&self.0).retain(|(document, _), ticket| {
            let keep = document != id;
            if !keep {
                ticket.0.cancel();
            }
            keep
        });
    }
}
