//! The table of actions. An action is a file of this folder and its line in [`ActionId`]: what it is called, where it is
//! offered, what it does, and what the model is told.

mod comment;
mod document;
mod error_handling;
mod explain;
mod extract_function;
mod fix;
mod generate_tests;
mod inline_variable;
mod instruct;
mod memoize;
mod own;
mod readability;
mod rename;
mod run_tests;
mod simplify;
mod split;
mod types;
mod variants;

use firesteel_refactor::Action as Refactoring;
use firesteel_syntax::{Item, Language};

use crate::models::Source;

/// An action.
#[derive(Debug)]
pub struct Spec {
    /// Which it is.
    pub id: ActionId,
    /// The name on the wire.
    pub name: &'static str,
    /// What the menu says.
    pub title: &'static str,
    /// What joins the title and what is wanted beyond it, where the title tells that too.
    wanted_in_title: Option<&'static str>,
    /// The kind by which editors file it, as LSP names kinds.
    pub kind: &'static str,
    /// Where it is offered.
    pub(super) place: Place,
    /// What it does.
    pub does: ActionKind,
    /// What code it writes anew.
    pub(super) target: Target,
    /// Whether the model is shown which lines are selected.
    pub(super) shows_selection: bool,
    /// How the embedded engine carries it out, given what is wanted beyond its name.
    pub(super) offline: Option<fn(&str) -> Refactoring>,
    /// What the model is told; `{name}` is the item's name.
    instruction: &'static str,
}

/// What most actions are: an item written anew by a model.
const REWRITE: Spec = Spec {
    id: ActionId::Edit,
    name: "",
    title: "",
    wanted_in_title: None,
    kind: "refactor.rewrite",
    place: Place::Item,
    does: ActionKind::Rewrite,
    target: Target::Item,
    shows_selection: false,
    offline: None,
    instruction: "",
};

/// Where an action is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On every item.
    Item,
    /// On functions.
    Function,
    /// On functions of these languages.
    FunctionIn(&'static [Language]),
    /// On selected lines within a function.
    Selection,
    /// On a local variable that has a value, where it is declared or used.
    Variable,
    /// On items without a documentation comment, in languages where one is written.
    Undocumented,
    /// On a diagnostic of any server.
    Problem,
    /// On a comment that asks for something.
    InstructionComment,
    /// On a local variable whose name is not as its language writes them.
    NonSnakeCase,
    /// Not offered: it is asked for by a command.
    CommandOnly,
}

/// What code an action writes anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The item around.
    Item,
    /// The item around, or the file: a problem may lie outside of every item, and a diagnostic's range is no selection.
    Cursor,
    /// The selected lines, the item around, or the file.
    Chosen,
}

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// Writes the item's documentation comment.
    Document,
    /// Writes the code anew.
    Rewrite,
    /// Writes what a comment asks for.
    InstructionComment,
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

/// Makes the enum of the actions, and the table that has them in its order.
macro_rules! actions {
    ($($id:ident => $file:ident,)*) => {
        /// Which action it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ActionId {
            $(
                #[doc = concat!("That of `spec/", stringify!($file), ".rs`.")]
                $id,
            )*
        }

        impl ActionId {
            /// Every action, in the order of the menu.
            pub const ALL: &[Self] = &[$(Self::$id,)*];

            /// Its entry in the table.
            pub fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$id => &$file::SPEC,)*
                }
            }
        }
    };
}

// In the order of the menu.
actions! {
    Fix => fix,
    Comment => comment,
    Document => document,
    Readability => readability,
    Simplify => simplify,
    ErrorHandling => error_handling,
    Types => types,
    ExtractFunction => extract_function,
    InlineVariable => inline_variable,
    Split => split,
    Memoize => memoize,
    Tests => generate_tests,
    Variants => variants,
    Explain => explain,
    RunTests => run_tests,
    Rename => rename,
    Edit => instruct,
    Own => own,
}

impl Spec {
    /// The action of a name on the wire.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|spec| spec.name == name)
    }

    /// Every action, in the order of the menu.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        ActionId::ALL.iter().map(|id| id.spec())
    }

    /// What the menu says, with what is wanted beyond the action where its title tells that.
    pub fn title_of(&self, wanted: Option<&str>) -> String {
        match (self.wanted_in_title, wanted) {
            (Some(join), Some(wanted)) => format!("{}{join}{wanted}", self.title),
            _ => self.title.to_owned(),
        }
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
        !matches!(self.does, ActionKind::RunTests | ActionKind::Rename)
    }

    /// Whether the embedded engine knows it, who otherwise stands in for a model.
    pub(super) fn has_stand_in(&self) -> bool {
        self.is_done_by_a_model() && self.offline.is_some()
    }

    /// Whether the embedded engine carries it out as a refactoring when `source` is the model to ask.
    pub(super) fn is_offline(&self, source: Source) -> bool {
        self.does == ActionKind::Rename || (source == Source::Embedded && self.offline.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_an_entry_and_a_name_of_its_own() {
        for id in ActionId::ALL {
            let spec = id.spec();
            assert_eq!(spec.id, *id, "{}", spec.name);
            assert!(!spec.title.is_empty(), "{}", spec.name);
            let named = Spec::named(spec.name).map(|named| named.id);
            assert_eq!(named, Some(*id), "two are called {}", spec.name);
        }
    }
}
