//! The edits under way, by the token of their progress, so that each can be cancelled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;
use tower_lsp::ls_types::ProgressToken;

/// The runs under way.
#[derive(Clone, Default)]
pub(crate) struct Runs(Arc<Mutex<HashMap<ProgressToken, CancellationToken>>>);

/// A run's entry, which goes with it.
pub(crate) struct Entry {
    runs: Runs,
    token: ProgressToken,
    pub(crate) cancel: CancellationToken,
}

impl Runs {
    pub(crate) fn enter(&self, token: ProgressToken) -> Entry {
        let cancel = CancellationToken::new();
        self.lock().insert(token.clone(), cancel.clone());
        Entry {
            runs: self.clone(),
            token,
            cancel,
        }
    }

    pub(crate) fn cancel(&self, token: &ProgressToken) {
        if let Some(cancel) = self.lock().get(token) {
            cancel.cancel();
        }
    }

    /// Cancels every run; returns how many there were.
    pub(crate) fn cancel_all(&self) -> usize {
        let runs = self.lock();
        runs.values().for_each(CancellationToken::cancel);
        runs.len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ProgressToken, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.runs.lock().remove(&self.token);
    }
}
