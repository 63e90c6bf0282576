//! Requests for each keystroke of a person who types eight a second against a model that takes 50 ms to begin.

use std::time::Duration;

use anyhow::Result;
use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::replay::{Pace, Report, Stage, TypingSession};
use serde_json::json;
use tokio::task::JoinSet;

use super::super::edits::editor;
use super::super::suggest::PLAN;
use super::super::table::Table;
use super::super::table::Target::AtMost;

/// The model's time to the first token.
const TTFT: Duration = Duration::from_millis(50);
/// The model's tokens in a second.
const RATE: f64 = 1_200.0;
/// Between two keys.
const KEY: Duration = Duration::from_millis(125);
/// How many people type, each a part of the plan: together they press enough keys for a share in half a minute.
const PEOPLE: usize = 4;

pub(super) async fn measure(table: &mut Table) -> Result<()> {
    // All at once: a person waits most of the time.
    let (wrong, right) = tokio::try_join!(everyone(0), everyone(100))?;
    table.add("typed_keys", wrong.keys + right.keys);
    let requests = wrong.requests_per_key();
    table.aim("requests_per_key_all_disagree", requests, AtMost(1.0));
    let requests = right.requests_per_key();
    table.aim("requests_per_key_all_agree", requests, AtMost(0.2));
    table.add_percentiles("first_text", &right.first_text);
    Ok(())
}

/// What all the people's typing came to.
async fn everyone(right: u64) -> Result<Report> {
    let lines: Vec<_> = PLAN.split_inclusive('\n').collect();
    let mut people = JoinSet::new();
    let (mut prefix, mut seed) = (String::new(), 0);
    for part in lines.chunks(lines.len().div_ceil(PEOPLE)) {
        seed += 1;
        let part = part.concat();
        people.spawn(typed(prefix.clone(), part.clone(), right, seed));
        prefix += &part;
    }
    let mut all = Report::default();
    while let Some(report) = people.join_next().await {
        all.add(report??);
    }
    Ok(all)
}

/// Types against a model of whose answers so many of a hundred are what is typed.
async fn typed(prefix: String, plan: String, right: u64, seed: u64) -> Result<Report> {
    let stage = Stage::set(TypingSession {
        uri: "file:///bench/typed.rs".to_owned(),
        language: "rust".to_owned(),
        prefix,
        plan,
        suffix: String::new(),
        pace: KEY,
        model: Pace {
            ttft: TTFT,
            rate: RATE,
            right,
        },
        seed,
    })
    .await?;
    let settings = json!({"model.url": stage.base_url(), "local.assist": false});
    let editor = editor(settings, ApplyStyle::EchoFirst).await?;
    stage.play(&editor).await
}
