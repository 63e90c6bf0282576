//! The engine's settings as a configuration has them, for all front ends.

use std::path::Path;

use firesteel_config::{Action, Config, Eagerness};
use firesteel_engine::edit::OwnAction;
use firesteel_engine::{Models, PathPatterns, Related, Settings};
use firesteel_model::Identity;
use firesteel_privacy::{Guard, scanned};
use firesteel_task::Piece;

use crate::embedded::Embedded;
use firesteel_local::Snippet;

/// What the engine is to do by `config`. A client that asks only when its user rests sets `asks_late` itself.
pub fn settings(config: &Config, guard: &Guard, models: Models, embedded: &Embedded) -> Settings {
    let by_language = config.suggest.eagerness_by_language.iter();
    Settings {
        models,
        review_paths: PathPatterns::new(&config.edits.review_paths),
        disabled: PathPatterns::new(&config.suggest.disabled_globs),
        guard: guard.clone(),
        max_lines: config.suggest.max_lines.get(),
        eagerness: eagerness(config.suggest.eagerness),
        eagerness_of: by_language
            .map(|(language, own)| (language.clone(), eagerness(*own)))
            .collect(),
        assist: config.local.assist,
        asks_late: false,
        check_limit: config.suggest.syntax_check_timeout_ms.duration(),
        hover_model: config.hover.model,
        hover_deadline: config.hover.deadline_ms.duration(),
        related: config
            .suggest
            .other_files
            .then(|| related(embedded.clone())),
        actions: config.actions.iter().map(own_action).collect(),
    }
}

/// Who asks, as endpoints that keep a session together may know it: hashes of the workspace and of the user's name.
pub fn identity(workspace: &str) -> Identity {
    let user = std::env::var("USER").or_else(|_| std::env::var("USERNAME"));
    Identity::of(workspace, &user.unwrap_or_default())
}

/// The engine's word for it.
fn eagerness(eagerness: Eagerness) -> firesteel_engine::Eagerness {
    match eagerness {
        Eagerness::Eager => firesteel_engine::Eagerness::Eager,
        Eagerness::Normal => firesteel_engine::Eagerness::Normal,
        Eagerness::Quiet => firesteel_engine::Eagerness::Quiet,
        Eagerness::Off => firesteel_engine::Eagerness::Off,
    }
}

/// An action of the user's own as the engine lists it.
fn own_action(action: &Action) -> OwnAction {
    OwnAction {
        title: action.title.as_str().to_owned(),
        kind: action.kind.clone(),
        languages: action.languages.clone(),
        prompt: action.prompt.as_str().to_owned(),
    }
}

/// Pieces of other files as the embedded engine finds them.
fn related(embedded: Embedded) -> Related {
    let index = embedded.clone();
    let find = move |path: &Path, before, after| {
        let snippets = embedded.related(path.to_string_lossy().into_owned(), before, after);
        let piece = |snippet: Snippet| Piece {
            path: snippet.path.into(),
            line: snippet.line,
            text: scanned(&snippet.text),
            defines: snippet.defines,
        };
        snippets.into_iter().map(piece).collect()
    };
    Related::new(find, move || index.index_version())
}
