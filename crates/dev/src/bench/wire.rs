//! The wire: what our client adds to a bare WebSocket, and what a held-open WebSocket saves over HTTPS with
//! server-sent events. Every ratio is against a figure of the same run.

mod cpu;
mod deaths;
mod flood;
mod floor;
mod secure;
mod tokens;
mod transports;

use std::time::Duration;

use anyhow::Result;
use firesteel_model::Options;

use super::table::Table;

/// Longer than anything here waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the bench.
pub(super) async fn run() -> Result<Table> {
    let mut table = Table::default();
    floor::measure(&mut table).await?;
    flood::measure(&mut table).await?;
    let bench = secure::Bench::new()?;
    transports::measure(&bench, &mut table).await?;
    deaths::measure(&bench, &mut table).await?;
    tokens::measure(&bench, &mut table).await?;
    Ok(table)
}

/// A percentile of samples, in microseconds.
fn micros(samples: &[std::time::Duration], share: f64) -> f64 {
    super::table::millis(samples, share) * 1e3
}

/// Options with which a busy machine spoils a figure and not the whole run.
fn options() -> Options {
    let mut options = Options::default();
    options.timeouts.connect = PATIENCE;
    options.timeouts.keystroke = PATIENCE;
    options.timeouts.first_event = PATIENCE;
    options.timeouts.next_event = PATIENCE;
    options
}

/// A request as an editor's completion makes it: two kilobytes of code.
fn request() -> firesteel_protocol::client::CreateResponse {
    use firesteel_protocol::client::{CreateResponse, InputItem};
    let line = "    let total = self.entries.iter().map(|entry| entry.weight).sum::<u64>();\n";
    let code = format!("{}<|HOLE|>{}", line.repeat(18), line.repeat(6));
    CreateResponse {
        model: "scripted".to_owned(),
        instructions: Some("Write only what belongs at the cursor.".to_owned()),
        input: vec![InputItem::user(&code)],
        ..CreateResponse::default()
    }
}
