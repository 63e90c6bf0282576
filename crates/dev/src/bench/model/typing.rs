//! Requests for each key of a person who types eight a second against a model that takes 50 ms to begin.

use std::time::Duration;

use anyhow::Result;
use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::replay::{Pace, Report, Session, Stage};
use serde_json::json;

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
/// Lines of the plan that are typed, in about a quarter of a minute.
const TYPED: usize = 4;

pub(super) async fn measure(table: &mut Table) -> Result<()> {
    // Both at once: the person waits most of the time.
    let (wrong, right) = tokio::try_join!(typed(0), typed(100))?;
    let requests = wrong.requests_per_key();
    table.add("typed_keys", wrong.keys + right.keys);
    table.aim("requests_per_key_all_disagree", requests, AtMost(1.0));
    let requests = right.requests_per_key();
    table.aim("requests_per_key_all_agree", requests, AtMost(0.2));
    table.add_percentiles("first_text", &right.first_text);
    Ok(())
}

/// Types against a model of whose answers so many of a hundred are what is typed.
async fn typed(right: u64) -> Result<Report> {
    let stage = Stage::set(Session {
        uri: "file:///bench/typed.rs".to_owned(),
        language: "rust".to_owned(),
        prefix: String::new(),
        plan: PLAN.split_inclusive('\n').take(TYPED).collect(),
        suffix: String::new(),
        pace: KEY,
        model: Pace {
            ttft: TTFT,
            rate: RATE,
            right,
        },
        seed: 3,
    })
    .await?;
    let settings = json!({"model.url": stage.base_url(), "local.assist": false});
    let editor = editor(settings, ApplyStyle::EchoFirst).await?;
    stage.play(&editor).await
}
