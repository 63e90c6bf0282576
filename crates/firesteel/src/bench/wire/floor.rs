//! From a request to the wire, and from the last byte of a delta to its reader, beside a bare echo.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use firesteel_model::{Client, Endpoint, Event, Options, Priority};
use firesteel_protocol::client::encode_create;
use firesteel_testkit::script::echo::Echo;
use firesteel_testkit::script::{Reply, Script};

use super::super::table::{Table, round};
use super::{micros, request};

/// Requests and echoes measured.
const ROUNDS: usize = 3000;
/// Requests and echoes before that, to warm up.
const WARM_UP: usize = 300;
/// Deltas of a paced stream.
const DELTAS: usize = 2400;
/// What a model of the class writes in a second.
const RATE: u32 = 1200;
/// Digits of a delta that tells when it was sent.
const DIGITS: usize = 16;

pub(super) async fn measure(table: &mut Table) -> Result<()> {
    let size = encode_create(&request()).len();
    let mut echo = Echo::start().await?;
    let script = Script::new().reply(Reply::text("x"));
    let server = script.start().await?;
    let client = Client::new(Endpoint::url(server.url()), Options::default());
    let payload = "x".repeat(size);
    let (mut echoes, mut sent, mut first) = (Vec::new(), Vec::new(), Vec::new());
    let mut asked = Vec::new();
    // In turns, so that whatever else the machine does falls on both.
    for _ in 0..WARM_UP + ROUNDS {
        echoes.push(echo.round_trip(&payload).await?);
        let begun = Instant::now();
        let mut reply = client.request(request(), Priority::Inline);
        let started = reply.next().await.context("no answer")??;
        ensure!(
            matches!(started, Event::Started { .. }),
            "the answer begins with its start"
        );
        first.push(begun.elapsed());
        while reply.next().await.transpose()?.is_some() {}
        asked.push(begun);
    }
    let log = server.log();
    ensure!(
        log.requests.len() == asked.len(),
        "a request was lost or repeated"
    );
    sent.extend(
        asked
            .iter()
            .zip(&log.requests)
            .map(|(begun, request)| request.at - *begun),
    );
    for samples in [&mut echoes, &mut sent, &mut first] {
        samples.drain(..WARM_UP);
    }
    table.add("request_bytes", size);
    add(table, "floor_echo", &echoes);
    add(table, "request_to_wire", &sent);
    add(table, "request_to_first_event", &first);
    table.add(
        "request_ratio_p50",
        round(micros(&sent, 0.5) / micros(&echoes, 0.5)),
    );
    table.add(
        "request_ratio_p99",
        round(micros(&sent, 0.99) / micros(&echoes, 0.99)),
    );
    table.add(
        "first_event_ratio_p50",
        round(micros(&first, 0.5) / micros(&echoes, 0.5)),
    );
    table.add(
        "first_event_ratio_p99",
        round(micros(&first, 0.99) / micros(&echoes, 0.99)),
    );
    let paced = delta_latency().await?;
    table.add("delta_us_p50", round(micros(&paced, 0.5)));
    table.add("delta_us_p99", round(micros(&paced, 0.99)));
    table.add(
        "delta_ratio_p50",
        round(micros(&paced, 0.5) / micros(&echoes, 0.5)),
    );
    Ok(())
}

fn add(table: &mut Table, name: &str, samples: &[Duration]) {
    table.add(format!("{name}_us_p50"), round(micros(samples, 0.5)));
    table.add(format!("{name}_us_p99"), round(micros(samples, 0.99)));
}

/// From the server's hand to the reader's, at the rate of a fast model: each delta says when it was sent.
async fn delta_latency() -> Result<Vec<Duration>> {
    let base = Instant::now();
    let script = Script::new().answer(move |_, mut responder| async move {
        let _ = responder.created().await;
        // A thread keeps the pace: a timer of the runtime has the grain of a millisecond.
        let (ticks, mut due) = tokio::sync::mpsc::channel(1);
        std::thread::spawn(move || pace(&ticks));
        while due.recv().await.is_some() {
            let now = base.elapsed().as_nanos();
            if responder.text(&format!("{now:0DIGITS$}")).await.is_err() {
                return;
            }
        }
        let _ = responder.completed().await;
    });
    let server = script.start().await?;
    let client = Client::new(Endpoint::url(server.url()), Options::default());
    let mut reply = client.request(request(), Priority::Inline);
    let mut latencies = Vec::with_capacity(DELTAS);
    while let Some(event) = reply.next().await.transpose()? {
        let Event::Text(text) = event else { continue };
        let now = base.elapsed();
        for start in (0..text.len()).step_by(DIGITS) {
            let sent: u64 = text
                .get(start..start + DIGITS)
                .context("a delta is whole")?
                .parse()?;
            latencies.push(now.saturating_sub(Duration::from_nanos(sent)));
        }
    }
    ensure!(latencies.len() == DELTAS, "a delta was lost");
    Ok(latencies)
}

fn pace(ticks: &tokio::sync::mpsc::Sender<()>) {
    let (_never, idle) = mpsc::channel::<()>();
    let begun = Instant::now();
    for turn in 0..DELTAS {
        let due = Duration::from_secs(1) * u32::try_from(turn).unwrap_or(u32::MAX) / RATE;
        // The channel never speaks; its timeout is the clock.
        let _ = idle.recv_timeout(due.saturating_sub(begun.elapsed()));
        if ticks.blocking_send(()).is_err() {
            return;
        }
    }
}
