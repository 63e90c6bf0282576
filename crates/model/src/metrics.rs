//! What every request took, kept in memory as histograms.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use firesteel_task::End;
use firesteel_task::Priority;

/// The longest duration that a histogram tells from longer ones.
const LONGEST: Duration = Duration::from_secs(600);
/// Digits that a histogram keeps: 1 % is finer than any timing here is repeatable.
const DIGITS: u8 = 2;
/// What a rate of requests is counted over.
const MINUTE: Duration = Duration::from_secs(60);
/// Requests that are counted for a rate at most.
const RECENT_CAP: usize = 4096;

/// One request that was sent and is over.
#[derive(Debug, Clone)]
pub struct Record {
    /// What it was for.
    pub priority: Priority,
    /// From the question to the wire.
    pub queue: Duration,
    /// Whether the socket had served before.
    pub reused: bool,
    /// Whether it had to wait for a dial.
    pub dialed: bool,
    /// From the question to the first frame.
    pub first_byte: Option<Duration>,
    /// From the question to the first text.
    pub first_token: Option<Duration>,
    /// From the question to the end.
    pub total: Duration,
    /// Tokens written.
    pub tokens: u64,
    /// Tokens per second, from the first text to the end.
    pub tokens_per_second: Option<f64>,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
}

impl Record {
    /// A record in which nothing is measured yet.
    pub fn of(priority: Priority) -> Self {
        Self {
            priority,
            queue: Duration::ZERO,
            reused: false,
            dialed: false,
            first_byte: None,
            first_token: None,
            total: Duration::ZERO,
            tokens: 0,
            tokens_per_second: None,
            bytes_out: 0,
            bytes_in: 0,
        }
    }
}

/// All figures at one moment.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// By kind of request, in the order of [`Priority::ALL`].
    pub kinds: [KindMetrics; 3],
    /// Sockets opened.
    pub dials: u64,
    /// Dials that failed.
    pub failed_dials: u64,
    /// How long the opened sockets took.
    pub dial: Percentiles,
    /// Requests sent once more because their socket died.
    pub replays: u64,
    /// Frames that could not be read and were passed over.
    pub broken_frames: u64,
}

/// The figures of one kind of request.
#[derive(Debug, Clone, Default)]
pub struct KindMetrics {
    /// Requests by how they ended, those among them that were never sent.
    pub ends: BTreeMap<End, u64>,
    /// Requests that ended within the last minute.
    pub last_minute: usize,
    /// Requests on a socket that had served before.
    pub reused: u64,
    /// Requests that had to wait for a dial.
    pub dialed: u64,
    /// Tokens written.
    pub tokens: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// From the question to the wire.
    pub queue: Percentiles,
    /// From the question to the first frame.
    pub first_byte: Percentiles,
    /// From the question to the first text.
    pub first_token: Percentiles,
    /// From the question to the end.
    pub total: Percentiles,
    /// Tokens per second at the median, from the first text to the end.
    pub tokens_per_second: f64,
}

/// Three points of a distribution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Percentiles {
    /// Half were faster.
    pub p50: Duration,
    /// 95 of 100 were faster.
    pub p95: Duration,
    /// 99 of 100 were faster.
    pub p99: Duration,
}

impl KindMetrics {
    /// All requests that are over.
    pub fn requests(&self) -> u64 {
        self.ends.values().sum()
    }

    /// Requests that ended so.
    pub fn ended(&self, end: End) -> u64 {
        self.ends.get(&end).copied().unwrap_or_default()
    }
}

impl Metrics {
    /// The figures of one kind.
    pub fn kind(&self, priority: Priority) -> &KindMetrics {
        &self.kinds[priority.index()]
    }
}

/// Collects the figures, of a model over a network or of the embedded engine.
#[derive(Debug, Default)]
pub struct Recorder {
    kinds: [KindRecorder; 3],
    dial: Durations,
    pub(crate) failed_dials: u64,
    pub(crate) replays: u64,
    pub(crate) broken_frames: u64,
}

#[derive(Debug, Default)]
struct KindRecorder {
    counts: KindMetrics,
    /// When the latest requests ended, the oldest first.
    recent: VecDeque<Instant>,
    queue: Durations,
    first_byte: Durations,
    first_token: Durations,
    total: Durations,
    tokens_per_second: Durations,
}

impl Recorder {
    pub(crate) fn dialed(&mut self, took: Duration) {
        self.dial.add(took);
    }

    /// Counts the end of a request, whether or not it was ever sent.
    pub fn ended(&mut self, priority: Priority, end: End) {
        let (kind, now) = (&mut self.kinds[priority.index()], Instant::now());
        *kind.counts.ends.entry(end).or_default() += 1;
        let is_over = |at: &Instant| now.duration_since(*at) > MINUTE;
        while kind.recent.len() == RECENT_CAP || kind.recent.front().is_some_and(is_over) {
            kind.recent.pop_front();
        }
        kind.recent.push_back(now);
    }

    /// Adds what a request took.
    pub fn add(&mut self, record: &Record) {
        let kind = &mut self.kinds[record.priority.index()];
        let counts = &mut kind.counts;
        counts.reused += u64::from(record.reused);
        counts.dialed += u64::from(record.dialed);
        counts.tokens += record.tokens;
        counts.bytes_out += record.bytes_out;
        counts.bytes_in += record.bytes_in;
        kind.queue.add(record.queue);
        kind.total.add(record.total);
        record
            .first_byte
            .into_iter()
            .for_each(|took| kind.first_byte.add(took));
        record
            .first_token
            .into_iter()
            .for_each(|took| kind.first_token.add(took));
        record
            .tokens_per_second
            .into_iter()
            .for_each(|rate| kind.tokens_per_second.add_value(rate as u64));
    }

    /// All figures so far.
    pub fn snapshot(&self) -> Metrics {
        Metrics {
            kinds: [0, 1, 2].map(|index| self.kinds[index].snapshot()),
            dials: self.dial.count(),
            failed_dials: self.failed_dials,
            dial: self.dial.percentiles(),
            replays: self.replays,
            broken_frames: self.broken_frames,
        }
    }
}

impl KindRecorder {
    fn snapshot(&self) -> KindMetrics {
        let is_recent = |at: &&Instant| at.elapsed() <= MINUTE;
        KindMetrics {
            last_minute: self.recent.iter().rev().take_while(is_recent).count(),
            queue: self.queue.percentiles(),
            first_byte: self.first_byte.percentiles(),
            first_token: self.first_token.percentiles(),
            total: self.total.percentiles(),
            tokens_per_second: self.tokens_per_second.at(0.5) as f64,
            ..self.counts.clone()
        }
    }
}

/// A histogram of microseconds, made when the first value comes.
#[derive(Debug, Default)]
struct Durations(Option<Histogram<u32>>);

impl Durations {
    fn add(&mut self, took: Duration) {
        self.add_value(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    fn add_value(&mut self, value: u64) {
        let longest = LONGEST.as_micros() as u64;
        if self.0.is_none() {
            // The bounds are constants that the library takes.
            self.0 = Histogram::new_with_bounds(1, longest, DIGITS).ok();
        }
        if let Some(histogram) = &mut self.0 {
            histogram.saturating_record(value.clamp(1, longest));
        }
    }

    fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    fn at(&self, quantile: f64) -> u64 {
        self.0
            .as_ref()
            .map_or(0, |histogram| histogram.value_at_quantile(quantile))
    }

    fn percentiles(&self) -> Percentiles {
        let [p50, p95, p99] =
            [0.5, 0.95, 0.99].map(|quantile| Duration::from_micros(self.at(quantile)));
        Percentiles { p50, p95, p99 }
    }
}
