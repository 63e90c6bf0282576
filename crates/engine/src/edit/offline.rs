//! What the embedded engine can do to code without a model, and where.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use firesteel_refactor::{Action as Refactoring, Place, Workspace, local_at, plan, plans};
use firesteel_syntax::{PARSE_LIMIT, Snapshot};

/// The name on the wire of renaming a local variable, which no model is ever asked for.
pub(super) const RENAME: &str = "rename";

/// Whether the embedded engine knows an action of this name.
pub(super) fn is_refactoring(id: &str) -> bool {
    Refactoring::named(id, "").is_some()
}

/// The refactorings that apply to an item, of the item that was looked at last: menus are asked for at each move of the
/// cursor, and what a refactoring has to know is in the whole file.
#[derive(Default)]
pub(crate) struct Applicable(Mutex<Option<(Asked, Vec<&'static str>)>>);

/// A document's state and an item in it; revisions are unique among documents.
type Asked = (u64, Range<usize>);

impl Applicable {
    /// What was found for an item, by `find` where it is another than last time.
    pub(super) fn of(
        &self,
        asked: Asked,
        find: impl FnOnce() -> Vec<&'static str>,
    ) -> Vec<&'static str> {
        let last = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = last().as_ref().filter(|(last, _)| *last == asked) {
            return found.clone();
        }
        let found = find();
        *last() = Some((asked, found.clone()));
        found
    }
}

/// Those of the actions in `ids` that can be done to the code in `target`.
pub(super) fn applicable(
    snapshot: &Snapshot,
    path: &Path,
    roots: &[PathBuf],
    ids: Vec<&'static str>,
    target: &Range<usize>,
) -> Vec<&'static str> {
    let Some(tree) = snapshot.parsed(PARSE_LIMIT) else {
        return Vec::new();
    };
    let place = Place {
        tree: &tree,
        text: &snapshot.document.text,
        path,
        target,
        files: &Workspace::new(roots),
    };
    let named = |id: &'static str| Some((id, Refactoring::named(id, "")?));
    let (ids, actions): (Vec<_>, Vec<_>) = ids.into_iter().filter_map(named).unzip();
    let planned = ids.into_iter().zip(plans(place, &actions));
    planned.filter_map(|(id, plan)| plan.map(|_| id)).collect()
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
