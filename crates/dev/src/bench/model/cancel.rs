//! What a cancelled request costs in connections: at most one over HTTP/1.1, which is dialled before it is needed, and
//! none over HTTP/2.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use firesteel_model::{Event, Model, Network, Priority};
use firesteel_testkit::http2;
use firesteel_testkit::script::tls::Authority;

use super::super::table::Table;
use super::super::table::Target::AtMost;
use super::server::Server;
use super::wires::completions;
use super::{hole, spec};

/// Requests that are cancelled.
const CANCELLED: usize = 40;

pub(super) async fn measure(table: &mut Table) -> Result<()> {
    let server = Server::start(completions(true)).await?;
    let url = format!("http://{}/v1", server.address);
    let model = Model::connect(spec("openai-compatible", url)?);
    cancel(&model).await?;
    let before = server.log();
    let mut to_wire = Vec::new();
    for _ in 0..CANCELLED {
        // As far apart as a person's fastest keys.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let begun = cancel(&model).await?;
        to_wire.push(server.last()?.read_at.saturating_duration_since(begun));
    }
    let dialed = server.log().accepted - before.accepted;
    let each = dialed as f64 / CANCELLED as f64;
    table.aim("h1_connections_per_cancelled", each, AtMost(1.0));
    table.add_percentiles("h1_request_after_cancelled", &to_wire);
    table.aim(
        "h2_connections_per_cancelled",
        by_http2().await?,
        AtMost(0.0),
    );
    Ok(())
}

async fn by_http2() -> Result<f64> {
    let authority = Authority::new()?;
    let (port, seen) = http2::serve(&authority, 1).await?;
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(authority.pem.as_bytes())?;
    let mut spec = spec("chat", format!("https://localhost:{port}/v1"))?;
    spec.network = Network {
        ca_file: Some(file.path().to_owned()),
        ..Network::default()
    };
    let model = Model::connect(spec);
    cancel(&model).await?;
    let before = seen.borrow().connections;
    for _ in 0..CANCELLED {
        cancel(&model).await?;
    }
    let dialed = seen.borrow().connections - before;
    Ok(dialed as f64 / CANCELLED as f64)
}

/// Asks, and goes away at the first text; when it was asked.
async fn cancel(model: &Model) -> Result<Instant> {
    let begun = Instant::now();
    let mut reply = model.ask(&hole(), Priority::Inline);
    loop {
        let event = reply.next().await.context("the answer has ended")??;
        if let Event::Text(_) = event {
            return Ok(begun);
        }
    }
}
