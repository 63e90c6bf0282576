//! What was shown last in each document, so that typing through it costs no request.

use std::collections::HashMap;
use std::sync::Arc;

use firesteel_syntax::Snapshot;

use super::Suggestion;

/// The suggestion shown last, by document.
#[derive(Default)]
pub(crate) struct Shown(HashMap<Arc<str>, Entry>);

struct Entry {
    /// The revision of the document at which it was shown.
    revision: u64,
    offset: usize,
    text: String,
}

impl Shown {
    /// Keeps a suggestion; one that is the rest of the entry already kept leaves it, so that backspace can return.
    pub(crate) fn remember(&mut self, snapshot: &Snapshot, suggestion: &Suggestion) {
        if self.rest(snapshot, suggestion.offset).as_ref() == Some(&suggestion.text) {
            return;
        }
        let entry = Entry {
            revision: snapshot.document.revision,
            offset: suggestion.offset,
            text: suggestion.text.clone(),
        };
        self.0.insert(snapshot.document.uri.clone(), entry);
    }

    pub(crate) fn forget(&mut self, uri: &str) {
        self.0.remove(uri);
    }

    /// What is left of the suggestion when the only change since is that its beginning was typed.
    pub(crate) fn rest(&self, snapshot: &Snapshot, offset: usize) -> Option<String> {
        let entry = self.0.get(&snapshot.document.uri)?;
        let mut end = entry.offset;
        for delta in snapshot.document.deltas_since(entry.revision)? {
            if delta.start < entry.offset || delta.old_end > end {
                return None;
            }
            end = end + delta.new_end - delta.old_end;
        }
        if end != offset {
            return None;
        }
        let typed = snapshot.document.text.slice(entry.offset..end);
        let rest = entry.text.strip_prefix(typed.as_ref())?;
        (!rest.is_empty()).then(|| rest.to_owned())
    }
}
