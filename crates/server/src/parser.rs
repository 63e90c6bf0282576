//! The background parse: documents that changed are parsed on a thread of their own, newest text first.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
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
/// A document whose parse took long rests for so many times its length: while a bracket is open in a large file each parse
/// takes tens of milliseconds, a keystroke needs the processor more than a tree does, and what it needs of a tree an earlier one
/// tells.
const REST: u32 = 24;
/// A parse that took no longer is made again at once.
const QUICK: Duration = Duration::from_millis(3);
/// The longest rest: when the user pauses, the tree is there before they wonder.
const MAX_REST: Duration = Duration::from_millis(800);

/// The documents that wait for a parse, and when each may have it.
#[derive(Default)]
struct Waiting {
    due: HashMap<DocumentId, Instant>,
    resting: HashMap<DocumentId, Instant>,
}

impl Waiting {
    /// Takes in that a document has changed; a burst of changes needs one parse.
    fn add(&mut self, id: DocumentId, now: Instant) {
        let rested = self.resting.get(&id).copied();
        let due = rested.unwrap_or(now).max(now + PARSE_DELAY);
        self.due.entry(id).or_insert(due);
    }

    /// When the next parse is to be made.
    fn next(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }

    /// Takes out what is due.
    fn take_due(&mut self, now: Instant) -> Vec<DocumentId> {
        let is_due = |_: &DocumentId, at: &mut Instant| *at <= now;
        self.due.extract_if(is_due).map(|(id, _)| id).collect()
    }

    /// A document was parsed, which took so long.
    fn parsed(&mut self, id: DocumentId, took: Duration, now: Instant) {
        self.resting.retain(|_, until| *until > now);
        if took > QUICK {
            let rest = (took * REST).min(MAX_REST);
            self.resting.insert(id, now + rest);
        }
    }
}

fn parse_all(requests: &Receiver<DocumentId>, documents: &Weak<Documents>) {
    let mut waiting = Waiting::default();
    loop {
        let request = match waiting.next() {
            Some(due) => requests.recv_timeout(due.saturating_duration_since(Instant::now())),
            None => requests.recv().map_err(RecvTimeoutError::from),
        };
        match request {
            Ok(id) => {
                waiting.add(id, Instant::now());
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        for id in waiting.take_due(Instant::now()) {
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
            let began = Instant::now();
            if let Some(tree) = snapshot.parsed(PARSE_LIMIT) {
                documents.install(&id, tree);
            }
            waiting.parsed(id, began.elapsed(), Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;

    #[test]
    fn a_document_whose_parse_took_long_rests_and_holds_up_no_other() {
        let (mut waiting, now) = (Waiting::default(), Instant::now());
        let [large, small] = ["file:///large.rs", "file:///small.rs"].map(DocumentId::parse);
        let after = |millis| now + Duration::from_millis(millis);
        waiting.add(large.clone(), now);
        waiting.add(large.clone(), after(1));
        assert_eq!(waiting.next(), Some(now + PARSE_DELAY));
        assert_eq!(waiting.take_due(after(3)), slice::from_ref(&large));
        assert!(waiting.take_due(after(3)).is_empty(), "one for a burst");
        waiting.parsed(large.clone(), Duration::from_millis(20), after(20));
        waiting.add(large.clone(), after(30));
        waiting.add(small.clone(), after(30));
        assert_eq!(waiting.take_due(after(40)), slice::from_ref(&small));
        assert_eq!(waiting.next(), Some(after(20 + 20 * u64::from(REST))));
        assert_eq!(waiting.take_due(after(600)), slice::from_ref(&large));
        // A parse of seconds keeps nobody waiting for a minute.
        waiting.parsed(large.clone(), Duration::from_secs(5), after(600));
        waiting.parsed(small.clone(), QUICK, after(600));
        waiting.add(large.clone(), after(700));
        waiting.add(small.clone(), after(700));
        assert_eq!(waiting.take_due(after(702)), [small]);
        assert_eq!(waiting.take_due(after(600) + MAX_REST), [large]);
    }
}
