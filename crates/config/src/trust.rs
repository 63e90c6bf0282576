//! What a project may decide: one rule for each setting.
//!
//! A project's `firesteel.toml`, and an editor's workspace settings while the workspace is not trusted, come with a
//! repository: the user who cloned it did not write them. They are no layer among the others. They only tighten what all the
//! user's own layers together decide.

use serde_json::{Value, json};

/// What a project may do with a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Nothing: it is the user's alone.
    Never,
    /// Tighten it, in this order.
    Tighten(Order),
}

/// Which of two values is the tighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The smaller number.
    Smaller,
    /// `false`.
    Off,
    /// The word that comes later.
    Later(&'static [&'static str]),
    /// The same, for each key of a table; what has no key of its own takes its value from another setting.
    LaterByKey(&'static [&'static str]),
    /// The list that holds the other's patterns, and more.
    Added,
}

impl Order {
    /// What a project may do, in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Smaller => "lower it",
            Self::Off => "switch it off",
            Self::Later(words) if words == APPLY => "ask for more confirmation",
            Self::Later(_) | Self::LaterByKey(_) => "make it quieter",
            Self::Added => "add to it",
        }
    }
}

/// The most patterns that a project may add: each makes every look at a path slower.
const MAX_ADDED: usize = 200;
/// The longest of them, in bytes.
const MAX_PATTERN_BYTES: usize = 500;
const EAGERNESS: &[&str] = &["eager", "normal", "quiet", "off"];
const APPLY: &[&str] = &["stream", "once", "preview"];

/// The rule of each setting. A setting that is not here is the user's alone; a test says that all are here.
///
/// `model.*` are also the settings of each `models.NAME`.
pub const RULES: &[(&str, Rule)] = &[
    // They decide where code is sent, with which key, at which cost, and what runs to get the key.
    ("model.preset", Rule::Never),
    ("model.url", Rule::Never),
    ("model.name", Rule::Never),
    ("model.key", Rule::Never),
    ("model.key_env", Rule::Never),
    ("model.key_command", Rule::Never),
    ("model.headers", Rule::Never),
    ("model.query", Rule::Never),
    ("model.effort", Rule::Never),
    ("model.service_tier", Rule::Never),
    ("model.format", Rule::Never),
    ("model.wire", Rule::Never),
    ("model.context_tokens", Rule::Never),
    ("model.connect_timeout_ms", Rule::Never),
    ("model.suggest_timeout_ms", Rule::Never),
    ("model.first_token_timeout_ms", Rule::Never),
    ("model.idle_timeout_ms", Rule::Never),
    ("model.quirks.transport", Rule::Never),
    ("model.quirks.lanes", Rule::Never),
    ("model.quirks.sockets", Rule::Never),
    ("model.quirks.interrupt", Rule::Never),
    ("model.quirks.continuation", Rule::Never),
    ("model.quirks.reuse", Rule::Never),
    ("model.quirks.store", Rule::Never),
    ("model.quirks.drops", Rule::Never),
    ("model.quirks.usable_percent", Rule::Never),
    ("roles.complete", Rule::Never),
    ("roles.edit", Rule::Never),
    ("roles.next_edit", Rule::Never),
    ("roles.explain", Rule::Never),
    ("roles.ask", Rule::Never),
    ("roles.review", Rule::Never),
    ("suggest.eagerness", Rule::Tighten(Order::Later(EAGERNESS))),
    (
        "suggest.eagerness_by_language",
        Rule::Tighten(Order::LaterByKey(EAGERNESS)),
    ),
    ("suggest.max_lines", Rule::Tighten(Order::Smaller)),
    (
        "suggest.syntax_check_timeout_ms",
        Rule::Tighten(Order::Smaller),
    ),
    ("suggest.menu", Rule::Tighten(Order::Off)),
    ("suggest.other_files", Rule::Tighten(Order::Off)),
    ("suggest.disabled_globs", Rule::Tighten(Order::Added)),
    ("privacy.git_ignored_context", Rule::Tighten(Order::Off)),
    ("hover.deadline_ms", Rule::Tighten(Order::Smaller)),
    ("hover.model", Rule::Tighten(Order::Off)),
    ("edits.apply", Rule::Tighten(Order::Later(APPLY))),
    // It is a command that runs.
    ("edits.test_command", Rule::Never),
    ("edits.review_paths", Rule::Tighten(Order::Added)),
    // A prompt decides what a model does to the user's code, under a title that may say something else.
    ("actions", Rule::Never),
    ("local.assist", Rule::Tighten(Order::Off)),
    ("local.dependencies", Rule::Tighten(Order::Off)),
    ("local.max_words", Rule::Tighten(Order::Smaller)),
    // They are read or written outside the project.
    ("local.cache_dir", Rule::Never),
    ("local.weights", Rule::Never),
    ("log.file", Rule::Never),
    // At `trace` the log holds source text; below `warn` it hides what a project has tried.
    ("log.level", Rule::Never),
];

/// The rule of a setting.
pub fn rule(name: &str) -> Rule {
    let row = RULES.iter().find(|(setting, _)| *setting == name);
    row.map_or(Rule::Never, |(_, rule)| *rule)
}

/// What comes of a project's wish.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tightened {
    pub(crate) value: Value,
    /// Whether part of the wish would have loosened something.
    pub(crate) is_refused: bool,
}

/// The tighter of what the user decided and what a project wants. Both are values of the same setting; the user's may
/// be missing, where the default depends.
pub(crate) fn tighten(order: Order, own: &Value, wanted: &Value) -> Tightened {
    match order {
        Order::Smaller => pick(wanted.as_u64() <= own.as_u64(), own, wanted),
        Order::Off => pick(wanted == false || own == true, own, wanted),
        Order::Later(words) => pick(rank(words, wanted) >= rank(words, own), own, wanted),
        Order::LaterByKey(words) => by_key(words, own, wanted, words.first().copied()),
        Order::Added => added(own, wanted),
    }
}

/// The eagerness for single languages: each is the tighter of what the user decided for that language and what the
/// project did, either for that language or in general.
pub(crate) fn tighten_by_language(
    own: (&Value, &Value),
    wanted: (Option<&Value>, Option<&Value>),
) -> Tightened {
    let (general, table) = own;
    let empty = json!({});
    let wanted_table = wanted.1.unwrap_or(&empty);
    let wanted_general = wanted.0.and_then(Value::as_str);
    let mut tightened = by_key(EAGERNESS, table, wanted_table, general.as_str());
    let (Some(word), Some(fields)) = (wanted_general, tightened.value.as_object_mut()) else {
        return tightened;
    };
    for (language, value) in fields {
        // What the project says of a language is meant as an exception from what it says in general.
        if wanted_table.get(language).is_none() {
            *value = tighten(Order::Later(EAGERNESS), value, &json!(word)).value;
        }
    }
    tightened
}

fn pick(is_tighter: bool, own: &Value, wanted: &Value) -> Tightened {
    Tightened {
        value: if is_tighter { wanted } else { own }.clone(),
        is_refused: !is_tighter,
    }
}

fn rank(words: &[&str], value: &Value) -> usize {
    let word = value.as_str().unwrap_or_default();
    words.iter().position(|known| *known == word).unwrap_or(0)
}

fn by_key(
    words: &'static [&'static str],
    own: &Value,
    wanted: &Value,
    other: Option<&str>,
) -> Tightened {
    let mut result = own.as_object().cloned().unwrap_or_default();
    let mut is_refused = false;
    for (key, wanted) in wanted.as_object().into_iter().flatten() {
        let own = result.get(key).cloned().unwrap_or_else(|| json!(other));
        let tightened = tighten(Order::Later(words), &own, wanted);
        is_refused |= tightened.is_refused;
        result.insert(key.clone(), tightened.value);
    }
    Tightened {
        value: Value::Object(result),
        is_refused,
    }
}

/// The user's patterns, then the project's. One that takes something out again would loosen.
fn added(own: &Value, wanted: &Value) -> Tightened {
    let mut patterns = own.as_array().cloned().unwrap_or_default();
    let wanted = wanted.as_array().map_or(&[][..], Vec::as_slice);
    let mut is_refused = wanted.len() > MAX_ADDED;
    for pattern in wanted.iter().take(MAX_ADDED) {
        let text = pattern.as_str().unwrap_or_default();
        let is_unfit = text.len() > MAX_PATTERN_BYTES || text.contains(['\n', '\r']);
        match text.starts_with('!') || is_unfit {
            true => is_refused = true,
            false if patterns.contains(pattern) => {}
            false => patterns.push(pattern.clone()),
        }
    }
    Tightened {
        value: Value::Array(patterns),
        is_refused,
    }
}
