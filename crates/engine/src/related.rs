//! Pieces of other files for a hosted model's prompt. They are looked for once for each line that the cursor comes to: a prompt whose
//! beginning stays the same is answered sooner, and the next keystroke finds them ready.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use firesteel_prompt::Piece;

use crate::suggest::Ask;

/// Text around the cursor that is given to find the pieces by, in bytes each way.
const WINDOW: usize = 4 * 1024;
/// How long a prompt waits for them; it is sent without them rather than late.
const WAIT: Duration = Duration::from_millis(4);

type Find = dyn Fn(&Path, String, String) -> Vec<Piece> + Send + Sync;

/// Finds pieces of other files; clones share what was found last.
#[derive(Clone)]
pub struct Related {
    find: Arc<Find>,
    last: Arc<Mutex<Option<Found>>>,
}

/// What was found for a line of a file; the pieces are `None` while they are looked for.
struct Found {
    path: PathBuf,
    line: usize,
    pieces: Option<Vec<Piece>>,
}

impl Related {
    /// Looks with `find`, which is given a path and the text before and after the cursor, and may block for some milliseconds.
    pub fn new(find: impl Fn(&Path, String, String) -> Vec<Piece> + Send + Sync + 'static) -> Self {
        Self {
            find: Arc::new(find),
            last: Arc::default(),
        }
    }

    /// The pieces for the line that the cursor is in, as far as they are there in time.
    pub(crate) async fn at(&self, ask: &Ask) -> Vec<Piece> {
        let text = &ask.snapshot.document.text;
        let line = text.line_of(ask.offset);
        let known = |last: &Option<Found>| {
            let found = last.as_ref()?;
            (found.path == ask.path && found.line == line).then(|| found.pieces.clone())
        };
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(pieces) = known(&last) {
                return pieces.unwrap_or_default();
            }
            *last = Some(Found {
                path: ask.path.clone(),
                line,
                pieces: None,
            });
        }
        let start = text.floor_char_boundary(ask.offset.saturating_sub(WINDOW));
        let end = text.floor_char_boundary((ask.offset + WINDOW).min(text.len()));
        let before = text.slice(start..ask.offset).into_owned();
        let after = text.slice(ask.offset..end).into_owned();
        let (this, path) = (self.clone(), ask.path.clone());
        let found = tokio::task::spawn_blocking(move || {
            let pieces = (this.find)(&path, before, after);
            let mut last = this.last.lock().unwrap_or_else(PoisonError::into_inner);
            let wanted = last.as_mut();
            if let Some(found) = wanted.filter(|found| found.path == path && found.line == line) {
                found.pieces = Some(pieces.clone());
            }
            pieces
        });
        match tokio::time::timeout(WAIT, found).await {
            Ok(Ok(pieces)) => pieces,
            _ => Vec::new(),
        }
    }
}

impl fmt::Debug for Related {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Related").finish_non_exhaustive()
    }
}
