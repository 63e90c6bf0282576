//! Three transports over TLS, at three distances: HTTPS and server-sent events over a new connection for
//! each request, the same over a kept one, and the WebSocket that is held open.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use firesteel_model::{Client, Endpoint, Event, Network, Options, Priority, State};
use firesteel_protocol::client::{CreateResponse, InputItem};
use firesteel_testkit::script::baseline::Baseline;
use firesteel_testkit::script::relay::Relay;
use firesteel_testkit::script::tls::Authority;
use firesteel_testkit::script::{Reply, Script, Server};
use serde_json::{Map, Value, json};

use super::super::table::{Table, millis, round};
use super::{cpu, request};

/// The distances, as the milliseconds of a round trip.
const ROUND_TRIPS: [u64; 3] = [0, 20, 80];
/// Requests of each transport at each distance.
const ROUNDS: usize = 25;
/// Deltas of the response by which the cost of one is told.
const TOKENS: usize = 50_000;
/// How far away the server is whose sockets die.
const DISTANCE: Duration = Duration::from_millis(80);
/// Sockets that die.
const DEATHS: usize = 7;
/// Parts of a conversation, to show what continuing one saves.
const TURNS: usize = 8;

pub(super) async fn measure(table: &mut Table) -> Result<()> {
    let bench = Bench::new()?;
    let mut savings = Map::new();
    for round_trip in ROUND_TRIPS {
        let [fresh, kept, socket] = bench.first_text(round_trip).await?;
        for (name, samples) in [
            ("https_new", &fresh),
            ("https_kept", &kept),
            ("websocket", &socket),
        ] {
            table.add(
                format!("{name}_{round_trip}ms_ttft_ms_p50"),
                round(millis(samples, 0.5)),
            );
            table.add(
                format!("{name}_{round_trip}ms_ttft_ms_p99"),
                round(millis(samples, 0.99)),
            );
        }
        // The script's model takes no time, so all beyond one round trip is overhead.
        let overhead = |samples: &[Duration]| (millis(samples, 0.5) - round_trip as f64).max(1e-3);
        let of_new = 1.0 - overhead(&socket) / overhead(&fresh);
        let of_kept = overhead(&socket) / overhead(&kept);
        savings.insert(format!("{round_trip}ms"), json!(round(of_new)));
        table.add(format!("overhead_to_kept_{round_trip}ms"), round(of_kept));
        if round_trip == ROUND_TRIPS[2] {
            table.add(
                "ttft_saving",
                round(1.0 - millis(&socket, 0.5) / millis(&fresh, 0.5)),
            );
        }
    }
    table.add("round_trip_saving", Value::Object(savings));
    bench.idle_death(table).await?;
    bench.token_cost(table).await?;
    bench.continuation(table).await
}

/// What all measures share.
struct Bench {
    authority: Authority,
    ca_file: PathBuf,
}

impl Bench {
    fn new() -> Result<Self> {
        let authority = Authority::new()?;
        let ca_file =
            std::env::temp_dir().join(format!("firesteel-bench-{}.pem", std::process::id()));
        std::fs::File::create(&ca_file)?.write_all(authority.pem.as_bytes())?;
        Ok(Bench { authority, ca_file })
    }

    async fn server(&self, script: Script) -> Result<Server> {
        Ok(script
            .tls(Arc::clone(&self.authority.server))
            .start()
            .await?)
    }

    fn client(&self, address: SocketAddr, options: Options) -> Client {
        let network = Network {
            ca_file: Some(self.ca_file.clone()),
            ..Network::default()
        };
        let url = format!("wss://localhost:{}/v1/responses", address.port());
        Client::new(Endpoint::url(url), Options { network, ..options })
    }

    /// The time to the first text of each transport, in turns.
    async fn first_text(&self, round_trip: u64) -> Result<[Vec<Duration>; 3]> {
        let server = self.server(Script::new().reply(Reply::text("x"))).await?;
        let relay = Relay::start(server.address, Duration::from_millis(round_trip)).await?;
        let tls = || Arc::clone(&self.authority.client);
        let mut fresh = Baseline::fresh(relay.address, tls());
        let mut kept = Baseline::kept(relay.address, tls());
        let client = self.client(relay.address, Options::default());
        client
            .watch()
            .wait_for(|state| *state == State::Ready)
            .await?;
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

    /// What a request pays whose socket died without a word while nobody asked.
    async fn idle_death(&self, table: &mut Table) -> Result<()> {
        let mut extra = Vec::new();
        for _ in 0..DEATHS {
            let server = self.server(Script::new().reply(Reply::text("x"))).await?;
            let relay = Relay::start(server.address, DISTANCE).await?;
            let mut options = Options::default();
            // No socket is trusted without proof, as after a long silence.
            options.timeouts.trust = Duration::ZERO;
            let client = self.client(relay.address, options);
            server.wait(|log| log.upgrades() == 2).await;
            // The first request waits for the second socket's end of the handshake, the second is usual.
            first_text(&client).await?;
            let usual = first_text(&client).await?;
            let used = server
                .log()
                .requests
                .last()
                .context("no request came")?
                .connection;
            server.freeze_connection(used);
            extra.push(first_text(&client).await?.saturating_sub(usual));
        }
        table.add(
            "idle_death_extra_round_trips_p50",
            round(millis(&extra, 0.5) / DISTANCE.as_secs_f64() / 1e3),
        );
        Ok(())
    }

    /// What one more token costs a client: processor and bytes.
    async fn token_cost(&self, table: &mut Table) -> Result<()> {
        let text = "let ".repeat(TOKENS);
        let server = self.server(Script::new().reply(Reply::text(text))).await?;
        let relay = Relay::start(server.address, Duration::ZERO).await?;
        let (address, tls) = (relay.address, Arc::clone(&self.authority.client));
        let (deltas, by_sse) = cpu::alone(move || async move {
            Ok(Baseline::fresh(address, tls).ask(&request()).await?.deltas)
        })
        .await?;
        ensure!(deltas == TOKENS as u64, "a delta was lost");
        let bytes_by_sse = relay.bytes_down();

        let relay = Relay::start(server.address, Duration::ZERO).await?;
        let client_of = {
            let (address, ca_file) = (relay.address, self.ca_file.clone());
            move || {
                let network = Network {
                    ca_file: Some(ca_file),
                    ..Network::default()
                };
                let url = format!("wss://localhost:{}/v1/responses", address.port());
                Client::new(
                    Endpoint::url(url),
                    Options {
                        network,
                        ..Options::default()
                    },
                )
            }
        };
        let (length, by_socket) = cpu::alone(move || async move {
            Ok(client_of()
                .request(request(), Priority::Edit)
                .text()
                .await?
                .len())
        })
        .await?;
        ensure!(length == TOKENS * 4, "text was lost");
        let bytes_by_socket = relay.bytes_down();

        table.add(
            "token_bytes_sse",
            round(bytes_by_sse as f64 / TOKENS as f64),
        );
        table.add(
            "token_bytes_websocket",
            round(bytes_by_socket as f64 / TOKENS as f64),
        );
        table.add(
            "token_bytes_saving",
            round(1.0 - bytes_by_socket as f64 / bytes_by_sse as f64),
        );
        let (Some(by_sse), Some(by_socket)) = (by_sse, by_socket) else {
            return Ok(());
        };
        table.add(
            "token_cpu_ns_sse",
            (by_sse.as_nanos() as f64 / TOKENS as f64).round(),
        );
        table.add(
            "token_cpu_ns_websocket",
            (by_socket.as_nanos() as f64 / TOKENS as f64).round(),
        );
        table.add(
            "token_saving",
            round(1.0 - by_socket.as_secs_f64() / by_sse.as_secs_f64()),
        );
        Ok(())
    }

    /// The bytes of a growing conversation, sent whole each time and continued.
    async fn continuation(&self, table: &mut Table) -> Result<()> {
        let mut bytes = Vec::new();
        for continuation in [false, true] {
            let server = self.server(Script::new().reply(Reply::text("x"))).await?;
            let relay = Relay::start(server.address, Duration::from_millis(20)).await?;
            let mut options = Options::default();
            options.capabilities.continuation = continuation;
            options.capabilities.sockets = 1;
            let client = self.client(relay.address, options);
            let mut conversation = request();
            let mut samples = Vec::new();
            for _ in 0..TURNS {
                let begun = Instant::now();
                client
                    .request(conversation.clone(), Priority::Edit)
                    .text()
                    .await?;
                samples.push(begun.elapsed());
                grow(&mut conversation);
            }
            let name = if continuation { "continued" } else { "whole" };
            table.add(
                format!("conversation_{name}_ms_p50"),
                round(millis(&samples, 0.5)),
            );
            table.add(format!("conversation_{name}_bytes"), relay.bytes_up());
            bytes.push(relay.bytes_up());
        }
        table.add(
            "continuation_bytes_saving",
            round(1.0 - bytes[1] as f64 / bytes[0] as f64),
        );
        Ok(())
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // What is left in the temporary folder does no harm.
        let _ = std::fs::remove_file(&self.ca_file);
    }
}

async fn first_text(client: &Client) -> Result<Duration> {
    let begun = Instant::now();
    let mut reply = client.request(request(), Priority::Inline);
    loop {
        if let Event::Text(_) = reply.next().await.context("no text")?? {
            let took = begun.elapsed();
            while reply.next().await.transpose()?.is_some() {}
            return Ok(took);
        }
    }
}

fn grow(conversation: &mut CreateResponse) {
    conversation.input.push(InputItem::assistant("x"));
    conversation.input.push(InputItem::user(
        "And now the next one, in the same way, if you please.",
    ));
}
