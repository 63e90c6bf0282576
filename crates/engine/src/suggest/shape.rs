//! Shape: where a suggestion is wanted, and a model's text cut to what fits its place.

#[cfg(test)]
mod tests;

use firesteel_privacy::check_characters;
use firesteel_prompt::{Fit, fit, is_closed_by_editor, with_line_feeds};
use firesteel_syntax::MAX_PARSED_BYTES;

use super::{Ask, Eagerness, Suggestion, gate};
use crate::Settings;
use crate::editorconfig::{self, known_style, line_ending};
use crate::models::Source;
use crate::silence::Silence;

/// How much text around the cursor decides whether a model's text fits, in bytes.
const FIT_WINDOW: usize = 4 * 1024;

/// How much is wanted at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The rest of a line, in the middle of it.
    Line,
    /// The rest of the statement that the line has begun.
    Statement,
    /// Statements up to the end of the block, on an empty line.
    Block,
}

impl Extent {
    /// What is wanted at the cursor.
    pub(super) fn of(ask: &Ask) -> Self {
        let text = &ask.snapshot.document.text;
        let line = text.line_of(ask.offset);
        let is_blank = |range| text.slice(range).trim().is_empty();
        if !is_blank(ask.offset..text.line_end(line)) {
            Self::Line
        } else if !is_blank(text.line_start(line)..ask.offset) {
            Self::Statement
        } else {
            Self::Block
        }
    }

    /// How many lines a model is asked for.
    pub(super) fn max_lines(self, settings: &Settings) -> u32 {
        match self {
            Self::Line => 1,
            Self::Statement | Self::Block => settings.max_lines,
        }
    }
}

/// Whether a suggestion is wanted here at all.
pub(super) fn wanted(ask: &Ask, settings: &Settings) -> Result<(), Silence> {
    if settings.eagerness(&ask.snapshot) == Eagerness::Off && !ask.invoked {
        return Err(Silence::Off);
    }
    if !ask.invoked && settings.disabled.has(&ask.path) {
        return Err(Silence::OffInFile);
    }
    if ask.snapshot.document.text.len() > MAX_PARSED_BYTES {
        return Err(Silence::TooLarge);
    }
    let text = &ask.snapshot.document.text;
    let line_end = text.line_end(text.line_of(ask.offset));
    let rest = text.slice(ask.offset..line_end);
    if !ask.invoked && !is_closed_by_editor(&rest) {
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
    let extent = Extent::of(ask);
    editorconfig::prepare(&ask.path).await;
    let fitted = fitted(ask, extent.max_lines(settings), answer)?;
    let text = gate::pass(
        ask.snapshot.clone(),
        ask.offset,
        fitted,
        extent,
        settings.check_limit,
    )
    .await?;
    Ok(Suggestion {
        offset: ask.offset,
        text,
        source,
    })
}

/// What of the answer the text around the cursor leaves.
fn fitted(ask: &Ask, max_lines: u32, answer: &str) -> Result<String, Silence> {
    let text = &ask.snapshot.document.text;
    let place = Fit {
        is_prose: ask.snapshot.lexicon.is_prose(),
        before: &text.slice(ask.offset.saturating_sub(FIT_WINDOW)..ask.offset),
        after: &text.slice(ask.offset..ask.offset.saturating_add(FIT_WINDOW)),
        max_lines,
        line_ending: line_ending(&ask.snapshot.document, ask.offset).as_str(),
        style: known_style(&ask.snapshot, &ask.path),
        replaces: None,
    };
    let fitted = fit(answer, place).map_err(Silence::Unfit)?;
    check_characters(&with_line_feeds(&fitted), || text.to_string()).map_err(Silence::Invisible)?;
    Ok(fitted)
}
