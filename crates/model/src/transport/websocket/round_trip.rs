//! How long the way to the server and back takes, and so how long a proof of life may.

use std::time::Duration;

/// What a proof of life may take beyond what the way ever took: a timer's grain.
const GRACE: Duration = Duration::from_millis(1);
/// What a proof of life may always take: a busy machine's scheduling.
const LEAST: Duration = Duration::from_millis(15);

/// The way there and back, smoothed as TCP does it (RFC 6298): on a steady network the limit is close to
/// one round trip, and on one that wavers it gives way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoundTrip {
    smooth: Duration,
    deviation: Duration,
}

impl RoundTrip {
    /// After a first measure. A handshake takes the server longer than a pong, so little is added for doubt.
    pub(crate) fn new(first: Duration) -> Self {
        RoundTrip {
            smooth: first,
            deviation: first / 256,
        }
    }

    pub(crate) fn measured(&mut self, sample: Duration) {
        let off = sample.abs_diff(self.smooth);
        self.deviation = (self.deviation * 3 + off) / 4;
        self.smooth = (self.smooth * 7 + sample) / 8;
    }

    /// How long a socket may take to prove that it lives while a request waits on it. One that is late is
    /// given up though it may live, which costs a handshake in the background.
    pub(crate) fn limit(&self, most: Duration) -> Duration {
        let limit = self.smooth + self.deviation * 4 + GRACE;
        limit.clamp(LEAST, most.max(LEAST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_secs(2);

    #[test]
    fn the_limit_is_tight_on_a_steady_network_and_wide_on_one_that_wavers() {
        let ms = Duration::from_millis;
        let mut steady = RoundTrip::new(ms(80));
        assert!(steady.limit(MOST) <= ms(85));
        (0..8).for_each(|_| steady.measured(ms(80)));
        assert!(steady.limit(MOST) <= ms(83));
        let mut wavering = RoundTrip::new(ms(80));
        (0..16).for_each(|turn| wavering.measured(ms(60 + turn % 2 * 40)));
        assert!(wavering.limit(MOST) >= ms(120), "{wavering:?}");
        assert_eq!(RoundTrip::new(ms(0)).limit(MOST), LEAST);
        assert_eq!(RoundTrip::new(ms(9000)).limit(MOST), MOST);
    }
}
