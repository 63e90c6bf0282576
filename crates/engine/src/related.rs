//! Pieces of other files for a hosted model's prompt. They are looked for once for each line that the cursor comes to, and
//! no prompt waits for them. What was found stays in a ring, so that the beginning of a prompt is the same from one
//! keystroke to the next, and servers need not read it again.

mod ring;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use firesteel_task::Piece;

use crate::lock;
use crate::suggest::Ask;
use ring::Ring;

/// Text around the cursor that is given to find the pieces by, in bytes each way.
const WINDOW: usize = 4 * 1024;

type Find = dyn Fn(&Path, String, String) -> Vec<Piece> + Send + Sync;
type Version = dyn Fn() -> u64 + Send + Sync;

/// Finds pieces of other files; clones share what was found.
#[derive(Clone)]
pub struct Related {
    find: Arc<Find>,
    version: Arc<Version>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Where was looked last.
    looked: Option<Place>,
    ring: Ring,
}

/// A line of a file, and the state of what is looked through.
#[derive(Clone, PartialEq, Eq)]
struct Place {
    path: PathBuf,
    line: usize,
    version: u64,
}

impl Related {
    /// Looks with `find`, which is given a path and the text before and after the cursor, and may block for some
    /// milliseconds. `version` is another number once `find` may find something else at the same place.
    pub fn new(
        find: impl Fn(&Path, String, String) -> Vec<Piece> + Send + Sync + 'static,
        version: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            find: Arc::new(find),
            version: Arc::new(version),
            state: Arc::default(),
        }
    }

    /// The pieces for a prompt, the newest first. If the cursor has come to another line, those that help there are
    /// looked for; `changed` is called when they are others, and the prompts that follow have them.
    pub(crate) fn at(&self, ask: &Ask, changed: impl FnOnce() + Send + 'static) -> Vec<Piece> {
        let place = Place {
            path: ask.path.clone(),
            line: ask.snapshot.document.text.line_of(ask.offset),
            version: (self.version)(),
        };
        let pieces = {
            let mut state = self.state();
            let pieces = state.ring.newest_first(&ask.path);
            if state.looked.as_ref() == Some(&place) {
                return pieces;
            }
            state.looked = Some(place);
            pieces
        };
        let (this, ask) = (self.clone(), ask.clone());
        // Nobody waits for the task: it leaves what it finds where the next prompt looks.
        tokio::task::spawn_blocking(move || {
            if this.look(&ask) {
                changed();
            }
        });
        pieces
    }

    /// The pieces for a prompt in a file, without looking for others.
    pub(crate) fn pieces(&self, path: &Path) -> Vec<Piece> {
        self.state().ring.newest_first(path)
    }

    /// Looks for the pieces; whether that has changed the ring.
    fn look(&self, ask: &Ask) -> bool {
        let text = &ask.snapshot.document.text;
        let start = text.floor_char_boundary(ask.offset.saturating_sub(WINDOW));
        let end = text.floor_char_boundary((ask.offset + WINDOW).min(text.len()));
        let before = text.slice(start..ask.offset).into_owned();
        let after = text.slice(ask.offset..end).into_owned();
        let found = (self.find)(&ask.path, before, after);
        self.state().ring.take(found)
    }

    /// A file has another text now: what was found in it is forgotten, and looked for again.
    pub(crate) fn file_changed(&self, path: &Path) {
        let mut state = self.state();
        state.ring.forget(path);
        state.looked = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl fmt::Debug for Related {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Related").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use firesteel_syntax::{Language, Snapshot};
    use firesteel_task::Excerpt;
    use firesteel_text::Document;
    use tokio::sync::mpsc;

    use super::*;

    fn ask(text: &str, offset: usize) -> Ask {
        let document = Document::open("file:///a.rs", 0, text);
        Ask {
            snapshot: Arc::new(Snapshot::open(document, Language::from_id("rust"))),
            path: "/a.rs".into(),
            offset,
            invoked: false,
        }
    }

    /// Finds a piece only once it is there, and tells of each search.
    fn related() -> (Related, Arc<AtomicU64>, mpsc::UnboundedReceiver<()>) {
        let (version, (searched, searches)) =
            (Arc::new(AtomicU64::new(0)), mpsc::unbounded_channel());
        let (found, now) = (version.clone(), version.clone());
        let find = move |_: &Path, _, _| {
            let is_there = found.load(Ordering::SeqCst) > 0;
            let _ = searched.send(());
            let piece = is_there.then(|| Piece {
                path: "/b.rs".into(),
                line: 1,
                text: Excerpt::plain("fn b() {}\n"),
                defines: None,
            });
            piece.into_iter().collect()
        };
        (
            Related::new(find, move || now.load(Ordering::SeqCst)),
            version,
            searches,
        )
    }

    #[tokio::test]
    async fn what_was_not_there_yet_is_looked_for_again_on_the_same_line() {
        let (related, version, mut searches) = related();
        assert!(
            related
                .at(&ask("x", 1), || panic!("nothing was found"))
                .is_empty()
        );
        searches.recv().await;
        assert!(
            related
                .at(&ask("xy", 2), || panic!("not looked for twice"))
                .is_empty()
        );
        version.store(1, Ordering::SeqCst);
        let (changed, mut changes) = mpsc::unbounded_channel();
        let tell = move || {
            let _ = changed.send(());
        };
        assert!(
            related.at(&ask("xyz", 3), tell).is_empty(),
            "no prompt waits"
        );
        changes.recv().await;
        assert_eq!(related.at(&ask("xyz.", 4), || {}).len(), 1);
        searches.recv().await;
        assert!(
            searches.try_recv().is_err(),
            "looked for once for each line and version"
        );
        // Another line, where the same helps: nothing changes.
        let pieces = related.at(&ask("xyz.\n", 5), || panic!("nothing has changed"));
        assert_eq!(pieces.len(), 1);
        searches.recv().await;
        // A file that is saved is looked for again, wherever the cursor is.
        related.file_changed("/b.rs".as_ref());
        assert!(related.pieces("/a.rs".as_ref()).is_empty());
        let (changed, mut changes) = mpsc::unbounded_channel();
        related.at(&ask("xyz.\n", 5), move || {
            let _ = changed.send(());
        });
        changes.recv().await;
        assert_eq!(related.pieces("/a.rs".as_ref()).len(), 1);
        assert!(
            related.pieces("/b.rs".as_ref()).is_empty(),
            "a file is no other file"
        );
    }
}
