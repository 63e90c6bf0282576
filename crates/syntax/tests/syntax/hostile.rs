//! Text that is no code, not text, or far too much: less comes back, nothing panics.

use std::time::Duration;

use firesteel_syntax::{
    Language, PARSE_LIMIT, Tree, enclosing_item, enclosing_scope, enclosing_statement, gate,
    outline, parse, signature,
};
use firesteel_text::{Edit, Text};

const LIMIT: Duration = PARSE_LIMIT.saturating_mul(20);

fn ask_everything(tree: &Tree, text: &Text) {
    for item in outline(tree, text).into_iter().take(50) {
        signature::of(tree, text, &item);
    }
    let middle = text.len() / 2;
    for offset in [0, middle, text.len(), usize::MAX] {
        if let Some(item) = enclosing_item(tree, text, offset) {
            signature::of(tree, text, &item);
        }
        assert!(enclosing_scope(tree, text, offset).end <= text.len());
        assert!(
            enclosing_statement(tree, text, offset).is_none_or(|range| range.end <= text.len())
        );
        for (range, insertion) in [
            (offset..offset, "x)\n}\n🦀"),
            (offset..usize::MAX, ""),
            (usize::MAX..offset, "\0\r\n("),
        ] {
            let verdict = gate::check(tree, text, range, insertion, gate::CHECK_LIMIT);
            assert!(verdict.is_none_or(|verdict| insertion.is_char_boundary(verdict.complete_to)));
        }
    }
}

#[track_caller]
fn survive(source: &str) {
    let text = Text::new(source);
    for language in Language::parsed() {
        if let Some(tree) = parse(language, &text, 1, None, LIMIT) {
            ask_everything(&tree, &text);
            // A tree that is asked about another text than its own.
            ask_everything(&tree, &Text::new("é"));
        }
    }
}

#[test]
fn nothing_and_next_to_nothing() {
    for source in [
        "",
        " ",
        "\n",
        "\r",
        "\0",
        "é",
        "🦀",
        "\u{feff}",
        "\u{feff}fn f() {}",
        "(",
        "}",
        "\"",
        "'",
        "/*",
        "#",
        "`${",
    ] {
        survive(source);
    }
}

#[test]
fn binary() {
    let bytes: Vec<u8> = (0..4_000_u32)
        .map(|idx| (idx.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    survive(&String::from_utf8_lossy(&bytes));
    survive(&"\0\u{1}\u{7f}\u{fffd}".repeat(500));
}

#[test]
fn a_line_of_a_megabyte() {
    survive(&format!("x = \"{}\";", "é🦀 (".repeat(100_000)));
    survive(&"a + ".repeat(10_000));
}

#[test]
fn brackets_without_end() {
    survive(&"(".repeat(1_000));
    survive(&"{[(".repeat(400));
    survive(&")".repeat(1_000));
    survive(&format!("{}{}", "(".repeat(1_000), ")".repeat(1_000)));
}

#[test]
fn code_cut_anywhere() {
    let source = "/// é\n#[a]\nimpl A {\n    async fn f(&self, (a, b): T) -> Result<()> { \"🦀{x}\"; a.unwrap() }\n}\n\
        @d\nclass B(C):\n    def g(self, *a, k=1): '''doc'''; raise X(\"é\")\nexport const h = async (p) => <D e={`f${p}`} />;\n";
    for (end, _) in source.char_indices() {
        let text = Text::new(&source[..end]);
        for language in Language::parsed() {
            let Some(tree) = parse(language, &text, 1, None, LIMIT) else {
                panic!("no tree")
            };
            for item in outline(&tree, &text) {
                signature::of(&tree, &text, &item);
            }
            enclosing_item(&tree, &text, end);
            enclosing_scope(&tree, &text, end);
            enclosing_statement(&tree, &text, end);
        }
    }
}

#[test]
fn a_tree_that_was_only_edited() {
    let mut text = Text::new("class A:\n    def f(self):\n        return 1\n");
    let Some(tree) = parse(Language::Python, &text, 1, None, LIMIT) else {
        panic!("no tree")
    };
    let delta = text.edit(&Edit {
        range: 5..text.len(),
        insert: String::new(),
    });
    ask_everything(&tree.edited(&[delta], 2), &text);
}
