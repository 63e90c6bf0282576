//! Models over every wire: what our client adds to a bare one at the same server, how often a person's typing asks, and
//! what a cancelled request costs.

mod bare;
mod cancel;
mod server;
mod typing;
mod wires;

use std::time::Duration;

use anyhow::Result;
use firesteel_model::{Learnings, Secret, Spec, Timeouts};
use firesteel_prompt::{Chat, Fim, Question, Turn};

use super::table::Table;

/// Longer than anything here waits, so that a busy machine spoils a figure and not the whole run.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the bench.
pub(super) async fn run() -> Result<Table> {
    let mut table = Table::default();
    wires::measure(&mut table).await?;
    cancel::measure(&mut table).await?;
    typing::measure(&mut table).await?;
    Ok(table)
}

/// A preset's model at another address.
fn spec(preset: &str, url: String) -> Result<Spec> {
    let spec = Spec::named(preset, |_| None);
    let mut spec = spec.ok_or_else(|| anyhow::anyhow!("there is no preset {preset}"))?;
    spec.preset.url = url;
    if spec.preset.name.is_empty() {
        "qwen2.5-coder".clone_into(&mut spec.preset.name);
    }
    spec.key = Some(Secret::new("bench"));
    spec.learnings = Learnings::new();
    spec.timeouts = Timeouts {
        connect: PATIENCE,
        keystroke: PATIENCE,
        first_event: PATIENCE,
        next_event: PATIENCE,
        ..Timeouts::default()
    };
    Ok(spec)
}

/// A hole as an editor's completion has it: two kilobytes of code.
fn hole() -> Question {
    let line = "    let total = self.entries.iter().map(|entry| entry.weight).sum::<u64>();\n";
    Question::Fim(Fim {
        path: "src/store.rs".to_owned(),
        language: "rust".to_owned(),
        before: line.repeat(18),
        after: line.repeat(6),
        max_lines: 8,
        max_tokens: 64,
        ..Fim::default()
    })
}

/// The same as a conversation, for wires that know nothing else.
fn talk() -> Question {
    let line = "    let total = self.entries.iter().map(|entry| entry.weight).sum::<u64>();\n";
    Question::Chat(Chat {
        instructions: "Write only what belongs at the cursor.".to_owned(),
        turns: vec![Turn::user(line.repeat(24))],
        max_tokens: Some(64),
        ..Chat::default()
    })
}
