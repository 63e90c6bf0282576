//! The parse gate: nothing is shown that would add a syntax error.

use std::sync::Arc;
use std::time::Duration;

use firesteel_syntax::{Snapshot, gate};

use crate::silence::Silence;

/// How long a suggestion may be checked before it is dropped unseen.
const GATE_LIMIT: Duration = Duration::from_millis(100);

/// The text, cut to its last point at which it breaks nothing.
///
/// # Errors
/// When no part of it passes, or it could not be checked in time.
pub(super) async fn pass(
    snapshot: Arc<Snapshot>,
    offset: usize,
    text: String,
) -> Result<String, Silence> {
    if snapshot.language.is_none() {
        return Ok(text);
    }
    // A reparse of a large file takes milliseconds, which the runtime's threads have not got.
    tokio::task::spawn_blocking(move || check(&snapshot, offset, text))
        .await
        .unwrap_or(Err(Silence::ParseGate))
}

fn check(snapshot: &Snapshot, offset: usize, text: String) -> Result<String, Silence> {
    let tree = snapshot.parsed(GATE_LIMIT).ok_or(Silence::ParseGate)?;
    let document = &snapshot.document.text;
    let verdict = gate::check(&tree, document, offset..offset, &text, GATE_LIMIT);
    let verdict = verdict.ok_or(Silence::ParseGate)?;
    let whole = text
        .get(..verdict.complete_to)
        .unwrap_or_default()
        .trim_end();
    if verdict.added == 0 {
        Ok(text)
    } else if whole.is_empty() {
        Err(Silence::ParseGate)
    } else {
        Ok(whole.to_owned())
    }
}
