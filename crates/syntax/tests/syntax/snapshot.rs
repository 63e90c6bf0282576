//! Snapshots: trees that follow edits, and parses that come late.

use std::time::Duration;

use firesteel_syntax::{Language, MAX_PARSED_BYTES, PARSE_LIMIT, Snapshot, Tree, outline, parse};
use firesteel_text::{Change, Document, Encoding, Position, Text};

const LIMIT: Duration = PARSE_LIMIT.saturating_mul(20);

fn open(language: Language, source: &str) -> Snapshot {
    Snapshot::open(Document::open("file:///a", 0, source), Some(language))
}

#[track_caller]
fn parsed(snapshot: &Snapshot) -> Tree {
    let Some(tree) = snapshot.parsed(LIMIT) else {
        panic!("no tree")
    };
    tree
}

#[track_caller]
fn typed(snapshot: &Snapshot, line: u32, character: u32, text: &str) -> Snapshot {
    let position = Position { line, character };
    let change = Change {
        range: Some(position..position),
        text: text.to_owned(),
    };
    match snapshot.changed(snapshot.document.version + 1, &[change], Encoding::Utf16) {
        Ok((snapshot, _)) => snapshot,
        Err(error) => panic!("{error}"),
    }
}

fn names(snapshot: &Snapshot, tree: &Tree) -> Vec<String> {
    outline(tree, &snapshot.document.text)
        .into_iter()
        .map(|item| item.name)
        .collect()
}

#[test]
fn an_edit_moves_the_tree_without_parsing() {
    let snapshot = open(Language::Rust, "fn f() {}\nfn g() {}\n");
    assert!(snapshot.tree.is_none());
    let snapshot = snapshot.with_tree(parsed(&snapshot));
    let edited = typed(&snapshot, 0, 0, "// é🦀\n");
    let tree = edited.tree.as_ref().expect("a tree");
    assert!(!tree.is_current());
    assert_eq!(names(&edited, tree), ["f", "g"]);
    assert!(parsed(&edited).is_current());
}

#[test]
fn a_late_parse_is_moved_along_with_the_edits_since() {
    let opened = open(Language::Rust, "fn f() {}\n");
    let edited = typed(&typed(&opened, 0, 0, "\n\n"), 2, 9, " fn g() {}");
    let tree = parsed(&opened);
    let rebased = edited.with_tree(tree.clone());
    let moved = rebased.tree.as_ref().expect("a tree");
    assert_eq!(
        (moved.revision(), moved.is_current()),
        (edited.document.revision, false)
    );
    assert_eq!(names(&edited, &parsed(&rebased)), ["f", "g"]);

    // The newer parse stays, in whichever order the two come in.
    let newer = edited.with_tree(parsed(&edited)).with_tree(tree);
    assert!(newer.tree.is_some_and(|tree| tree.is_current()));
}

#[test]
fn a_parse_that_a_request_paid_for_serves_the_next_edit() {
    let opened = open(Language::Python, "x = 1\n");
    parsed(&opened);
    assert!(typed(&opened, 0, 5, "2").tree.is_some());
    assert!(opened.with_tree(parsed(&opened)).tree.is_some());
}

#[test]
fn a_foreign_tree_is_ignored() {
    let snapshot = open(Language::Rust, "fn f() {}\n");
    let other = parsed(&open(Language::Rust, "fn other() {}\n"));
    assert!(snapshot.with_tree(other).tree.is_none());
    let python = parse(
        Language::Python,
        &snapshot.document.text,
        snapshot.document.revision,
        None,
        LIMIT,
    );
    assert!(snapshot.with_tree(python.expect("a tree")).tree.is_none());
}

#[test]
fn text_of_no_language_has_no_tree() {
    let snapshot = Snapshot::open(Document::open("file:///a", 0, "text"), None);
    assert!(snapshot.parsed(LIMIT).is_none());
    assert_eq!(
        typed(&snapshot, 0, 4, "!").document.text.to_string(),
        "text!"
    );
}

#[test]
fn a_huge_text_has_no_tree() {
    let text = Text::new(&"x = 1\n".repeat(MAX_PARSED_BYTES / 6 + 1));
    assert!(parse(Language::Python, &text, 1, None, LIMIT).is_none());
}

#[test]
fn a_parse_out_of_time_gives_nothing() {
    let text = Text::new(&"fn f() { g(1, 2, 3); }\n".repeat(20_000));
    assert!(parse(Language::Rust, &text, 1, None, Duration::ZERO).is_none());
}

#[test]
fn a_tree_of_another_revision_is_not_reused() {
    let text = Text::new("fn f() {}");
    let old = parse(Language::Rust, &text, 1, None, LIMIT);
    let tree = parse(
        Language::Rust,
        &Text::new("struct A;"),
        2,
        old.as_ref(),
        LIMIT,
    )
    .expect("a tree");
    assert_eq!(
        tree.root().to_sexp(),
        "(source_file (struct_item name: (type_identifier)))"
    );
}

#[test]
fn a_tree_is_dropped_when_most_of_it_is_replaced() {
    let snapshot = open(Language::Python, &"x = 1\n".repeat(10_000));
    let snapshot = snapshot.with_tree(parsed(&snapshot));
    let change = Change {
        range: None,
        text: "y = 2\n".repeat(10_000),
    };
    let (changed, _) = snapshot
        .changed(1, &[change], Encoding::Utf16)
        .expect("newer");
    assert!(changed.tree.is_none());
    assert!(parsed(&changed).is_current());
}
