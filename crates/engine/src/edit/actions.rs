//! What can be done at a place, listed without asking a model.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use firesteel_privacy::Guard;
use firesteel_syntax::{Item, ItemKind, Snapshot, enclosing_item, local_with_value, signature};

use super::doc_comment::DocSite;
use super::offline::{self, Applicable, non_snake_case};
use super::sites;
use super::spec::{ActionId, ActionKind, Place, Spec};
use crate::Engine;
use crate::backend::Role;
use crate::models::{Models, Source};

/// An action of the user's own, from the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAction {
    /// What the menu says; also its name on the wire.
    pub title: String,
    /// The kind by which editors file it.
    pub kind: String,
    /// The ids of the languages in which it is offered; all when empty.
    pub languages: Vec<String>,
    /// What the model is told; `{name}` is the item's name.
    pub prompt: String,
}

/// A problem that some server reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub range: Range<usize>,
    /// In its words.
    pub message: String,
}

/// An entry of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its name on the wire.
    pub name: String,
    /// What the menu says.
    pub title: String,
    /// The kind by which editors file it.
    pub kind: String,
    /// What the model is told beyond what the action itself says, such as a diagnostic's message.
    pub instruction: Option<String>,
    /// Which of the problems that were given it is for.
    pub problem: Option<usize>,
    /// Whether it can be chosen.
    pub availability: Availability,
    /// Whether a language model writes what comes of it.
    pub by_model: bool,
}

/// Whether an action can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Ready,
    /// It cannot now, and why.
    Disabled(String),
    /// It needs a model, and none is configured.
    NeedsModel,
}

impl Availability {
    /// Whether an action that a model writes can be chosen.
    fn by_model(models: &Models, role: Role) -> Self {
        match (models.hosted(role), models.is_away(role)) {
            (Some(_), _) => Self::Ready,
            (None, Some(why)) => Self::Disabled(format!("its model cannot be reached: {why}")),
            (None, None) => Self::NeedsModel,
        }
    }
}

/// How long a parse may take on which an action waits.
const PARSE_LIMIT: Duration = Duration::from_millis(200);
/// A diagnostic's message in a title, in characters.
const MESSAGE_CAP: usize = 60;

impl Engine {
    /// The actions for the item around `range`, and for the problems there.
    pub async fn actions(
        &self,
        snapshot: Arc<Snapshot>,
        path: &Path,
        range: Range<usize>,
        problems: &[Problem],
    ) -> Vec<Action> {
        let settings = self.settings();
        let source = settings.models.preferred(Role::Edit);
        let models = ByModel {
            edits: Availability::by_model(&settings.models, Role::Edit),
            explains: Availability::by_model(&settings.models, Role::Explain),
        };
        let (found, seen, path) = (snapshot.clone(), range.clone(), path.to_owned());
        let guard = settings.guard.clone();
        // A first parse of a large file takes what the runtime's threads have not got.
        let engine = self.clone();
        let look = move || Around::at(engine.applicable(), &found, &path, &guard, &seen, source);
        let Ok(place) = tokio::task::spawn_blocking(look).await else {
            return Vec::new();
        };
        let mut actions: Vec<Action> = Vec::new();
        for spec in Spec::all() {
            match spec.place {
                Place::Problem => {
                    let fix = |(at, problem)| fix(spec, at, problem, &models);
                    actions.extend(problems.iter().enumerate().map(fix));
                }
                _ if place.has(spec.place, &snapshot) => {
                    actions.extend(listed(spec, &place, &models))
                }
                _ => {}
            }
        }
        if place.item.is_some() {
            let is_for = |own: &&OwnAction| {
                own.languages.is_empty() || own.languages.iter().any(|id| snapshot.is_in(id))
            };
            actions.extend(
                settings
                    .actions
                    .iter()
                    .filter(is_for)
                    .map(|own| own_action(own, &models)),
            );
        }
        actions
    }
}

/// Whether a model is there for what actions ask of one.
struct ByModel {
    edits: Availability,
    explains: Availability,
}

impl ByModel {
    fn of(&self, spec: &Spec) -> &Availability {
        match spec.does {
            ActionKind::Explain => &self.explains,
            _ => &self.edits,
        }
    }
}

/// What stands where the actions are asked for.
struct Around {
    item: Option<Item>,
    has_wish: bool,
    /// The embedded engine knows the item's signature, of which it makes the skeleton of a documentation comment.
    has_signature: bool,
    /// The actions that the embedded engine carries out here.
    offline: Vec<ActionId>,
    /// A local variable and the name that it should have.
    non_snake_case: Option<(String, String)>,
    /// Some of the lines of a function's body are selected.
    has_lines: bool,
    /// A local variable with a value.
    variable: Option<String>,
}

impl Around {
    fn at(
        applicable: &Applicable,
        snapshot: &Arc<Snapshot>,
        path: &Path,
        guard: &Guard,
        range: &Range<usize>,
        source: Source,
    ) -> Self {
        let offset = range.start;
        let item = item_in(snapshot, offset);
        let stand_ins: Vec<_> = { Spec::all() }
            .filter(|spec| source == Source::Embedded && spec.has_stand_in())
            .filter_map(|spec| Some((spec.id, spec.offline?(""))))
            .collect();
        let offline = match &item {
            Some(item) if !stand_ins.is_empty() => {
                let asked = (snapshot.document.revision, item.range.clone());
                applicable.of(asked, || {
                    offline::applicable(snapshot, path, guard, &stand_ins, &item.range)
                })
            }
            _ => Vec::new(),
        };
        let has_signature = item.as_ref().and_then(|item| {
            let tree = snapshot.parsed(PARSE_LIMIT)?;
            Some(signature::of(&tree, &snapshot.document.text, item).is_some())
        });
        let function = item.as_ref().filter(|item| is_function(item));
        Self {
            offline,
            non_snake_case: non_snake_case(snapshot, path, offset),
            has_lines: function.is_some_and(|item| has_lines(snapshot, item, range)),
            variable: function.and_then(|item| variable(snapshot, item, offset)),
            has_wish: sites::of_comment(snapshot, offset).is_some(),
            has_signature: has_signature.unwrap_or_default(),
            item,
        }
    }

    fn has(&self, place: Place, snapshot: &Snapshot) -> bool {
        let item = self.item.as_ref();
        match place {
            Place::Item => item.is_some(),
            Place::Function => item.is_some_and(is_function),
            Place::FunctionIn(languages) => {
                item.is_some_and(is_function)
                    && snapshot
                        .language
                        .is_some_and(|language| languages.contains(&language))
            }
            Place::Undocumented => item.is_some_and(|item| DocSite::find(snapshot, item).is_some()),
            Place::Selection => self.has_lines,
            Place::Variable => self.variable.is_some(),
            Place::InstructionComment => self.has_wish,
            Place::NonSnakeCase => self.non_snake_case.is_some(),
            Place::Problem | Place::CommandOnly => false,
        }
    }
}

fn is_function(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Function | ItemKind::Method)
}

/// Whether a selection has code of a function, but neither its head nor all of it.
fn has_lines(snapshot: &Snapshot, item: &Item, range: &Range<usize>) -> bool {
    let text = &snapshot.document.text;
    let Some(body) = item.body.clone().filter(|_| !range.is_empty()) else {
        return false;
    };
    let selected = text.slice(range.clone());
    let end = range.start + selected.trim_end().len();
    let start = end.min(range.end - selected.trim_start().len());
    let is_in = body.start <= start && start < end && end <= body.end;
    let is_whole = text
        .slice(body.start..start)
        .trim()
        .trim_start_matches('{')
        .is_empty()
        && text
            .slice(end..body.end)
            .trim()
            .trim_end_matches('}')
            .is_empty();
    is_in && !is_whole
}

/// The local variable at an offset that has a value to put in its place.
fn variable(snapshot: &Snapshot, item: &Item, offset: usize) -> Option<String> {
    let tree = snapshot.parsed(PARSE_LIMIT)?;
    local_with_value(&tree, &snapshot.document.text, &item.range, offset)
}

fn listed(spec: &Spec, place: &Around, models: &ByModel) -> Option<Action> {
    let mut title = spec.title.to_owned();
    let mut availability = Availability::Ready;
    if spec.is_done_by_a_model() {
        availability = models.of(spec).clone();
    }
    let by_model = spec.is_done_by_a_model() && availability == Availability::Ready;
    if availability != Availability::Ready {
        let is_offline = match spec.does {
            ActionKind::Document => place.has_signature,
            _ => place.offline.contains(&spec.id),
        };
        if is_offline {
            title.push_str(" (offline)");
            availability = Availability::Ready;
        }
    }
    let mut instruction = None;
    if let (Place::NonSnakeCase, Some((from, to))) = (spec.place, &place.non_snake_case) {
        title = format!("Rename `{from}` to `{to}` (offline)");
        instruction = Some(to.clone());
    }
    if let (Place::Variable, Some(variable)) = (spec.place, &place.variable) {
        let wanted = format!("`{variable}`");
        title = spec.title_of(Some(&wanted));
        instruction = Some(wanted);
    }
    Some(Action {
        name: spec.name.to_owned(),
        title,
        kind: spec.kind.to_owned(),
        instruction,
        problem: None,
        availability,
        by_model,
    })
}

fn fix(spec: &Spec, at: usize, problem: &Problem, models: &ByModel) -> Action {
    let first = problem.message.lines().next().unwrap_or_default();
    let short: String = first.chars().take(MESSAGE_CAP).collect();
    Action {
        name: spec.name.to_owned(),
        title: spec.title_of(Some(&short)),
        kind: spec.kind.to_owned(),
        instruction: Some(problem.message.clone()),
        problem: Some(at),
        availability: models.edits.clone(),
        by_model: true,
    }
}

fn own_action(own: &OwnAction, models: &ByModel) -> Action {
    Action {
        name: own.title.clone(),
        title: own.title.clone(),
        kind: own.kind.clone(),
        instruction: Some(own.prompt.clone()),
        problem: None,
        availability: models.edits.clone(),
        by_model: true,
    }
}

/// The item around `offset`, in a tree of exactly this text.
pub(super) fn item_in(snapshot: &Snapshot, offset: usize) -> Option<Item> {
    let tree = snapshot.parsed(PARSE_LIMIT)?;
    enclosing_item(&tree, &snapshot.document.text, offset)
}

/// The files in which the tests of a file may be.
pub(super) fn test_files(path: &Path, snapshot: &Snapshot) -> Vec<String> {
    let files = snapshot
        .language
        .map(|language| sites::test_files(path, language));
    let shown = |path: std::path::PathBuf| path.display().to_string();
    files.into_iter().flatten().map(shown).collect()
}
