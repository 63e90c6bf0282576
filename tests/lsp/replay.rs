//! Files typed into being, key by key, against a scripted model: counts that hold on any machine.

use std::time::Duration;

use firesteel_testkit::editor::ApplyStyle;
use firesteel_testkit::replay::{Pace, Report, Stage, TypingSession};
use serde_json::json;

use crate::harness::{editor, finish};

/// Fast for a person, so that many keys come before their answers.
const PACE: Duration = Duration::from_millis(8);

fn session(name: &str, language: &str, plan: &str, seed: u64) -> TypingSession {
    TypingSession {
        uri: format!("file:///replay/{name}"),
        language: language.to_owned(),
        prefix: String::new(),
        plan: plan.to_owned(),
        suffix: String::new(),
        pace: PACE,
        model: Pace {
            ttft: Duration::from_millis(5),
            rate: 1_200.0,
            right: 70,
        },
        seed,
    }
}

async fn play(session: TypingSession, assist: bool) -> Report {
    let stage = Stage::set(session).await.unwrap();
    let settings = json!({"model.url": stage.base_url(), "local.assist": assist});
    let (editor, ended) = editor(settings, ApplyStyle::EchoFirst, json!({})).await;
    let report = stage.play(&editor).await.unwrap();
    finish(&editor.client, ended).await;
    report
}

fn hold(report: &Report) {
    assert_eq!(report.unanswered, 0, "{report}");
    assert_eq!(report.new_errors, 0, "{report}");
    assert!(report.shown > report.keys / 3, "{report}");
    assert!(report.requests_per_key() <= 0.2, "{report}");
    assert!(report.from_memory_share() >= 0.9, "{report}");
    assert!(report.flicker_share() < 0.02, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rust_typed_into_being() {
    let plan = include_str!("../../crates/editor/src/frame.rs");
    let report = play(session("frame.rs", "rust", plan, 1), false).await;
    assert_eq!(report.stale, 0, "{report}");
    hold(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn python_typed_into_being() {
    let plan = include_str!("../fixtures/replay/inventory.py");
    let report = play(session("inventory.py", "python", plan, 2), false).await;
    assert_eq!(report.stale, 0, "{report}");
    hold(&report);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_both_engines_one_does_not_take_away_what_the_other_showed() {
    let plan = include_str!("../../crates/editor/src/frame.rs");
    hold(&play(session("frame.rs", "rust", plan, 3), true).await);
}
