//! The parse gate: nothing is shown that would add a syntax error.

use std::sync::Arc;
use std::time::{Duration, Instant};

use firesteel_syntax::{Snapshot, gate};

use crate::silence::Silence;

/// The text, cut to its last point at which it breaks nothing.
///
/// # Errors
/// When no part of it passes, or it could not be checked in time.
pub(super) async fn pass(
    snapshot: Arc<Snapshot>,
    offset: usize,
    text: String,
    limit: Duration,
) -> Result<String, Silence> {
    if snapshot.language.is_none() {
        return Ok(text);
    }
    // A reparse of a large file takes milliseconds, which the runtime's threads have not got.
    tokio::task::spawn_blocking(move || check(&snapshot, offset, text, limit))
        .await
        .unwrap_or(Err(Silence::ParseGate))
}

fn check(
    snapshot: &Snapshot,
    offset: usize,
    text: String,
    limit: Duration,
) -> Result<String, Silence> {
    let began = Instant::now();
    let tree = snapshot.parsed(limit).ok_or(Silence::TooSlow)?;
    let document = &snapshot.document.text;
    let rest = limit.saturating_sub(began.elapsed());
    let verdict = gate::check(&tree, document, offset..offset, &text, rest);
    let verdict = verdict.ok_or(Silence::TooSlow)?;
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
