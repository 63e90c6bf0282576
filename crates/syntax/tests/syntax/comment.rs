//! The comment around a cursor.

use firesteel_syntax::{Language, comment_at};

use crate::fixture;

/// The text of the comment at `$0`, and what it says.
fn comment(language: Language, fixture: &str) -> Option<(String, String, bool)> {
    let (source, offset) = fixture::cursor(fixture);
    let (text, tree) = fixture::parsed(language, &source);
    let found = comment_at(&tree, &text, offset)?;
    Some((source[found.range].to_owned(), found.words, found.is_doc))
}

#[track_caller]
fn check(language: Language, fixture: &str, written: &str, words: &str, is_doc: bool) {
    let expected = Some((written.to_owned(), words.to_owned(), is_doc));
    assert_eq!(comment(language, fixture), expected);
}

#[test]
fn lines_one_below_the_other_are_one_comment() {
    let fixture = "fn f() {\n    // One\n    // two$0\n    // three.\n\n    // Another.\n}\n";
    let written = "// One\n    // two\n    // three.";
    check(Language::Rust, fixture, written, "One two three.", false);
    let fixture = "# One$0\r\n# two\r\nx = 1\r\n";
    check(
        Language::Python,
        fixture,
        "# One\r\n# two",
        "One two",
        false,
    );
}

#[test]
fn blocks() {
    let fixture = "/*\n * One\n * two$0\n */\nconst a = 1;\n";
    let written = "/*\n * One\n * two\n */";
    check(Language::JavaScript, fixture, written, "One two", false);
    check(
        Language::Tsx,
        "/** One. $0*/\n",
        "/** One. */",
        "One.",
        true,
    );
}

#[test]
fn documentation() {
    check(
        Language::Rust,
        "/// One.$0\nfn f() {}\n",
        "/// One.",
        "One.",
        true,
    );
    check(Language::Rust, "//! One.$0\n", "//! One.", "One.", true);
    check(
        Language::Go,
        "package a\n\n// F is.$0\nfunc F() {}\n",
        "// F is.",
        "F is.",
        false,
    );
}

#[test]
fn no_comment() {
    for fixture in [
        "x = 1 # beside code$0\n",
        "$0x = 1\n",
        "$0",
        "'''\n# a string$0\n'''\n",
    ] {
        assert_eq!(comment(Language::Python, fixture), None, "{fixture}");
    }
}
