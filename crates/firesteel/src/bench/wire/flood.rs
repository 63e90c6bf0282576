//! A stream that comes as fast as the client takes it: a million deltas through one core.

use std::time::Instant;

use anyhow::{Result, ensure};
use firesteel_model::{Client, Endpoint, Event, Options, Priority};
use firesteel_testkit::script::Script;

use super::super::table::{Table, round};
use super::{cpu, request};

/// Deltas of the stream.
const DELTAS: usize = 1_000_000;
/// The text of one: about a token.
const DELTA: &str = "let ";

pub(super) async fn measure(table: &mut Table) -> Result<()> {
    let script = Script::new().answer(|_, mut responder| async move {
        let _ = responder.created().await;
        let _ = responder.flood(DELTA, DELTAS).await;
        let _ = responder.completed().await;
    });
    let server = script.start().await?;
    let url = server.url();
    let (seconds, computed) = cpu::alone(move || async move {
        let client = Client::new(Endpoint::url(url), Options::default());
        let mut reply = client.request(request(), Priority::Edit);
        let (mut bytes, mut begun) = (0, None);
        while let Some(event) = reply.next().await.transpose()? {
            if let Event::Text(text) = event {
                begun.get_or_insert_with(Instant::now);
                bytes += text.len();
            }
        }
        ensure!(bytes == DELTA.len() * DELTAS, "text was lost");
        Ok(begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64()))
    })
    .await?;
    table.add("deltas", DELTAS);
    table.add("deltas_per_second", (DELTAS as f64 / seconds).round());
    if let Some(computed) = computed {
        table.add(
            "delta_cpu_ns",
            round(computed.as_nanos() as f64 / DELTAS as f64),
        );
    }
    Ok(())
}
