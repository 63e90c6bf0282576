//! Keys as editors send them, and the edits that they make.

use firesteel_text::{Change, Document, Encoding, Position};

use super::*;

const URI: &str = "file:///a";

fn id() -> DocumentId {
    DocumentId::parse(URI)
}

struct Typist {
    history: History,
    snapshot: Snapshot,
    now: Instant,
}

impl Typist {
    fn on(text: &str) -> Self {
        let snapshot = Snapshot::open(Document::open(URI, 0, text), None);
        let history = History::default();
        history.open(&snapshot);
        Self {
            history,
            snapshot,
            now: Instant::now(),
        }
    }

    fn edit(&mut self, range: std::ops::Range<usize>, insert: &str) {
        self.edits(&[(range, insert)]);
    }

    fn edits(&mut self, edits: &[(std::ops::Range<usize>, &str)]) {
        let position = |offset: usize| Position {
            line: 0,
            character: offset as u32,
        };
        let changes: Vec<Change> = { edits.iter() }
            .map(|(range, insert)| Change {
                range: Some(position(range.start)..position(range.end)),
                text: (*insert).to_owned(),
            })
            .collect();
        let version = self.snapshot.document.version + 1;
        let changed = self.snapshot.changed(version, &changes, Encoding::Utf8);
        let (snapshot, edits) = changed.expect("newer");
        self.snapshot = snapshot;
        self.now += Duration::from_millis(100);
        self.history.change(&self.snapshot, &edits, self.now);
    }

    fn type_at(&mut self, mut at: usize, keys: &str) {
        for key in keys.chars() {
            self.edit(at..at, &key.to_string());
            at += 1;
        }
    }

    fn backspace(&mut self, at: usize, count: usize) {
        for gone in 0..count {
            self.edit(at - gone - 1..at - gone, "");
        }
    }

    /// The newest edit: what was removed, what was inserted, and where that stands.
    fn last(&self) -> Option<(String, String, std::ops::Range<usize>)> {
        let past = self.history.latest(&id()).into_iter().next()?;
        Some((past.removed, past.inserted, past.range))
    }

    fn undoes(&self, offset: usize, text: &str) -> bool {
        self.history.is_undone_by(&id(), offset, text, self.now)
    }
}

fn found(
    removed: &str,
    inserted: &str,
    at: usize,
) -> Option<(String, String, std::ops::Range<usize>)> {
    let range = at..at + inserted.len();
    Some((removed.to_owned(), inserted.to_owned(), range))
}

#[test]
fn keys_become_one_edit_also_over_corrections() {
    let mut typist = Typist::on("let count = 1; count");
    typist.backspace(9, 5);
    typist.type_at(4, "totla");
    typist.backspace(9, 2);
    typist.type_at(7, "al");
    assert_eq!(typist.last(), found("count", "total", 4));
    assert_eq!(typist.history.latest(&id()).len(), 1);
}

#[test]
fn deleting_forwards_and_backwards_is_one_removal() {
    let mut typist = Typist::on("ab cd ef");
    typist.backspace(5, 2);
    typist.edit(3..4, "");
    typist.edit(3..4, "");
    assert_eq!(typist.last(), found("cd e", "", 3));
}

#[test]
fn what_was_typed_and_deleted_again_is_nothing() {
    let mut typist = Typist::on("a");
    typist.type_at(1, "bcd");
    typist.backspace(4, 3);
    assert_eq!(typist.last(), None);
}

#[test]
fn another_place_is_another_edit_and_the_first_moves_along() {
    let mut typist = Typist::on("one two");
    typist.type_at(7, "s");
    typist.type_at(0, "x ");
    let latest = typist.history.latest(&id());
    assert_eq!(latest.len(), 2);
    assert_eq!(
        (latest[0].range.clone(), latest[1].range.clone()),
        (0..2, 9..10)
    );
}

#[test]
fn undo_is_told_from_an_edit_and_so_is_what_the_server_or_a_tool_did() {
    let mut typist = Typist::on("count");
    typist.edit(0..5, "total_sum");
    typist.edit(0..9, "count");
    assert_eq!(typist.history.latest(&id())[0].by, By::Undo);
    assert_eq!(typist.history.latest(&id()).len(), 1);
    typist.edits(&[(5..5, "x"), (6..6, "y"), (6..7, "")]);
    assert_eq!(typist.last(), found("", "x", 5));
    assert_eq!(typist.history.latest(&id())[0].by, By::User);
    typist.edits(&[(6..6, " abc"), (0..0, "abc ")]);
    assert_eq!(typist.history.latest(&id())[0].by, By::Tool);
    typist
        .history
        .expect(&id(), "/// Says hello.\n", typist.now);
    typist.edit(0..0, "/// Says hello.\n");
    assert_eq!(typist.history.latest(&id())[0].by, By::Server);
}

#[test]
fn a_suggestion_does_not_bring_back_what_was_removed() {
    let mut typist = Typist::on("f(alpha, beta)");
    typist.backspace(13, 6);
    assert!(typist.undoes(7, ", beta"));
    assert!(typist.undoes(7, ", beta, gamma"));
    assert!(!typist.undoes(7, ", gamma"));
    assert!(!typist.undoes(2, ", beta"), "elsewhere it is another thing");
    typist.type_at(7, ", b");
    assert!(typist.undoes(10, "eta"));
    typist.now += UNDO_TIME;
    assert!(!typist.undoes(10, "eta"), "it was long ago");
}

#[test]
fn an_accepted_suggestion_that_was_taken_back_is_not_shown_again_but_backspace_returns() {
    let mut typist = Typist::on("x = ");
    typist.edit(0..4, "x = compute(y)");
    assert_eq!(typist.last(), found("", "compute(y)", 4));
    typist.edit(4..14, "");
    assert!(typist.undoes(4, "compute(y)"));
    let mut typist = Typist::on("x = ");
    typist.type_at(4, "comq");
    typist.backspace(8, 1);
    assert!(!typist.undoes(7, "pute(y)"));
}

#[test]
fn feeding_it_is_cheap_in_texts() {
    let mut typist = Typist::on(&"word ".repeat(2_000));
    typist.edit(0..9_000, &"x".repeat(9_000));
    let latest = typist.history.latest(&id());
    assert!(latest.iter().all(|past| past.removed.len() <= 2 * 1024));
    for at in 0..100 {
        typist.edit(at * 20..at * 20, "some text ");
    }
    assert_eq!(typist.history.latest(&id()).len(), EDITS_CAP);
}
