//! Limits as vendors tell them in headers: how much is left, when it starts again, and when to ask again.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use firesteel_protocol::headers::Headers;
use firesteel_task::QuotaWindow;
use hyper::header::HeaderMap;

/// How the headers of all vendors begin.
const PREFIXES: [&str; 3] = ["x-ratelimit-", "anthropic-ratelimit-", "ratelimit-"];
/// The longest pause that is believed.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// One limit: of requests or of tokens, by the minute or by the day.
#[derive(Debug, Clone, Copy, Default)]
struct Limit {
    limit: Option<f64>,
    remaining: Option<f64>,
    reset: Option<SystemTime>,
}

/// The short and the long window that headers tell of: tokens and minutes, and requests and days. Of several limits in
/// one window the most used counts.
pub(crate) fn windows(
    headers: &Headers,
    now: SystemTime,
) -> (Option<QuotaWindow>, Option<QuotaWindow>) {
    let mut windows = (None, None);
    for (what, limit) in limits(headers.iter(), now) {
        let (Some(most), Some(left)) = (limit.limit, limit.remaining) else {
            continue;
        };
        if most <= 0.0 {
            continue;
        }
        let minutes = match () {
            () if what.contains("day") => Some(24 * 60),
            () if what.contains("minute") => Some(1),
            () => None,
        };
        let found = QuotaWindow {
            used_percent: ((most - left) / most * 100.0).clamp(0.0, 100.0),
            minutes,
            resets_at: limit
                .reset
                .and_then(|at| Some(at.duration_since(UNIX_EPOCH).ok()?.as_secs())),
        };
        let is_long = minutes.map_or(!what.contains("token"), |minutes| minutes > 1);
        let window: &mut Option<QuotaWindow> = if is_long {
            &mut windows.1
        } else {
            &mut windows.0
        };
        if window.is_none_or(|known| known.used_percent < found.used_percent) {
            *window = Some(found);
        }
    }
    windows
}

/// When a server that refuses for a limit wants to be asked again.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let now = SystemTime::now();
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let millis = || {
        text("retry-after-ms")?
            .trim()
            .parse()
            .ok()
            .map(|ms: f64| ms / 1000.0)
    };
    let seconds = || text("retry-after")?.trim().parse().ok();
    let pause = millis()
        .or_else(seconds)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let date = || http_date(text("retry-after")?)?.duration_since(now).ok();
    let reset = || {
        let all = headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let used_up = limits(all, now)
            .into_values()
            .filter(|limit| limit.remaining == Some(0.0));
        used_up
            .filter_map(|limit| limit.reset?.duration_since(now).ok())
            .max()
    };
    pause
        .or_else(date)
        .or_else(reset)
        .map(|pause| pause.min(MAX_PAUSE))
}

fn limits<'a>(
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    now: SystemTime,
) -> BTreeMap<String, Limit> {
    let mut found: BTreeMap<String, Limit> = BTreeMap::new();
    for (name, value) in headers {
        let Some(rest) = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)) else {
            continue;
        };
        for field in ["limit", "remaining", "reset"] {
            let what = rest
                .strip_prefix(field)
                .and_then(|what| what.strip_prefix('-'))
                .or_else(|| {
                    rest.strip_suffix(field)
                        .and_then(|what| what.strip_suffix('-'))
                });
            let Some(what) = what else {
                continue;
            };
            let limit = found.entry(what.to_owned()).or_default();
            match field {
                "limit" => limit.limit = value.trim().parse().ok(),
                "remaining" => limit.remaining = value.trim().parse().ok(),
                _ => limit.reset = moment(value.trim(), now),
            }
        }
    }
    found
}

/// A moment in any vendor's spelling: `2m59.56s`, `120ms`, seconds, or RFC 3339.
fn moment(text: &str, now: SystemTime) -> Option<SystemTime> {
    if let Ok(seconds) = text.parse::<f64>() {
        // What is longer than any pause is a clock's reading.
        let seconds = Duration::try_from_secs_f64(seconds).ok()?;
        return match seconds > Duration::from_secs(1_000_000_000) {
            true => UNIX_EPOCH.checked_add(seconds),
            false => now.checked_add(seconds),
        };
    }
    match duration(text) {
        Some(duration) => now.checked_add(duration),
        None => rfc3339(text),
    }
}

/// A duration such as `1h2m3.5s` or `120ms`.
fn duration(text: &str) -> Option<Duration> {
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..]
            .find(|char: char| char.is_ascii_digit())
            .map_or(rest.len(), |at| end + at);
        total += number
            * match &rest[end..unit_end] {
                "d" => 86_400.0,
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                "us" | "µs" => 0.000_001,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    Duration::try_from_secs_f64(total).ok()
}

/// `2026-11-30T20:07:00Z`, with or without fractions, and with an offset.
fn rfc3339(text: &str) -> Option<SystemTime> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let days = days_since_1970(number(0..4)?, number(5..7)?, number(8..10)?);
    let seconds = days * 86_400 + number(11..13)? * 3600 + number(14..16)? * 60 + number(17..19)?;
    let rest = text
        .get(19..)?
        .trim_start_matches(|char: char| char == '.' || char.is_ascii_digit());
    let offset = match rest.as_bytes().first()? {
        b'Z' | b'z' => 0,
        sign @ (b'+' | b'-') => {
            let hours: i64 = rest.get(1..3)?.parse().ok()?;
            let minutes: i64 = rest.get(4..6)?.parse().ok()?;
            let seconds = hours * 3600 + minutes * 60;
            if *sign == b'+' { seconds } else { -seconds }
        }
        _ => return None,
    };
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds - offset).ok()?))
}

/// `Wed, 21 Oct 2026 07:28:00 GMT`.
fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text.split_once(',')?.1.split_whitespace();
    let day: i64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut clock = words
        .next()?
        .split(':')
        .map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (clock.next()??, clock.next()??, clock.next()??);
    let days = days_since_1970(year, i64::try_from(month).ok()?, day);
    let seconds = days * 86_400 + hours * 3600 + minutes * 60 + seconds;
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

/// Days of the Gregorian calendar, counted in years that begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn moments_are_read_in_every_spelling() {
        let now = at(1_000);
        let cases = [
            ("2m59.56s", UNIX_EPOCH + Duration::from_millis(1_179_560)),
            ("120ms", UNIX_EPOCH + Duration::from_millis(1_000_120)),
            ("6m0s", at(1_360)),
            ("1h2m", at(4_720)),
            ("33.5", UNIX_EPOCH + Duration::from_millis(1_033_500)),
            ("1790000000", at(1_790_000_000)),
            ("2026-11-30T20:07:00Z", at(1_796_069_220)),
            ("2026-11-30T21:07:00.5+01:00", at(1_796_069_220)),
        ];
        for (text, expected) in cases {
            assert_eq!(moment(text, now), Some(expected), "{text}");
        }
        for text in ["", "soon", "5 apples", "2026-11-30", "-3"] {
            assert_eq!(moment(text, now).filter(|at| *at != now), None, "{text}");
        }
        assert_eq!(
            http_date("Mon, 30 Nov 2026 20:07:00 GMT"),
            Some(at(1_796_069_220))
        );
    }

    #[test]
    fn every_vendors_headers_fill_the_windows() {
        let read = |pairs: &[(&str, &str)]| windows(&pairs.iter().copied().collect(), at(0));
        let (short, long) = read(&[
            ("x-ratelimit-limit-requests", "14400"),
            ("x-ratelimit-remaining-requests", "3600"),
            ("x-ratelimit-limit-tokens", "18000"),
            ("x-ratelimit-remaining-tokens", "9000"),
            ("x-ratelimit-reset-tokens", "7.66s"),
        ]);
        assert_eq!(
            short.map(|window| (window.used_percent, window.resets_at)),
            Some((50.0, Some(7)))
        );
        assert_eq!(long.map(|window| window.used_percent), Some(75.0));
        let (short, long) = read(&[
            ("x-ratelimit-limit-requests-day", "100"),
            ("x-ratelimit-remaining-requests-day", "90"),
            ("x-ratelimit-limit-tokens-minute", "1000"),
            ("x-ratelimit-remaining-tokens-minute", "0"),
            ("x-ratelimit-reset-tokens-minute", "12.5"),
        ]);
        assert_eq!(
            short.map(|window| (window.used_percent, window.minutes)),
            Some((100.0, Some(1)))
        );
        assert_eq!(
            long.map(|window| (window.used_percent.round(), window.minutes)),
            Some((10.0, Some(1440)))
        );
        let (short, _) = read(&[
            ("anthropic-ratelimit-input-tokens-limit", "1000"),
            ("anthropic-ratelimit-input-tokens-remaining", "100"),
            (
                "anthropic-ratelimit-input-tokens-reset",
                "2026-11-30T20:07:00Z",
            ),
            ("anthropic-ratelimit-output-tokens-limit", "1000"),
            ("anthropic-ratelimit-output-tokens-remaining", "900"),
        ]);
        assert_eq!(
            short.map(|window| (window.used_percent, window.resets_at)),
            Some((90.0, Some(1_796_069_220)))
        );
        assert_eq!(
            read(&[
                ("x-ratelimit-limit-tokens", "0"),
                ("x-ratelimit-remaining-tokens", "0")
            ]),
            (None, None)
        );
    }

    #[test]
    fn a_pause_is_read_from_whatever_tells_it() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().filter_map(|(name, value)| {
                Some((
                    HeaderName::try_from(*name).ok()?,
                    HeaderValue::try_from(*value).ok()?,
                ))
            });
            retry_after(&pairs.collect())
        };
        assert_eq!(
            read(&[("retry-after", "1.5")]),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            read(&[("retry-after-ms", "250"), ("retry-after", "9")]),
            Some(Duration::from_millis(250))
        );
        assert_eq!(
            read(&[("retry-after", "Mon, 30 Nov 1998 20:07:00 GMT")]),
            None
        );
        assert_eq!(read(&[("retry-after", "nonsense")]), None);
        let used_up = read(&[
            ("x-ratelimit-remaining-tokens-minute", "0"),
            ("x-ratelimit-reset-tokens-minute", "30"),
            ("x-ratelimit-remaining-requests-day", "5"),
            ("x-ratelimit-reset-requests-day", "3000"),
        ]);
        assert!(used_up.is_some_and(
            |pause| pause > Duration::from_secs(28) && pause <= Duration::from_secs(30)
        ));
    }
}
