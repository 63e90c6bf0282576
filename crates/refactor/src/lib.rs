//! Refactorings without a model: deterministic, and only where their result is certain.
//!
//! [`plan`] answers both questions there are: whether an action applies at a place, and what it
//! changes. What cannot be known from the text alone is not guessed: there is no plan then.

mod code;
mod python;
mod rust;
mod workspace;

use std::{ops::Range, path::Path, path::PathBuf};

use firesteel_syntax::{Language, PARSE_LIMIT, Tree, parse};
use firesteel_text::{Edit, LineEnding, Text};

pub use crate::workspace::Workspace;

use crate::code::{Code, Index};

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Python: write the types of parameters and results that the code itself tells.
    AddTypeHints,
    /// Write a test of a function, with the values that only a person knows left to fill in.
    GenerateTest,
    /// Python: keep the results of a pure function.
    Memoize,
    /// Python: log and pass on what file access raises. Rust: `?` in place of `unwrap`.
    HandleErrors,
    /// Give a local variable another name, everywhere it is meant.
    Rename {
        /// The new name.
        to: String,
    },
}

/// Where an action is wanted.
#[derive(Clone, Copy)]
pub struct ActionContext<'a> {
    /// A current tree of `text`.
    pub tree: &'a Tree,
    /// The whole text of the file.
    pub text: &'a Text,
    /// The file.
    pub path: &'a Path,
    /// The bytes that the action is about: an item, or a cursor in a name.
    pub target: &'a Range<usize>,
    /// The other files of the project.
    pub files: &'a dyn Files,
}

/// The files of the project, as far as an action has to know them.
pub trait Files {
    /// The text of a file; `None` if there is none, or it must not be read.
    fn read(&self, path: &Path) -> Option<String>;

    /// Whether there is such a folder.
    fn is_folder(&self, path: &Path) -> bool;
}

/// What an action changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Changes of the file itself, in the order of the text; they do not overlap.
    pub changes: Vec<Edit>,
    /// The change of another file.
    pub elsewhere: Option<Elsewhere>,
}

/// What changes in another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The file.
    pub path: PathBuf,
    /// Its text before; `None` if it is created.
    pub before: Option<String>,
    /// Changes of that text, or of none at all, in its order.
    pub changes: Vec<Edit>,
}

impl Elsewhere {
    /// The file's text afterwards.
    pub fn after(&self) -> String {
        apply(self.before.as_deref().unwrap_or_default(), &self.changes)
    }
}

/// What `action` changes at `place`; `None` where it does not apply or its result is not certain.
///
/// The changed file has no more syntax errors than it had.
pub fn plan(place: ActionContext<'_>, action: &Action) -> Option<Plan> {
    plans(place, std::slice::from_ref(action)).pop()?
}

/// What each of some actions changes at `place`, as [`plan`]; what they have to know of the file is found out once.
pub fn plans(place: ActionContext<'_>, actions: &[Action]) -> Vec<Option<Plan>> {
    if !place.tree.is_current() {
        return vec![None; actions.len()];
    }
    if has_returns_alone(place.text) {
        let plans = with_line_feeds(place, |place| plans(place, actions));
        let plans = plans.unwrap_or_else(|| vec![None; actions.len()]);
        return plans.into_iter().map(|it| it.map(with_returns)).collect();
    }
    let source = place.text.to_string();
    let index = Index::default();
    let code = Code::new(place.tree.root(), &source, &index);
    let planned = |action| planned(code, place, action);
    actions.iter().map(planned).collect()
}

fn planned<'a>(code: Code<'a>, place: ActionContext<'_>, action: &Action) -> Option<Plan> {
    let language = place.tree.language();
    let plan = match (language, action) {
        (Language::Python, Action::AddTypeHints) => python::hints::plan(code, place)?,
        (Language::Python, Action::GenerateTest) => python::tests::plan(code, place)?,
        (Language::Python, Action::Memoize) => python::memoize::plan(code, place)?,
        (Language::Python, Action::HandleErrors) => python::errors::plan(code, place)?,
        (Language::Python, Action::Rename { to }) => python::rename::plan(code, place, to)?,
        (Language::Rust, Action::GenerateTest) => rust::tests::plan(code, place)?,
        (Language::Rust, Action::HandleErrors) => rust::errors::plan(code, place)?,
        (Language::Rust, Action::Rename { to }) => rust::rename::plan(code, place, to)?,
        _ => return None,
    };
    let plan = Plan {
        changes: code::in_order(plan.changes)?,
        ..plan
    };
    let mut is_no_worse = plan.changes.is_empty()
        || code::errors_after(place, &plan.changes)? <= code::errors(place.tree);
    if let Some(elsewhere) = &plan.elsewhere {
        let before = elsewhere.before.as_deref().unwrap_or_default();
        let errors = |source| {
            let tree = parse(language, &Text::new(source), 0, None, PARSE_LIMIT)?;
            Some(code::errors(&tree))
        };
        is_no_worse &= errors(&elsewhere.after())? <= errors(before)?;
    }
    is_no_worse.then_some(plan)
}

/// The local variable at an offset, which [`Action::Rename`] could rename.
pub fn local_at(place: ActionContext<'_>) -> Option<String> {
    if has_returns_alone(place.text) {
        return with_line_feeds(place, local_at)?;
    }
    let source = place.text.to_string();
    let index = Index::default();
    let code = Code::new(place.tree.root(), &source, &index);
    let name = code.text(code.name_at(place.target.start)?).to_owned();
    // Whether it can be renamed does not depend on the new name, as long as nothing has it.
    let to = format!("{name}_{}", "renamed");
    plan(place, &Action::Rename { to }).map(|_| name)
}

/// Whether a text's lines end in carriage returns alone. Most grammars know no such ends, and take all that follows a
/// comment for the comment.
fn has_returns_alone(text: &Text) -> bool {
    text.line_ending() == LineEnding::Cr && !text.to_string().contains('\n')
}

/// What is made of a place whose lines end in carriage returns alone, were they line feeds: every offset stays.
fn with_line_feeds<T>(
    place: ActionContext<'_>,
    make: impl FnOnce(ActionContext<'_>) -> T,
) -> Option<T> {
    let text = Text::new(&place.text.to_string().replace('\r', "\n"));
    let tree = parse(place.tree.language(), &text, 0, None, PARSE_LIMIT)?;
    let (tree, text) = (&tree, &text);
    Some(make(ActionContext {
        tree,
        text,
        ..place
    }))
}

/// A plan for such a text, with its line ends; another file that is there keeps its own.
fn with_returns(mut plan: Plan) -> Plan {
    let created = { plan.elsewhere.iter_mut() }.filter(|it| it.before.is_none());
    let created = created.flat_map(|it| it.changes.iter_mut());
    for change in plan.changes.iter_mut().chain(created) {
        change.insert = change.insert.replace("\r\n", "\n").replace('\n', "\r");
    }
    plan
}

/// The text after `changes`, which do not overlap and are in its order.
pub fn apply(text: &str, changes: &[Edit]) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for change in changes {
        out.push_str(&text[at..change.range.start]);
        out.push_str(&change.insert);
        at = change.range.end;
    }
    out.push_str(&text[at..]);
    out
}
