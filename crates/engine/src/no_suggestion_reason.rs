//! Why nothing is shown: reasons are counted, and the last one of each document can be asked for.

use std::collections::{BTreeMap, HashMap};

use firesteel_privacy::{Invisible, Refused};
use firesteel_prompt::Dropped;
use firesteel_text::DocumentId;

/// The reason that a request got no suggestion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuggestionReason {
    /// A newer request for the same document came in.
    #[error("superseded by a newer keystroke")]
    Superseded,
    /// Automatic suggestions are switched off.
    #[error("automatic suggestions are off (suggest.eagerness)")]
    Off,
    /// The user wants to be left alone for so many minutes more.
    #[error("suggestions are snoozed for {0} min more (firesteel.snooze)")]
    Snoozed(u64),
    /// The user wants no suggestions in files like this.
    #[error("automatic suggestions are off in this file (suggest.disabled_globs)")]
    OffInFile,
    /// The file is too large to be parsed.
    #[error("the file is too large")]
    TooLarge,
    /// The file is minified, or its head says that it is generated.
    #[error("the file is generated or minified: only an explicit request gets a suggestion there")]
    MachineMade,
    /// Code stands to the right of the cursor.
    #[error("the cursor is in the middle of a line of code")]
    MiddleOfLine,
    /// The document must not be shown to a model.
    #[error("{0}")]
    Private(Refused),
    /// The cursor is in a secret, or what the model said is about one.
    #[error("a secret is here, which the model is not shown")]
    Secret,
    /// What the model said does not fit.
    #[error("{}", dropped_text(*.0))]
    Unfit(Dropped),
    /// What the model said would bring back what the user has just removed.
    #[error("the suggestion would have undone your last edit")]
    Undoes,
    /// What the model said has characters that nobody sees.
    #[error("{0}")]
    Invisible(Invisible),
    /// What the model said would break the code.
    #[error("the suggestion would have broken the syntax")]
    ParseGate,
    /// The syntax could not be checked before the user had typed on.
    #[error("the suggestion could not be checked in time")]
    TooSlow,
    /// The hosted model is not asked now, to keep to the account's limits or to the user's eagerness.
    #[error(
        "the hosted model is not asked now: its limits, or suggest.eagerness, allow no more requests"
    )]
    Limited,
    /// The model's server wants not to be asked for a while.
    #[error("the model's server wants a pause of {0} s")]
    Paused(u64),
    /// The model could not be asked, or failed.
    #[error("the model did not answer: {0}")]
    Model(String),
}

impl NoSuggestionReason {
    /// The reason in a word that does not change.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Superseded => "superseded",
            Self::Off => "off",
            Self::Snoozed(_) => "snoozed",
            Self::OffInFile => "off_in_file",
            Self::TooLarge => "too_large",
            Self::MachineMade => "machine_made",
            Self::MiddleOfLine => "middle_of_line",
            Self::Private(_) => "private",
            Self::Secret => "secret",
            Self::Unfit(Dropped::Empty) => "empty",
            Self::Unfit(Dropped::Prose) => "prose",
            Self::Unfit(Dropped::RepeatsSuffix) => "repeats_suffix",
            Self::Unfit(Dropped::RepeatsPrefix) => "repeats_prefix",
            Self::Unfit(Dropped::RepeatsNextLine) => "repeats_next_line",
            Self::Unfit(Dropped::Repetitive) => "repetitive",
            Self::Undoes => "undoes",
            Self::Invisible(_) => "invisible_character",
            Self::ParseGate => "parse_gate",
            Self::TooSlow => "too_slow",
            Self::Limited => "limited",
            Self::Paused(_) => "paused",
            Self::Model(_) => "model",
        }
    }
}

fn dropped_text(dropped: Dropped) -> &'static str {
    match dropped {
        Dropped::Empty => "the model had nothing to add",
        Dropped::Prose => "the model spoke of the code instead of writing it",
        Dropped::RepeatsSuffix => "the suggestion only repeated what follows the cursor",
        Dropped::RepeatsPrefix => "the suggestion only repeated the lines above",
        Dropped::RepeatsNextLine => "the suggestion was the next line once more",
        Dropped::Repetitive => "the suggestion was repetitive",
    }
}

/// How many requests got no suggestion for each reason, by its [name](NoSuggestionReason::name).
pub type NoSuggestionCounts = BTreeMap<&'static str, u64>;

/// The last reason of each document, until something is shown; and how often there was each.
#[derive(Default)]
pub(crate) struct NoSuggestionReasons {
    last: HashMap<DocumentId, NoSuggestionReason>,
    counts: NoSuggestionCounts,
}

impl NoSuggestionReasons {
    pub(crate) fn record(&mut self, id: &DocumentId, reason: &NoSuggestionReason) {
        *self.counts.entry(reason.name()).or_default() += 1;
        // Being superseded explains nothing: the newer request has the reason.
        if *reason != NoSuggestionReason::Superseded {
            self.last.insert(id.clone(), reason.clone());
        }
    }

    pub(crate) fn forget(&mut self, id: &DocumentId) {
        self.last.remove(id);
    }

    pub(crate) fn last(&self, id: &DocumentId) -> Option<String> {
        self.last.get(id).map(NoSuggestionReason::to_string)
    }

    pub(crate) fn counts(&self) -> &NoSuggestionCounts {
        &self.counts
    }
}
