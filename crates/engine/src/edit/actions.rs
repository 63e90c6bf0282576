//! What can be done at a place, listed without asking a model.

use std::ops::Range;

use firesteel_syntax::{Item, ItemKind, Snapshot, enclosing_item};

use super::doc_comment::DocSite;
use crate::Engine;
use crate::models::Source;

/// The kinds of actions, with their names on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Write the documentation comment of an item.
    Document,
    /// Make an item easier to read.
    Readability,
    /// Make an item simpler.
    Simplify,
    /// Handle what can fail in an item.
    ErrorHandling,
    /// Write tests for an item.
    Tests,
}

impl Kind {
    /// Every kind, in the order of the menu.
    pub const ALL: [Self; 5] = [
        Self::Document,
        Self::Readability,
        Self::Simplify,
        Self::ErrorHandling,
        Self::Tests,
    ];

    /// The name on the wire.
    pub fn id(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Readability => "readability",
            Self::Simplify => "simplify",
            Self::ErrorHandling => "error-handling",
            Self::Tests => "tests",
        }
    }

    /// The kind of a name on the wire.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Document => "Document this",
            Self::Readability => "Improve readability",
            Self::Simplify => "Simplify",
            Self::ErrorHandling => "Add error handling",
            Self::Tests => "Generate tests",
        }
    }
}

/// An entry of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it does.
    pub kind: Kind,
    /// What the menu says.
    pub title: String,
    /// The bytes of the item that it is about.
    pub target: Range<usize>,
    /// Whether it can be chosen.
    pub availability: Availability,
}

/// Whether an action can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Ready,
    /// It cannot, and why.
    Disabled(&'static str),
}

impl Engine {
    /// The actions for the item around `range`; none outside of every item.
    pub fn actions(&self, snapshot: &Snapshot, range: Range<usize>) -> Vec<Action> {
        let Some(item) = item_at(snapshot, range.start) else {
            return Vec::new();
        };
        let source = self.settings().models.preferred();
        let action = |kind| action(snapshot, &item, kind, source);
        Kind::ALL.into_iter().filter_map(action).collect()
    }
}

/// The item that an action at `offset` is about.
pub(super) fn item_at(snapshot: &Snapshot, offset: usize) -> Option<Item> {
    enclosing_item(snapshot.tree.as_ref()?, &snapshot.document.text, offset)
}

fn action(snapshot: &Snapshot, item: &Item, kind: Kind, source: Source) -> Option<Action> {
    let mut title = kind.title().to_owned();
    let availability = match kind {
        Kind::Document => {
            DocSite::find(snapshot, item)?;
            if source == Source::Embedded {
                // Its skeleton is made of a signature, and only functions have one.
                matches!(item.kind, ItemKind::Function | ItemKind::Method).then_some(())?;
                title.push_str(" (offline)");
            }
            Availability::Ready
        }
        _ if source == Source::Embedded => {
            Availability::Disabled("needs a hosted model, and none is configured or reachable")
        }
        // Rewriting whole items is not built yet, so it is not offered.
        _ => return None,
    };
    Some(Action {
        kind,
        title,
        target: item.range.clone(),
        availability,
    })
}
