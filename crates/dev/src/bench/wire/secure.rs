//! Servers and clients that speak TLS by a private authority, which the transports are measured over.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use firesteel_model::{Client, ConnectionState, Endpoint, Event, Network, Options, Priority};
use firesteel_testkit::script::baseline::Baseline;
use firesteel_testkit::script::tls::Authority;
use firesteel_testkit::script::{Script, Server};

use super::request;

/// A private authority, known to all clients by a file.
pub(super) struct Bench {
    authority: Authority,
    ca_file: PathBuf,
}

impl Bench {
    pub(super) fn new() -> Result<Self> {
        let authority = Authority::new()?;
        let ca_file =
            std::env::temp_dir().join(format!("firesteel-bench-{}.pem", std::process::id()));
        std::fs::File::create(&ca_file)?.write_all(authority.pem.as_bytes())?;
        Ok(Bench { authority, ca_file })
    }

    pub(super) async fn server(&self, script: Script) -> Result<Server> {
        Ok(script
            .tls(Arc::clone(&self.authority.server))
            .start()
            .await?)
    }

    /// A way to make our client, also on another thread.
    pub(super) fn maker(
        &self,
        address: SocketAddr,
        options: Options,
    ) -> impl FnOnce() -> Client + use<> {
        let network = Network {
            ca_file: Some(self.ca_file.clone()),
            ..Network::default()
        };
        let url = format!("wss://localhost:{}/v1/responses", address.port());
        move || Client::new(Endpoint::url(url), Options { network, ..options })
    }

    /// Our client, connected.
    pub(super) async fn client(&self, address: SocketAddr, options: Options) -> Result<Client> {
        let client = self.maker(address, options)();
        client
            .watch()
            .wait_for(|state| *state == ConnectionState::Ready)
            .await?;
        Ok(client)
    }

    /// A client that posts, over a new connection each time.
    pub(super) fn fresh(&self, address: SocketAddr) -> Baseline {
        Baseline::fresh(address, Arc::clone(&self.authority.client))
    }

    /// A client that posts, over a connection that it keeps.
    pub(super) fn kept(&self, address: SocketAddr) -> Baseline {
        Baseline::kept(address, Arc::clone(&self.authority.client))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // What is left in the temporary folder does no harm.
        let _ = std::fs::remove_file(&self.ca_file);
    }
}

/// From a question to its first text.
pub(super) async fn first_text(client: &Client) -> Result<Duration> {
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
