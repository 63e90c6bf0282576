//! The parse gate: would an insertion break the code, and up to where would it not?

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use firesteel_text::{Edit, Text};
use tree_sitter::{Node, Tree as RawTree};

use crate::{
    Tree,
    tree::{input_edit, parse_raw},
};

/// How long a check may take where nothing shorter is called for.
pub const CHECK_LIMIT: Duration = Duration::from_millis(50);

/// The most places at which an insertion is tried when all of it would break the code.
const MAX_CANDIDATES: usize = 12;

/// What an insertion does to the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// How many more errors there are with all of the insertion than without it.
    pub added: usize,
    /// How many bytes of the insertion can be kept without adding an error, found at line ends
    /// and ends of tokens.
    pub complete_to: usize,
}

/// Whether replacing `range` by `insertion` would add errors; `tree` is of `text`, and if it is
/// not current, it is parsed first.
///
/// `None` if that could not be found out within `limit`.
pub fn check(
    tree: &Tree,
    text: &Text,
    range: Range<usize>,
    insertion: &str,
    limit: Duration,
) -> Option<Verdict> {
    let deadline = Instant::now().checked_add(limit);
    let before = match tree.is_current() {
        true => tree.raw().clone(),
        false => parse_raw(tree.language(), text, Some(tree.raw()), deadline)?,
    };
    let allowed = count_errors(before.root_node());
    let errors_with = |insert: &str| {
        let after = inserted(tree, &before, text, range.clone(), insert, deadline)?;
        Some(count_errors(after.root_node()))
    };
    let added = errors_with(insertion)?.saturating_sub(allowed);
    if added == 0 {
        return Some(Verdict {
            added,
            complete_to: insertion.len(),
        });
    }
    let fits =
        |&end: &usize| errors_with(&insertion[..end]).is_some_and(|errors| errors <= allowed);
    let complete_to = candidates(insertion)
        .take(MAX_CANDIDATES)
        .find(fits)
        .unwrap_or(0);
    Some(Verdict { added, complete_to })
}

fn inserted(
    tree: &Tree,
    before: &RawTree,
    text: &Text,
    range: Range<usize>,
    insert: &str,
    deadline: Option<Instant>,
) -> Option<RawTree> {
    let (mut text, mut old) = (text.clone(), before.clone());
    let delta = text.edit(&Edit {
        range,
        insert: insert.to_owned(),
    });
    old.edit(&input_edit(&delta));
    parse_raw(tree.language(), &text, Some(&old), deadline)
}

/// Line ends of the insertion, newest first.
fn candidates(insertion: &str) -> impl Iterator<Item = usize> {
    insertion.match_indices('\n').map(|(idx, _)| idx).rev()
}

fn count_errors(node: Node) -> usize {
    if !node.has_error() {
        return 0;
    }
    let own = usize::from(node.is_error() || node.is_missing());
    let mut cursor = node.walk();
    own + node.children(&mut cursor).map(count_errors).sum::<usize>()
}
