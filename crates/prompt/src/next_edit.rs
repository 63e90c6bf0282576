//! The prompt of a next edit: what the user has just edited, and the place that may have to follow.

use std::fmt::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use firesteel_protocol::task::{EditTask, Task};
use firesteel_syntax::Snapshot;

use crate::complete::around;
use crate::outgoing::Outgoing;
use firesteel_privacy::{Guard, Refused};

/// The history in a prompt, in bytes: about 1,000 tokens. The newest edits come first, and what is over is left out.
const HISTORY_CAP: usize = 4 * 1024;

const INSTRUCTIONS: &str = "A programmer has just made the edits that the instruction shows as unified diffs, the newest \
first. The code marked as the target may have to follow them, as a call follows a changed signature, and a value or a \
choice follows a changed type. Answer with the \
whole new text of the target and nothing else: no explanation, no Markdown fence. Keep everything that need not change \
exactly as it is; where nothing need change, answer with the target as it is.";

/// One of the latest edits, by whole lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDiff {
    /// The file, if it is another than that of the target.
    pub path: Option<PathBuf>,
    /// The first line, counted from 1, as it now stands.
    pub line: usize,
    /// The lines before the edit.
    pub old: String,
    /// The lines after it.
    pub new: String,
}

/// The prompt that asks what becomes of `target` after `edits`, the newest of which comes first. Edits of files that must
/// stay private are left out.
///
/// # Errors
/// When the document's path must stay private.
pub fn next_edit(
    guard: &Guard,
    snapshot: &Snapshot,
    path: &Path,
    target: Range<usize>,
    edits: &[LineDiff],
) -> Result<Outgoing, Refused> {
    let text = &snapshot.document.text;
    let (before, _) = around(text, target.start);
    let (_, after) = around(text, target.end);
    let task = Task::Edit(EditTask {
        path: path.display().to_string(),
        language: snapshot
            .language
            .map_or("", |language| language.id())
            .to_owned(),
        action: "next-edit".to_owned(),
        instruction: unified(guard, edits),
        before,
        target: text.slice(target).into_owned(),
        after,
    });
    Outgoing::new(guard, path, INSTRUCTIONS, task)
}

/// The edits as hunks without context; those of other files are named.
fn unified(guard: &Guard, edits: &[LineDiff]) -> String {
    let is_public = |path: &PathBuf| guard.check(path).is_ok();
    let edits = { edits.iter() }.filter(|edit| edit.path.as_ref().is_none_or(is_public));
    let mut history = String::new();
    for LineDiff {
        path,
        line,
        old,
        new,
    } in edits
    {
        let mut hunk = String::new();
        // Writing to a string does not fail.
        if let Some(path) = path.as_deref().map(|path| guard.label(path)) {
            let _ = writeln!(hunk, "--- {path}\n+++ {path}");
        }
        let (removed, added) = (old.lines().count(), new.lines().count());
        let _ = writeln!(hunk, "@@ -{line},{removed} +{line},{added} @@");
        let lines = { old.lines() }.map(|old| ('-', old));
        for (sign, line) in lines.chain(new.lines().map(|new| ('+', new))) {
            let _ = writeln!(hunk, "{sign}{line}");
        }
        if history.len() + hunk.len() > HISTORY_CAP {
            break;
        }
        history.push_str(&hunk);
    }
    history
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_hunks_up_to_a_cap() {
        let diff = |line, old: &str, new: &str| LineDiff {
            path: None,
            line,
            old: old.to_owned(),
            new: new.to_owned(),
        };
        let edits = [
            diff(3, "fn f(a: u32) {", "fn f(a: u32, b: u32) {"),
            diff(1, "", "use a;\nuse b;"),
            diff(9, &"x".repeat(HISTORY_CAP), ""),
        ];
        assert_eq!(
            unified(&Guard::default(), &edits),
            "@@ -3,1 +3,1 @@\n-fn f(a: u32) {\n+fn f(a: u32, b: u32) {\n@@ -1,0 +1,2 @@\n+use a;\n+use b;\n"
        );
    }
    #[test]
    fn edits_of_other_files_are_named_and_private_ones_left_out() {
        let diff = |path: &str| LineDiff {
            path: Some(Path::new("/home/somebody/project").join(path)),
            line: 1,
            old: "a".to_owned(),
            new: "b".to_owned(),
        };
        let guard = Guard::new(vec!["/home/somebody/project".into()]);
        assert_eq!(
            unified(&guard, &[diff("tls.key"), diff("src/a.rs")]),
            "--- src/a.rs\n+++ src/a.rs\n@@ -1,1 +1,1 @@\n-a\n+b\n"
        );
    }
}
