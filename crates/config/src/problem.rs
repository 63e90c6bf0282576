//! What is wrong with a configuration.

/// Something in the configuration that was not used, or should be written differently.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{origin}: {text}")]
pub struct Problem {
    /// Where it stands.
    pub origin: String,
    /// What is wrong.
    pub text: String,
    /// Of which kind it is.
    pub kind: ProblemKind,
}

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// No such setting.
    Unknown,
    /// A value that is none of this setting.
    Invalid,
    /// A project wanted what is not its to decide.
    NotTrusted,
    /// An old name, which works.
    Renamed,
    /// A reference to nothing, or a model that cannot be used.
    Reference,
    /// A file that could not be read.
    Unreadable,
}

impl ProblemKind {
    /// Whether the configuration does what it says nevertheless.
    pub fn is_harmless(self) -> bool {
        self == Self::Renamed
    }
}

/// The most problems of one source that are told one by one: a file with a thousand must not make a thousand messages.
pub(crate) const TOLD: usize = 20;

/// The problems of one source.
pub(crate) fn bounded(origin: &str, mut problems: Vec<Problem>) -> Vec<Problem> {
    if problems.len() > TOLD {
        let more = problems.len() - TOLD;
        problems.truncate(TOLD);
        problems.push(Problem {
            origin: origin.to_owned(),
            text: format!("{more} more problems"),
            kind: ProblemKind::Invalid,
        });
    }
    problems
}
