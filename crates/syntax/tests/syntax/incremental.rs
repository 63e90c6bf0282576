//! After any edits, an incremental parse says what a fresh one says, points included.
//!
//! How the parser recovers from an error depends on what it could reuse, and so does whether it
//! takes a keyword for a name, so the two are compared where neither has an error; points must be
//! true everywhere, and what is undone must be as it was.

use std::time::Duration;

use firesteel_syntax::{Language, PARSE_LIMIT, Snapshot, Tree, parse};
use firesteel_text::{Change, Document, Encoding, Position, Text};
use proptest::prelude::*;
use tree_sitter::Node;

const LIMIT: Duration = PARSE_LIMIT.saturating_mul(20);

/// What is typed: pieces of code, most of them whole, and what upsets points.
const PIECES: [&str; 18] = [
    "x", " ", "\n", "\r\n", "\r", "é🦀", "(", ")", "{", "}", "\"", ";", ":", "foo(a)", "return x",
    "# ", "// ", "    ",
];

const RUST: &str = "/// Docs.\nfn add(a: u32, b: u32) -> u32 {\r\n    let c = \"é🦀\";\n    if a > b { a } else { b }\n}\n\n\
    struct P { x: u32 }\n\nimpl P {\n    fn x(&self) -> u32 {\n        self.x\n    }\n}\n";

const PYTHON: &str = "class A(B):\n    \"\"\"Docs é🦀.\"\"\"\n\n    def f(self, x=1):\r\n        if x:\n            return x\n        \
    return [y for y in x]\n\nz = f'{a}' + \"b\"\n";

const TYPESCRIPT: &str = "export class A<T> {\n  x: number = 1;\r\n  go(a: string): void {\n    const f = (b) => `é${b}🦀`;\n    \
    if (a) { f(a); }\n  }\n}\ninterface I { a: string }\n";

#[derive(Debug, Clone)]
struct Typed {
    line: u32,
    character: u32,
    removed: u32,
    text: &'static str,
}

fn typing() -> impl Strategy<Value = Vec<Typed>> {
    let piece = proptest::sample::select(&PIECES[..]);
    let one = (
        0..14_u32,
        0..40_u32,
        prop_oneof![3 => Just(0), 1 => 1..20_u32],
        piece,
    );
    let one = one.prop_map(|(line, character, removed, text)| Typed {
        line,
        character,
        removed,
        text,
    });
    proptest::collection::vec(one, 1..10)
}

fn nodes(tree: &Tree) -> Vec<(u32, Node<'_>)> {
    let (mut nodes, mut cursor) = (Vec::new(), tree.root().walk());
    loop {
        nodes.push((cursor.depth(), cursor.node()));
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return nodes;
            }
        }
    }
}

/// Every node with its depth, kind, range and points.
fn dump(tree: &Tree) -> Vec<String> {
    let line = |(depth, node): (u32, Node)| format!("{depth} {} {:?}", node.kind(), node.range());
    nodes(tree).into_iter().map(line).collect()
}

fn check_points(tree: &Tree, text: &Text) -> Result<(), TestCaseError> {
    for (_, node) in nodes(tree) {
        for (offset, point) in [
            (node.start_byte(), node.start_position()),
            (node.end_byte(), node.end_position()),
        ] {
            let expected = text.point(offset);
            prop_assert_eq!(
                (point.row, point.column),
                (expected.row, expected.column),
                "{:?} in {}",
                node,
                text
            );
        }
    }
    Ok(())
}

fn changed(snapshot: &Snapshot, change: Change) -> Snapshot {
    let snapshot = snapshot.with_tree(parsed(snapshot));
    let changed = snapshot.changed(snapshot.document.version + 1, &[change], Encoding::Utf16);
    changed.unwrap_or_else(|error| panic!("{error}")).0
}

fn parsed(snapshot: &Snapshot) -> Tree {
    snapshot.parsed(LIMIT).unwrap_or_else(|| panic!("no tree"))
}

fn check(language: Language, source: &str, typing: Vec<Typed>) -> Result<(), TestCaseError> {
    let opened = Snapshot::open(Document::open("file:///a", 0, source), Some(language));
    prop_assert!(!parsed(&opened).root().has_error());
    let mut snapshot = opened.clone();
    for typed in typing {
        let start = Position {
            line: typed.line,
            character: typed.character,
        };
        let end = Position {
            line: typed.line + typed.removed / 15,
            character: typed.character + typed.removed,
        };
        snapshot = changed(
            &snapshot,
            Change {
                range: Some(start..end),
                text: typed.text.to_owned(),
            },
        );
        let (incremental, text) = (parsed(&snapshot), &snapshot.document.text);
        check_points(&incremental, text)?;
        let fresh = parse(language, text, 0, None, LIMIT).unwrap_or_else(|| panic!("no tree"));
        if !fresh.root().has_error() && !incremental.root().has_error() {
            prop_assert_eq!(dump(&incremental), dump(&fresh), "{}", text);
        }
    }
    let restored = changed(
        &snapshot,
        Change {
            range: None,
            text: source.to_owned(),
        },
    );
    prop_assert_eq!(dump(&parsed(&restored)), dump(&parsed(&opened)));
    Ok(())
}

proptest! {
    #[test]
    fn rust(typing in typing()) {
        check(Language::Rust, RUST, typing)?;
    }

    #[test]
    fn python(typing in typing()) {
        check(Language::Python, PYTHON, typing)?;
    }

    #[test]
    fn typescript(typing in typing()) {
        check(Language::TypeScript, TYPESCRIPT, typing)?;
    }
}

#[test]
fn many_edits_at_once_are_followed_as_one() {
    let source = RUST.repeat(20);
    let parsed = |snapshot: &Snapshot| snapshot.parsed(LIMIT).expect("parsed");
    for n_changes in [300_u32, 511, 512, 513, 2_000] {
        let document = Document::open("file:///a.rs", 0, &source);
        let snapshot = Snapshot::open(document, Some(Language::Rust));
        let snapshot = snapshot.with_tree(parsed(&snapshot));
        // From the end to the start and back, with line breaks, over each other.
        let change = |n: u32| {
            let line = (n * 7) % 200;
            let start = Position { line, character: 0 };
            let end = Position {
                line: line + n % 2,
                character: 0,
            };
            Change {
                range: Some(start..end),
                text: ["// é\n", "\n", "", "/* 🦀 */"][n as usize % 4].to_owned(),
            }
        };
        let changes: Vec<Change> = (0..n_changes).map(change).collect();
        let (changed, edits) = snapshot
            .changed(1, &changes, Encoding::Utf16)
            .expect("a newer version");
        assert!(edits.len() == 2 || n_changes <= 512);
        let text = changed.document.text.to_string();
        let fresh = Snapshot::open(
            Document::open("file:///a.rs", 0, &text),
            Some(Language::Rust),
        );
        let (one, other) = (parsed(&changed), parsed(&fresh));
        let (one, other) = (one.root(), other.root());
        assert_eq!(one.range(), other.range());
        assert_eq!(one.child_count(), other.child_count(), "{n_changes}");
        for index in 0..one.child_count() {
            let child = |root: &Node<'_>| root.child(index).map(|node| node.range());
            assert_eq!(child(&one), child(&other), "{n_changes}: {index}");
        }
    }
}
