//! Three transports over TLS, at three distances: HTTPS and server-sent events over a new connection for
//! each request, the same over a kept one, and the WebSocket that is held open.

use std::time::{Duration, Instant};

use anyhow::Result;
use firesteel_model::{Client, Priority};
use firesteel_protocol::client::{CreateResponse, InputItem};
use firesteel_testkit::script::relay::Relay;
use firesteel_testkit::script::{Reply, Script};
use serde_json::{Map, Value, json};

use super::super::table::{Table, Target, millis, round};
use super::secure::{Bench, first_text};
use super::{options, request};

/// The distances, as the milliseconds of a round trip; the targets are for the last.
const ROUND_TRIPS: [u64; 3] = [0, 20, 80];
/// Requests of each transport at each distance.
const ROUNDS: usize = 25;
/// Parts of a conversation, to show what continuing one saves.
const TURNS: usize = 12;

pub(super) async fn measure(bench: &Bench, table: &mut Table) -> Result<()> {
    let mut savings = Map::new();
    for round_trip in ROUND_TRIPS {
        let [fresh, kept, socket] = asked(bench, round_trip).await?;
        let name = |transport: &str| format!("{transport}_{round_trip}ms_ttft");
        table.add_percentiles(&name("https_new"), &fresh);
        table.add_percentiles(&name("https_kept"), &kept);
        table.add_percentiles(&name("websocket"), &socket);
        // The script's model takes no time, so all beyond one round trip is overhead.
        let overhead = |samples: &[Duration]| (millis(samples, 0.5) - round_trip as f64).max(1e-3);
        let of_new = 1.0 - overhead(&socket) / overhead(&fresh);
        let of_kept = overhead(&socket) / overhead(&kept);
        savings.insert(format!("{round_trip}ms"), json!(round(of_new)));
        let ttft = 1.0 - millis(&socket, 0.5) / millis(&fresh, 0.5);
        if round_trip != ROUND_TRIPS[2] {
            table.add(format!("overhead_to_kept_{round_trip}ms"), round(of_kept));
            continue;
        }
        table.aim("overhead_to_kept_80ms", of_kept, Target::AtMost(1.0));
        table.aim("round_trip_saving_80ms", of_new, Target::AtLeast(0.8));
        table.add("ttft_saving", round(ttft));
        table.add("ttft_saving_claimed_by_vendor", 0.5);
    }
    table.add("round_trip_saving", Value::Object(savings));
    table.add("round_trip_saving_claimed_by_vendor", 0.8);
    conversations(bench, table).await
}

/// The time to the first text of each transport, in turns.
async fn asked(bench: &Bench, round_trip: u64) -> Result<[Vec<Duration>; 3]> {
    let server = bench.server(Script::new().reply(Reply::text("x"))).await?;
    let relay = Relay::start(server.address, Duration::from_millis(round_trip)).await?;
    let mut fresh = bench.fresh(relay.address);
    let mut kept = bench.kept(relay.address);
    let client = bench.client(relay.address, options()).await?;
    let mut samples = [Vec::new(), Vec::new(), Vec::new()];
    for turn in 0..=ROUNDS {
        let took = [
            fresh.ask(&request()).await?.first_text,
            kept.ask(&request()).await?.first_text,
            first_text(&client).await?,
        ];
        // The first turn opens what is kept.
        if turn > 0 {
            samples
                .iter_mut()
                .zip(took)
                .for_each(|(samples, took)| samples.push(took));
        }
    }
    Ok(samples)
}

/// A growing conversation, sent whole each time and continued, in turns over two connections.
async fn conversations(bench: &Bench, table: &mut Table) -> Result<()> {
    let server = bench.server(Script::new().reply(Reply::text("x"))).await?;
    let mut talks = Vec::new();
    for continuation in [false, true] {
        let relay = Relay::start(server.address, Duration::from_millis(ROUND_TRIPS[1])).await?;
        let mut options = options();
        options.capabilities.continuation = continuation;
        options.capabilities.sockets = 1;
        let client = bench.client(relay.address, options).await?;
        talks.push((relay, client, request(), Vec::new()));
    }
    for _ in 0..TURNS {
        for (_, client, conversation, samples) in &mut talks {
            samples.push(turn(client, conversation).await?);
        }
    }
    let mut bytes = Vec::new();
    for ((relay, _, _, samples), name) in talks.iter().zip(["whole", "continued"]) {
        table.add_percentiles(&format!("conversation_{name}"), samples);
        table.add(format!("conversation_{name}_bytes"), relay.bytes_up());
        bytes.push(relay.bytes_up() as f64);
    }
    table.add(
        "continuation_bytes_saving",
        round(1.0 - bytes[1] / bytes[0]),
    );
    Ok(())
}

/// One part of a conversation, and the question that follows.
async fn turn(client: &Client, conversation: &mut CreateResponse) -> Result<Duration> {
    let begun = Instant::now();
    let asked = client.request(conversation.clone(), Priority::Edit);
    let answer = asked.text().await?;
    let took = begun.elapsed();
    conversation.input.push(InputItem::assistant(answer));
    conversation.input.push(InputItem::user(
        "And now the next one, in the same way, if you please.",
    ));
    Ok(took)
}
