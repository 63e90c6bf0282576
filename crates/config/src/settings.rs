//! The settings: their types, and the doc comments that the documentation and the editors show.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Model, Roles};
use crate::values::{Limited, Millis, Word};

/// Settings of Firesteel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Config {
    /// One model for every role that `roles` does not name a model for. In `roles` its name is `model`.
    pub model: Model,
    /// Models by names of your choice, for `roles`. Each takes the settings of `model`.
    pub models: BTreeMap<String, Model>,
    /// Which models answer: one name or a list of names, the most wanted first. A model that cannot do a task, or that
    /// is away, leaves it to the next one. The embedded engine, `embedded`, is always the last for `complete`, `explain`
    /// and `ask`.
    pub roles: Roles,
    /// Suggestions: ghost text and completion items.
    pub suggest: Suggest,
    /// Hovers.
    pub hover: Hover,
    /// Edits.
    pub edits: Edits,
    /// Your own code actions. Only you can define them, for their prompts are sent to a model that changes your code.
    #[schemars(extend("x-default" = "none"))]
    pub actions: Vec<Action>,
    /// What may help with other files.
    pub privacy: Privacy,
    /// The embedded engine.
    pub local: Local,
    /// The log.
    pub log: Log,
    /// Models that cannot be used as they are configured, by name, with the reason.
    #[serde(skip)]
    pub(crate) unusable: BTreeMap<String, String>,
}

/// Suggestions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Suggest {
    /// How often suggestions appear unasked.
    pub eagerness: Eagerness,
    /// `eagerness` for single languages by their LSP ids, such as `{ markdown = "off", rust = "eager" }`.
    #[schemars(extend("x-default" = "none"))]
    pub eagerness_by_language: BTreeMap<String, Eagerness>,
    /// The most lines of one suggestion.
    pub max_lines: Limited<1, 200>,
    /// How long checking the syntax of a suggestion may take. A suggestion that takes longer is dropped.
    pub syntax_check_timeout_ms: Millis,
    /// Whether suggestions also appear as items of the completion menu.
    #[schemars(extend("x-default" = "true where the editor has no ghost text"))]
    pub menu: Option<bool>,
    /// Whether a model is also shown matching pieces of other files of the workspace. The same privacy rules apply to
    /// them.
    pub other_files: bool,
    /// Files in which nothing is suggested unasked, as `.gitignore` patterns, such as `["*.md", "docs/", "*.min.js"]`.
    #[schemars(extend("x-default" = "none"))]
    pub disabled_globs: Vec<String>,
}

impl Default for Suggest {
    fn default() -> Self {
        Self {
            eagerness: Eagerness::default(),
            eagerness_by_language: BTreeMap::new(),
            max_lines: Limited::new(12),
            syntax_check_timeout_ms: Millis::new(50),
            menu: None,
            other_files: true,
            disabled_globs: Vec::new(),
        }
    }
}

/// How often suggestions appear unasked, the loosest first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Eagerness {
    /// The embedded engine also shows what it is less sure of, and a model is asked as often as that can be of use.
    Eager,
    /// The embedded engine shows what it is fairly sure of, and a model is asked at every keystroke that nothing else answers.
    #[default]
    Normal,
    /// The embedded engine shows only what it is almost certain of, a model is asked about once a second, and nothing is prefetched.
    Quiet,
    /// Suggestions appear only on request.
    Off,
}

/// Hovers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Hover {
    /// How long a hover may take before it stays empty, so that it never delays the hovers of other servers.
    pub deadline_ms: Millis,
    /// Whether the model of the role `explain` says a few lines about the code at the cursor, where one is configured. It is asked
    /// by the first hover, and a later one shows what it has written. Each piece of code is sent once.
    pub model: bool,
}

impl Default for Hover {
    /// Helix holds back every server's hover until the slowest has answered.
    fn default() -> Self {
        Self {
            deadline_ms: Millis::new(20),
            model: true,
        }
    }
}

/// Edits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Edits {
    /// How an edit is applied.
    pub apply: Apply,
    /// The command that runs the project's tests. It runs in the project's folder, without a shell.
    #[schemars(extend(
        "x-default" = "found by the project's files: `cargo test`, `python -m pytest`, `npm test` or `go test ./...`"
    ))]
    pub test_command: Option<Word>,
    /// Files whose changes you are always asked to review, as `.gitignore` patterns. Sensitive code is noticed in every
    /// file.
    pub review_paths: Vec<String>,
}

impl Default for Edits {
    fn default() -> Self {
        let patterns = ["auth/", "crypto/", "security/"];
        Self {
            apply: Apply::default(),
            test_command: None,
            review_paths: patterns.map(str::to_owned).to_vec(),
        }
    }
}

/// How an edit is applied, the loosest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Apply {
    /// Hunk by hunk, while the model writes.
    #[default]
    Stream,
    /// All at once, when the model has finished.
    Once,
    /// All at once, after you have confirmed it (where the editor can ask).
    Preview,
}

/// A code action of the user's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Its title in the menu.
    pub title: Word,
    /// What the model is told to do; `{name}` stands for the name of the item at the cursor.
    pub prompt: Word,
    /// The LSP kind of the action.
    #[serde(default = "rewrite")]
    pub kind: String,
    /// The LSP ids of the languages that it is offered in, such as `rust`; in all of them when empty.
    #[serde(default)]
    pub languages: Vec<String>,
}

fn rewrite() -> String {
    "refactor.rewrite".to_owned()
}

/// What may help with other files. Which files are private is not a setting: `docs/privacy.md` says how that is decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Privacy {
    /// Whether files that git ignores may be context for other files, and teach the embedded engine.
    pub git_ignored_context: bool,
}

/// The embedded engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Local {
    /// Whether the embedded engine also answers where a model does. What it is sure of appears at once; the model's text
    /// replaces it only by extending it.
    pub assist: bool,
    /// Whether the embedded engine also learns from the sources of dependencies on this machine.
    pub dependencies: bool,
    /// Words of the workspace that the embedded engine indexes, at most. Of a larger workspace those near open files come first,
    /// then those that have changed last. Read at start.
    pub max_words: Limited<1_000, 14_000_000>,
    /// The folder of the embedded engine's indexes.
    #[schemars(extend("x-default" = "`firesteel` in your cache folder"))]
    pub cache_dir: Option<PathBuf>,
    /// A weights file that `firesteel tune` has written, for the embedded engine. Read at start.
    #[schemars(extend("x-default" = "the built-in weights"))]
    pub weights: Option<PathBuf>,
}

impl Default for Local {
    fn default() -> Self {
        Self {
            assist: true,
            dependencies: true,
            max_words: Limited::new(8_000_000),
            cache_dir: None,
            weights: None,
        }
    }
}

/// The log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Log {
    /// How much is logged. API keys never are.
    pub level: Level,
    /// The log file. Read at start, from the environment, a file or `--log-file`.
    #[schemars(extend("x-default" = "standard error"))]
    pub file: Option<PathBuf>,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// What failed.
    Error,
    /// What is likely to be wrong.
    Warn,
    /// What happens now and then.
    #[default]
    Info,
    /// What happens at each request.
    Debug,
    /// Everything, source text too.
    Trace,
}

impl Level {
    /// The setting's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
