//! Shape: where a suggestion is wanted, and a model's text cut to what fits its place.

use firesteel_prompt::{Fit, fit};
use firesteel_syntax::MAX_PARSED_BYTES;

use super::{Ask, Suggestion, gate};
use crate::Settings;
use crate::models::Source;
use crate::silence::Silence;

/// How much text around the cursor decides whether a model's text fits, in bytes.
const FIT_WINDOW: usize = 4 * 1024;

/// Whether a suggestion is wanted here at all.
pub(super) fn wanted(ask: &Ask, settings: &Settings) -> Result<(), Silence> {
    if !settings.automatic && !ask.invoked {
        return Err(Silence::Off);
    }
    if ask.snapshot.document.text.len() > MAX_PARSED_BYTES {
        return Err(Silence::TooLarge);
    }
    let text = &ask.snapshot.document.text;
    let line_end = text.line_end(text.line_of(ask.offset));
    let rest = text.slice(ask.offset..line_end);
    let closers = |c: char| c.is_whitespace() || ")]}>;:,\"'`".contains(c);
    if !ask.invoked && !rest.chars().all(closers) {
        return Err(Silence::MiddleOfLine);
    }
    Ok(())
}

/// Cuts a model's text to what fits its place and keeps the syntax whole.
pub(super) async fn shape(
    ask: &Ask,
    settings: &Settings,
    source: Source,
    answer: &str,
) -> Result<Suggestion, Silence> {
    let text = &ask.snapshot.document.text;
    let place = Fit {
        before: &text.slice(ask.offset.saturating_sub(FIT_WINDOW)..ask.offset),
        after: &text.slice(ask.offset..ask.offset.saturating_add(FIT_WINDOW)),
        max_lines: settings.max_lines,
        line_ending: text.line_ending().as_str(),
    };
    let fitted = fit(answer, place).map_err(Silence::Unfit)?;
    let text = gate::pass(
        ask.snapshot.clone(),
        ask.offset,
        fitted,
        settings.check_limit,
    )
    .await?;
    Ok(Suggestion {
        offset: ask.offset,
        text,
        source,
    })
}
