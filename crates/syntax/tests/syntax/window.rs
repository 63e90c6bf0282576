//! The window in which the gate checks a large text, found while some of the text is broken.

use std::time::Duration;

use firesteel_syntax::{Language, Snapshot, gate};
use firesteel_text::{Change, Document, Edit, Encoding};

/// Far more than a check takes, for these tests are not about time.
const LIMIT: Duration = gate::CHECK_LIMIT.saturating_mul(100);

/// The snapshot with one more character at `at`.
fn typed(snapshot: &Snapshot, at: usize, key: char) -> Snapshot {
    let position = snapshot.document.text.position(at, Encoding::Utf8);
    let change = Change {
        range: Some(position..position),
        text: key.to_string(),
    };
    let version = snapshot.document.version + 1;
    match snapshot.changed(version, &[change], Encoding::Utf8) {
        Ok((changed, _edits)) => changed,
        Err(error) => panic!("{error}"),
    }
}

/// While a bracket is open the newest tree may be one ERROR; the one before says what is far away.
#[test]
fn a_window_is_found_while_all_that_follows_is_broken() {
    let source = "value = compute(value, [1, 2])\n".repeat(2_000);
    let document = Document::open("file:///a", 0, &source);
    let mut snapshot = Snapshot::open(document, Some(Language::Python));
    snapshot.parsed(LIMIT).unwrap_or_else(|| panic!("no tree"));
    let mut at = source.len() / 2;
    at = source[..at].rfind('\n').expect("a line") + 1;
    for key in "x = f(a, [b, \n".chars() {
        snapshot = typed(&snapshot, at, key);
        at += 1;
    }
    at -= 1;
    // Far less than the whole would take.
    snapshot.parsed(Duration::from_millis(1));
    let gate = gate::Gate::at(&snapshot, at..at, LIMIT).expect("in time");
    assert!(gate.window_len() < 16 * 1024);
    let verdict = gate.check("c])").expect("in time");
    assert_eq!(verdict.added, 0);
    let verdict = gate.check("c))").expect("in time");
    assert!(verdict.added > 0);
    // What comes after a suggestion is checked before it is taken: in a text that the document never had.
    let insert = "c])\n".to_owned();
    let behind = at + insert.len();
    let ahead = snapshot.supposing(&Edit {
        range: at..at,
        insert,
    });
    let gate = gate::Gate::at(&ahead, behind..behind, LIMIT).expect("in time");
    assert!(gate.window_len() < 16 * 1024);
}

/// A grammar does not know all code: a large item that is broken for it all the time leaves the rest as sound as it was.
#[test]
fn a_window_is_found_though_some_code_is_broken_for_good() {
    let known = "fn twice(value: u32) -> u32 { value * 2 }\n".repeat(1_000);
    let unknown = format!(
        "impl Odd {{\n{}}}\n",
        "    fn odd() { let = 1 }\n".repeat(600)
    );
    let source = format!("use std::fmt;\n{unknown}{known}");
    let document = Document::open("file:///a", 0, &source);
    let mut snapshot = Snapshot::open(document, Some(Language::Rust));
    snapshot.parsed(LIMIT).unwrap_or_else(|| panic!("no tree"));
    let mut at = source.len() - known.len() / 2;
    at = source[..at].rfind('\n').expect("a line") + 1;
    for key in "fn sum(a: u32) -> u32 { f(a, g(".chars() {
        snapshot = typed(&snapshot, at, key);
        snapshot.parsed(LIMIT).unwrap_or_else(|| panic!("no tree"));
        at += 1;
    }
    let gate = gate::Gate::at(&snapshot, at..at, LIMIT).expect("in time");
    assert!(gate.window_len() < 8 * 1024, "{}", gate.window_len());
    assert_eq!(gate.check("a)) }").expect("in time").added, 0);
    assert!(gate.check("a]) }").expect("in time").added > 0);
}

/// What no grammar knows, far from the cursor, is neither looked at for each key nor a reason to look at everything; the
/// comments of Rust, which end where the next line begins, stand before it.
#[test]
fn a_window_has_nothing_of_what_was_broken_far_away() {
    let known = "/// Twice as much.\nfn twice(value: u32) -> u32 { value * 2 }\n".repeat(300);
    let odd = "/// What is this?\n    clippy::one,\n    clippy::two\n)]\n";
    let source = format!("{known}{odd}{known}{odd}{known}");
    let document = Document::open("file:///a", 0, &source);
    let mut snapshot = Snapshot::open(document, Some(Language::Rust));
    snapshot.parsed(LIMIT).unwrap_or_else(|| panic!("no tree"));
    let mut at = source.len() / 2;
    at = source[..at].rfind("///").expect("a comment");
    for key in "fn sum(a: u32) -> u32 { f(a, g(".chars() {
        snapshot = typed(&snapshot, at, key);
        at += 1;
    }
    let gate = gate::Gate::at(&snapshot, at..at, LIMIT).expect("in time");
    assert!(gate.window_len() < 4 * 1024, "{}", gate.window_len());
    assert_eq!(gate.check("a)) }").expect("in time").added, 0);
    assert!(gate.check("a]) }").expect("in time").added > 0);
    assert!(gate.check("a)) } }").expect("in time").added > 0);
}

/// A place that was left half typed stays in the window of another one, and the rest of the file does not.
#[test]
fn a_window_is_found_though_another_place_was_edited() {
    let source = "fn twice(value: u32) -> u32 { value * 2 }\n".repeat(2_000);
    let document = Document::open("file:///a", 0, &source);
    let mut snapshot = Snapshot::open(document, Some(Language::Rust));
    snapshot.parsed(LIMIT).unwrap_or_else(|| panic!("no tree"));
    let line = |at: usize| source[..at].rfind('\n').map_or(0, |end| end + 1);
    let (first, second) = ("fn left() { f(", "fn sum(a: u32) -> u32 { g(");
    let mut at = line(source.len() / 8);
    for key in first.chars() {
        snapshot = typed(&snapshot, at, key);
        at += 1;
    }
    at = line(source.len() / 2) + first.len();
    for key in second.chars() {
        snapshot = typed(&snapshot, at, key);
        at += 1;
    }
    let gate = gate::Gate::at(&snapshot, at..at, LIMIT).expect("in time");
    assert!(gate.window_len() < 8 * 1024, "{}", gate.window_len());
    assert_eq!(gate.check("a) }").expect("in time").added, 0);
    assert!(gate.check("a] }").expect("in time").added > 0);
}
