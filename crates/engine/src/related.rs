//! Pieces of other files for a hosted model's prompt. They are looked for once for each line that the cursor comes to, and no prompt waits
//! for them: the next keystroke finds them ready, and a prompt whose beginning stays the same is answered sooner.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use firesteel_task::Piece;

use crate::suggest::Ask;

/// Text around the cursor that is given to find the pieces by, in bytes each way.
const WINDOW: usize = 4 * 1024;

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

    /// The pieces for the line that the cursor is in, if they are there; else they are looked for, for the prompts that follow.
    pub(crate) fn at(&self, ask: &Ask) -> Vec<Piece> {
        let text = &ask.snapshot.document.text;
        let line = text.line_of(ask.offset);
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = last.as_ref().filter(|found| found.is_at(&ask.path, line)) {
                return found.pieces.clone().unwrap_or_default();
            }
            *last = Some(Found {
                path: ask.path.clone(),
                line,
                pieces: None,
            });
        }
        let (this, ask) = (self.clone(), ask.clone());
        // Nobody waits for the task: it leaves what it finds where the next prompt looks.
        tokio::task::spawn_blocking(move || this.look(&ask, line));
        Vec::new()
    }

    /// Looks for the pieces, and keeps them unless the cursor has left the line meanwhile.
    fn look(&self, ask: &Ask, line: usize) {
        let text = &ask.snapshot.document.text;
        let start = text.floor_char_boundary(ask.offset.saturating_sub(WINDOW));
        let end = text.floor_char_boundary((ask.offset + WINDOW).min(text.len()));
        let before = text.slice(start..ask.offset).into_owned();
        let after = text.slice(ask.offset..end).into_owned();
        let pieces = (self.find)(&ask.path, before, after);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = last.as_mut().filter(|found| found.is_at(&ask.path, line)) {
            found.pieces = Some(pieces);
        }
    }
}

impl Found {
    fn is_at(&self, path: &Path, line: usize) -> bool {
        self.path == path && self.line == line
    }
}

impl fmt::Debug for Related {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Related").finish_non_exhaustive()
    }
}
