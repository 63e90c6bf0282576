//! What one more token costs a client beyond itself: processor and bytes, by server-sent events and by WebSocket.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use firesteel_model::Priority;
use firesteel_testkit::script::relay::Relay;
use firesteel_testkit::script::{Reply, Script, Server};

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
        let beyond_name = format!("{name}_bytes_beyond_its_event_saving");
        table.aim(beyond_name, beyond, Target::AtLeast(0.3));
        let all = 1.0 - socket.bytes / sse.bytes;
        table.add(format!("{name}_bytes_saving"), round(all));
        let (Some(by_sse), Some(by_socket)) = (sse.cpu_ns, socket.cpu_ns) else {
            continue;
        };
        table.add(format!("{name}_cpu_ns_sse"), by_sse.round());
        table.add(format!("{name}_cpu_ns_websocket"), by_socket.round());
        let (name, saving) = (format!("{name}_saving"), 1.0 - by_socket / by_sse);
        match tokens {
            TOKENS => table.aim(name, saving, Target::AtLeast(0.3)),
            // Token by token most of it is the kernel's, which wakes us as often for either.
            _ => table.add(name, round(saving)),
        }
    }
    table.add("token_saving_claimed_by_vendor", 0.3);
    Ok(())
}

async fn by_sse(bench: &Bench, reply: Reply, tokens: usize) -> Result<Cost> {
    let (_server, relay) = serve(bench, reply).await?;
    let (mut client, down) = (bench.kept(relay.address), relay.down());
    let ask = move || async move {
        client.ask(&request()).await?;
        let begun = Begun::now(&down);
        let deltas = client.ask(&request()).await?.deltas;
        ensure!(deltas == tokens as u64, "a delta was lost");
        Ok(begun.cost(&down, 0, tokens))
    };
    Ok(cpu::alone(ask).await?.0)
}

async fn by_socket(bench: &Bench, reply: Reply, tokens: usize) -> Result<Cost> {
    let (_server, relay) = serve(bench, reply).await?;
    let mut options = super::options();
    options.capabilities.sockets = 1;
    let (make, down) = (bench.maker(relay.address, options), relay.down());
    let ask = move || async move {
        let client = make();
        let events = || client.metrics().kind(Priority::Edit).bytes_in;
        let asked = || client.request(request(), Priority::Edit).text();
        asked().await?;
        let (begun, before) = (Begun::now(&down), events());
        ensure!(
            asked().await?.len() == tokens * "let ".len(),
            "text was lost"
        );
        Ok(begun.cost(&down, events() - before, tokens))
    };
    Ok(cpu::alone(ask).await?.0)
}

/// A server close by whose first answer is short, for the connection to be made by it.
async fn serve(bench: &Bench, reply: Reply) -> Result<(Server, Relay)> {
    let script = Script::new().reply(Reply::text("x")).reply(reply);
    let server = bench.server(script).await?;
    let relay = Relay::start(server.address, Duration::ZERO).await?;
    Ok((server, relay))
}

/// What had been spent when the response was asked for.
struct Begun {
    bytes: u64,
    computed: Option<Duration>,
}

impl Begun {
    fn now(down: &AtomicU64) -> Self {
        Begun {
            bytes: down.load(Ordering::Relaxed),
            computed: cpu::of_this_thread(),
        }
    }

    fn cost(self, down: &AtomicU64, events: u64, tokens: usize) -> Cost {
        let now = Begun::now(down);
        let tokens = tokens as f64;
        let computed = now.computed.zip(self.computed);
        Cost {
            bytes: (now.bytes - self.bytes) as f64 / tokens,
            event: events as f64 / tokens,
            cpu_ns: computed.map(|(now, then)| (now - then).as_nanos() as f64 / tokens),
        }
    }
}
