//! The background parse: documents that changed are parsed on a thread of their own, newest text first.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use firesteel_syntax::PARSE_LIMIT;
use firesteel_text::DocumentId;

use crate::documents::Documents;

/// A handle on the parsing thread, which ends with it.
pub(crate) struct Parser {
    queue: Sender<DocumentId>,
}

impl Parser {
    pub(crate) fn start(documents: Arc<Documents>) -> Self {
        let (queue, requests) = channel();
        let documents = Arc::downgrade(&documents);
        let spawned = thread::Builder::new()
            .name("firesteel-parse".to_owned())
            .spawn(move || parse_all(&requests, &documents));
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread to parse on: suggestions parse for themselves");
        }
        Self { queue }
    }

    /// Asks for a parse of a document's newest text.
    pub(crate) fn parse(&self, id: &DocumentId) {
        // The thread is gone only when it never started.
        let _ = self.queue.send(id.clone());
    }
}

/// How long a parse lets the requests go first that follow an edit; a request that needs the tree at once parses by itself.
const PARSE_DELAY: Duration = Duration::from_millis(2);
/// A parse that took long is followed by a rest of so many times its length: while a bracket is open in a large file
/// each parse takes tens of milliseconds, and the next keys need the processor more than a tree does.
const REST: u32 = 3;

fn parse_all(requests: &Receiver<DocumentId>, documents: &Weak<Documents>) {
    let mut rest = PARSE_DELAY;
    while let Ok(first) = requests.recv() {
        thread::sleep(rest);
        // A burst of changes to a document needs one parse.
        let waiting: HashSet<DocumentId> =
            std::iter::once(first).chain(requests.try_iter()).collect();
        let began = Instant::now();
        for id in waiting {
            let Some(documents) = documents.upgrade() else {
                return;
            };
            // Files that are only held open are parsed when somebody looks at them.
            if !documents.keeps_trees(&id) {
                continue;
            }
            let Some(snapshot) = documents.get(&id) else {
                continue;
            };
            if let Some(tree) = snapshot.parsed(PARSE_LIMIT) {
                documents.install(&id, tree);
            }
        }
        rest = PARSE_DELAY.max(began.elapsed() * REST);
    }
}
