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
        let nearest = self.nearest(document);
        let made_from = nearest.as_ref().map(Secrets::revision);
        let secrets = match nearest {
            Some(known) if known.revision() == document.revision => return known,
            Some(known) => known.updated(document),
            None => Secrets::of(document),
        };
        self.remember(document, secrets.clone(), made_from);
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

    fn remember(&self, document: &Document, secrets: Secrets, made_from: Option<u64>) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        // What this state was made from stays: where this text is only supposed, the next one is made from that too.
        // What was before that is of no more use.
        states.retain(|(id, known)| {
            let is_older = || document.deltas_since(known.revision()).is_some();
            *id != document.id || made_from == Some(known.revision()) || !is_older()
        });
        if states.len() >= MAX_STATES {
            states.remove(0);
        }
        states.push((document.id.clone(), secrets));
    }
}

#[cfg(test)]
mod tests {
    use firesteel_text::{Change, Edit, Encoding};

    use super::*;

    fn typed(document: &Document) -> Document {
        let start = document.text.position(0, Encoding::Utf8);
        let change = Change {
            range: Some(start..start),
            text: "x".to_owned(),
        };
        let version = document.version + 1;
        let changed = document.changed(version, &[change], Encoding::Utf8);
        changed.unwrap_or_else(|error| panic!("{error}")).0
    }

    #[test]
    fn a_text_that_is_only_supposed_does_not_have_the_next_one_looked_at_as_a_whole() {
        let cache = SecretCache::default();
        let mut document = Document::open("file:///a", 0, "let a = 1;\n");
        cache.of(&document);
        for _ in 0..3 {
            document = typed(&document);
            cache.of(&document);
            let (supposed, _) = document.supposing(&Edit {
                range: 0..0,
                insert: "let b = 2;\n".to_owned(),
            });
            cache.of(&supposed);
            let next = typed(&document);
            let made_from = cache.nearest(&next).map(|known| known.revision());
            assert_eq!(made_from, Some(document.revision));
        }
        // What is typed alone leaves two states.
        cache.forget(&document.id);
        for _ in 0..10 {
            document = typed(&document);
            cache.of(&document);
        }
        let states = cache.states.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(states.len(), 2);
    }
}
