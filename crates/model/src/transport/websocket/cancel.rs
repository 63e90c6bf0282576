//! What becomes of a response that nobody wants any more.
//!
//! The protocol has no cancel event. Where the server knows `response.interrupt` we use it. Else a
//! response that is nearly at its end is drained, which is cheaper than a new handshake; and a long one
//! costs its socket, which is dropped while the spare takes over.

use std::time::Duration;

use tokio::time::Instant;

/// The longest that a drain may take: about what a handshake to a distant server takes.
const DRAIN: Duration = Duration::from_millis(200);
/// The most that is read and thrown away, in bytes of events: some hundred tokens. What comes faster is no model that is
/// nearly at its end.
pub(crate) const DRAIN_BYTES: usize = 256 << 10;
/// The same where other responses share the socket, which would have to begin anew.
pub(crate) const DRAIN_ALL_BYTES: usize = 4 << 20;
/// How long an interrupted response may take to end.
const INTERRUPT: Duration = Duration::from_millis(500);
/// Tokens per second before a response has shown its own rate; the class of model that we serve.
const ASSUMED_RATE: f64 = 1000.0;
/// What a response may still write where the request sets no limit; far from short.
const ASSUMED_TOKENS: u64 = 2048;

/// What is known about the response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Whether its id is known.
    pub(crate) named: bool,
    /// Deltas so far; each is about a token.
    pub(crate) tokens: u64,
    /// The limit that the request set.
    pub(crate) limit: Option<u32>,
    /// How long the first delta is back.
    pub(crate) writing: Duration,
    /// Whether the server knows `response.interrupt`.
    pub(crate) interrupt: bool,
    /// Whether other responses share the socket.
    pub(crate) shared: bool,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Ask the server to stop, and drop the socket if it has not by then.
    Interrupt(Instant),
    /// Read on and throw away, and drop the socket if that is not over by then.
    Drain(Instant),
    /// Read on and throw away for as long as it takes: others are on the socket.
    DrainAll,
    /// Drop the socket.
    Drop,
}

/// Chooses by what is known.
pub(crate) fn plan(view: View, now: Instant) -> Plan {
    if view.interrupt && view.named {
        return Plan::Interrupt(now + INTERRUPT);
    }
    if view.shared {
        return Plan::DrainAll;
    }
    if rest(view) <= DRAIN {
        return Plan::Drain(now + DRAIN);
    }
    Plan::Drop
}

/// The time that the rest of the response takes.
fn rest(view: View) -> Duration {
    let limit = view.limit.map_or(ASSUMED_TOKENS, u64::from);
    let left = limit.saturating_sub(view.tokens) as f64;
    let seconds = view.writing.as_secs_f64();
    let rate = if view.tokens > 8 && seconds > 0.0 {
        view.tokens as f64 / seconds
    } else {
        ASSUMED_RATE
    };
    Duration::try_from_secs_f64(left / rate).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> View {
        View {
            named: true,
            tokens: 0,
            limit: None,
            writing: Duration::ZERO,
            interrupt: false,
            shared: false,
        }
    }

    #[test]
    fn the_plan_follows_what_the_rest_costs() {
        let now = Instant::now();
        assert_eq!(plan(view(), now), Plan::Drop);
        assert_eq!(
            plan(
                View {
                    limit: Some(64),
                    ..view()
                },
                now
            ),
            Plan::Drain(now + DRAIN)
        );
        assert_eq!(
            plan(
                View {
                    interrupt: true,
                    ..view()
                },
                now
            ),
            Plan::Interrupt(now + INTERRUPT)
        );
        assert_eq!(
            plan(
                View {
                    interrupt: true,
                    named: false,
                    ..view()
                },
                now
            ),
            Plan::Drop
        );
        assert_eq!(
            plan(
                View {
                    shared: true,
                    ..view()
                },
                now
            ),
            Plan::DrainAll
        );
        let slow = View {
            limit: Some(64),
            tokens: 10,
            writing: Duration::from_secs(1),
            ..view()
        };
        assert_eq!(plan(slow, now), Plan::Drop);
    }
}
