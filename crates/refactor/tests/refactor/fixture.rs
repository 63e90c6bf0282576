//! Fixtures: a text with `$0` at the cursor, and the files of a project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use expect_test::Expect;
use firesteel_refactor::{Action, ActionContext, Files, Plan, apply, plan};
use firesteel_syntax::{Language, PARSE_LIMIT, parse};
use firesteel_text::Text;

/// Files that are only here.
#[derive(Default)]
pub(crate) struct Project(pub(crate) BTreeMap<PathBuf, String>);

impl Project {
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| (PathBuf::from(path), (*text).to_owned());
        Self(files.iter().map(file).collect())
    }
}

impl Files for Project {
    fn read(&self, path: &Path) -> Option<String> {
        self.0.get(path).cloned()
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.0
            .keys()
            .any(|file| file.starts_with(path) && file != path)
    }
}

/// The text without its cursor, and where that was.
#[track_caller]
pub(crate) fn cursor(fixture: &str) -> (String, usize) {
    let Some(offset) = fixture.find("$0") else {
        panic!("the fixture has no $0")
    };
    (fixture.replacen("$0", "", 1), offset)
}

pub(crate) fn planned(
    language: Language,
    path: &str,
    fixture: &str,
    action: &Action,
    files: &Project,
) -> (String, Option<Plan>) {
    let (source, offset) = cursor(fixture);
    let text = Text::new(&source);
    let Some(tree) = parse(language, &text, 0, None, PARSE_LIMIT) else {
        panic!("no tree")
    };
    let place = ActionContext {
        tree: &tree,
        text: &text,
        path: Path::new(path),
        target: &(offset..offset),
        files,
    };
    let plan = plan(place, action);
    (source, plan)
}

/// What the action makes of the fixture; `None` where it does not apply.
#[track_caller]
pub(crate) fn after(language: Language, fixture: &str, action: &Action) -> Option<String> {
    let path = format!(
        "/project/module.{}",
        language.extensions().next().unwrap_or_default()
    );
    let (source, plan) = planned(language, &path, fixture, action, &Project::default());
    plan.map(|plan| apply(&source, &plan.changes))
}

/// What the action makes of the fixture is as expected, also where the lines end in carriage returns alone.
#[track_caller]
pub(crate) fn check(language: Language, action: &Action, fixture: &str, expected: Expect) {
    let after = after(language, fixture, action);
    if !fixture.contains('\r') {
        let returns = self::after(language, &fixture.replace('\n', "\r"), action);
        assert_eq!(returns, after.as_ref().map(|it| it.replace('\n', "\r")));
    }
    expected.assert_eq(&shown(&after.unwrap_or_else(|| "no plan\n".to_owned())));
}

/// A text with its carriage returns to be seen.
pub(crate) fn shown(text: &str) -> String {
    text.replace('\r', "␍")
}

/// Asserts that the action does not apply to any of the fixtures.
#[track_caller]
pub(crate) fn refused(language: Language, action: &Action, fixtures: &[&str]) {
    for fixture in fixtures {
        let after = after(language, fixture, action);
        assert_eq!(after, None, "{fixture}");
    }
}
