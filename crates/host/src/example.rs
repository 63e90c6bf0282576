//! The code that a model is shown when it is only to be found out whether it answers: nobody's own.

use firesteel_engine::backend::Role;
use firesteel_task::{
    Code, Complete, Edit, Excerpt, Explain, File, LineDiff, NextEdit, Review, Task, Wanted,
};

/// The text before the hole: a reader knows how it goes on.
const BEFORE: &str = "def add(left, right):\n    return left + right\n\n\ndef subtract(left, right):\n    return left - right\n\n\ndef multiply(left, right):\n    return ";
/// The text after it.
const AFTER: &str = "\n";
/// A function to be explained or edited.
const FUNCTION: &str = "def multiply(left, right):\n    return left * right\n";

/// A small task for a role.
pub(crate) fn task(role: Role) -> Task {
    let file = File {
        path: "example.py".into(),
        language: "python".to_owned(),
    };
    let code = Code {
        target: Excerpt::plain(FUNCTION),
        ..Code::default()
    };
    match role {
        Role::Complete => Task::Complete(Complete {
            file,
            invoked: true,
            max_lines: 4,
            before: Excerpt::plain(BEFORE),
            after: Excerpt::plain(AFTER),
            ..Complete::default()
        }),
        Role::Edit => Task::Edit(Edit {
            file,
            wanted: Wanted::Rewrite,
            instruction: Excerpt::plain("Add type hints."),
            code,
        }),
        Role::NextEdit => Task::NextEdit(NextEdit {
            file,
            history: vec![LineDiff {
                path: None,
                line: 1,
                old: Excerpt::plain("def multiply(left, other):\n"),
                new: Excerpt::plain("def multiply(left, right):\n"),
            }],
            code: Code {
                target: Excerpt::plain("    return left * other\n"),
                before: Excerpt::plain("def multiply(left, right):\n"),
                ..Code::default()
            },
        }),
        Role::Explain | Role::Ask => Task::Explain(Explain {
            file,
            code,
            ..Explain::default()
        }),
        Role::Review => Task::Review(Review {
            file,
            diff: Excerpt::plain("-1 return eval(left)\n+1 return eval(left * right)\n"),
            replaced: Vec::new(),
            concerns: Excerpt::plain("it executes text as code"),
        }),
    }
}
