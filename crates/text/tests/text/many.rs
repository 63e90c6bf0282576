//! Many changes in one notification do what they do one by one.

use firesteel_text::{Change, Document, Encoding, Position};
use proptest::prelude::*;

const PIECES: [&str; 12] = [
    "",
    "x",
    "\n",
    "\r\n",
    "\r",
    "é",
    "🦀",
    "a\nb",
    "\n\n\n",
    "\r\r\n",
    "let a = 1;\n",
    "e\u{301}",
];
const ENCODINGS: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

fn change() -> impl Strategy<Value = Change> {
    let position = || (0_u32..40, 0_u32..12);
    let piece = proptest::sample::select(&PIECES[..]);
    (position(), position(), any::<bool>(), piece).prop_map(|(start, end, is_near, text)| {
        let at = |(line, character)| Position { line, character };
        // Most changes replace little, or there would be nothing left.
        let end = match is_near {
            true => (start.0, start.1 + end.1 % 3),
            false => (start.0 + end.0 % 3, end.1),
        };
        Change {
            range: Some(at(start)..at(end)),
            text: text.to_owned(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn at_once_or_one_by_one(
        changes in proptest::collection::vec(change(), 513..900),
        encoding in proptest::sample::select(&ENCODINGS[..]),
    ) {
        let source = "fn f() {}\r\n\ta🦀é\n\r\rlast\n".repeat(30);
        let document = Document::open("file:///a.rs", 0, &source);
        let (at_once, edits, deltas) = document.changed(1, &changes, encoding).unwrap();
        let mut one_by_one = document.clone();
        for (version, change) in (1..).zip(&changes) {
            one_by_one = one_by_one.changed(version, std::slice::from_ref(change), encoding).unwrap().0;
        }
        prop_assert_eq!(at_once.text.to_string(), one_by_one.text.to_string());
        prop_assert_eq!(at_once.text.line_count(), one_by_one.text.line_count());
        // The edits say the same, few as they are.
        prop_assert!(edits.len() <= 2 && edits.len() == deltas.len());
        let mut text = document.text.clone();
        for edit in &edits {
            text.edit(edit);
        }
        prop_assert_eq!(text.to_string(), at_once.text.to_string());
    }
}

#[test]
fn an_anchor_outside_of_what_changed_stays() {
    let source = "first\n".to_owned() + &"middle\n".repeat(600) + "last\n";
    let document = Document::open("file:///a.rs", 0, &source);
    let changes: Vec<Change> = (1..=600)
        .map(|line| {
            let at = Position { line, character: 0 };
            Change {
                range: Some(at..at),
                text: "// ".to_owned(),
            }
        })
        .collect();
    let [first, last] = ["first", "last"].map(|word| {
        let at = source.find(word).unwrap();
        document.anchor_range(at..at + word.len())
    });
    let (changed, ..) = document.changed(1, &changes, Encoding::Utf16).unwrap();
    let read = |range| {
        let range = changed.resolve_range(range).unwrap();
        changed.text.slice(range).into_owned()
    };
    assert_eq!(
        (read(first).as_str(), read(last).as_str()),
        ("first", "last")
    );
}
