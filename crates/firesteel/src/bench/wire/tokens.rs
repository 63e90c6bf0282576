//! What one more token costs a client beyond itself: processor and bytes, by server-sent events and by WebSocket.

use std::time::Duration;

use anyhow::{Result, ensure};
use firesteel_model::{Options, Priority};
use firesteel_testkit::script::relay::Relay;
use firesteel_testkit::script::{Reply, Script};

use super::super::table::{Table, Target, round};
use super::secure::Bench;
use super::{cpu, request};

/// Deltas of the response that comes as fast as it can.
const TOKENS: usize = 50_000;
/// Deltas of the response at a model's pace.
const PACED: usize = 3_000;
/// What a model of the class writes in a second.
const RATE: f64 = 1200.0;

/// What one token costs.
struct Cost {
    bytes: f64,
    /// Bytes of its event, which both transports carry.
    event: f64,
    cpu_ns: Option<f64>,
}

pub(super) async fn measure(bench: &Bench, table: &mut Table) -> Result<()> {
    let free = Reply::text("let ".repeat(TOKENS));
    let paced = Reply::text("let ".repeat(PACED)).rate(RATE);
    for (name, reply, tokens) in [("token", free, TOKENS), ("paced_token", paced, PACED)] {
        let sse = by_sse(bench, reply.clone(), tokens).await?;
        let socket = by_socket(bench, reply, tokens).await?;
        table.add(format!("{name}_bytes_sse"), round(sse.bytes));
        table.add(format!("{name}_bytes_websocket"), round(socket.bytes));
        table.add(format!("{name}_bytes_of_its_event"), round(socket.event));
        let beyond = 1.0 - (socket.bytes - socket.event) / (sse.bytes - socket.event);
        table.aim(
            format!("{name}_bytes_beyond_its_event_saving"),
            beyond,
            Target::AtLeast(0.3),
        );
        let all = 1.0 - socket.bytes / sse.bytes;
        table.add(format!("{name}_bytes_saving"), round(all));
        let (Some(by_sse), Some(by_socket)) = (sse.cpu_ns, socket.cpu_ns) else {
            continue;
        };
        table.add(format!("{name}_cpu_ns_sse"), by_sse.round());
        table.add(format!("{name}_cpu_ns_websocket"), by_socket.round());
        let saving = 1.0 - by_socket / by_sse;
        table.aim(format!("{name}_saving"), saving, Target::AtLeast(0.3));
    }
    table.add("token_saving_claimed_by_vendor", 0.3);
    Ok(())
}

async fn by_sse(bench: &Bench, reply: Reply, tokens: usize) -> Result<Cost> {
    let server = bench.server(Script::new().reply(reply)).await?;
    let relay = Relay::start(server.address, Duration::ZERO).await?;
    let mut client = bench.fresh(relay.address);
    let ask = move || async move { Ok(client.ask(&request()).await?.deltas) };
    let (deltas, computed) = cpu::alone(ask).await?;
    ensure!(deltas == tokens as u64, "a delta was lost");
    Ok(cost(relay.bytes_down(), 0, computed, tokens))
}

async fn by_socket(bench: &Bench, reply: Reply, tokens: usize) -> Result<Cost> {
    let server = bench.server(Script::new().reply(reply)).await?;
    let relay = Relay::start(server.address, Duration::ZERO).await?;
    let make = bench.maker(relay.address, Options::default());
    let ask = move || async move {
        let client = make();
        let text = client.request(request(), Priority::Edit).text().await?;
        let events = client.metrics().kind(Priority::Edit).bytes_in;
        Ok((text.len(), events))
    };
    let ((length, events), computed) = cpu::alone(ask).await?;
    ensure!(length == tokens * "let ".len(), "text was lost");
    Ok(cost(relay.bytes_down(), events, computed, tokens))
}

fn cost(bytes: u64, events: u64, computed: Option<Duration>, tokens: usize) -> Cost {
    let tokens = tokens as f64;
    Cost {
        bytes: bytes as f64 / tokens,
        event: events as f64 / tokens,
        cpu_ns: computed.map(|computed| computed.as_nanos() as f64 / tokens),
    }
}
