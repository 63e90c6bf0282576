//! How often the hosted model is asked: at every keystroke that is of use, until the account's limits or the user say otherwise.

use std::sync::Mutex;
use std::time::Duration;

use firesteel_task::{Eagerness, Quota};
use tokio::time::{Instant, sleep};

use crate::lock;
use crate::no_suggestion_reason::NoSuggestionReason;

/// Requests at once, and then in a second. A person types about 12 keystrokes a second at most.
fn budget(eagerness: Eagerness) -> (f64, f64) {
    match eagerness {
        Eagerness::Eager => (40.0, 20.0),
        Eagerness::Normal => (20.0, 10.0),
        Eagerness::Quiet => (3.0, 1.0),
        Eagerness::Off => (0.0, 0.0),
    }
}

/// From this share of the account's limits on, in percent, requests come half as often and nothing is prefetched.
const LOW: f64 = 75.0;
/// From this one on, a quarter as often.
const VERY_LOW: f64 = 90.0;
/// How often it is tried whether a limit that was reached still is: only an answer tells.
const PROBE: Duration = Duration::from_secs(60);
/// The longest that a request waits for its token; beyond that it is of no use.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// A token bucket: a request takes a token, and the bucket fills with time.
pub(crate) struct RateLimiter(Mutex<Bucket>);

struct Bucket {
    tokens: f64,
    filled_at: Instant,
    probed_at: Option<Instant>,
    /// When there was a token for what nobody waits for, near the limits.
    spared_at: Option<Instant>,
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self(Mutex::new(Bucket {
            tokens: f64::INFINITY,
            filled_at: Instant::now(),
            probed_at: None,
            spared_at: None,
        }))
    }
}

impl RateLimiter {
    /// Waits for a token.
    ///
    /// # Errors
    /// When it would not come soon.
    pub(super) async fn acquire(
        &self,
        eagerness: Eagerness,
        quota: impl Fn() -> Quota,
    ) -> Result<(), NoSuggestionReason> {
        let until = Instant::now() + MAX_WAIT;
        loop {
            let now = Instant::now();
            let Err(wait) = lock(&self.0).take(now, eagerness, &quota(), 1.0) else {
                return Ok(());
            };
            if now + wait > until {
                return Err(NoSuggestionReason::Limited);
            }
            sleep(wait).await;
        }
    }

    /// Takes a token for what nobody waits for, if typing would have half of them left. Near the account's limits there is one
    /// a minute, for only an answer tells how it stands by then.
    pub(crate) fn spare_token(&self, eagerness: Eagerness, quota: &Quota) -> bool {
        // Who wants no suggestions may still want to look things up.
        let eagerness = match eagerness {
            Eagerness::Off => Eagerness::Normal,
            other => other,
        };
        let now = Instant::now();
        let mut bucket = lock(&self.0);
        if is_low(quota) {
            // The tokens of typing are left alone: this may be another model's account.
            let is_paused = quota.pause().is_some();
            let is_over = |spared: Instant| spared + PROBE <= now;
            let may_ask = !is_paused && bucket.spared_at.is_none_or(is_over);
            if may_ask {
                bucket.spared_at = Some(now);
            }
            return may_ask;
        }
        let (burst, _) = budget(eagerness);
        bucket.fill(now, eagerness, quota);
        bucket.tokens >= burst / 2.0 && bucket.take(now, eagerness, quota, 1.0).is_ok()
    }

    /// Whether there are tokens to spare for what may never be needed.
    pub(super) fn may_prefetch(&self, eagerness: Eagerness, quota: &Quota) -> bool {
        if is_low(quota) || matches!(eagerness, Eagerness::Quiet | Eagerness::Off) {
            return false;
        }
        let (burst, _) = budget(eagerness);
        let mut bucket = lock(&self.0);
        bucket.fill(Instant::now(), eagerness, quota);
        bucket.tokens >= burst / 2.0
    }
}

/// Whether the account's limits are near, or reached.
fn is_low(quota: &Quota) -> bool {
    let is_used = quota.used_percent().is_some_and(|used| used >= LOW);
    is_used || quota.limit_reached || quota.pause().is_some()
}

impl Bucket {
    /// Takes tokens, or says when to try again.
    fn take(
        &mut self,
        now: Instant,
        eagerness: Eagerness,
        quota: &Quota,
        tokens: f64,
    ) -> Result<(), Duration> {
        if let Some(pause) = quota.pause() {
            return Err(pause);
        }
        if quota.limit_reached {
            let next = self.probed_at.map_or(now, |probed| probed + PROBE);
            if next > now {
                return Err(next - now);
            }
            self.probed_at = Some(now);
        }
        let rate = self.fill(now, eagerness, quota);
        if self.tokens >= tokens {
            self.tokens -= tokens;
            Ok(())
        } else if rate > 0.0 {
            Err(Duration::from_secs_f64((tokens - self.tokens) / rate))
        } else {
            Err(Duration::MAX / 4)
        }
    }

    fn fill(&mut self, now: Instant, eagerness: Eagerness, quota: &Quota) -> f64 {
        let (burst, rate) = budget(eagerness);
        let share = match quota.used_percent() {
            Some(used) if used >= VERY_LOW => 0.25,
            Some(used) if used >= LOW => 0.5,
            _ => 1.0,
        };
        let (burst, rate) = ((burst * share).max(1.0), rate * share);
        let passed = now.duration_since(self.filled_at).as_secs_f64();
        self.filled_at = now;
        self.tokens = (self.tokens + passed * rate).min(burst);
        rate
    }
}

#[cfg(test)]
mod tests {
    use firesteel_task::QuotaWindow;

    use super::*;

    fn used(percent: f64) -> Quota {
        Quota {
            primary: Some(QuotaWindow {
                used_percent: percent,
                ..QuotaWindow::default()
            }),
            ..Quota::default()
        }
    }

    /// How many of 15 requests a second, for ten seconds, have their token at once.
    fn served(eagerness: Eagerness, quota: &Quota) -> usize {
        let rate_limiter = RateLimiter::default();
        let start = Instant::now();
        let times = (0..150).map(|index| start + Duration::from_millis(index * 67));
        let mut bucket = lock(&rate_limiter.0);
        bucket.filled_at = start;
        times
            .filter(|&now| bucket.take(now, eagerness, quota, 1.0).is_ok())
            .count()
    }

    #[test]
    fn every_keystroke_of_a_fast_typist_is_served_until_the_user_or_the_quota_say_less() {
        let plenty = Quota::default();
        assert_eq!(served(Eagerness::Eager, &plenty), 150);
        assert!(served(Eagerness::Normal, &plenty) > 110);
        assert!((11..=14).contains(&served(Eagerness::Quiet, &plenty)));
        let half = served(Eagerness::Normal, &used(80.0));
        assert!((50..=70).contains(&half), "{half}");
        let quarter = served(Eagerness::Normal, &used(95.0));
        assert!((25..=35).contains(&quarter), "{quarter}");
    }

    #[test]
    fn a_limit_that_is_reached_is_only_probed_and_a_pause_is_kept() {
        let plenty = Quota::default();
        let reached = Quota {
            limit_reached: true,
            ..Quota::default()
        };
        assert_eq!(served(Eagerness::Eager, &reached), 1);
        let paused = Quota {
            retry_at: std::time::Instant::now().checked_add(Duration::from_secs(30)),
            ..Quota::default()
        };
        assert_eq!(served(Eagerness::Eager, &paused), 0);
        let rate_limiter = RateLimiter::default();
        let spare = |quota: &Quota| {
            let spare = |_: &i32| rate_limiter.spare_token(Eagerness::Normal, quota);
            (0..100).filter(spare).count()
        };
        let near = [spare(&paused), spare(&used(80.0)), spare(&reached)];
        assert_eq!(near, [0, 1, 0], "one in a minute near the limits");
        let spared = spare(&plenty);
        assert!((10..=12).contains(&spared), "{spared}");
        let rate_limiter = RateLimiter::default();
        assert!(rate_limiter.may_prefetch(Eagerness::Normal, &Quota::default()));
        assert!(!rate_limiter.may_prefetch(Eagerness::Quiet, &Quota::default()));
        assert!(!rate_limiter.may_prefetch(Eagerness::Normal, &used(80.0)));
        assert!(!rate_limiter.may_prefetch(Eagerness::Normal, &paused));
    }
}
