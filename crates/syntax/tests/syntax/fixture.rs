//! Fixtures: parsed texts, and texts with `$0` at the cursor.

use firesteel_syntax::{Language, PARSE_LIMIT, Tree, parse};
use firesteel_text::Text;

/// The text without its cursor marker, and where that was.
#[track_caller]
pub(crate) fn cursor(fixture: &str) -> (String, usize) {
    let Some(offset) = fixture.find("$0") else {
        panic!("the fixture has no $0")
    };
    (fixture.replacen("$0", "", 1), offset)
}

/// A text and its tree.
#[track_caller]
pub(crate) fn parsed(language: Language, source: &str) -> (Text, Tree) {
    let text = Text::new(source);
    let Some(tree) = parse(language, &text, 1, None, PARSE_LIMIT * 20) else {
        panic!("no tree")
    };
    (text, tree)
}
