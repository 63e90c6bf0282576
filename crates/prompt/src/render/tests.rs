//! Tests of how tasks are written down.

use std::path::PathBuf;

use firesteel_task::Excerpt;

use super::*;

fn diff(path: Option<&str>, line: usize, old: &str, new: &str) -> LineDiff {
    LineDiff {
        path: path.map(PathBuf::from),
        line,
        old: Excerpt::plain(old),
        new: Excerpt::plain(new),
    }
}

#[test]
fn edits_are_hunks_up_to_a_cap_and_those_of_other_files_are_named() {
    let edits = [
        diff(None, 3, "fn f(a: u32) {", "fn f(a: u32, b: u32) {"),
        diff(Some("src/a.rs"), 1, "", "use a;\nuse b;"),
        diff(None, 9, &"x".repeat(HISTORY_CAP), ""),
    ];
    assert_eq!(
        unified(&edits),
        "@@ -3,1 +3,1 @@\n-fn f(a: u32) {\n+fn f(a: u32, b: u32) {\n\
         --- src/a.rs\n+++ src/a.rs\n@@ -1,0 +1,2 @@\n+use a;\n+use b;\n"
    );
}
