//! What the embedded engine can do to code without a model, and where.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use firesteel_privacy::{Guard, Shown};
use firesteel_prompt::with_line_feeds;
use firesteel_refactor::{
    Action as Refactoring, ActionContext, Elsewhere, Files, Plan, Workspace, local_at, plan, plans,
};
use firesteel_syntax::{PARSE_LIMIT, Snapshot};
use firesteel_text::{Document, Edit};

use super::align::Settled;
use super::hunks::{Hunk, Lines};
use super::patch::Step;
use super::spec::ActionId;

/// The refactorings that apply to an item, of the item that was looked at last: menus are asked for at each move of the
/// cursor, and what a refactoring has to know is in the whole file.
#[derive(Default)]
pub(crate) struct Applicable(Mutex<Option<(Asked, Vec<ActionId>)>>);

/// A document's state and an item in it; revisions are unique among documents.
type Asked = (u64, Range<usize>);

impl Applicable {
    /// What was found for an item, by `find` where it is another than last time.
    pub(super) fn of(&self, asked: Asked, find: impl FnOnce() -> Vec<ActionId>) -> Vec<ActionId> {
        let last = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = last().as_ref().filter(|(last, _)| *last == asked) {
            return found.clone();
        }
        let found = find();
        *last() = Some((asked, found.clone()));
        found
    }
}

/// A refactoring to carry out.
#[derive(Clone, Debug)]
pub(super) struct Refactor {
    /// The file as it is.
    pub(super) snapshot: Arc<Snapshot>,
    /// Its path.
    pub(super) path: PathBuf,
    /// The workspace's folders.
    pub(super) roots: Vec<PathBuf>,
    /// Its name on the wire.
    pub(super) name: &'static str,
    /// What is to be done.
    pub(super) action: Refactoring,
    /// Decides which files it may look at.
    pub(super) guard: Guard,
    /// The bytes that it is about.
    pub(super) target: Range<usize>,
}

impl Refactor {
    /// What it changes; none where that is not certain. `other` is a file as the editor has it, which counts for what is on disk.
    pub(super) fn plan(&self, other: Option<(&Path, &Snapshot)>) -> Option<Plan> {
        let tree = self.snapshot.parsed(PARSE_LIMIT)?;
        let files = Editors {
            disk: Workspace::new(&self.roots, &self.guard),
            open: other.map(|(path, file)| (path, file.document.text.to_string())),
        };
        let place = ActionContext {
            tree: &tree,
            text: &self.snapshot.document.text,
            path: &self.path,
            target: &self.target,
            files: &files,
        };
        plan(place, &self.action)
    }

    /// The path of another file that a plan changes, relative to the workspace.
    pub(super) fn relative(&self, elsewhere: &Elsewhere) -> Option<String> {
        let relative = Workspace::new(&self.roots, &self.guard).relative(&elsewhere.path)?;
        relative.to_str().map(str::to_owned)
    }

    /// The steps of a plan whose other file is `other`; that one is made where it is not there.
    pub(super) fn steps(&self, plan: &Plan, other: Option<Arc<Snapshot>>) -> Vec<Step> {
        let mut steps = vec![Step::Change(
            self.snapshot.clone(),
            hunks(&self.snapshot.document, &plan.changes),
        )];
        let Some(elsewhere) = &plan.elsewhere else {
            return steps;
        };
        match (other, self.relative(elsewhere)) {
            (Some(file), _) => {
                let hunks = hunks(&file.document, &elsewhere.changes);
                steps.push(Step::Change(file, hunks));
            }
            (None, Some(path)) => steps.push(Step::Create(path, elsewhere.after())),
            (None, None) => {}
        }
        steps
    }
}

/// The files on disk, but for one that the editor has open.
struct Editors<'a> {
    disk: Workspace<'a>,
    open: Option<(&'a Path, String)>,
}

impl Files for Editors<'_> {
    fn read(&self, path: &Path) -> Option<String> {
        match &self.open {
            Some((open, text)) if *open == path => Some(text.clone()),
            _ => self.disk.read(path),
        }
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.disk.is_folder(path)
    }
}

/// Edits of a document, in its order, as hunks of whole lines; edits of the same line are one.
fn hunks(document: &Document, edits: &[Edit]) -> Vec<Hunk> {
    let (Some(first), Some(last)) = (edits.first(), edits.last()) else {
        return Vec::new();
    };
    let text = &document.text;
    let start = text.line_start(text.line_of(first.range.start));
    let end = text.line_start(text.line_of(last.range.end) + 1);
    let (mut new, mut at) = (String::new(), start);
    for edit in edits {
        new.push_str(&text.slice(at..edit.range.start));
        new.push_str(&edit.insert);
        at = edit.range.end;
    }
    new.push_str(&text.slice(at..end));
    let shown = Shown::plain(text);
    let (lines, old) = Lines::new(&shown, start..end);
    let part = Settled {
        old: 0..old.len(),
        new: with_line_feeds(&new).lines().map(str::to_owned).collect(),
    };
    let replacements = lines.hunks(document, &shown, &old, &part);
    replacements
        .into_iter()
        .filter_map(|it| it.hunk.ok())
        .collect()
}

/// Those of `actions` that can be done to the code in `target`.
pub(super) fn applicable(
    snapshot: &Snapshot,
    path: &Path,
    guard: &Guard,
    actions: &[(ActionId, Refactoring)],
    target: &Range<usize>,
) -> Vec<ActionId> {
    let Some(tree) = snapshot.parsed(PARSE_LIMIT) else {
        return Vec::new();
    };
    let roots = guard.roots();
    let place = ActionContext {
        tree: &tree,
        text: &snapshot.document.text,
        path,
        target,
        files: &Workspace::new(&roots, guard),
    };
    let (ids, actions): (Vec<_>, Vec<_>) = actions.iter().cloned().unzip();
    let planned = ids.into_iter().zip(plans(place, &actions));
    planned.filter_map(|(id, plan)| plan.map(|_| id)).collect()
}

/// The local variable at an offset whose name is not as Rust and Python write them, and the name
/// that it would have: the only one that can be offered where none can be typed.
pub(super) fn non_snake_case(
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
    let nothing = Guard::default();
    let place = ActionContext {
        tree: &tree,
        text,
        path,
        target: &(offset..offset),
        files: &Workspace::new(&[], &nothing),
    };
    let name = local_at(place)?;
    let snake = snake_case(&name);
    let to = Refactoring::Rename { to: snake.clone() };
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
