//! The table of actions: what each is called, where it is offered, what it does, and what the model is told.

use firesteel_syntax::{Item, Language};

use super::offline::{RENAME, is_refactoring};
use crate::models::Source;

/// A kind of action: a row of [`SPECS`].
#[derive(Debug)]
pub struct Spec {
    /// The name on the wire, and the name under which the embedded engine knows the task.
    pub id: &'static str,
    /// What the menu says.
    pub title: &'static str,
    /// The kind by which editors file it, as LSP names kinds.
    pub kind: &'static str,
    /// Where it is offered.
    pub(super) place: Place,
    /// What it does.
    pub does: Does,
    /// What the model is told; `{name}` is the item's name.
    instruction: &'static str,
}

/// Where an action is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On every item.
    Item,
    /// On functions.
    Function,
    /// On functions of these languages.
    FunctionIn(&'static [Language]),
    /// On items without a documentation comment, in languages where one is written.
    Undocumented,
    /// On a diagnostic of any server.
    Problem,
    /// On a comment that asks for something.
    Wish,
    /// On a local variable whose name is not as its language writes them.
    Misnamed,
    /// Not offered: it is asked for in words.
    Nowhere,
}

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Writes the item's documentation comment.
    Document,
    /// Writes the code anew.
    Rewrite,
    /// Writes what a comment asks for.
    Wish,
    /// Writes tests, where the language's conventions want them.
    Tests,
    /// Says what the code does.
    Explain,
    /// Gives a local variable another name.
    Rename,
    /// Runs the project's tests.
    RunTests,
    /// Writes the code anew in several ways, of which the user keeps one.
    Variants,
}

/// Every action, in the order of the menu.
pub const SPECS: &[Spec] = &[
    Spec {
        id: "fix",
        title: "Fix",
        kind: "quickfix",
        place: Place::Problem,
        does: Does::Rewrite,
        instruction: "Fix this problem and nothing else:",
    },
    Spec {
        id: "comment",
        title: "Do what this comment says",
        kind: "refactor.rewrite",
        place: Place::Wish,
        does: Does::Wish,
        instruction: "",
    },
    Spec {
        id: "document",
        title: "Document this",
        kind: "refactor.rewrite",
        place: Place::Undocumented,
        does: Does::Document,
        instruction: "Write the documentation comment of `{name}`.",
    },
    Spec {
        id: "readability",
        title: "Improve readability",
        kind: "refactor.rewrite",
        place: Place::Item,
        does: Does::Rewrite,
        instruction: "Make `{name}` easier to read: names, order, early returns. It must do exactly what it did.",
    },
    Spec {
        id: "simplify",
        title: "Simplify",
        kind: "refactor.rewrite",
        place: Place::Item,
        does: Does::Rewrite,
        instruction: "Make `{name}` simpler and shorter. It must do exactly what it did.",
    },
    Spec {
        id: "error-handling",
        title: "Add error handling",
        kind: "refactor.rewrite",
        place: Place::Function,
        does: Does::Rewrite,
        instruction: "Handle what can fail in `{name}`, as this language and file do it; do not swallow errors.",
    },
    Spec {
        id: "types",
        title: "Add type hints",
        kind: "refactor.rewrite",
        place: Place::FunctionIn(&[Language::Python, Language::TypeScript, Language::Tsx]),
        does: Does::Rewrite,
        instruction: "Add type hints to the parameters, results and unclear variables of `{name}`; change nothing else.",
    },
    Spec {
        id: "split",
        title: "Split this function",
        kind: "refactor.extract",
        place: Place::Function,
        does: Does::Rewrite,
        instruction: "Split `{name}` into smaller functions with telling names, each right after the other. Together \
                      they must do exactly what it did.",
    },
    Spec {
        id: "memoize",
        title: "Memoize",
        kind: "refactor.rewrite",
        place: Place::Function,
        does: Does::Rewrite,
        instruction: "Cache the results of `{name}` by its arguments, with what the language's standard library has.",
    },
    Spec {
        id: "tests",
        title: "Generate tests",
        kind: "refactor",
        place: Place::Item,
        does: Does::Tests,
        instruction: "Write tests of `{name}`: the usual case, the edges and the failures.",
    },
    Spec {
        id: "variants",
        title: "Rewrite in three ways",
        kind: "refactor.rewrite",
        place: Place::Item,
        does: Does::Variants,
        instruction: "Improve `{name}`. It must do exactly what it did.",
    },
    Spec {
        id: "explain",
        title: "Explain",
        kind: "refactor",
        place: Place::Item,
        does: Does::Explain,
        instruction: "Explain `{name}`.",
    },
    Spec {
        id: "run-tests",
        title: "Run the tests",
        kind: "source",
        place: Place::Item,
        does: Does::RunTests,
        instruction: "",
    },
    Spec {
        id: RENAME,
        title: "Rename",
        kind: "refactor.rewrite",
        place: Place::Misnamed,
        does: Does::Rename,
        instruction: "",
    },
    Spec {
        id: "edit",
        title: "Edit",
        kind: "refactor.rewrite",
        place: Place::Nowhere,
        does: Does::Rewrite,
        instruction: "",
    },
    Spec {
        id: "own",
        title: "Own action",
        kind: "refactor.rewrite",
        place: Place::Nowhere,
        does: Does::Rewrite,
        instruction: "",
    },
];

impl Spec {
    /// The action of a name on the wire.
    pub fn named(id: &str) -> Option<&'static Self> {
        SPECS.iter().find(|spec| spec.id == id)
    }

    /// What the model is told, for an item or for code without a name.
    pub(super) fn instruction(&self, item: Option<&Item>) -> String {
        let name = item.map(|item| item.name.as_str());
        self.instruction.replace(
            "`{name}`",
            &name.map_or("the code".to_owned(), |name| format!("`{name}`")),
        )
    }

    pub(super) fn is_done_by_a_model(&self) -> bool {
        !matches!(self.does, Does::RunTests | Does::Rename)
    }

    /// Whether the embedded engine carries it out when `source` is the model to ask.
    pub(super) fn is_offline(&self, source: Source) -> bool {
        self.does == Does::Rename || (source == Source::Embedded && is_refactoring(self.id))
    }
}
