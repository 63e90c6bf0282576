//! What a request pays whose socket died without a word while nobody asked.

use std::time::Duration;

use anyhow::{Context, Result};
use firesteel_testkit::script::relay::Relay;
use firesteel_testkit::script::{Reply, Script};

use super::super::table::{Table, Target, millis, round};
use super::secure::{Bench, first_text};

/// How far away the server is.
const DISTANCE: Duration = Duration::from_millis(80);
/// Deaths of each kind.
const DEATHS: usize = 9;
/// One, and a timer's grain at that distance: no proof of life comes sooner than a round trip.
const ONE_ROUND_TRIP: f64 = 1.05;
/// Requests before each, by which the usual time is told.
const USUAL: usize = 3;

pub(super) async fn measure(bench: &Bench, table: &mut Table) -> Result<()> {
    let (mut one, mut all) = (Vec::new(), Vec::new());
    for _ in 0..DEATHS {
        one.push(die(bench, Dies::TheOneInUse).await?);
        all.push(die(bench, Dies::All).await?);
    }
    one.sort_by(f64::total_cmp);
    all.sort_by(f64::total_cmp);
    let middle = DEATHS / 2;
    table.aim(
        "idle_death_extra_round_trips_p50",
        one[middle],
        Target::AtMost(ONE_ROUND_TRIP),
    );
    table.add("idle_death_extra_round_trips_max", round(one[DEATHS - 1]));
    // With the spare dead too there is no way but to connect anew, which takes three round trips.
    table.add(
        "idle_death_of_all_extra_round_trips_p50",
        round(all[middle]),
    );
    Ok(())
}

#[derive(Clone, Copy)]
enum Dies {
    TheOneInUse,
    All,
}

/// How many round trips more than usual the request after a death takes.
async fn die(bench: &Bench, who: Dies) -> Result<f64> {
    let server = bench.server(Script::new().reply(Reply::text("x"))).await?;
    let relay = Relay::start(server.address, DISTANCE).await?;
    let mut options = super::options();
    // No socket is trusted without proof, as after a long silence.
    options.timeouts.trust = Duration::ZERO;
    let client = bench.client(relay.address, options).await?;
    server.wait(|log| log.upgrades() == 2).await;
    // The first request waits for the second socket's end of the handshake.
    first_text(&client).await?;
    let mut usual = Vec::new();
    for _ in 0..USUAL {
        usual.push(first_text(&client).await?);
    }
    let last = server.log().requests.pop().context("no request came")?;
    match who {
        Dies::TheOneInUse => server.freeze_connection(last.connection),
        Dies::All => server.freeze(),
    }
    let took = first_text(&client).await?;
    // The script's model takes no time, so what is usual is one round trip.
    let round_trip = millis(&usual, 0.5);
    Ok(millis(&[took], 0.5) / round_trip - 1.0)
}
