//! Servers of models on this machine.

use std::time::Duration;

use firesteel_model::{DiscoveredServer, discover, local_places};

/// How long one of them may take to say what it is.
const PROBE: Duration = Duration::from_secs(1);
/// The variable that names the ports to look at in place of the usual ones, separated by commas; for tests, and for
/// servers on other ports.
const PORTS: &str = "FIRESTEEL_PORTS";

/// A variable of the environment.
pub fn lookup(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What answers at these addresses of this machine.
pub async fn look_at(places: &[String]) -> Vec<DiscoveredServer> {
    discover(places, PROBE, lookup).await
}

/// What runs on this machine, at the ports where such servers usually are. Nothing outside it is asked.
pub async fn find_servers(lookup: fn(&str) -> Option<String>) -> Vec<DiscoveredServer> {
    let places = match lookup(PORTS) {
        Some(ports) => ports
            .split(',')
            .filter_map(|port| port.trim().parse::<u16>().ok())
            .map(|port| format!("http://127.0.0.1:{port}"))
            .collect(),
        None => local_places(lookup),
    };
    discover(&places, PROBE, lookup).await
}
