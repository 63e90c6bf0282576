//! What a model's client has measured, as `firesteel.status` shows it.

use std::time::Duration;

use firesteel_model::{End, KindMetrics, Metrics, Percentiles, Priority};
use serde_json::{Map, Value, json};

/// The figures of each kind of request that there was.
pub(crate) fn by_kind(metrics: &Metrics) -> Value {
    let asked = |priority: &Priority| metrics.kind(*priority).requests() > 0;
    let kinds = Priority::ALL.into_iter().filter(asked);
    let figures: Map<String, Value> = kinds
        .map(|priority| (priority.name().to_owned(), kind(metrics.kind(priority))))
        .collect();
    Value::Object(figures)
}

/// What the connections did.
pub(crate) fn connections(metrics: &Metrics) -> Value {
    json!({
        "dials": metrics.dials,
        "failed_dials": metrics.failed_dials,
        "dial_ms": percentiles(metrics.dial),
        "replays": metrics.replays,
        "broken_frames": metrics.broken_frames,
    })
}

fn kind(kind: &KindMetrics) -> Value {
    let end = |(end, count): (&End, &u64)| (end.name().to_owned(), json!(count));
    json!({
        "ends": kind.ends.iter().map(end).collect::<Map<_, _>>(),
        "reused": kind.reused,
        "waited_for_dial": kind.dialed,
        "tokens": kind.tokens,
        "tokens_per_second": kind.tokens_per_second,
        "bytes_out": kind.bytes_out,
        "bytes_in": kind.bytes_in,
        "queue_ms": percentiles(kind.queue),
        "first_byte_ms": percentiles(kind.first_byte),
        "first_token_ms": percentiles(kind.first_token),
        "total_ms": percentiles(kind.total),
    })
}

fn percentiles(percentiles: Percentiles) -> Value {
    let millis = |duration: Duration| duration.as_secs_f64() * 1e3;
    json!({"p50": millis(percentiles.p50), "p95": millis(percentiles.p95), "p99": millis(percentiles.p99)})
}
