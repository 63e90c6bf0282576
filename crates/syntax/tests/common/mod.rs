//! Parsed fixtures.

use firesteel_syntax::{Language, PARSE_LIMIT, Tree, parse};
use firesteel_text::Text;

/// A text and its tree.
pub(crate) fn parsed(language: Language, source: &str) -> (Text, Tree) {
    let text = Text::new(source);
    let tree = parse(language, &text, 1, None, PARSE_LIMIT * 20).expect("parse");
    (text, tree)
}
