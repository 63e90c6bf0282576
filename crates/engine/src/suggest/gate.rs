//! The parse gate: nothing is shown that would add a syntax error, nor more than the statement or block that was asked
//! for.

use std::sync::Arc;
use std::time::Duration;

use firesteel_syntax::gate::Gate;
use firesteel_syntax::lexical::{Bounds, balanced_to};
use firesteel_syntax::{Language, Snapshot};

use super::shape::Extent;
use crate::no_suggestion_reason::NoSuggestionReason;

/// The text, cut to what its place wants and then to its last point at which it breaks nothing.
///
/// # Errors
/// When no part of it passes, or it could not be checked in time.
pub(super) async fn pass(
    snapshot: Arc<Snapshot>,
    offset: usize,
    text: String,
    extent: Extent,
    limit: Duration,
) -> Result<String, NoSuggestionReason> {
    // A parse of a large file takes milliseconds, which the runtime's threads have not got.
    tokio::task::spawn_blocking(move || check(&snapshot, offset, text, extent, limit))
        .await
        .unwrap_or(Err(NoSuggestionReason::ParseGate))
}

/// Where there is no grammar: brackets, quotes and tags stay balanced.
fn check_lexically(
    snapshot: &Snapshot,
    offset: usize,
    mut text: String,
    extent: Extent,
) -> Result<String, NoSuggestionReason> {
    let bounds = match extent {
        Extent::Line => Bounds::Balance,
        Extent::Statement | Extent::Block => Bounds::Block,
    };
    let document = &snapshot.document.text;
    let whole = balanced_to(snapshot.lexicon, document, offset, &text, bounds);
    if whole < text.len() {
        text.truncate(whole);
        text.truncate(text.trim_end().len());
    }
    match text.trim().is_empty() {
        true => Err(NoSuggestionReason::ParseGate),
        false => Ok(text),
    }
}

/// As [`pass`], on this thread.
pub(super) fn check(
    snapshot: &Snapshot,
    offset: usize,
    mut text: String,
    extent: Extent,
    limit: Duration,
) -> Result<String, NoSuggestionReason> {
    // In a shell nearly every text is a command for the grammar, a bracket that is closed twice too.
    let is_lenient = snapshot.language.is_some_and(Language::has_bare_strings);
    if !snapshot.has_grammar() || is_lenient {
        text = check_lexically(snapshot, offset, text, extent)?;
    }
    if !snapshot.has_grammar() {
        return Ok(text);
    }
    let gate = Gate::at(snapshot, offset..offset, limit).ok_or(NoSuggestionReason::TooSlow)?;
    if text.contains('\n') {
        let extents = gate.extents(&text);
        let end = match extent {
            Extent::Line => text.find('\n'),
            Extent::Statement => extents.statement.or(extents.block),
            Extent::Block => extents.block,
        };
        // What else stands on the last line belongs to it: a comment, or the brackets around a closure.
        let end = end.and_then(|end| Some(end + text.get(end..)?.find(['\n', '\r'])?));
        text.truncate(end.unwrap_or(text.len()));
        text.truncate(text.trim_end().len());
    }
    let verdict = gate.check(&text).ok_or(NoSuggestionReason::TooSlow)?;
    if verdict.added == 0 && !text.is_empty() {
        return Ok(text);
    }
    let whole = text.get(..verdict.complete_to).unwrap_or_default();
    text.truncate(whole.trim_end().len());
    match text.trim().is_empty() {
        true => Err(NoSuggestionReason::ParseGate),
        false => Ok(text),
    }
}
