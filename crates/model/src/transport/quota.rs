//! What is known of the account's limits, from events and from headers.

use std::time::{Instant, SystemTime};

use firesteel_protocol::headers::Headers;
use firesteel_protocol::limits::{RateLimits, Window};
use firesteel_task::{Error, Quota, QuotaWindow};

use crate::transport::limits;

/// How an account's limits become known.
pub(crate) trait Learn {
    /// Takes in an error that speaks of a limit.
    fn take_error(&mut self, error: &Error);
    /// Takes in an event that tells of limits.
    fn take_event(&mut self, limits: &RateLimits);
    /// Takes in the headers of an answer.
    fn take_headers(&mut self, headers: &Headers);
}

impl Learn for Quota {
    fn take_error(&mut self, error: &Error) {
        let (Error::RateLimited { retry_after, .. } | Error::Quota { retry_after, .. }) = error
        else {
            return;
        };
        self.limit_reached |= matches!(error, Error::Quota { .. });
        self.retry_at = retry_after.and_then(|pause| Instant::now().checked_add(pause));
    }

    fn take_event(&mut self, limits: &RateLimits) {
        let windows = &limits.rate_limits;
        self.plan = limits.plan_type.clone().or(self.plan.take());
        self.limit_reached = windows.limit_reached || windows.allowed == Some(false);
        if !self.limit_reached {
            self.retry_at = None;
        }
        self.primary = windows.primary.as_ref().map(window);
        self.secondary = windows.secondary.as_ref().map(window);
    }

    /// Takes the `x-<limit>-primary-…` family, where the limit's name differs by model, and what other vendors say.
    fn take_headers(&mut self, headers: &Headers) {
        for (name, value) in headers.iter() {
            let Some(name) = name.strip_prefix("x-") else {
                continue;
            };
            if let Some((_, field)) = name.split_once("-primary-") {
                set(self.primary.get_or_insert_default(), field, value);
            } else if let Some((_, field)) = name.split_once("-secondary-") {
                set(self.secondary.get_or_insert_default(), field, value);
            } else if name.ends_with("-rate-limit-reached-type") {
                self.limit_reached = !value.is_empty();
            }
        }
        let (short, long) = limits::windows(headers, SystemTime::now());
        self.primary = short.or(self.primary);
        self.secondary = long.or(self.secondary);
    }
}

fn set(window: &mut QuotaWindow, field: &str, value: &str) {
    match field {
        "used-percent" => window.used_percent = value.parse().unwrap_or(window.used_percent),
        "window-minutes" => window.minutes = value.parse().ok(),
        "reset-at" => window.resets_at = value.parse().ok(),
        _ => {}
    }
}

fn window(window: &Window) -> QuotaWindow {
    QuotaWindow {
        used_percent: window.used_percent,
        minutes: window.window_minutes,
        resets_at: window.reset_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_fill_the_windows() {
        let headers: Headers = [
            ("X-Codex-Primary-Used-Percent", "97.5"),
            ("x-codex-primary-reset-at", "1790000000"),
            ("x-codex-secondary-used-percent", "12"),
            ("x-request-id", "abc"),
        ]
        .into_iter()
        .collect();
        let mut quota = Quota::default();
        quota.take_headers(&headers);
        assert_eq!(quota.used_percent(), Some(97.5));
        assert_eq!(
            quota.primary.and_then(|window| window.resets_at),
            Some(1_790_000_000)
        );
        assert!(!quota.limit_reached);
    }
}
