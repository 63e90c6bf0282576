//! Names that settings had before; they keep working, with a warning.

/// What replaces an old name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    /// Another name, for the same values.
    Renamed(&'static str),
    /// A field of the model that plays the role `review`.
    Review(&'static str),
    /// Nothing; the sentence says why.
    Dropped(&'static str),
}

/// The old names.
pub(crate) const ALIASES: &[(&str, Became)] = &[
    ("model.profile", Became::Renamed("model.preset")),
    (
        "model.connect_ms",
        Became::Renamed("model.connect_timeout_ms"),
    ),
    (
        "model.keystroke_ms",
        Became::Renamed("model.suggest_timeout_ms"),
    ),
    (
        "model.first_event_ms",
        Became::Renamed("model.first_token_timeout_ms"),
    ),
    (
        "model.next_event_ms",
        Became::Renamed("model.idle_timeout_ms"),
    ),
    (
        "model.quirks.context_tokens",
        Became::Renamed("model.context_tokens"),
    ),
    (
        "suggest.eagerness_of",
        Became::Renamed("suggest.eagerness_by_language"),
    ),
    (
        "suggest.check_ms",
        Became::Renamed("suggest.syntax_check_timeout_ms"),
    ),
    ("deep.profile", Became::Review("preset")),
    ("deep.url", Became::Review("url")),
    ("deep.name", Became::Review("name")),
    ("deep.key_env", Became::Review("key_env")),
    ("deep.effort", Became::Review("effort")),
    (
        "model.trust_project",
        Became::Dropped("a project never chooses a model"),
    ),
];

/// What replaces an old name.
pub(crate) fn of(name: &str) -> Option<Became> {
    let row = ALIASES.iter().find(|(old, _)| *old == name);
    row.map(|(_, became)| *became)
}

/// An old name of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldName {
    /// The old name.
    pub name: &'static str,
    /// The setting that takes the same values now.
    pub now: Option<String>,
    /// What to do about it.
    pub advice: String,
}

/// The old names, for the documentation and for editors that show them as deprecated.
pub fn old_names() -> impl Iterator<Item = OldName> {
    ALIASES.iter().map(|(name, became)| OldName {
        name,
        now: match became {
            Became::Renamed(new) => Some((*new).to_owned()),
            Became::Review(field) => Some(format!("model.{field}")),
            Became::Dropped(_) => None,
        },
        advice: advice(*became),
    })
}

/// What to do about an old name.
fn advice(became: Became) -> String {
    match became {
        Became::Renamed(new) => format!("use `{new}`"),
        Became::Review(field) => {
            format!("use `{field}` of a model under `models` that `roles.review` names")
        }
        Became::Dropped(why) => format!("remove it: {why}"),
    }
}
