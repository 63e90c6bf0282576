//! A stream that comes as fast as the client takes it: a million deltas through one core.

use std::time::Instant;

use anyhow::{Result, ensure};
use firesteel_model::{Client, Endpoint, Event, Priority};
use firesteel_testkit::script::Script;

use super::super::allocations;
use super::super::table::{Table, Target, round};
use super::{cpu, options, request};

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
    let ((seconds, allocated), computed) = cpu::alone(move || async move {
        let client = Client::new(Endpoint::url(url), options());
        let mut reply = client.request(request(), Priority::Edit);
        let (mut bytes, mut begun, mut allocated) = (0, None, 0);
        while let Some(event) = reply.next().await.transpose()? {
            match event {
                Event::Started { .. } => allocated = allocations::of_this_thread(),
                Event::Text(text) => {
                    begun.get_or_insert_with(Instant::now);
                    bytes += text.len();
                }
                Event::Done { .. } => allocated = allocations::of_this_thread() - allocated,
            }
        }
        ensure!(bytes == DELTA.len() * DELTAS, "text was lost");
        let seconds = begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64());
        Ok((seconds, allocated))
    })
    .await?;
    table.add("deltas", DELTAS);
    let rate = (DELTAS as f64 / seconds).round();
    table.aim("deltas_per_second", rate, Target::AtLeast(500_000.0));
    table.add(
        "allocations_per_delta",
        round(allocated as f64 / DELTAS as f64),
    );
    if let Some(computed) = computed {
        table.add(
            "delta_cpu_ns",
            round(computed.as_nanos() as f64 / DELTAS as f64),
        );
        // What one core does, also when it has other things to do.
        let rate = (DELTAS as f64 / computed.as_secs_f64()).round();
        table.aim("deltas_per_core_second", rate, Target::AtLeast(500_000.0));
    }
    Ok(())
}
