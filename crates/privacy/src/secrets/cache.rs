//! The newest secrets of each document, so that a keystroke costs only what it touched.

use std::sync::{Mutex, PoisonError};

use firesteel_text::{Document, DocumentId};

use super::Secrets;

/// How many states are remembered: more than anybody edits documents in turn.
const MAX_STATES: usize = 64;

/// Remembers the newest [`Secrets`] of each document.
#[derive(Debug, Default)]
pub struct SecretCache {
    /// The one used last is the last. A document may have several, for texts that are only supposed go their own ways.
    states: Mutex<Vec<(DocumentId, Secrets)>>,
}

impl SecretCache {
    /// The secrets of a document.
    pub fn of(&self, document: &Document) -> Secrets {
        let secrets = match self.nearest(document) {
            Some(known) if known.revision() == document.revision => return known,
            Some(known) => known.updated(document),
            None => Secrets::of(document),
        };
        self.remember(document, secrets.clone());
        secrets
    }

    /// Forgets a document, as when it is closed.
    pub fn forget(&self, id: &DocumentId) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.retain(|(known, _)| known != id);
    }

    /// The newest state that this one was made from.
    fn nearest(&self, document: &Document) -> Option<Secrets> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let known = states.iter().filter(|(id, _)| *id == document.id);
        known
            .map(|(_, secrets)| secrets)
            .filter(|secrets| document.deltas_since(secrets.revision()).is_some())
            .max_by_key(|secrets| secrets.revision())
            .cloned()
    }

    fn remember(&self, document: &Document, secrets: Secrets) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        // What this state was made from is of no more use.
        states.retain(|(id, known)| {
            *id != document.id || document.deltas_since(known.revision()).is_none()
        });
        if states.len() >= MAX_STATES {
            states.remove(0);
        }
        states.push((document.id.clone(), secrets));
    }
}
