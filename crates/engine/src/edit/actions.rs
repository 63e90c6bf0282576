//! What can be done at a place, listed without asking a model.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

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

/// How long a parse may take on which an action waits.
const PARSE_LIMIT: Duration = Duration::from_millis(200);

impl Engine {
    /// The actions for the item around `range`; none outside of every item.
    pub async fn actions(&self, snapshot: Arc<Snapshot>, range: Range<usize>) -> Vec<Action> {
        let source = self.settings().models.preferred();
        let Some(item) = item_at(snapshot.clone(), range.start).await else {
            return Vec::new();
        };
        let action = |kind| action(&snapshot, &item, kind, source);
        Kind::ALL.into_iter().filter_map(action).collect()
    }
}

/// The item that an action at `offset` is about, in a tree of exactly this text.
pub(super) async fn item_at(snapshot: Arc<Snapshot>, offset: usize) -> Option<Item> {
    // A first parse of a large file takes what the runtime's threads have not got.
    let find = move || {
        let tree = snapshot.parsed(PARSE_LIMIT)?;
        enclosing_item(&tree, &snapshot.document.text, offset)
    };
    tokio::task::spawn_blocking(find).await.ok()?
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
