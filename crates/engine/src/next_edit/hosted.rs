//! The hosted model's part: the next call of a function whose signature was edited.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use firesteel_model::{Event, Priority};
use firesteel_prompt::{Fit, LineDiff, fit};
use firesteel_syntax::gate::Gate;
use firesteel_syntax::{Snapshot, enclosing_item, enclosing_statement, phrases};
use firesteel_text::Text;

use super::{After, NextEdit, NoNextEdit, is_repeatable};
use crate::Settings;
use crate::history::Past;
use crate::models::Source;

/// How long the parse may take on which the search waits.
const PARSE_LIMIT: Duration = Duration::from_millis(200);
/// How long the model may take; nobody waits longer for a key.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Model text, in bytes; a model that says more is cut off.
const ANSWER_CAP: usize = 8 * 1024;
/// A statement that is longer than this, in bytes, is not written anew for one call in it.
const TARGET_CAP: usize = 2 * 1024;
/// Edits in the prompt.
const EDITS_CAP: usize = 8;
/// How much text around the target decides whether the answer fits, in bytes.
const FIT_WINDOW: usize = 4 * 1024;

/// Asks what becomes of the next call.
pub(super) async fn find(
    settings: &Settings,
    after: After,
    edits: Vec<Past>,
) -> Result<NextEdit, NoNextEdit> {
    let snapshot = after.snapshot.clone();
    let history = edits.iter().take(EDITS_CAP);
    let history: Vec<LineDiff> = { history }
        .map(|past| line_diff(&snapshot.document.text, past))
        .collect();
    let call = move || next_call(&after.snapshot, &edits, after.offset);
    let target = tokio::task::spawn_blocking(call).await;
    let target = target.unwrap_or(Err(NoNextEdit::NotParsed))?;
    let prompt = firesteel_prompt::next_edit(
        &settings.guard,
        &snapshot,
        &after.path,
        target.clone(),
        &history,
    )
    .map_err(NoNextEdit::Private)?;
    let reply = settings.models.ask(Source::Hosted, &prompt, Priority::Edit);
    let answer = tokio::time::timeout(ANSWER_TIME, read(reply));
    let answer = answer
        .await
        .unwrap_or_else(|_| Err(NoNextEdit::Model("it took too long".to_owned())))?;
    let limit = settings.check_limit;
    let shape = move || shape(&snapshot, target, &answer, limit);
    let shaped = tokio::task::spawn_blocking(shape).await;
    shaped.unwrap_or(Err(NoNextEdit::NotParsed))
}

async fn read(mut reply: firesteel_model::Reply) -> Result<String, NoNextEdit> {
    let mut answer = String::new();
    while let Some(event) = reply.next().await {
        match event.map_err(|error| NoNextEdit::Model(error.to_string()))? {
            Event::Text(delta) => answer.push_str(&delta),
            Event::Started { .. } => {}
            Event::Done { .. } => break,
        }
        if answer.len() > ANSWER_CAP {
            break;
        }
    }
    Ok(answer)
}

/// The statement with the next call of the function whose signature was edited.
fn next_call(
    snapshot: &Arc<Snapshot>,
    edits: &[Past],
    from: usize,
) -> Result<Range<usize>, NoNextEdit> {
    let tree = snapshot.parsed(PARSE_LIMIT).ok_or(NoNextEdit::NotParsed)?;
    let text = &snapshot.document.text;
    let past = edits.iter().find(|past| is_repeatable(past, text));
    let past = past.ok_or(NoNextEdit::NoEdit)?;
    let item = enclosing_item(&tree, text, past.range.start).filter(|item| {
        let parameters = item.name_range.end..item.signature.end;
        parameters.start <= past.range.start && past.range.end <= parameters.end
    });
    let item = item.ok_or(NoNextEdit::NothingLike)?;
    let mut calls = phrases(&tree, text, &item.name, 0..text.len());
    calls.retain(|call| call.end <= item.outer.start || item.range.end <= call.start);
    let first = calls.partition_point(|call| call.start < from);
    calls.rotate_left(first);
    let statement = |call: &Range<usize>| enclosing_statement(&tree, text, call.start);
    let statements = calls.iter().filter_map(statement);
    let line = |call: &Range<usize>| {
        let line = text.line_of(call.start);
        text.line_start(line)..text.line_end(line)
    };
    let small = { statements }.find(|statement| statement.len() <= TARGET_CAP);
    small
        .or(calls.first().map(line))
        .ok_or(NoNextEdit::NothingLike)
}

/// The answer as a replacement of the target, as a suggestion is shaped.
fn shape(
    snapshot: &Snapshot,
    target: Range<usize>,
    answer: &str,
    limit: Duration,
) -> Result<NextEdit, NoNextEdit> {
    let text = &snapshot.document.text;
    let place = Fit {
        before: &text.slice(target.start.saturating_sub(FIT_WINDOW)..target.start),
        after: &text.slice(target.end..target.end.saturating_add(FIT_WINDOW)),
        max_lines: u32::MAX,
        line_ending: text.line_ending().as_str(),
    };
    let nothing = || NoNextEdit::Model("nothing need change".to_owned());
    let new = fit(answer, place).map_err(|_| nothing())?;
    if new.trim() == text.slice(target.clone()).trim() {
        return Err(nothing());
    }
    let gate = Gate::at(snapshot, target.clone(), limit).ok_or(NoNextEdit::NotParsed)?;
    let verdict = gate.check(&new).ok_or(NoNextEdit::NotParsed)?;
    if verdict.added > 0 {
        return Err(NoNextEdit::ParseGate);
    }
    let line = new.lines().next().unwrap_or_default().trim();
    let title = format!("`{}`", line.chars().take(48).collect::<String>());
    let edit = NextEdit {
        range: target,
        text: new,
        title,
        source: Source::Hosted,
    };
    Ok(edit.without_what_stays(text))
}

/// An edit by whole lines, as they stood and as they stand.
fn line_diff(text: &Text, past: &Past) -> LineDiff {
    let first = text.line_of(past.range.start);
    let (start, end) = (
        text.line_start(first),
        text.line_end(text.line_of(past.range.end)),
    );
    let (head, tail) = (
        text.slice(start..past.range.start),
        text.slice(past.range.end..end),
    );
    LineDiff {
        line: first + 1,
        old: format!("{head}{}{tail}", past.removed),
        new: format!("{head}{}{tail}", past.inserted),
    }
}
