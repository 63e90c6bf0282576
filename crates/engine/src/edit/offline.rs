//! What the embedded engine can do to code without a model, and where.

use std::ops::Range;
use std::path::Path;

use firesteel_refactor::{Action as Refactoring, Place, Workspace, local_at, plan};
use firesteel_syntax::{PARSE_LIMIT, Snapshot};

/// The name on the wire of renaming a local variable, which no model is ever asked for.
pub(super) const RENAME: &str = "rename";

/// Whether the embedded engine knows an action of this name.
pub(super) fn is_refactoring(id: &str) -> bool {
    Refactoring::named(id, "").is_some()
}

/// Whether a refactoring applies to the code in `target`.
pub(super) fn applies(
    snapshot: &Snapshot,
    path: &Path,
    roots: &[std::path::PathBuf],
    id: &str,
    target: &Range<usize>,
) -> bool {
    let planned = || {
        let tree = snapshot.parsed(PARSE_LIMIT)?;
        let place = Place {
            tree: &tree,
            text: &snapshot.document.text,
            path,
            target,
            files: &Workspace::new(roots),
        };
        plan(place, &Refactoring::named(id, "")?)
    };
    planned().is_some()
}

/// The local variable at an offset whose name is not as Rust and Python write them, and the name
/// that it would have: the only one that can be offered where none can be typed.
pub(super) fn misnamed(
    snapshot: &Snapshot,
    path: &Path,
    offset: usize,
) -> Option<(String, String)> {
    let text = &snapshot.document.text;
    let line = text.line(text.line_of(offset));
    // A look at the line spares most cursors the search.
    if !line.chars().any(char::is_uppercase) {
        return None;
    }
    let tree = snapshot.parsed(PARSE_LIMIT)?;
    let place = Place {
        tree: &tree,
        text,
        path,
        target: &(offset..offset),
        files: &Workspace::new(&[]),
    };
    let name = local_at(place)?;
    let snake = snake_case(&name);
    let to = Refactoring::named(RENAME, &snake)?;
    (snake != name && plan(place, &to).is_some()).then_some((name, snake))
}

/// `parseHTTPBody2` as `parse_http_body2`.
fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (idx, c) in chars.iter().enumerate() {
        let before = idx.checked_sub(1).and_then(|idx| chars.get(idx));
        let is_start = before.is_some_and(|before| before.is_lowercase() || before.is_numeric());
        let ends_capitals = before.is_some_and(|before| before.is_uppercase())
            && chars.get(idx + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (is_start || ends_capitals) {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_snake_case() {
        let cases = [
            ("fooBar", "foo_bar"),
            ("parseHTTPBody2", "parse_http_body2"),
            ("aB", "a_b"),
            ("snake_case", "snake_case"),
        ];
        for (name, snake) in cases {
            assert_eq!(snake_case(name), snake);
        }
    }
}
