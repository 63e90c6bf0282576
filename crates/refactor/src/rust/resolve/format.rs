//! Macros with format strings, and the names in those.

/// Which argument of a macro is its format string.
#[derive(Clone, Copy)]
pub(super) enum Place {
    At(usize),
    /// The first string, wherever it stands.
    First,
    Nowhere,
}

impl Place {
    pub(super) fn is(self, argument: usize) -> bool {
        match self {
            Self::At(place) => place == argument,
            Self::First => true,
            Self::Nowhere => false,
        }
    }
}

/// Macros whose tokens are expressions separated by commas.
pub(super) const FORMATS: [(&str, Place); 27] = [
    ("assert", Place::At(1)),
    ("assert_eq", Place::At(2)),
    ("assert_ne", Place::At(2)),
    ("bail", Place::First),
    ("anyhow", Place::First),
    ("dbg", Place::Nowhere),
    ("debug", Place::First),
    ("debug_assert", Place::At(1)),
    ("debug_assert_eq", Place::At(2)),
    ("debug_assert_ne", Place::At(2)),
    ("ensure", Place::At(1)),
    ("eprint", Place::At(0)),
    ("eprintln", Place::At(0)),
    ("error", Place::First),
    ("format", Place::At(0)),
    ("format_args", Place::At(0)),
    ("info", Place::First),
    ("panic", Place::At(0)),
    ("print", Place::At(0)),
    ("println", Place::At(0)),
    ("todo", Place::At(0)),
    ("trace", Place::First),
    ("unreachable", Place::At(0)),
    ("vec", Place::Nowhere),
    ("warn", Place::First),
    ("write", Place::At(1)),
    ("writeln", Place::At(1)),
];

/// Where a format string names `name`: `{name}`, `{name:?}`, and as a width `{:name$}`.
pub(super) fn inline(string: &str, name: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut rest = string;
    let mut at = 0;
    while let Some(open) = rest.find('{') {
        let inside = &rest[open + 1..];
        if inside.starts_with('{') {
            at += open + 2;
            rest = &rest[open + 2..];
            continue;
        }
        let Some(close) = inside.find('}') else { break };
        let (argument, spec) = match inside[..close].find(':') {
            Some(colon) => (&inside[..colon], &inside[colon..close]),
            None => (&inside[..close], ""),
        };
        let start = at + open + 1;
        if argument.trim() == name {
            let lead = argument.len() - argument.trim_start().len();
            found.push((start + lead, start + lead + name.len()));
        }
        for (dollar, _) in spec.match_indices('$') {
            let before = &spec[..dollar];
            let is_word = before.ends_with(name)
                && !before[..before.len() - name.len()]
                    .ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if is_word {
                let end = start + argument.len() + dollar;
                found.push((end - name.len(), end));
            }
        }
        at += open + 1 + close + 1;
        rest = &inside[close + 1..];
    }
    found
}
