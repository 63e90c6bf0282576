//! What anchors and the log of edits promise beyond following edits.

use firesteel_text::{
    Anchor, AnchorRange, Bias, Change, Document, Encoding, MAX_LOGGED_DELTAS, Position,
};

fn typed(document: &Document, character: u32, text: &str) -> Document {
    let position = Position { line: 0, character };
    let change = Change {
        range: Some(position..position),
        text: text.to_owned(),
    };
    let changed = document.changed(document.version + 1, &[change], Encoding::Utf8);
    changed.unwrap_or_else(|error| panic!("{error}")).0
}

#[test]
fn an_older_snapshot_sees_no_later_edit() {
    let old = Document::open("file:///a", 0, "abc");
    let anchor = old.anchor(2, Bias::Left);
    let new = typed(&old, 0, "xy");
    assert_eq!(new.resolve(anchor), Some(4));
    assert_eq!(old.resolve(anchor), Some(2));
    assert_eq!(old.resolve(new.anchor(0, Bias::Left)), None);
}

#[test]
fn two_lines_of_edits_do_not_mix() {
    let base = Document::open("file:///a", 0, "abc");
    let anchor = base.anchor(2, Bias::Left);
    let (left, right) = (typed(&base, 0, "12"), typed(&base, 0, "345"));
    assert_eq!(
        (left.resolve(anchor), right.resolve(anchor)),
        (Some(4), Some(5))
    );
    assert_eq!(right.resolve(left.anchor(1, Bias::Left)), None);
    let right = typed(&right, 0, "6");
    assert_eq!(
        (left.resolve(anchor), right.resolve(anchor)),
        (Some(4), Some(6))
    );
}

#[test]
fn another_document_knows_nothing_of_an_anchor() {
    let closed = Document::open("file:///a", 0, "abc");
    let reopened = Document::open("file:///a", 0, "abc");
    assert_eq!(reopened.resolve(closed.anchor(1, Bias::Left)), None);
    assert_eq!(reopened.deltas_since(closed.revision), None);
}

#[test]
fn a_document_that_is_opened_again_knows_its_anchors() {
    let closed = Document::open("file:///a", 7, "one\ntwo\nthree\nfour\n");
    let (two, four) = (
        closed.anchor(4, Bias::Right),
        closed.anchor(14, Bias::Right),
    );
    let same = closed.reopened("file:/a", 0, "one\ntwo\nthree\nfour\n");
    assert_eq!((same.version, same.resolve(four)), (0, Some(14)));
    let text = "zero\none\ntwo\n3\nfour\n";
    let other = closed.reopened("file:/a", 0, text);
    assert_eq!(other.text.to_string(), text);
    assert_eq!(
        (other.resolve(two), other.resolve(four)),
        (Some(9), Some(15))
    );
}

#[test]
fn the_log_forgets_what_is_too_old() {
    let mut document = Document::open("file:///a", 0, "abc");
    let first = document.anchor(1, Bias::Right);
    document = typed(&document, 0, "-");
    let second = document.anchor(2, Bias::Right);
    let early = document.clone();
    for _ in 0..MAX_LOGGED_DELTAS {
        document = typed(&document, 0, "-");
    }
    assert_eq!(document.resolve(first), None);
    assert_eq!(document.resolve(second), Some(2 + MAX_LOGGED_DELTAS));
    // A snapshot from before the oldest entry can still be edited and anchored.
    let fork = typed(&typed(&early, 0, "a"), 0, "b");
    assert_eq!(
        fork.deltas_since(early.revision).map(|deltas| deltas.len()),
        Some(2)
    );
}

#[test]
fn a_range_takes_in_what_is_typed_at_its_edges() {
    let document = Document::open("file:///a", 0, "abc");
    let range = document.anchor_range(1..2);
    let empty = document.anchor_range(1..1);
    let document = typed(&typed(&document, 2, ">"), 1, "<");
    assert_eq!(document.resolve_range(range), Some(1..4));
    assert_eq!(document.resolve_range(empty), Some(1..2));
}

#[test]
fn a_range_that_excludes_its_edges_never_inverts() {
    let document = Document::open("file:///a", 0, "abc");
    let (start, end): (Anchor, Anchor) = (
        document.anchor(1, Bias::Right),
        document.anchor(1, Bias::Left),
    );
    let document = typed(&document, 1, "xy");
    assert_eq!(
        document.resolve_range(AnchorRange { start, end }),
        Some(3..3)
    );
}
