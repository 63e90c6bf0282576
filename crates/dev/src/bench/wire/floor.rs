//! From a request to the wire, and from the last byte of a delta to its reader, beside a bare echo.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use firesteel_model::{Client, Endpoint, Event, Percentiles, Priority};
use firesteel_protocol::client::encode_create;
use firesteel_testkit::script::echo::Echo;
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Map, Value, json};

use super::super::table::{Table, Target, round};
use super::{micros, options, request};

/// Requests and echoes measured.
const ROUNDS: usize = 3000;
/// Requests and echoes before that, to warm up.
const WARM_UP: usize = 300;
/// Deltas of a paced stream.
const DELTAS: usize = 2400;
/// What a model of the class writes in a second.
const RATE: u32 = 1200;
/// Short responses whose last delta is timed, and their deltas.
const RESPONSES: usize = 500;
const SHORT: usize = 64;
/// Digits of a delta that tells when it was sent.
const DIGITS: usize = 16;

pub(super) async fn measure(table: &mut Table) -> Result<()> {
    let size = encode_create(&request()).len();
    let mut echo = Echo::start().await?;
    let script = Script::new().reply(Reply::text("x"));
    let server = script.start().await?;
    let client = Client::new(Endpoint::url(server.url()), options());
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
    table.aim(
        "request_ratio_p50",
        micros(&sent, 0.5) / micros(&echoes, 0.5),
        Target::AtMost(1.5),
    );
    table.aim(
        "request_ratio_p99",
        micros(&sent, 0.99) / micros(&echoes, 0.99),
        Target::AtMost(3.0),
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
    add(table, "delta", &paced);
    table.add(
        "delta_ratio_p50",
        round(micros(&paced, 0.5) / micros(&echoes, 0.5)),
    );
    add(table, "last_delta_at_full_speed", &last_deltas().await?);
    table.add("as_the_client_counts", counted(&client));
    Ok(())
}

/// What the client itself has measured of the requests above, as the status shows it to users.
fn counted(client: &Client) -> Value {
    let metrics = client.metrics();
    let kind = metrics.kind(Priority::Inline);
    let ends = kind.ends.iter();
    let ends: Map<String, Value> = ends
        .map(|(end, count)| (end.name().to_owned(), json!(count)))
        .collect();
    let micros = |took: Percentiles| json!({"p50": took.p50.as_micros(), "p95": took.p95.as_micros(), "p99": took.p99.as_micros()});
    json!({
        "ends": ends,
        "reused": kind.reused,
        "queue_us": micros(kind.queue),
        "first_byte_us": micros(kind.first_byte),
        "first_token_us": micros(kind.first_token),
        "total_us": micros(kind.total),
        "tokens_per_second": kind.tokens_per_second,
        "dial_us": micros(metrics.dial),
    })
}

/// The time of the last delta of short responses that come as fast as they can.
async fn last_deltas() -> Result<Vec<Duration>> {
    let base = Instant::now();
    let script = Script::new().answer(move |_, mut responder| async move {
        let _ = responder.created().await;
        for _ in 0..SHORT {
            let now = base.elapsed().as_nanos();
            let _ = responder.text(&format!("{now:0DIGITS$}")).await;
        }
        let _ = responder.completed().await;
    });
    let server = script.start().await?;
    let client = Client::new(Endpoint::url(server.url()), options());
    let mut latencies = Vec::with_capacity(RESPONSES);
    for _ in 0..RESPONSES {
        let mut reply = client.request(request(), Priority::Inline);
        let (mut whole, mut at) = (String::new(), base.elapsed());
        while let Some(event) = reply.next().await.transpose()? {
            if let Event::Text(text) = event {
                at = base.elapsed();
                whole.push_str(&text);
            }
        }
        let sent: u64 = whole[whole.len().saturating_sub(DIGITS)..].parse()?;
        latencies.push(at.saturating_sub(Duration::from_nanos(sent)));
    }
    Ok(latencies)
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
    let client = Client::new(Endpoint::url(server.url()), options());
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
